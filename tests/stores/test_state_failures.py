"""Disks that refuse, locks held by others, and what goes on meanwhile."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy.exc import SQLAlchemyError

from stores import dialect
from stores.ports import Page, StoreUnavailable
from stores.state.opening import StateStore, open_state_store
from tests.brokers import PATIENCE_SECONDS
from tests.samples import NOW
from tests.stores.commits import Owner, a_device, a_door, a_message
from tests.stores.dying_process import commit_next
from tests.stores.test_state_kill import ROOT, torn


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with open_state_store(tmp_path / "state.sqlite") as opened:
        yield opened


@contextmanager
def full(store: StateStore) -> Iterator[None]:
    """Let the database grow no further."""
    with store._database.outside_transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    yield
    with store._database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_a_full_disk_refuses_a_commit_whole_and_the_next_works_when_there_is_room(store: StateStore) -> None:
    owner = Owner(store.writer)
    commit_next(owner)
    with full(store):
        big = [a_message(f"big-{number}", "x" * 4096) for number in range(100)]
        with pytest.raises(StoreUnavailable, match=r"state\.sqlite cannot be used now: .*full"):
            owner.commit(a_door(), outbox=big)
        assert list(torn(store)) == []
        assert store.writer.last_seq() == 1
        # What needs no room goes on: slices of readings only move the seq.
        owner.commit()
        store.outbox.mark_sent("passing-1", NOW)
    owner.commit(a_door(), outbox=big)
    assert store.writer.last_seq() == 3
    assert store.outbox.counts() == {"waiting": 101, "sent": 1, "refused": 0}


def test_a_disk_that_refuses_inside_commit_takes_nothing_and_the_next_commit_works(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.stores.limited_process", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    refused, *rest = run.stdout.splitlines() or [run.stderr]
    assert refused.startswith("refused: state.sqlite cannot be used now")
    assert rest == ["seq 1", "seq 2"], run.stderr
    with open_state_store(tmp_path / "state.sqlite") as store:
        assert list(torn(store)) == []


def test_a_commit_that_failed_at_its_end_leaves_no_transaction_open(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Owner(store.writer)

    def fail(*_: object) -> NoReturn:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(store._database._writer.dialect, "do_commit", fail)
        with pytest.raises(StoreUnavailable, match="disk I/O error"):
            owner.commit(a_door())
    assert store.writer.last_seq() == 0
    owner.commit(a_device())
    assert store.reader.doors("tower") == []
    assert store.writer.last_seq() == 1


def test_a_lock_held_too_long_by_another_process_is_unavailable_not_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "_BUSY_TIMEOUT", 0.05)
    path = tmp_path / "state.sqlite"
    with open_state_store(path) as store:
        owner = Owner(store.writer)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                owner.commit(a_door())
            assert store.reader.last_position() == 0
            other.execute("ROLLBACK")
        assert owner.commit(a_door()) == 1


def test_readers_do_not_wait_for_a_writer_in_the_middle_of_a_commit(store: StateStore) -> None:
    Owner(store.writer).commit(a_door())
    seen: list[int] = []

    def read() -> None:
        seen.append(len(store.reader.doors("tower")))
        seen.append(len(store.reader.alarm_history("alarm-1", Page())[0]))
        seen.append(store.reader.last_position())

    with store._database.transaction() as writing:
        writing.exec_driver_sql("DELETE FROM door")
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(timeout=PATIENCE_SECONDS)
        assert seen == [1, 0, 1]
        writing.rollback()


def test_reading_connections_cannot_write(store: StateStore) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"), store._database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM partition")


def test_a_mistake_in_our_sql_is_no_matter_of_the_disk(store: StateStore) -> None:
    with pytest.raises(SQLAlchemyError, match="no such table"), store._database.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_commits_and_reads_from_many_threads_are_all_served(store: StateStore) -> None:
    owner = Owner(store.writer)
    failed: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                stored = store.reader.effects_after(0, 1000)
                assert [one.position for one in stored] == list(range(1, len(stored) + 1))
                store.outbox.claim_messages(owner.epoch, "console", 2, NOW + 1000)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        commit_next(owner)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert store.writer.last_seq() == 50


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    store = open_state_store(tmp_path / "state.sqlite")
    owner = Owner(store.writer)
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        owner.commit()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.reader.last_position()
    assert [path.name for path in tmp_path.iterdir()] == ["state.sqlite"], "the WAL was folded in"


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    with open_state_store(tmp_path / "new" / "state.sqlite"):
        assert (tmp_path / "new" / "state.sqlite").stat().st_mode & 0o077 == 0
        assert (tmp_path / "new" / "state.sqlite-wal").stat().st_mode & 0o077 == 0


def test_every_commit_is_synced(store: StateStore) -> None:
    with store._database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 100])
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"state\.sqlite"):
        open_state_store(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_state_store(tmp_path / "file" / "state.sqlite")
