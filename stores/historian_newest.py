"""The newest reading per point: by time, and of equal times the later judged one, so that every order of arrival and
every restart gives the same answer.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.instant import Instant
from domain.readings import Qualities, Times, Values
from stores.ports import LatestReading

_NEVER: Final = np.iinfo(np.int64).min
_FIRST_SIZE: Final = 256


class NewestReading(Struct, frozen=True, kw_only=True):
    """A point's newest reading and the record it came in."""

    at: Instant
    seq: int
    value: float
    quality: int


class NewestTable:
    """Columns by row of a point table."""

    def __init__(self) -> None:
        """Start empty."""
        self._at: Times = np.zeros(0, np.int64)
        self._seq: Times = np.zeros(0, np.int64)
        self._values: Values = np.zeros(0)
        self._quality: Qualities = np.zeros(0, np.uint8)

    def take(self, point: npt.NDArray[np.int32], at: Times, seq: Times, values: Values, quality: Qualities) -> None:
        """Take rows in the order they were added: each point keeps the newest of them and of what it had."""
        self._reserve(int(point.max()) + 1)
        order = np.lexsort((seq, at))
        last = np.full(len(self._at), -1, np.int64)
        last[point[order]] = order  # of repeated points the last assignment holds: the newest
        rows = np.flatnonzero(last >= 0)
        picked = last[rows]
        newer = (at[picked] > self._at[rows]) | ((at[picked] == self._at[rows]) & (seq[picked] >= self._seq[rows]))
        rows, picked = rows[newer], picked[newer]
        self._at[rows], self._seq[rows] = at[picked], seq[picked]
        self._values[rows], self._quality[rows] = values[picked], quality[picked]

    def take_one(self, row: int, reading: NewestReading) -> None:
        """Take one reading, unless the point has a newer one (or this very one)."""
        self._reserve(row + 1)
        if (reading.at, reading.seq) > (int(self._at[row]), int(self._seq[row])):
            self._at[row], self._seq[row] = reading.at, reading.seq
            self._values[row], self._quality[row] = reading.value, reading.quality

    def readings(self, rows: Mapping[str, int]) -> Mapping[str, LatestReading]:
        """The readings of the points at `rows`; points that have none are left out."""
        return {
            point: LatestReading(
                point=point,
                at=int(self._at[row]),
                value=float(self._values[row]),
                quality=int(self._quality[row]),
            )
            for point, row in rows.items()
            if row < len(self._at) and self._at[row] != _NEVER
        }

    def _reserve(self, size: int) -> None:
        have = len(self._at)
        if size <= have:
            return
        more = max(size, 2 * have, _FIRST_SIZE) - have
        self._at = np.concatenate([self._at, np.full(more, _NEVER, np.int64)])
        self._seq = np.concatenate([self._seq, np.zeros(more, np.int64)])
        self._values = np.concatenate([self._values, np.full(more, np.nan)])
        self._quality = np.concatenate([self._quality, np.zeros(more, np.uint8)])
