"""A historian without a disk, for notebooks and tests: the same answers, gone with the process."""

import threading
from collections.abc import Iterator, Mapping, Sequence

from domain.instant import Instant
from stores.historian_coverage import Coverage
from stores.historian_recent import RecentRows, columns_in, join_blocks, nothing_of, require_columns, rows_of
from stores.historian_series import bucket_series, choose_span, raw_series, reduce_rows, require_window
from stores.ports import LatestReading, ReadingColumns, Series


class MemoryHistorian:
    """Implements `stores.ports.Historian` and `ReadingHistory` without bounds. "Stored": at the last `flush`."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._coverage = Coverage([], 0)
        self._recent = RecentRows()
        self._fed = 0
        self._flushed = 0

    def add(self, columns: ReadingColumns) -> None:
        """Take readings; the arrays must not be changed afterwards.

        Raises:
            ValueError: the columns do not fit each other.
        """
        require_columns(columns)
        with self._lock:
            ranges = self._coverage.claim(columns.seq_first, columns.seq_last)
            self._fed = max(self._fed, columns.seq_last)
            if ranges:
                self._recent.add(columns_in(columns, ranges), ranges)

    def stored_seq(self) -> int:
        """Everything up to this seq was there at the last `flush`."""
        return self._flushed

    def series(self, point: str, start: Instant, end: Instant, max_points: int) -> Series:
        """Readings with start <= at < end; where more than `max_points`, reduced to min/mean/max per bucket."""
        require_window(max_points)
        with self._lock:
            rows = rows_of(self._recent.blocks(), self._recent.points.row(point), start, end)
        if len(rows.seq) <= max_points:
            return raw_series(point, rows)
        span = choose_span(start, end, max_points)
        return bucket_series(point, reduce_rows(rows, span), span)

    def latest(self, points: Sequence[str]) -> Mapping[str, LatestReading]:
        """The newest value of each point that has one."""
        with self._lock:
            return self._recent.newest(points)

    def readings(self, after: int, until: int) -> Iterator[ReadingColumns]:
        """Give the readings of all records with after < seq <= until, in judging order."""
        with self._lock:
            taken, blocks, points = self._coverage.taken(), self._recent.blocks(), tuple(self._recent.points.ids)
        joined = join_blocks([*blocks, nothing_of([])])
        whole = ReadingColumns(
            seq_first=after + 1,
            seq_last=until,
            points=points,
            seq=joined.seq,
            index=joined.point,
            at=joined.at,
            values=joined.values,
            quality=joined.quality,
            envelopes=joined.envelopes,
        )
        for first, last in taken:
            wanted = (max(first, after + 1), min(last, until))
            if wanted[0] <= wanted[1]:
                yield columns_in(whole, [wanted])

    def flush(self) -> None:
        """Count what is there as stored."""
        with self._lock:
            self._flushed = self._fed
