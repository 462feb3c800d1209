"""Readings in memory: what is too young to be in a segment, and the newest value of every point.

Added columns are kept as they came, by reference, and are folded into larger blocks only now and then, so that adding
costs the same however much is held. Blocks merge like a binary counter: each row is copied O(log n) times. Not locked:
the owner is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.instant import Instant
from domain.reading_envelopes import NO_ENVELOPES, Envelopes
from domain.readings import Qualities, Times, Values
from stores.historian_coverage import SeqRange, merge_ranges
from stores.historian_envelopes import envelopes_in, join_envelopes
from stores.historian_newest import NewestReading, NewestTable
from stores.historian_series import Rows, join_rows
from stores.ports import LatestReading, ReadingColumns

_FOLD_CALLS: Final = 256
"""Added columns held by reference before they are folded: bounds the arrays' own overhead (about 1.5 kB a call)."""

_FOLD_ROWS: Final = 1 << 14
"""Rows held like that: bounds the time of one fold, in which each record's origin is looked up (0.2 µs)."""

_BLOCK_ROWS: Final = 1 << 16
"""Rows up to which blocks merge: bounds the longest single copy to about 2 MB."""


class Block(Struct, frozen=True, kw_only=True):
    """Rows in the order they were added, and the seq ranges they are all the readings of.

    `point` (int32) is a row of the owner's point table; `envelopes` are those of the rows' records that are known.
    """

    ranges: Sequence[SeqRange]
    seq: Times
    point: npt.NDArray[np.int32]
    at: Times
    values: Values
    quality: Qualities
    envelopes: Envelopes

    def __len__(self) -> int:
        """How many rows."""
        return len(self.seq)


class PointTable:
    """The points seen so far; a point's row never changes."""

    def __init__(self) -> None:
        """Start empty."""
        self.ids: list[str] = []
        self._row: dict[str, int] = {}
        self._known: Sequence[str] | None = None
        self._known_rows: npt.NDArray[np.int32] = np.zeros(0, np.int32)

    def row(self, point: str) -> int | None:
        """The point's row, None where it was never seen."""
        return self._row.get(point)

    def rows(self, points: Sequence[str]) -> npt.NDArray[np.int32]:
        """The rows of points, new ones entered. Callers pass the same list again and again: it is known by identity.

        A list that only grew is known too; one whose content was changed is the caller's mistake.
        """
        if points is not self._known or len(points) < len(self._known_rows):
            self._known, self._known_rows = points, np.zeros(0, np.int32)
        if len(points) > len(self._known_rows):
            new = [self._enter(point) for point in points[len(self._known_rows) :]]
            self._known_rows = np.concatenate([self._known_rows, np.array(new, np.int32)])
        return self._known_rows

    def _enter(self, point: str) -> int:
        row = self._row.setdefault(point, len(self.ids))
        if row == len(self.ids):
            self.ids.append(point)
        return row


class RecentRows:
    """Columns as they came (`pending`) and the blocks they were folded into."""

    def __init__(self) -> None:
        """Start empty."""
        self.points = PointTable()
        self._newest = NewestTable()
        self._blocks: list[Block] = []
        self._sealed = 0
        self._pending: list[ReadingColumns] = []
        self._pending_ranges: list[SeqRange] = []
        self._pending_rows = 0
        self._rows = 0

    def __len__(self) -> int:
        """How many rows are held."""
        return self._rows

    @property
    def empty(self) -> bool:
        """Whether there is nothing to store, not even a range without readings."""
        return not self._blocks and not self._pending_ranges

    def add(self, columns: ReadingColumns, ranges: Sequence[SeqRange]) -> None:
        """Hold columns by reference: all the readings of `ranges`."""
        first = ranges[0]
        if self._pending_ranges and self._pending_ranges[-1][1] + 1 == first[0]:
            first = (self._pending_ranges.pop()[0], first[1])
        self._pending_ranges += [first, *ranges[1:]]
        if len(columns.seq):
            self._pending.append(columns)
            self._pending_rows += len(columns.seq)
            self._rows += len(columns.seq)
            if len(self._pending) >= _FOLD_CALLS or self._pending_rows >= _FOLD_ROWS:
                self.fold()

    def fold(self) -> None:
        """Make a block of what is pending. Ranges without rows wait for rows, or for `seal`."""
        if not self._pending:
            return
        pending, self._pending, self._pending_rows = self._pending, [], 0
        block = Block(
            ranges=merge_ranges(self._pending_ranges),
            seq=np.concatenate([columns.seq for columns in pending]),
            point=np.concatenate([self.points.rows(columns.points)[columns.index] for columns in pending]),
            at=np.concatenate([columns.at for columns in pending]),
            values=np.concatenate([columns.values for columns in pending]),
            quality=np.concatenate([columns.quality for columns in pending]),
            envelopes=join_envelopes([columns.envelopes for columns in pending]),
        )
        self._pending_ranges = []
        self._newest.take(block.point, block.at, block.seq, block.values, block.quality)
        while len(self._blocks) > self._sealed and self._worth_merging(self._blocks[-1], block):
            block = join_blocks([self._blocks.pop(), block])
        self._blocks.append(block)

    def blocks(self) -> Sequence[Block]:
        """All rows, for a query. The blocks never change."""
        self.fold()
        return tuple(self._blocks)

    def seal(self) -> Sequence[Block]:
        """All rows and ranges, to be written: these blocks stay as they are until they are `remove`d."""
        self.fold()
        if self._pending_ranges:
            self._blocks.append(nothing_of(merge_ranges(self._pending_ranges)))
            self._pending_ranges = []
        self._sealed = len(self._blocks)
        return tuple(self._blocks)

    def unseal(self) -> None:
        """The sealed blocks could not be written: they may merge with others again."""
        self._sealed = 0

    def remove(self, written: Iterable[Block]) -> None:
        """Let go of blocks that are on disk now."""
        gone = {id(block) for block in written}
        self._blocks = [block for block in self._blocks if id(block) not in gone]
        self._sealed = 0
        self._rows = sum(map(len, self._blocks)) + sum(len(columns.seq) for columns in self._pending)

    def drop_oldest(self) -> Block | None:
        """Let go of the oldest block unwritten, and give it; None where all there is is just being written."""
        if len(self._blocks) == self._sealed:
            self.fold()
        if len(self._blocks) == self._sealed:
            return None
        block = self._blocks.pop(self._sealed)
        self._rows -= len(block)
        return block

    def newest(self, points: Iterable[str]) -> Mapping[str, LatestReading]:
        """The newest reading of each point, of those seen by this process."""
        self.fold()
        rows = {point: row for point in points if (row := self.points.row(point)) is not None}
        return self._newest.readings(rows)

    def learn_newest(self, found: Mapping[str, NewestReading]) -> None:
        """Take readings from disk: of each point the newer one holds."""
        self.fold()
        for point, reading in found.items():
            self._newest.take_one(int(self.points.rows((point,))[0]), reading)

    @staticmethod
    def _worth_merging(older: Block, newer: Block) -> bool:
        return len(older) <= 2 * len(newer) and len(older) + len(newer) <= _BLOCK_ROWS


def join_blocks(blocks: Sequence[Block]) -> Block:
    """Make one block of several, rows in judging order (by seq, and as they came within one)."""
    seq = np.concatenate([block.seq for block in blocks])
    in_order = bool(np.all(seq[1:] >= seq[:-1]))
    order: slice | Times = slice(None) if in_order else np.argsort(seq, kind="stable")
    return Block(
        ranges=merge_ranges(taken for block in blocks for taken in block.ranges),
        seq=seq[order],
        point=np.concatenate([block.point for block in blocks])[order],
        at=np.concatenate([block.at for block in blocks])[order],
        values=np.concatenate([block.values for block in blocks])[order],
        quality=np.concatenate([block.quality for block in blocks])[order],
        envelopes=join_envelopes([block.envelopes for block in blocks]),
    )


def nothing_of(ranges: Sequence[SeqRange]) -> Block:
    """Ranges of records that left no readings."""
    nothing = np.zeros(0, np.int64)
    return Block(
        ranges=ranges,
        seq=nothing,
        point=np.zeros(0, np.int32),
        at=nothing,
        values=np.zeros(0),
        quality=np.zeros(0, np.uint8),
        envelopes=NO_ENVELOPES,
    )


def without_rows(first: int, last: int) -> ReadingColumns:
    """Columns that say only that the records from `first` to `last` left no readings."""
    nothing = nothing_of([(first, last)])
    return ReadingColumns(
        seq_first=first,
        seq_last=last,
        points=(),
        seq=nothing.seq,
        index=nothing.point,
        at=nothing.at,
        values=nothing.values,
        quality=nothing.quality,
    )


def require_columns(columns: ReadingColumns) -> None:
    """Refuse columns that do not fit each other: found here, not when they are folded with their neighbours.

    Raises:
        ValueError: the lengths differ, an index points nowhere, or the bounds are the wrong way round.
    """
    if columns.seq_first > columns.seq_last:
        raise ValueError(f"readings of records {columns.seq_first} to {columns.seq_last}: first must not exceed last")
    rows = len(columns.seq)
    if not rows == len(columns.index) == len(columns.at) == len(columns.values) == len(columns.quality):
        raise ValueError(f"readings of records {columns.seq_first} to {columns.seq_last}: columns differ in length")
    if rows and not 0 <= columns.index.min() <= columns.index.max() < len(columns.points):
        raise ValueError(f"readings of records {columns.seq_first} to {columns.seq_last}: index outside of the points")


def columns_in(columns: ReadingColumns, ranges: Sequence[SeqRange]) -> ReadingColumns:
    """Keep the rows whose seq lies in one of the ranges, which are ascending; there is at least one."""
    inside = np.zeros(len(columns.seq), np.bool_)
    for first, last in ranges:
        inside |= (columns.seq >= first) & (columns.seq <= last)
    return ReadingColumns(
        seq_first=ranges[0][0],
        seq_last=ranges[-1][1],
        points=columns.points,
        seq=columns.seq[inside],
        index=columns.index[inside],
        at=columns.at[inside],
        values=columns.values[inside],
        quality=columns.quality[inside],
        envelopes=envelopes_in(columns.envelopes, ranges),
    )


def rows_of(blocks: Sequence[Block], point: int | None, start: Instant, end: Instant) -> Rows:
    """Pick one point's rows with start <= at < end; None is a point that no block knows."""
    parts = []
    for block in blocks if point is not None else ():
        hit = (block.point == point) & (block.at >= start) & (block.at < end)
        parts.append(Rows(seq=block.seq[hit], at=block.at[hit], values=block.values[hit], quality=block.quality[hit]))
    return join_rows(parts)
