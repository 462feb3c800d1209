"""Which rows look at which points: one reading of a point is an arrival for each row that has it among its inputs."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rules.segments import Positions, spread


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

    def expand(self, point: npt.NDArray[np.int32]) -> tuple[Positions, Positions, Positions]:
        """The arrivals that n readings are: each one's reading, row and slot."""
        count = self._count.take(point)
        if bool((count == 1).all()):
            place = self._first.take(point)
            return np.arange(point.size), self._row.take(place), self._slot.take(place)
        reading, place = spread(count)
        place += self._first[point[reading]]
        return reading, self._row[place], self._slot[place]
