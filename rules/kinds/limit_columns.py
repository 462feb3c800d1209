"""The columns of the kind `limit`: what is remembered of each row, what each row is judged by, and what follows.

A row is one (rule, point). Times are int64 microseconds; sums and differences of them are exact.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from domain.readings import Times, Values
from rules.reading_state import BOOL, FLOAT64, INT64, Columns
from rules.segments import Mask, Positions

NO_DEADLINE: Final = int(np.iinfo(np.int64).max)


@dataclass(slots=True)
class LimitState(Columns):
    """What is remembered of each row, 60 bytes.

    `condition` is the raw condition after hysteresis, `raised` what has been said of it, `known` whether the latest
    reading was known. `value` and `value_seq` are those of the latest known reading. `judged_to` is the time of the
    latest reading, or of the stale deadline that ended sight after it. `since` and `since_seq` say when the raw
    condition became what it is. `origin` is, while a delay runs (condition and raised differ), when the condition would
    have begun had it been known ever since; otherwise the time of the latest change of either. `deadline` is the next.
    """

    value: Values = field(metadata=FLOAT64)
    value_seq: Times = field(metadata=INT64)
    judged_to: Times = field(metadata=INT64)
    origin: Times = field(metadata=INT64)
    since: Times = field(metadata=INT64)
    since_seq: Times = field(metadata=INT64)
    deadline: Times = field(metadata=INT64)
    condition: Mask = field(metadata=BOOL)
    raised: Mask = field(metadata=BOOL)
    known: Mask = field(metadata=BOOL)
    parked: Mask = field(metadata=BOOL)


@dataclass(slots=True)
class LimitBounds(Columns):
    """What each row is judged by, from the configuration: values in the point's unit, times in microseconds."""

    high: Values = field(metadata=FLOAT64)
    low: Values = field(metadata=FLOAT64)
    high_return: Values = field(metadata=FLOAT64)
    low_return: Values = field(metadata=FLOAT64)
    on_delay: Times = field(metadata=INT64)
    off_delay: Times = field(metadata=INT64)
    holds: Times = field(metadata=INT64)


def is_beyond(values: Values, bounds: LimitBounds, rows: Positions) -> Mask:
    """Mark values beyond a limit of their row; exactly at it is not beyond."""
    return (values > bounds.high[rows]) | (values < bounds.low[rows])


def is_back(values: Values, bounds: LimitBounds, rows: Positions) -> Mask:
    """Mark values that are back from every limit of their row by the deadband."""
    return (values <= bounds.high_return[rows]) & (values >= bounds.low_return[rows])


def running_delay(state: LimitState, bounds: LimitBounds) -> Times:
    """The delay after which each row's raw condition counts."""
    return np.where(state.condition, bounds.on_delay, bounds.off_delay)


def known_until(state: LimitState, bounds: LimitBounds) -> Times:
    """When each row's value goes stale, or when it ceased to be known."""
    return state.judged_to + np.where(state.known, bounds.holds, 0)


def earliest_time(state: LimitState) -> Times:
    """Before this nothing more is said of a row: a reading behind a deadline that has fired counts as made there."""
    settled = np.where(state.condition == state.raised, state.origin, 0)
    return np.maximum(np.maximum(state.judged_to, state.since), settled)


def next_deadlines(state: LimitState, bounds: LimitBounds) -> Times:
    """Each row's next deadline that would say something: its delay's end, else its value's going stale while raised."""
    stale = known_until(state, bounds)
    due = state.origin + running_delay(state, bounds)
    watched = state.known & ~state.parked
    ends_delay = watched & (state.condition != state.raised) & (due <= stale)
    goes_stale = watched & state.raised
    return np.where(ends_delay, due, np.where(goes_stale, stale, NO_DEADLINE))


def reconfigured(state: LimitState, bounds: LimitBounds, at: int) -> None:
    """Re-evaluate rows whose settings changed at `at`, from the value that is known then; timers are kept.

    A delay that the new settings have already used up is due at `at`, or with the next known value. A row that has been
    judged by a later reading, whose clock is ahead of Vigil's, changes at that reading's time: nothing goes backwards.
    """
    rows = np.arange(state.value.size)
    stale = known_until(state, bounds)
    now = np.maximum(at, earliest_time(state))
    visible = state.known & (now < stale)
    beyond, back = is_beyond(state.value, bounds, rows), is_back(state.value, bounds, rows)
    condition = np.where(visible & (beyond | back), beyond, state.condition)
    changed = condition != state.condition
    state.condition = condition
    state.origin = np.where(changed, now, state.origin)
    state.since = np.where(changed, now, state.since)
    state.since_seq = np.where(changed, state.value_seq, state.since_seq)
    unseen = state.known & ~visible & ~state.raised
    state.judged_to = np.where(unseen, stale, state.judged_to)
    state.known &= ~unseen
    delaying = state.condition != state.raised
    counted_to = known_until(state, bounds)
    counted_to = np.where(state.known, np.minimum(now, counted_to), counted_to)
    used_up = counted_to - running_delay(state, bounds)
    state.origin = np.where(delaying, np.maximum(state.origin, used_up), state.origin)
