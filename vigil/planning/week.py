"""A week of visits that nobody can foretell and that still leaves no zone alone for longer than it may be.

Slots are filled one after the other. A zone is drawn by its weight, and taken only where going on in the plain way
from there (to the zone with the smallest share left of the slots in its gap) keeps every gap for as far as gaps reach;
otherwise the plain way is gone. What chance may decide, it decides; the finished week is held against all gaps.
"""

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from domain.errors import VigilError

DAY: Final = 86_400
WEEK: Final = 7 * DAY
"""Seconds."""

_DRAWS: Final = 4
"""Zones that are drawn for a place before the plain way is gone."""

_WEEKS_TRIED: Final = 5
"""Weeks that are begun with chance before one is planned without."""

_REACH: Final = 1.5
"""How many times the longest gap is looked ahead."""

Seconds = NDArray[np.float64]
Slots = NDArray[np.int64]


class WeekImpossible(VigilError):
    """The slots do not suffice for the gaps; the message names a zone that would be left alone, and the remedy."""


class ZoneNeed(Struct, frozen=True, kw_only=True):
    """How long a zone may be left alone (s), how much chance should favour it, and how long ago it was visited (s)."""

    zone: str
    gap: float
    weight: float = 1.0
    age: float = 0.0


class Visit(Struct, frozen=True, kw_only=True):
    """A zone to visit in the slot that begins at `at` (s from the beginning of the week)."""

    at: int
    zone: str


class WeekPlan(Struct, frozen=True, kw_only=True):
    """The visits in the order of time.

    `longest_gap` (s) is what each zone comes to, before its first visit from its age on and after the last one to the
    week's end; `visits_of` how often it is visited; `ages` how long ago that was at the end: the next week begins with
    them. `guessed` is the share of visits that somebody would foretell who expects in each slot what was in it the day
    before.
    """

    visits: tuple[Visit, ...]
    longest_gap: Mapping[str, float]
    visits_of: Mapping[str, int]
    ages: Mapping[str, float]
    guessed: float


def plan_week(needs: Sequence[ZoneNeed], slots: Sequence[int], officers: int, seed: int) -> WeekPlan:
    """Fill the slots (their beginnings, ascending, within the week) with a zone for each of so many officers.

    Raises:
        WeekImpossible: even the plain way leaves a zone alone for too long.
    """
    week = _Week(needs, slots, officers)
    chance = random.Random(seed)  # noqa: S311 - to be repeated by its seed, which nobody else needs to know
    for _ in range(_WEEKS_TRIED):
        rows = week.filled(chance)
        if rows is not None:
            break
    else:
        rows = week.filled(None)
    if rows is None:
        raise WeekImpossible(week.complaint)
    visits = [Visit(at=slot, zone=needs[zone].zone) for slot, row in zip(slots, rows, strict=True) for zone in row]
    return _summed_up(visits, needs)


class _Standing(Struct):
    """How things stand before a slot: when and in which slot each zone was visited last, and its latest next one."""

    last: Seconds
    visited: Slots
    latest: Slots

    def copy(self) -> "_Standing":
        return _Standing(self.last.copy(), self.visited.copy(), self.latest.copy())


class _Week:
    """What holds while a week is filled; zones are their places in `needs`."""

    def __init__(self, needs: Sequence[ZoneNeed], slots: Sequence[int], officers: int) -> None:
        self.complaint = ""
        self._needs = needs
        self._gaps: Seconds = np.array([need.gap for need in needs], dtype=np.float64)
        self._ages: Seconds = np.array([need.age for need in needs], dtype=np.float64)
        self._weights = [need.weight for need in needs]
        self._count = len(slots)
        self._ahead: Seconds = np.array([slot + week * WEEK for week in range(3) for slot in slots], dtype=np.float64)
        self._reached: Slots = np.searchsorted(self._ahead, self._ahead[:, None] + self._gaps, side="right") - 1
        self._places = min(officers, len(needs))
        self._reach = float(self._gaps.max()) * _REACH

    def filled(self, chance: random.Random | None) -> list[list[int]] | None:
        """The zones of each slot; None where one is left alone for too long, which `complaint` then says."""
        standing = self._at_first()
        rows: list[list[int]] = []
        for index in range(self._count):
            row: list[int] = []
            for _ in range(self._places):
                row.append(self._chosen(standing, index, row, chance))
            if not self._can_wait(standing, index):
                return None
            self._visit(standing, index, row)
            rows.append(row)
        return rows if self._goes_on(standing, self._count) else None

    def _at_first(self) -> _Standing:
        last = -self._ages
        latest = np.searchsorted(self._ahead, last + self._gaps, side="right") - 1
        return _Standing(last, np.full(len(last), -1, dtype=np.int64), latest)

    def _visit(self, standing: _Standing, index: int, row: Sequence[int]) -> None:
        standing.last[row] = self._ahead[index]
        standing.visited[row] = index
        standing.latest[row] = self._reached[index, row]

    def _chosen(self, standing: _Standing, index: int, row: Sequence[int], chance: random.Random | None) -> int:
        plain = self._plain(standing, index, row)
        if chance is None:
            return plain
        left = [zone for zone in range(len(self._gaps)) if zone not in row]
        for _ in range(_DRAWS):
            zone = chance.choices(left, [self._weights[each] for each in left])[0]
            if zone == plain or self._affords(standing, index, [*row, zone]):
                return zone
        return plain

    def _affords(self, standing: _Standing, index: int, row: Sequence[int]) -> bool:
        """Whether the plain way keeps all gaps once these zones are visited in this slot."""
        whole = list(row)
        while len(whole) < self._places:
            whole.append(self._plain(standing, index, whole))
        if not self._can_wait(standing, index):
            return False
        after = standing.copy()
        self._visit(after, index, whole)
        return self._goes_on(after, index + 1)

    def _goes_on(self, standing: _Standing, index: int) -> bool:
        """Whether the plain way from this slot on keeps all gaps for as far as they reach."""
        standing = standing.copy()
        end = self._ahead[index] + self._reach
        while index < len(self._ahead) and self._ahead[index] <= end:
            row: list[int] = []
            for _ in range(self._places):
                row.append(self._plain(standing, index, row))
            if not self._can_wait(standing, index):
                return False
            self._visit(standing, index, row)
            index += 1
        return True

    def _plain(self, standing: _Standing, index: int, row: Sequence[int]) -> int:
        """The zone with the smallest share left of the slots that its gap still has: hours off duty have none."""
        left = (standing.latest - index) / np.maximum(standing.latest - standing.visited, 1)
        left[row] = np.inf
        return int(left.argmin())

    def _can_wait(self, standing: _Standing, index: int) -> bool:
        """Whether no zone is alone for too long until this slot."""
        over = self._ahead[index] - standing.last - self._gaps
        zone = int(over.argmax())
        if over[zone] <= 0:
            return True
        hours = self._gaps[zone] / 3600
        self.complaint = (
            f"zone '{self._needs[zone].zone}' would be left alone for longer than {hours:g} h: allow a longer gap, "
            "shorten the slots, or add an officer or hours of duty"
        )
        return False


def _summed_up(visits: Sequence[Visit], needs: Sequence[ZoneNeed]) -> WeekPlan:
    longest: dict[str, float] = {}
    ages: dict[str, float] = {}
    counts: dict[str, int] = {}
    for need in needs:
        times = [-need.age, *(float(visit.at) for visit in visits if visit.zone == need.zone), float(WEEK)]
        longest[need.zone] = max(later - earlier for earlier, later in pairwise(times))
        ages[need.zone] = WEEK - times[-2]
        counts[need.zone] = len(times) - 2
    known = {(visit.at, visit.zone) for visit in visits}
    later_days = [visit for visit in visits if visit.at >= DAY]
    guessed = sum((visit.at - DAY, visit.zone) in known for visit in later_days)
    return WeekPlan(
        visits=tuple(visits),
        longest_gap=longest,
        visits_of=counts,
        ages=ages,
        guessed=guessed / len(later_days) if later_days else 0.0,
    )
