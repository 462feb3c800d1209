"""Disks that are full, stuck or lying, and locks that others hold."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from domain.record import Urgency
from journal.chain import SegmentKind
from journal.ports import JournalUnavailable
from journal.sqlite_journal import SqliteJournal
from tests.journal.journal_folder import FIRST_DAY, Answer, Clock, open_journal, run_sql
from tests.journal.record_samples import a_scan, some_readings

SECONDS = 20.0
EVENTS = f"events-{FIRST_DAY}.sqlite"


def writer_connection(journal: SqliteJournal, kind: SegmentKind = SegmentKind.EVENTS) -> sqlite3.Connection:
    return journal._segments._open[kind][1]._connection


class Breakable(sqlite3.Connection):
    """Raises what a test plans, at the statement it names, before or after the statement has been carried out."""

    plan: Callable[[str], None] | None = None
    after: Callable[[str], None] | None = None

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        if Breakable.plan is not None:
            Breakable.plan(sql)
        cursor = super().execute(sql, parameters)  # type: ignore[arg-type]
        if Breakable.after is not None:
            Breakable.after(sql)
        return cursor


@pytest.fixture(autouse=True)
def whole_again() -> None:
    Breakable.plan = Breakable.after = None


def failing(statement: str, code: int = sqlite3.SQLITE_IOERR_FSYNC, times: int = 10_000) -> Callable[[str], None]:
    left = [times]

    def fail(sql: str) -> None:
        if sql.startswith(statement) and left[0]:
            left[0] -= 1
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = code
            raise error

    return fail


def append_for_ever(journal: SqliteJournal) -> None:
    while True:
        journal.append(a_scan())


def stored_seqs(journal: SqliteJournal) -> list[int]:
    return [record.seq for record in journal.read(0, 1000)]


def test_a_full_disk_refuses_the_group_and_recovers_by_itself(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.append(a_scan())
        connection = writer_connection(journal)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JournalUnavailable, match="full"):
            append_for_ever(journal)
        last = journal.last_seq
        full = [Answer() for _ in range(3)]
        for answer in full:
            journal.submit(a_scan(), Urgency.EVENT, answer)
        with pytest.raises(JournalUnavailable, match="full"):
            journal.append(a_scan(), Urgency.READING)
        assert [answer.unavailable for answer in full] == [True] * 3
        assert journal.last_seq == last
        assert journal.append(some_readings()) > last, "the other kind's file has room"
        connection.execute("PRAGMA max_page_count = 1000000")
        assert journal.append(a_scan()) > last
        assert writer_connection(journal) is connection, "a full disk needs no reopening"
        assert stored_seqs(journal)[-1] == journal.last_seq
        assert journal.verify() == []


def test_a_lock_of_another_process_is_waited_for(tmp_path: Path) -> None:
    with open_journal(tmp_path, lock_timeout=SECONDS) as journal:
        journal.append(a_scan())
        other = sqlite3.connect(tmp_path / EVENTS, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answered = Event()
        answer = Answer()

        def stored(seq: int | None, error: Exception | None) -> None:
            answer(seq, error)
            answered.set()

        journal.submit(a_scan(), Urgency.COMMAND, stored)
        assert not answered.wait(1.0), "nothing is acknowledged while the file is locked"
        other.execute("ROLLBACK")
        other.close()
        assert answered.wait(SECONDS)
        assert answer.seq == 2


def test_a_lock_that_stays_refuses_the_group_and_later_ones_go_through(tmp_path: Path) -> None:
    with open_journal(tmp_path, lock_timeout=0.05) as journal:
        journal.append(a_scan())
        other = sqlite3.connect(tmp_path / EVENTS, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalUnavailable, match="locked"):
            journal.append(a_scan())
        assert stored_seqs(journal) == [1], "reading goes on"
        other.execute("ROLLBACK")
        other.close()
        assert journal.append(a_scan()) == 3, "the number that failed is spent"
        assert stored_seqs(journal) == [1, 3]
        assert journal.verify() == []


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO blocks", "UPDATE head SET last_seq", "COMMIT"])
@pytest.mark.parametrize("tail", [0, 100])
def test_after_an_io_error_files_are_opened_anew(tmp_path: Path, statement: str, tail: int) -> None:
    with open_journal(tmp_path, factory=Breakable, tail=tail) as journal:
        journal.append(a_scan())
        journal.append(some_readings())
        before = writer_connection(journal)
        Breakable.plan = failing(statement, times=2)
        for _ in range(2):
            with pytest.raises(JournalUnavailable, match="cannot store now: disk I/O error"):
                journal.append(a_scan())
        seq = journal.append(a_scan())
        assert writer_connection(journal) is not before
        assert stored_seqs(journal) == [1, 2, seq]
        assert journal.verify() == []


@pytest.mark.parametrize("tail", [0, 100])
def test_a_commit_that_failed_and_yet_happened_is_read_in_its_place(tmp_path: Path, tail: int) -> None:
    with open_journal(tmp_path, factory=Breakable, tail=tail) as journal:
        journal.append(a_scan())
        Breakable.after = failing("COMMIT", times=1)
        with pytest.raises(JournalUnavailable):
            journal.append(a_scan(7))
        assert journal.last_seq == 1
        assert [record.seq for record in journal.read(1, 10)] == []
        assert journal.append(some_readings()) == 3
        assert [record.seq for record in journal.read(1, 10)] == [2, 3], "no reader has passed it"
        assert journal.verify() == []
    with open_journal(tmp_path) as journal:
        assert stored_seqs(journal) == [1, 2, 3]


def test_one_file_in_doubt_holds_back_the_other_until_it_commits_again(tmp_path: Path) -> None:
    with open_journal(tmp_path, factory=Breakable) as journal:
        journal.append(a_scan())
        journal.append(some_readings())
        Breakable.plan = failing("INSERT INTO blocks", times=1)
        with pytest.raises(JournalUnavailable):
            journal.append(some_readings())
        Breakable.plan = failing("UPDATE head SET proofs")
        with pytest.raises(JournalUnavailable):
            journal.append(a_scan())
        Breakable.plan = None
        assert journal.append(a_scan()) > 4
        assert journal.verify() == []


@pytest.mark.parametrize("step", ["create_segment", "save_chain", "sync_folder"])
def test_a_day_that_cannot_begin_is_begun_later(tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with open_journal(tmp_path, clock) as journal:
        journal.append(a_scan())
        clock.next_day()
        with monkeypatch.context() as patch:
            patch.setattr(f"journal.sqlite_writer.{step}", full)
            with pytest.raises(JournalUnavailable, match="No space left"):
                journal.append(a_scan())
        assert journal.append(a_scan()) > 1
        assert journal.verify() == []
        assert len(journal.heads()) == 2


def test_a_day_whose_place_in_the_chain_was_written_before_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with open_journal(tmp_path, clock) as journal:
        journal.append(a_scan())
        clock.next_day()
        with monkeypatch.context() as patch:
            patch.setattr("journal.durable_files.sync_folder", fail)
            with pytest.raises(JournalUnavailable, match="Input/output"):
                journal.append(a_scan())
        clock.next_day(-1)
        assert journal.append(a_scan()) > 1
        assert journal.verify() == []
        assert [head.segment for head in journal.heads()] == [EVENTS, "events-2026-11-19.sqlite"]


def test_faults_of_the_disk_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    journal = SqliteJournal(
        tmp_path, b"k" * 32, Clock(), on_fault=lambda error: told.append(str(error)), lock_timeout=0.05
    )
    journal.append(a_scan())
    run_sql(tmp_path / EVENTS, "DROP TABLE blocks")
    with pytest.raises(JournalUnavailable):
        journal.append(a_scan())
    journal.close()
    assert len(told) == 1
    assert told[0].startswith("the journal in")
    assert "no such table" in told[0]


def test_an_observer_that_fails_does_not_stop_the_writer(tmp_path: Path) -> None:
    def broken(error: Exception) -> None:
        raise ValueError(error)

    journal = SqliteJournal(tmp_path, b"k" * 32, Clock(), on_fault=broken)

    def fail(seq: int | None, error: Exception | None) -> None:
        raise ValueError(seq)

    journal.submit(a_scan(), Urgency.COMMAND, fail)
    assert journal.append(a_scan()) == 2
    journal.close()
