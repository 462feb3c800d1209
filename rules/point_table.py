"""The engine's table of points: ids to rows, and up to when each point's readings have been judged."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.instant import Instant
from domain.readings import Readings, Times

Rows = npt.NDArray[np.int32]

UNKNOWN: Final = -1
NEVER: Final[Instant] = int(np.iinfo(np.int64).min)

LISTS_KEPT: Final = 4096
LONGEST_LIST_KEPT: Final = 65_536
"""A gateway sends the same list of points again and again: its rows are kept under the list's text. Lists longer than
this many characters are uploads of a backlog, which differ each time."""


class PointTable:
    """Rows for the configured points, in the order of configuration."""

    def __init__(self) -> None:
        """No points."""
        self.ids: tuple[str, ...] = ()
        self.judged_to: Times = np.empty(0, dtype=np.int64)
        self._rows: dict[str, int] = {}
        self._lists: dict[str, Rows] = {}

    def configure(self, ids: Sequence[str]) -> None:
        """Take the points that are now configured; those that stay keep what they were judged to."""
        kept = dict(zip(self.ids, self.judged_to.tolist(), strict=True))
        self.ids = tuple(ids)
        self._rows = {point: row for row, point in enumerate(self.ids)}
        self.judged_to = np.array([kept.get(point, NEVER) for point in self.ids], dtype=np.int64)
        self._lists = {}

    def rows(self, readings: Readings) -> Rows:
        """The row of each reading, `UNKNOWN` where its point is not configured; shape (n,)."""
        text = readings.points
        found = self._lists.get(text)
        if found is None:
            row = self._rows.get
            found = np.array([row(point, UNKNOWN) for point in readings.point_ids()], dtype=np.int32)
            if len(text) <= LONGEST_LIST_KEPT:
                if len(self._lists) >= LISTS_KEPT:
                    self._lists.clear()
                self._lists[text] = found
        return found

    def state(self) -> dict[str, Instant]:
        """Up to when each point was judged, those that ever were."""
        judged = zip(self.ids, self.judged_to.tolist(), strict=True)
        return {point: at for point, at in judged if at != NEVER}

    def restore(self, state: dict[str, Instant]) -> None:
        """Take back what `state` gave, under the same configuration."""
        for point, at in state.items():
            self.judged_to[self._rows[point]] = at
