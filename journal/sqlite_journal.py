"""The journal of one machine: daily SQLite segments, one writer thread, many readers."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from domain.instant import DAY, Duration, Instant
from domain.record import Record
from journal.chain import Head, SegmentKind, kept_after, retired
from journal.group_writer import GroupWriter, OnFault
from journal.ports import Retired
from journal.sqlite_reader import SegmentReader
from journal.sqlite_writer import SegmentWriter
from journal.tail import Tail
from journal.verification import Problem, verify

RETENTION: Final[Mapping[SegmentKind, Duration]] = {
    SegmentKind.EVENTS: 730 * DAY,
    SegmentKind.READINGS: 30 * DAY,
}
"""How long segments are kept unless configured otherwise (design.md section 4)."""

TAIL_RECORDS: Final = 10_000
"""Records kept in memory, at least; twice as many at most: more than a second of full load."""


class SqliteJournal(GroupWriter):
    """Implements `journal.ports.Journal` in a folder, which belongs to it alone."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        clock: Callable[[], Instant],
        *,
        on_fault: OnFault | None = None,
        lock_timeout: float = 2.0,
        tail_records: int = TAIL_RECORDS,
        connection_factory: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        """Open or begin the journal. `clock` says into which day's segment the next record goes.

        `lock_timeout` in seconds is how long a commit waits for a lock that another program holds on the files.

        Raises:
            JournalUnavailable: another process writes here, or the files cannot be opened.
            JournalDamaged: key, chain and files do not belong together.
        """
        self._folder = folder.resolve()
        self._key = key
        self._segments = SegmentWriter(self._folder, key, clock, lock_timeout, connection_factory)
        self._reader = SegmentReader(self._folder, lambda: self._segments.links, lock_timeout)
        self._tail = Tail(self._segments.last_seq, tail_records)
        super().__init__(self._segments, self._tail, on_fault)

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """Give up to `limit` records with seq greater than `after`, in order of seq.

        Raises:
            JournalUnavailable: a segment is missing or cannot be read.
            UnreadableRecord: a record is damaged or of a newer release.
        """
        at_hand = self._tail.read(after, limit)
        return at_hand if at_hand is not None else self._reader.read(after, self._tail.last_seq, limit)

    def record(self, seq: int) -> Record | None:
        """Give one record, or None where it never was or its retention is over."""
        found = self.read(seq - 1, 1)
        return found[0] if found and found[0].seq == seq else None

    def kept_after(self, seq: int) -> bool:
        """Tell whether every record with seq greater than `seq` is still kept; False where retention took some."""
        return kept_after(self._segments.links, seq)

    def retired(self) -> Retired:
        """Tell what retention has taken."""
        return retired(self._segments.links)

    def retire(self, kind: SegmentKind, before: Instant) -> Sequence[str]:
        """Delete the segments of a kind whose day ended before an instant, and give their names. The newest stays.

        Raises:
            OSError: the disk refuses; what is not deleted yet goes at the next start.
        """
        gone = self._segments.retire(kind, before)
        self._reader.forget(gone)
        return gone

    def heads(self) -> Sequence[Head]:
        """Where each segment ends now: kept elsewhere, they witness even against an old copy of the whole folder."""
        return self._segments.heads()

    def verify(self, witnesses: Sequence[Head] = ()) -> Sequence[Problem]:
        """Read everything and say what was edited, deleted, reordered, cut off or restamped. Takes a while."""
        return verify(self._folder, self._key, witnesses)

    def close(self, timeout: float = 10.0) -> bool:
        """Store what waits, then close; False where that took longer than `timeout` seconds: the rest is refused."""
        drained = super().close(timeout)
        self._reader.close()
        return drained
