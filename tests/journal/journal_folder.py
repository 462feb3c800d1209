"""A journal in a folder whose clock stands in the test's hand."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from domain.instant import DAY, Instant
from journal.ports import JournalUnavailable
from journal.sqlite_journal import SqliteJournal
from tests.journal.record_samples import NOW, a_scan, some_readings

KEY = bytes(range(32))
FIRST_DAY = "2026-11-18"


class Clock:
    def __init__(self, now: Instant = NOW) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now

    def next_day(self, days: int = 1) -> None:
        self.now += days * DAY


class Answer:
    """A callback that remembers; `submit` several and look at them after a later `append`."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.error: Exception | None = None

    def __call__(self, seq: int | None, error: Exception | None) -> None:
        self.seq, self.error = seq, error

    @property
    def unavailable(self) -> bool:
        return self.seq is None and isinstance(self.error, JournalUnavailable)


@contextmanager
def open_journal(
    folder: Path,
    clock: Clock | None = None,
    *,
    tail: int = 0,
    lock_timeout: float = 2.0,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> Iterator[SqliteJournal]:
    """Without a tail every read goes to the files."""
    journal = SqliteJournal(
        folder,
        KEY,
        clock or Clock(),
        tail_records=tail,
        lock_timeout=lock_timeout,
        connection_factory=factory,
    )
    try:
        yield journal
    finally:
        journal.close()


def fill(folder: Path, days: int = 3, per_day: int = 4) -> Clock:
    """Write some days of events and readings; gives the clock, standing on the last day."""
    clock = Clock()
    with open_journal(folder, clock) as journal:
        for day in range(days):
            if day:
                clock.next_day()
            for number in range(per_day):
                journal.append(a_scan(number))
                journal.append(some_readings())
    return clock


def segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.sqlite"))


def run_sql(path: Path, *statements: str) -> None:
    """Do what somebody with a SQLite program could do to a file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
