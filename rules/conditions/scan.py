"""The segment scan of conditions: no loop over readings, exact integer times, linear in their number.

Between two elements of a segment things happen in this order: *at* the reading the raw condition may change, a delay of
zero ends and sight returns; in the *gap* after it a delay ends, then sight is lost. Known time is summed over all
elements; differences of the sum within a run of one condition say how long the condition has been known to hold.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from domain.readings import Times, Values
from rules.conditions.columns import ConditionState, Delays, next_deadlines
from rules.conditions.course import OPEN, Course, Elements
from rules.reading_state import BOOL, FLOAT64, INT64, Columns
from rules.segments import Mask, Positions, last_marked

RAISED: Final = 0
CLEARED: Final = 1
LOST_STALE: Final = 2
LOST_UNUSABLE: Final = 3
REGAINED: Final = 4

_TURNED, _REGAINED, _GAP, _LOST, _STEPS = range(5)
"""In which order things happen at an element and in the gap after it, and how many they are."""


@dataclass(slots=True)
class Events(Columns):
    """What happened. `kind` is RAISED .. REGAINED; `reading` is the one that brought it to light, or TICK.

    `row` counts the rows of the scan. `condition`, `value`, `since` are as of `at`. `order` is that of a row's events.
    """

    kind: Positions = field(metadata=INT64)
    row: Positions = field(metadata=INT64)
    reading: Positions = field(metadata=INT64)
    at: Times = field(metadata=INT64)
    value: Values = field(metadata=FLOAT64)
    value_seq: Times = field(metadata=INT64)
    since: Times = field(metadata=INT64)
    since_seq: Times = field(metadata=INT64)
    condition: Mask = field(metadata=BOOL)
    order: Positions = field(metadata=INT64)


@dataclass(slots=True, frozen=True)
class _Runs:
    """Per element: the raw condition, where its run began, known time in it at the element and at the gap's end."""

    condition: Mask
    begins: Mask
    start: Positions
    delay: Times
    elapsed: Times
    elapsed_after: Times
    lost_at: Times
    is_lost: Mask


@dataclass(slots=True, frozen=True)
class _Turns:
    """Per element: whether a delay ends at it or in its gap and changes what is raised; raised before, at and after."""

    at_reading: Mask
    in_gap: Mask
    before: Mask
    between: Mask
    after: Mask
    latest: Positions


def scan(carry: ConditionState, delays: Delays, course: Course) -> tuple[Events, ConditionState]:
    """Judge R rows: the events, within each row in the order in which they happened, and the rows' new state."""
    runs = _runs(delays, course)
    turns = _turns(carry, course, runs)
    events = _events(carry, course, runs, turns)
    return events.take(np.argsort(events.order, kind="stable")), _state_after(carry, delays, course, runs, turns)


def happens_at_moment(order: Positions) -> Mask:
    """Whether events happen at an element, rather than in the gap after it."""
    return order % _STEPS <= _REGAINED


def _runs(delays: Delays, course: Course) -> _Runs:
    elements, row = course.elements, course.elements.row
    condition = elements.beyond[last_marked(elements.decides)]
    begins = elements.is_head.copy()
    begins[1:] |= condition[1:] != condition[:-1]
    start = last_marked(begins)
    lost_at = np.where(elements.next_known, elements.holds_until, np.minimum(elements.holds_until, elements.next_at))
    # Below 0 for a reading sent before a new configuration moved the origin on: its time does not count yet.
    known_span = np.where(elements.next_at == OPEN, 0, np.minimum(elements.next_at, lost_at) - elements.at)
    after = np.cumsum(known_span)
    at_element = after - known_span
    origin = at_element[start]
    return _Runs(
        condition=condition,
        begins=begins,
        start=start,
        delay=np.where(condition, delays.on_delay[row], delays.off_delay[row]),
        elapsed=at_element - origin,
        elapsed_after=after - origin,
        lost_at=lost_at,
        is_lost=lost_at <= elements.next_at,
    )


def _turns(carry: ConditionState, course: Course, runs: _Runs) -> _Turns:
    is_head, sees = course.elements.is_head, course.elements.sees
    in_gap = sees & (runs.elapsed_after >= runs.delay) & ((runs.elapsed < runs.delay) | is_head)
    at_reading = runs.begins & (runs.delay == 0)
    at_reading[course.head] = False
    # A delay that a new configuration shortened while the value was unknown ends with the first known value.
    first = course.head[~sees[course.head] & (course.last > course.head)] + 1
    at_reading[first] |= ~runs.begins[first] & (runs.elapsed[first] >= runs.delay[first])
    ends = in_gap | at_reading
    latest = last_marked(ends | is_head)
    said = runs.condition.copy()
    said[course.head] = np.where(in_gap[course.head], said[course.head], carry.raised)
    after = said[latest]
    before = np.empty_like(after)
    before[1:] = after[:-1]
    before[course.head] = carry.raised
    between = np.where(at_reading, runs.condition, before)
    return _Turns(at_reading & (between != before), in_gap & (after != between), before, between, after, latest)


def _events(carry: ConditionState, course: Course, runs: _Runs, turns: _Turns) -> Events:
    elements = course.elements
    was_blind = np.zeros_like(runs.is_lost)
    was_blind[1:] = runs.is_lost[:-1]
    gap = np.flatnonzero(turns.in_gap)
    lost = np.flatnonzero(runs.is_lost & elements.sees & turns.after)
    turned = np.flatnonzero(turns.at_reading)
    regained = np.flatnonzero(was_blind & ~elements.is_head & turns.before & turns.between)
    unusable = ~elements.next_known[lost] & (elements.holds_until[lost] > elements.next_at[lost])
    place = np.concatenate((gap, lost, turned, regained))
    step = np.repeat([_GAP, _LOST, _TURNED, _REGAINED], [gap.size, lost.size, turned.size, regained.size])
    kind = np.concatenate(
        (
            np.where(runs.condition[gap], RAISED, CLEARED),
            np.where(unusable, LOST_UNUSABLE, LOST_STALE),
            np.where(runs.condition[turned], RAISED, CLEARED),
            np.full(regained.size, REGAINED),
        )
    )
    reading = np.concatenate(
        (elements.next_reading[gap], elements.next_reading[lost], elements.reading[turned], elements.reading[regained])
    )
    at = np.concatenate((_due(elements, runs, gap), runs.lost_at[lost], elements.at[turned], elements.at[regained]))
    since, since_seq = _since(carry, elements, runs, place)
    return Events(
        kind=kind,
        row=elements.row[place],
        reading=reading,
        at=at,
        value=elements.value[place],
        value_seq=elements.seq[place],
        since=since,
        since_seq=since_seq,
        condition=runs.condition[place],
        order=(place - course.head[elements.row[place]]) * _STEPS + step,
    )


def _due(elements: Elements, runs: _Runs, place: Positions) -> Times:
    """When the delay ends that ends in the gap after these elements."""
    return elements.at[place] + runs.delay[place] - runs.elapsed[place]


def _since(carry: ConditionState, elements: Elements, runs: _Runs, place: Positions) -> tuple[Times, Times]:
    """When the raw condition at these elements began, and the seq of the reading that began it."""
    start = runs.start[place]
    row, carried = elements.row[start], elements.is_head[start]
    since = np.where(carried, carry.since[row], elements.at[start])
    return since, np.where(carried, carry.since_seq[row], elements.seq[start])


def _state_after(carry: ConditionState, delays: Delays, course: Course, runs: _Runs, turns: _Turns) -> ConditionState:
    elements, last = course.elements, course.last
    condition, raised = runs.condition[last], turns.after[last]
    if course.judged_to is None:
        goes_stale = carry.known & runs.is_lost[last] & raised
        known, judged_to = carry.known & ~goes_stale, np.where(goes_stale, runs.lost_at[last], carry.judged_to)
        delaying_since = carry.origin
    else:
        known, judged_to = course.known_at_end, course.judged_to
        delaying_since = judged_to - runs.elapsed_after[last]
    since, since_seq = _since(carry, elements, runs, last)
    state = ConditionState(
        value=elements.value[last],
        value_seq=elements.seq[last],
        judged_to=judged_to,
        origin=np.where(condition != raised, delaying_since, _latest_change(elements, runs, turns, last)),
        since=since,
        since_seq=since_seq,
        deadline=carry.deadline,
        condition=condition,
        raised=raised,
        known=known,
        parked=carry.parked,
        anew=carry.anew,
    )
    state.deadline = next_deadlines(state, delays)
    return state


def _latest_change(elements: Elements, runs: _Runs, turns: _Turns, last: Positions) -> Times:
    """When the raw condition or what is raised changed last, for the segments that end with these elements."""
    start, turn = runs.start[last], turns.latest[last]
    turned_in_run = turn >= start
    in_gap, at_reading = turned_in_run & turns.in_gap[turn], turned_in_run & turns.at_reading[turn]
    change = np.where(at_reading, elements.at[turn], elements.at[start])
    return np.where(in_gap, _due(elements, runs, turn), change)
