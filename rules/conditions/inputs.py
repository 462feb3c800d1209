"""Which rows look at which points: one reading of a point is an arrival for each row that has it among its inputs."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.readings import Values
from rules.rule import ReadingBatch
from rules.segments import Positions, spread

UNUSABLE: Final = np.inf
"""Stands for the value of a reading that cannot be used; where there is no reading at all it is NaN."""


class Inputs:
    """Pairs of (row, slot) by point; `points` gives, per row, the place of each slot's point in the engine's table."""

    def __init__(self, points: Sequence[Sequence[int]], table_size: int) -> None:
        """Order the pairs by point and then by row."""
        pairs = np.array(
            [(point, row, slot) for row, slots in enumerate(points) for slot, point in enumerate(slots)], dtype=np.int64
        ).reshape(-1, 3)
        order = np.lexsort((pairs[:, 2], pairs[:, 1], pairs[:, 0]))
        self._row = pairs[order, 1]
        self._slot = pairs[order, 2]
        self._count = np.bincount(pairs[:, 0], minlength=table_size).astype(np.int64)
        self._first = np.cumsum(self._count) - self._count

    def points(self, rows: int, slots: int) -> Positions:
        """The place of each slot's point in the engine's table, by row and slot."""
        found = np.zeros((rows, slots), dtype=np.int64)
        found[self._row, self._slot] = np.repeat(np.arange(self._count.size), self._count)
        return found

    def expand(self, point: npt.NDArray[np.int32]) -> tuple[Positions, Positions, Positions]:
        """The arrivals that n readings are: each one's reading, row and slot."""
        count = self._count.take(point)
        if bool((count == 1).all()):
            place = self._first.take(point)
            return np.arange(point.size), self._row.take(place), self._slot.take(place)
        reading, place = spread(count)
        place += self._first[point[reading]]
        return reading, self._row[place], self._slot[place]


def masked(batch: ReadingBatch) -> Values:
    """The batch's values, `UNUSABLE` where they are not known."""
    return np.where(batch.known(), batch.values, UNUSABLE)
