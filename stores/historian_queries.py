"""Answers put together from segment files and from rows in memory."""

from collections.abc import Sequence

from domain.instant import Instant
from stores.historian_duckdb import SegmentDatabase
from stores.historian_newest import NewestReading
from stores.historian_segments import Segment, SegmentFolder
from stores.historian_series import (
    Rows,
    bucket_series,
    choose_span,
    join_buckets,
    join_rows,
    raw_series,
    reduce_rows,
)
from stores.ports import Series


class SegmentReader:
    """Reads segments of one folder. What it is given has been checked to be intact."""

    def __init__(self, folder: SegmentFolder, database: SegmentDatabase) -> None:
        """Read from `folder` with `database`."""
        self._folder = folder
        self._database = database

    def series(
        self,
        segments: Sequence[Segment],
        recent: Rows,
        point: str,
        start: Instant,
        end: Instant,
        max_points: int,
    ) -> Series:
        """Give the point's series from segments and its rows in memory.

        Raises:
            StoreUnavailable: a file could not be read.
        """
        files = [self._folder.file(segment) for segment in segments]
        if not files and len(recent.seq) <= max_points:
            return raw_series(point, recent)
        span = choose_span(start, end, max_points)
        buckets = reduce_rows(recent, span)
        if files:
            buckets = join_buckets(self._database.buckets(files, point, start, end, span), buckets)
        if buckets.rows.sum() > max_points:
            return bucket_series(point, buckets, span)
        stored = [self._database.rows(files, point, start, end)] if files else []
        return raw_series(point, join_rows([*stored, recent]))

    def newest(self, segments: Sequence[Segment], points: Sequence[str]) -> dict[str, NewestReading]:
        """Give the newest stored reading of each point that has one.

        The segments with the newest readings are read first, then twice as many of the next, until no older segment
        can hold anything newer: usually one query of one file.

        Raises:
            StoreUnavailable: a file could not be read.
        """
        aged = sorted(((segment.newest, segment) for segment in segments if segment.newest is not None), key=_age)
        found: dict[str, NewestReading] = {}
        open_points, begin, size = list(points), 0, 1
        while open_points and begin < len(aged):
            files = [self._folder.file(segment) for _, segment in aged[begin : begin + size]]
            for point, reading in self._database.newest(files, open_points).items():
                if point not in found or (reading.at, reading.seq) > (found[point].at, found[point].seq):
                    found[point] = reading
            begin, size = begin + size, size * 2
            if begin < len(aged):
                horizon = aged[begin][0]
                open_points = [point for point in open_points if point not in found or found[point].at <= horizon]
        return found


def _age(aged: tuple[Instant, Segment]) -> tuple[int, int]:
    newest, segment = aged
    return (-newest, -segment.seq_last)
