"""What the people database leaves on disk."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stores.people import PeopleDatabase, open_people_store
from stores.ports import PersonEntry, StoreUnavailable

NAME = "Wilhelmina Featherstonehaugh"
PEOPLE = 100
"""Enough for the table to have split its pages several times."""


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def fill(people: PeopleDatabase, count: int) -> None:
    for number in range(count):
        people.put(PersonEntry(id=f"person-{number:05}", name=f"{NAME} number {number}" * (1 + number % 7)))


def test_an_erased_name_is_nowhere_in_the_files(tmp_path: Path) -> None:
    people = open_people_store(tmp_path / "people.sqlite")
    fill(people, PEOPLE)
    people.put(PersonEntry(id="person-00050", name="Ottoline Married", telephone="+44 20 7946 0001"))
    people.put(PersonEntry(id="person-00050", name="Ottoline Divorced"))
    assert b"Ottoline Divorced" in bytes_on_disk(tmp_path)
    people.erase("person-00050")
    # While it is open: nobody should have to close it first.
    left = bytes_on_disk(tmp_path)
    assert b"Ottoline" not in left
    assert b"7946 0001" not in left
    assert f"{NAME} number 51".encode() in left
    for number in range(PEOPLE):
        people.erase(f"person-{number:05}")
    assert b"Featherstonehaugh" not in bytes_on_disk(tmp_path)
    people.close()


def test_without_secure_erasing_the_name_would_be_found(tmp_path: Path) -> None:
    """The control: an ordinary DELETE leaves what the test above looks for."""
    with open_people_store(tmp_path / "people.sqlite") as people:
        fill(people, PEOPLE)
    with closing(sqlite3.connect(tmp_path / "people.sqlite")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM person")
        connection.commit()
    assert b"Featherstonehaugh" in bytes_on_disk(tmp_path)


def test_an_erasure_that_stopped_half_way_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_people_store(tmp_path / "people.sqlite") as people:
        fill(people, 50)

        def refuse(_: object) -> None:
            raise StoreUnavailable("disk is full")

        with monkeypatch.context() as patch:
            patch.setattr("stores.people.compact", refuse)
            with pytest.raises(StoreUnavailable):
                people.erase("person-00007")
        swept: list[object] = []
        monkeypatch.setattr("stores.people.compact", swept.append)
        assert not people.erase("person-00007")
        assert swept


def test_the_row_itself_is_blanked_even_where_the_file_cannot_be_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.people.compact", lambda _: None)
    with open_people_store(tmp_path / "people.sqlite") as people:
        people.put(PersonEntry(id="a", name=NAME))
        assert NAME.encode() in bytes_on_disk(tmp_path)
        people.erase("a")
        assert NAME.encode() not in bytes_on_disk(tmp_path)


def test_transactions_work_after_an_erasure(tmp_path: Path) -> None:
    with open_people_store(tmp_path / "people.sqlite") as people:
        people.put(PersonEntry(id="a", name="A"))
        people.erase("a")
        with people._database.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO person (id, name) VALUES ('b', 'B')")
            connection.rollback()
        assert people.names(["a", "b"]) == {}


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    with open_people_store(tmp_path / "people.sqlite"):
        assert (tmp_path / "people.sqlite").stat().st_mode & 0o077 == 0
