"""The historian on one machine: readings in memory until a segment is written, then in Parquet files.

`add` only keeps references; a thread of the historian's own writes segments. A reading is at every moment either in
memory or in a segment that holds, never in both, so that queries see it once. Nothing here reads a clock but the one
given. What memory cannot hold while the disk refuses is let go unwritten: `stored_seq` stays before it, and the
journal, which has it, feeds it again after the next start.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct

from domain.errors import VigilError
from domain.instant import HOUR, SECOND, Duration, Instant
from stores.historian_coverage import Coverage, SeqRange
from stores.historian_envelopes import envelopes_in
from stores.historian_queries import SegmentReader
from stores.historian_recent import (
    Block,
    RecentRows,
    columns_in,
    join_blocks,
    nothing_of,
    require_columns,
    rows_of,
)
from stores.historian_segments import SegmentDamaged
from stores.historian_series import require_window
from stores.historian_store import ReportFault, SegmentStore
from stores.historian_upkeep import segments_to_merge, segments_to_retire
from stores.ports import LatestReading, ReadingColumns, Series, StoreUnavailable


class HistorianPolicy(Struct, frozen=True, kw_only=True):
    """When a segment is written: at `rows` rows, or when the clock passes a multiple of `span`.

    `memory_rows` bounds what is held while the disk refuses; `retry` is the pause after a refusal. Every hour segments
    are merged, and those go whose readings are all older than `retention` (None: never).
    """

    rows: int = 250_000
    """About 7 MB in memory, up to 18 MB where each message brings one reading, and 1 to 2 MB as a file."""
    span: Duration = HOUR
    memory_rows: int = 1_000_000
    """About 29 MB, up to 73 MB where each message brings one reading."""
    retry: Duration = 10 * SECOND
    retention: Duration | None = None


DEFAULT_POLICY: Final = HistorianPolicy()


class ParquetHistorian:
    """Implements `stores.ports.Historian`. One process writes a folder; `stores.historian_reader` reads it from others.

    Records are fed in order, starting after `stored_seq()`; what was taken before is recognised by its seq and ignored.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], Instant],
        on_fault: ReportFault,
        policy: HistorianPolicy = DEFAULT_POLICY,
    ) -> None:
        """Open the folder for writing.

        Raises:
            StoreUnavailable: another process writes it, or it cannot be used.
        """
        self._clock = clock
        self._on_fault = on_fault
        self._policy = policy
        self._coverage = Coverage([], 0)
        self._store = SegmentStore(folder, self._report)
        self._reader = SegmentReader(self._store.folder, self._store.database)
        self._lock = self._store.lock
        self._coverage = Coverage((segment.seqs for segment in self._store.segments), self._store.stored_seq())
        self._recent = RecentRows()
        self._searched: set[str] = set()
        self._writing = threading.Lock()
        self._tidying = threading.Lock()  # of its own: whoever flushes must not wait for a merge
        self._tidied: Instant | None = None
        self._untidy = False
        self._opened: Instant | None = None
        self._retry_at: Instant | None = None
        self._wanted = False
        self._closing = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work_when_woken, name="historian", daemon=True)
        self._thread.start()

    def add(self, columns: ReadingColumns) -> None:
        """Take readings; the arrays must not be changed afterwards. Costs microseconds and never waits for the disk.

        Raises:
            ValueError: the columns do not fit each other.
            StoreUnavailable: the historian is closed.
        """
        require_columns(columns)
        now = self._clock()
        with self._lock:
            if self._closing:
                raise StoreUnavailable("the historian is closed: open a new one")
            ranges = self._coverage.claim(columns.seq_first, columns.seq_last)
            if not ranges:
                return
            whole = ranges[0][0] <= columns.seq_first and ranges[0][1] == columns.seq_last
            self._recent.add(columns if whole else columns_in(columns, ranges), ranges)
            dropped = self._keep_bound()
            self._opened = now if self._opened is None else self._opened
            self._ask_for_work(now)
        for block in dropped:
            first, last = block.ranges[0][0], block.ranges[-1][1]
            self._on_fault(
                StoreUnavailable(
                    f"{len(block)} readings of records {first} to {last} left memory unwritten: mend the disk; "
                    "they are read again from the journal at the next start"
                )
            )

    def stored_seq(self) -> int:
        """Everything up to this seq is on disk; feed what comes after it."""
        return self._store.stored_seq()

    def missing(self) -> Sequence[SeqRange]:
        """Ranges of records that were fed and are neither in memory nor on disk. `add` takes them at any time."""
        with self._lock:
            return self._coverage.missing()

    def series(self, point: str, start: Instant, end: Instant, max_points: int) -> Series:
        """Readings with start <= at < end; where more than `max_points`, reduced to min/mean/max per bucket.

        Raises:
            StoreUnavailable: a segment could not be read.
        """
        require_window(max_points)
        with ExitStack() as stack:
            with self._lock:
                holding = stack.enter_context(self._store.reading())
                blocks, row = self._recent.blocks(), self._recent.points.row(point)
            segments = self._store.intact([segment for segment in holding if segment.overlaps(start, end)])
            return self._reader.series(segments, rows_of(blocks, row, start, end), point, start, end, max_points)

    def latest(self, points: Sequence[str]) -> Mapping[str, LatestReading]:
        """The newest value of each point that has one, from memory; a point asked for the first time is looked up.

        Raises:
            StoreUnavailable: a segment could not be read.
        """
        with self._lock:
            unknown = [point for point in points if point not in self._searched]
        if unknown:
            with self._store.reading() as segments:
                found = self._reader.newest(self._store.intact(segments), unknown)
            with self._lock:
                self._recent.learn_newest(found)
                self._searched.update(unknown)
        with self._lock:
            return self._recent.newest(points)

    def flush(self) -> None:
        """Write what is in memory to disk.

        Raises:
            StoreUnavailable: it could not be written; it stays in memory.
        """
        self._write()

    def retire(self, before: Instant) -> int:
        """Delete segments whose readings are all older than `before`; gives how many.

        An empty segment stays in their place, so that `stored_seq` does not fall back.

        Raises:
            StoreUnavailable: the disk refused; what was not retired is whole.
        """
        retired = 0
        with self._tidying:
            for run in segments_to_retire(self._store.segments, before):
                empty = self._store.write(nothing_of([(run[0].seq_first, run[-1].seq_last)]), ())
                self._store.replace(run, [empty])
                retired += sum(segment.newest is not None for segment in run)
            self._store.folder.remove_damaged(before)
        return retired

    def compact(self, before: Instant) -> int:
        """Merge the segments of each day, as far as they have nothing as young as `before`; gives how many were merged.

        Raises:
            StoreUnavailable: the disk refused; the segments stay as they were.
        """
        merged = 0
        with self._tidying:
            for run in segments_to_merge(self._store.segments, before):
                if len(self._store.intact(run)) == len(run):
                    self._store.replace(run, [self._store.merge(run)])
                    merged += len(run)
        return merged

    def close(self) -> None:
        """Write what is in memory and let go of the folder.

        Raises:
            StoreUnavailable: the rest could not be written; the folder is let go all the same.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
        self._wake.set()
        self._thread.join()
        try:
            self._write()
        finally:
            self._store.close()

    def _keep_bound(self) -> list[Block]:
        dropped = []
        while len(self._recent) > self._policy.memory_rows and (block := self._recent.drop_oldest()) is not None:
            self._coverage.release(block.ranges)
            dropped.append(block)
        return dropped

    def _ask_for_work(self, now: Instant) -> None:
        write = not self._wanted and self._due(now)
        tidy = self._tidied is None or now // HOUR != self._tidied // HOUR
        if write:
            self._wanted = True
        if tidy:
            self._untidy, self._tidied = True, now
        if write or tidy:
            self._wake.set()

    def _due(self, now: Instant) -> bool:
        if self._retry_at is not None:
            waited = self._policy.retry - (self._retry_at - now)
            return waited < 0 or now >= self._retry_at  # less than no time has passed: the clock was set back
        span = self._policy.span
        return len(self._recent) >= self._policy.rows or (self._opened or now) // span != now // span

    def _work_when_woken(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._closing:
                return
            try:
                if self._wanted:
                    self._write()
                if self._untidy:
                    self._untidy = False
                    self._tidy(self._clock())
            except Exception as error:  # supervision: on_fault is told; the readings stay in memory for the next try
                self._report(error if isinstance(error, VigilError) else StoreUnavailable(f"historian: {error!r}"))

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                sealed = self._recent.seal()
            written = False
            try:
                new = [self._store.write(run, self._recent.points.ids) for run in _runs(sealed)]
                written = True
            finally:
                now = self._clock()
                with self._lock:
                    if written:
                        self._recent.remove(sealed)
                        self._store.replace([], new)
                        self._opened, self._retry_at = None if self._recent.empty else now, None
                    else:
                        self._recent.unseal()
                        self._retry_at = now + self._policy.retry
                    self._wanted = self._due(now)  # so much may have come meanwhile that the next segment is due
                if self._wanted:
                    self._wake.set()

    def _tidy(self, now: Instant) -> None:
        if self._policy.retention is not None:
            self.retire(now - self._policy.retention)
        self.compact(now // HOUR * HOUR)

    def _report(self, fault: VigilError) -> None:
        if isinstance(fault, SegmentDamaged):
            self._coverage.release([fault.seqs])
        self._on_fault(fault)


def _runs(blocks: Sequence[Block]) -> Iterator[Block]:
    """Give the rows of the blocks as one block per unbroken range of seqs, ascending."""
    if not blocks:
        return
    joined = join_blocks(blocks)
    for first, last in joined.ranges:
        rows = slice(*np.searchsorted(joined.seq, [first, last + 1]))
        yield Block(
            ranges=[(first, last)],
            seq=joined.seq[rows],
            point=joined.point[rows],
            at=joined.at[rows],
            values=joined.values[rows],
            quality=joined.quality[rows],
            envelopes=envelopes_in(joined.envelopes, [(first, last)]),
        )
