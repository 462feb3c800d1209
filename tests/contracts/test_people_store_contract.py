"""What every `PeopleStore` must do, whatever holds the data."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stores.people import PeopleDatabase, open_people_store
from stores.ports import PersonEntry


def _sqlite(folder: Path) -> PeopleDatabase:
    return open_people_store(folder / "people.sqlite")


OPENERS: dict[str, Callable[[Path], PeopleDatabase]] = {"sqlite": _sqlite}


@pytest.fixture(params=sorted(OPENERS))
def people(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PeopleDatabase]:
    with OPENERS[request.param](tmp_path) as opened:
        yield opened


def test_names_are_given_for_those_that_are_known(people: PeopleDatabase) -> None:
    people.put(PersonEntry(id="officer-1", name="Li Wei 李伟", telephone="+86 10 5555 0100"))
    people.put(PersonEntry(id="officer-2", name="Ana"))
    assert people.names(["officer-2", "nobody", "officer-1"]) == {"officer-1": "Li Wei 李伟", "officer-2": "Ana"}
    assert people.names([]) == {}


def test_an_entry_replaces_the_one_before(people: PeopleDatabase) -> None:
    people.put(PersonEntry(id="officer-1", name="Li Wei"))
    people.put(PersonEntry(id="officer-1", name="Li Wei-Chen"))
    assert people.names(["officer-1"]) == {"officer-1": "Li Wei-Chen"}


def test_more_names_can_be_asked_for_than_a_statement_takes(people: PeopleDatabase) -> None:
    ids = [f"person-{n}" for n in range(3000)]
    people.put(PersonEntry(id=ids[0], name="first"))
    people.put(PersonEntry(id=ids[-1], name="last"))
    assert people.names(ids) == {ids[0]: "first", ids[-1]: "last"}


def test_an_erased_person_is_known_no_more(people: PeopleDatabase) -> None:
    people.put(PersonEntry(id="officer-1", name="Li Wei"))
    people.put(PersonEntry(id="officer-2", name="Ana"))
    assert people.erase("officer-1")
    assert not people.erase("officer-1")
    assert people.names(["officer-1", "officer-2"]) == {"officer-2": "Ana"}
