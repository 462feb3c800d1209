"""Something must happen at least every so often, and does not: what kinds about visits and calls have in common.

The stretches of absence follow from the sorted marks alone, so late marks correct what was said (Late law). The clock
judges the last one; while absence is held, marks are put in their places and judged afterwards (Gap law).
"""

from bisect import bisect_left, bisect_right, insort
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.instant import LATEST, Duration, Instant
from rules.kinds.retelling import Saying, Stretch, Told, settle, since
from rules.patrol_footprints import HORIZON

KEPT: Final = 4096
"""Marks remembered within the horizon; 7 days of one every 5 minutes are 2,016."""


class AbsenceState(Struct, frozen=True):
    """`marks` are when it happened, ascending, and `ends` those of them after which nothing is expected.

    Absence is judged up to `judged_to`; from `unsettled` on (0: nowhere) marks came while it was held. `scan_place` and
    `scan_at` are where and when a person was last seen.
    """

    marks: tuple[Instant, ...] = ()
    ends: tuple[Instant, ...] = ()
    judged_to: Instant = 0
    unsettled: Instant = 0
    told: Told = Told()
    scan_place: str = ""
    scan_at: Instant = 0


def mark(
    state: AbsenceState, at: Instant, limit: Duration, *, is_end: bool, is_holding: bool
) -> tuple[AbsenceState, list[Saying]]:
    """It happened at `at`: what is to be said anew of the absence before and after it."""
    marks, ends = list(state.marks), list(state.ends)
    place = bisect_left(marks, at)
    first = marks[place - 1] if place else 0
    behind = bisect_right(marks, at)
    last = marks[behind] - 1 if behind < len(marks) else LATEST
    insort(marks, at)
    if is_end and at not in ends:
        insort(ends, at)
    start = marks[-1] - HORIZON
    marks = marks[max(bisect_left(marks, start), len(marks) - KEPT) :]
    ends = ends[bisect_left(ends, start) :]
    after = replace(state, marks=tuple(marks), ends=tuple(ends), told=since(state.told, start))
    if is_holding:
        earliest = first or at
        return replace(after, unsettled=min(state.unsettled or earliest, earliest)), []
    return _settled(after, first, last, limit)


def deadline(state: AbsenceState, limit: Duration) -> Instant | None:
    """When the clock has something to say of the absence."""
    if state.unsettled:
        return state.unsettled
    if not state.marks or state.marks[-1] in state.ends:
        return None
    at = state.marks[-1] + limit
    return at if at > state.judged_to else None


def fire(state: AbsenceState, limit: Duration) -> tuple[AbsenceState, list[Saying]]:
    """The deadline has come."""
    at = deadline(state, limit)
    if at is None:
        return state, []
    if state.unsettled:
        return _settled(replace(state, unsettled=0), state.unsettled, LATEST, limit)
    return _settled(replace(state, judged_to=at), state.marks[-1], LATEST, limit)


def _settled(state: AbsenceState, first: Instant, last: Instant, limit: Duration) -> tuple[AbsenceState, list[Saying]]:
    told, sayings = settle(state.told, first, last, _stretches(state, first, last, limit))
    return replace(state, told=told), sayings


def _stretches(state: AbsenceState, first: Instant, last: Instant, limit: Duration) -> list[Stretch]:
    marks = state.marks
    begin = max(0, bisect_right(marks, first) - 1)
    found = []
    for place in range(begin, len(marks)):
        start = marks[place] + limit
        if marks[place] > last:
            break
        following = marks[place + 1] if place + 1 < len(marks) else None
        is_absent = start < following if following is not None else start <= state.judged_to
        if is_absent and marks[place] not in state.ends and first <= start <= last:
            found.append(Stretch(start, following))
    return found
