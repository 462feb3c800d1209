"""A week of visits that nobody can foretell and that still leaves no zone alone for longer than it may be.

Slots are filled one after the other. A zone is drawn by its weight, and taken only where going on in the plain way
from there (to the zone that has used up the largest share of its gap) keeps every gap for as far as gaps reach;
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


class _Week:
    """What holds while a week is filled; zones are their places in `needs`."""

    def __init__(self, needs: Sequence[ZoneNeed], slots: Sequence[int], officers: int) -> None:
        self.complaint = ""
        self._needs = needs
        self._gaps: Seconds = np.array([need.gap for need in needs], dtype=np.float64)
        self._ages: Seconds = np.array([need.age for need in needs], dtype=np.float64)
        self._weights = [need.weight for need in needs]
        self._slots = slots
        self._ahead: Seconds = np.array([*slots, *(slot + WEEK for slot in slots)], dtype=np.float64)
        self._places = min(officers, len(needs))
        self._reach = float(self._gaps.max()) * _REACH

    def filled(self, chance: random.Random | None) -> list[list[int]] | None:
        """The zones of each slot; None where one is left alone for too long, which `complaint` then says."""
        last = -self._ages
        rows: list[list[int]] = []
        for index in range(len(self._slots)):
            row: list[int] = []
            for _ in range(self._places):
                row.append(self._chosen(last, index, row, chance))
            if not self._can_wait(last, index):
                return None
            last = last.copy()
            last[row] = self._ahead[index]
            rows.append(row)
        return rows if self._goes_on(last, len(self._slots)) else None

    def _chosen(self, last: Seconds, index: int, row: Sequence[int], chance: random.Random | None) -> int:
        plain = self._plain(last, self._ahead[index], row)
        if chance is None:
            return plain
        left = [zone for zone in range(len(self._gaps)) if zone not in row]
        for _ in range(_DRAWS):
            zone = chance.choices(left, [self._weights[each] for each in left])[0]
            if zone == plain or self._affords(last, index, [*row, zone]):
                return zone
        return plain

    def _affords(self, last: Seconds, index: int, row: Sequence[int]) -> bool:
        """Whether the plain way keeps all gaps once these zones are visited in this slot."""
        whole = list(row)
        while len(whole) < self._places:
            whole.append(self._plain(last, self._ahead[index], whole))
        if not self._can_wait(last, index):
            return False
        after = last.copy()
        after[whole] = self._ahead[index]
        return self._goes_on(after, index + 1)

    def _goes_on(self, last: Seconds, index: int) -> bool:
        last = last.copy()
        end = (self._ahead[index] if index < len(self._ahead) else 0.0) + self._reach
        while index < len(self._ahead) and self._ahead[index] <= end:
            row: list[int] = []
            for _ in range(self._places):
                row.append(self._plain(last, self._ahead[index], row))
            if not self._can_wait(last, index):
                return False
            last[row] = self._ahead[index]
            index += 1
        return True

    def _plain(self, last: Seconds, now: float, row: Sequence[int]) -> int:
        """The zone that has used up the largest share of its gap."""
        share = (now - last) / self._gaps
        share[list(row)] = -np.inf
        return int(share.argmax())

    def _can_wait(self, last: Seconds, index: int) -> bool:
        """Whether no zone is alone for too long until this slot."""
        over = self._ahead[index] - last - self._gaps
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
