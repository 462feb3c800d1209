"""The columns of a condition: what is known of each row, how long it must hold, and what follows.

A row is one (rule, point). What makes the condition the case is for the kind to say. Times are int64 microseconds;
sums and differences of them are exact. Between batches rows are kept narrower: `rules.conditions.kept`.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from domain.readings import Times, Values
from rules.reading_state import BOOL, FLOAT64, INT64, Columns
from rules.segments import Mask

NO_DEADLINE: Final = int(np.iinfo(np.int64).max)


@dataclass(slots=True)
class ConditionState(Columns):
    """What is known of each row.

    `condition` is the raw condition after hysteresis, `raised` what has been said of it, `known` whether the latest
    reading was known. `value` and `value_seq` are those of the latest known reading. `judged_to` is the time of the
    latest reading, or of the stale deadline that ended sight after it. `since` and `since_seq` say when the raw
    condition became what it is. `origin` is, while a delay runs (condition and raised differ), when the condition would
    have begun had it been known ever since; otherwise the time of the latest change of either. `deadline` is the next.
    `anew` says that its settings changed since it was looked at last (rows that time alone can change).
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
    anew: Mask = field(metadata=BOOL)


@dataclass(slots=True)
class Delays(Columns):
    """How long each row's condition must hold or be gone to count, and how long a value stands; microseconds."""

    on_delay: Times = field(metadata=INT64)
    off_delay: Times = field(metadata=INT64)
    holds: Times = field(metadata=INT64)


def running_delay(state: ConditionState, delays: Delays) -> Times:
    """The delay after which each row's raw condition counts."""
    return np.where(state.condition, delays.on_delay, delays.off_delay)


def known_until(state: ConditionState, delays: Delays) -> Times:
    """When each row's value goes stale, or when it ceased to be known."""
    return state.judged_to + np.where(state.known, delays.holds, 0)


def earliest_time(state: ConditionState) -> Times:
    """Before this nothing more is said of a row: a reading behind a deadline that has fired counts as made there."""
    settled = np.where(state.condition == state.raised, state.origin, 0)
    return np.maximum(np.maximum(state.judged_to, state.since), settled)


def next_deadlines(state: ConditionState, delays: Delays) -> Times:
    """Each row's next deadline that would say something: its delay's end, else its value's going stale while raised."""
    stale = known_until(state, delays)
    due = state.origin + running_delay(state, delays)
    watched = state.known & ~state.parked
    ends_delay = watched & (state.condition != state.raised) & (due <= stale)
    goes_stale = watched & state.raised
    return np.where(ends_delay, due, np.where(goes_stale, stale, NO_DEADLINE))


def reconfigured(state: ConditionState, delays: Delays, at: int, beyond: Mask, decides: Mask) -> None:
    """Re-evaluate rows whose settings changed at `at`, from the value that is known then; timers are kept.

    `beyond` is what the new settings say of the present value, where it `decides`. A delay that they have already used
    up is due at `at`, or with the next known value. A row that has been judged by a later reading, whose clock is ahead
    of Vigil's, changes at that reading's time: nothing goes backwards.
    """
    stale = known_until(state, delays)
    now = np.maximum(at, earliest_time(state))
    visible = state.known & (now < stale)
    condition = np.where(visible & decides, beyond, state.condition)
    changed = condition != state.condition
    state.condition = condition
    state.origin = np.where(changed, now, state.origin)
    state.since = np.where(changed, now, state.since)
    state.since_seq = np.where(changed, state.value_seq, state.since_seq)
    unseen = state.known & ~visible & ~state.raised
    state.judged_to = np.where(unseen, stale, state.judged_to)
    state.known &= ~unseen
    delaying = state.condition != state.raised
    counted_to = known_until(state, delays)
    counted_to = np.where(state.known, np.minimum(now, counted_to), counted_to)
    used_up = counted_to - running_delay(state, delays)
    state.origin = np.where(delaying, np.maximum(state.origin, used_up), state.origin)
