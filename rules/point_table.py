"""The engine's table of points: ids to rows, up to when each was judged, and when its value could last be used."""

from collections.abc import Sequence
from math import isnan
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.instant import Instant
from domain.readings import Readings, Times, Values
from rules.segments import Mask

Rows = npt.NDArray[np.int32]

UNKNOWN: Final = -1
NEVER: Final[Instant] = int(np.iinfo(np.int64).min)

LISTS_KEPT: Final = 4096
LONGEST_LIST_KEPT: Final = 65_536
"""A gateway sends the same list of points again and again: its rows are kept under the list's text. Lists longer than
this many characters are uploads of a backlog, which differ each time."""


class PointQualities(Struct, frozen=True, kw_only=True):
    """The stored form: when each point's value was last good, the points whose latest reading is not, and its value.

    `values` were not kept at first; a reading that gave no number is not among them. `conflict_at` names the points of
    which two values at one time were told, and when the last one told was made.
    """

    good_at: dict[str, Instant]
    unusable: list[str]
    values: dict[str, float] = {}
    conflict_at: dict[str, Instant] = {}


class PointTable:
    """Rows for the configured points, in the order of configuration."""

    def __init__(self) -> None:
        """No points."""
        self.ids: tuple[str, ...] = ()
        self.judged_to: Times = np.empty(0, dtype=np.int64)
        self.good_at: Times = np.empty(0, dtype=np.int64)
        """When each point last had a good value that is a number; `NEVER` where it never had."""
        self.is_good: Mask = np.empty(0, dtype=np.bool_)
        """Whether each point's latest reading was such."""
        self.value: Values = np.empty(0, dtype=np.float64)
        """What each point's latest reading said; not a number where it gave none or was never heard."""
        self.conflict_at: dict[str, Instant] = {}
        """When two values of a point at one time were told last, by when they were made; few points ever have any."""
        self._rows: dict[str, int] = {}
        self._lists: dict[str, Rows] = {}

    def configure(self, ids: Sequence[str]) -> None:
        """Take the points that are now configured; those that stay keep what they were judged to."""
        kept = dict(zip(self.ids, self.judged_to.tolist(), strict=True))
        qualities = self.qualities()
        self.ids = tuple(ids)
        self._rows = {point: row for row, point in enumerate(self.ids)}
        self.judged_to = np.array([kept.get(point, NEVER) for point in self.ids], dtype=np.int64)
        self._lists = {}
        self._take_qualities(qualities)

    def note(self, row: Rows, at: Times, values: Values, good: Mask) -> None:
        """Remember n readings that are not late, in judging order: their times, what they said, which are good."""
        self.is_good[row] = good  # of several readings of a row the last one stays
        self.value[row] = values
        if bool(good.all()):
            self.good_at[row] = at
        else:
            self.good_at[row[good]] = at[good]

    def row(self, point: str) -> int:
        """The row of a configured point."""
        return self._rows[point]

    def usable(self, at: Instant, holds: Times) -> Mask:
        """Which points have a value at that time, if each value holds so long; shape (points,)."""
        return self.is_good & (self.good_at + holds > at)

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

    def qualities(self) -> PointQualities:
        """When each point was good, those that ever were, and which have lost it."""
        columns = list(
            zip(self.ids, self.judged_to.tolist(), self.good_at.tolist(), self.is_good.tolist(), strict=True)
        )
        values = zip(self.ids, self.value.tolist(), strict=True)
        return PointQualities(
            good_at={point: good_at for point, _, good_at, _ in columns if good_at != NEVER},
            unusable=[point for point, judged, _, is_good in columns if judged != NEVER and not is_good],
            values={point: value for point, value in values if not isnan(value)},
            conflict_at=dict(self.conflict_at),
        )

    def restore(self, state: dict[str, Instant], qualities: PointQualities | None = None) -> None:
        """Take back what `state` and `qualities` gave, under the same configuration.

        Without qualities, which were not kept at first, the latest reading of each point counts as good.
        """
        for point, at in state.items():
            self.judged_to[self._rows[point]] = at
        self._take_qualities(qualities or PointQualities(good_at=state, unusable=[]))

    def _take_qualities(self, qualities: PointQualities) -> None:
        self.good_at = np.array([qualities.good_at.get(point, NEVER) for point in self.ids], dtype=np.int64)
        self.value = np.array([qualities.values.get(point, np.nan) for point in self.ids], dtype=np.float64)
        self.conflict_at = {point: at for point, at in qualities.conflict_at.items() if point in self._rows}
        self.is_good = self.good_at != NEVER
        for point in qualities.unusable:
            if point in self._rows:
                self.is_good[self._rows[point]] = False
