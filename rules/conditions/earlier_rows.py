"""Takes over rows that were stored under earlier versions.

Version 1 kept more columns and counted some durations as memory; both kept values of readings for what is a mean over
time now.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from rules.conditions import integrals
from rules.conditions.columns import ConditionState, next_deadlines
from rules.conditions.group import Group
from rules.conditions.memory import Column
from rules.conditions.stored_rows import KeptGroup, Key
from rules.segments import Positions

_AGAIN: Final = "again"
"""When timed rows had to be looked at next: it follows from the rest, and they are looked at anew."""
_HELD: Final = "node0.held"
_LAST: Final = "node0.last"
_TOTALS: Final = ".totals"


def take_over_version_1(keys: Sequence[Key], group: Group, stored: Sequence[KeptGroup]) -> None:
    """Set the rows of a group from what version 1 remembered of them.

    Raises:
        ValueError: a row is not there: the rows are of another configuration.
    """
    places = {key: (number, place) for number, each in enumerate(stored) for place, key in enumerate(each.keys)}
    if any(key not in places for key in keys):
        msg = "the stored rows are not those configured: restore under the configuration they came from"
        raise ValueError(msg)
    found = np.array([places[key] for key in keys], dtype=np.int64).reshape(-1, 2)
    for number in np.unique(found[:, 0]).tolist():
        here = np.flatnonzero(found[:, 0] == number)
        there = found[here, 1]
        columns = with_totals(stored[number].columns, group.columns())
        columns = {name: column for name, column in columns.items() if name != _AGAIN}
        _take_over(group, here, {name: column[there] for name, column in columns.items()})


def with_totals(stored: Mapping[str, Column], wanted: Mapping[str, Column]) -> dict[str, Column]:
    """The stored columns, with totals in place of readings' values for the windows that want these."""
    found = dict(stored)
    for node in (name.removesuffix(_TOTALS) for name in wanted if name.endswith(_TOTALS)):
        value = found.pop(f"{node}.value", None)
        if value is not None:
            at, count, last = (stored[f"{node}.{name}"] for name in ("at", "count", "last"))
            totals = integrals.of_values(at, value, count, last)
            found |= {f"{node}.{name}": column for name, column in totals.items()}
    return found


def _take_over(group: Group, here: Positions, before: Mapping[str, Column]) -> None:
    state = _state(before)
    was_timed = before["slot_at"].shape[1] > 0
    if group.shape.is_timed:
        state.anew[:] = True
    elif was_timed:
        state.judged_to = np.where(state.known, before["slot_at"][:, 0], state.judged_to)
    for name, column in group.columns().items():
        if name.startswith("node") and name in before and column.ndim > 1:
            # What stood in groups of its own then may share one now, which has room for its longest window.
            room = slice(min(column.shape[1], before[name].shape[1]))
            column[here, room] = before[name][:, room]
        elif not name.startswith("state.") and name in before and column.shape[1:] == before[name].shape[1:]:
            column[here] = before[name]
    if group.keeps_slot_value:
        state.value = before["slot_value"][:, 0]
    elif group.keeps_last_value:
        state.value = before[_LAST]
    elif was_timed and _HELD in before and not group.shape.is_timed:
        _count_on(group, here, state, before)
    if not group.shape.is_timed:
        state.deadline = next_deadlines(state, group.delays.take(here))
    group.state.keep(here, state)


def _state(before: Mapping[str, Column]) -> ConditionState:
    columns = {name.removeprefix("state."): column for name, column in before.items() if name.startswith("state.")}
    return ConditionState(**columns, anew=np.zeros(columns["value"].size, dtype=np.bool_))


def _count_on(group: Group, here: Positions, state: ConditionState, before: Mapping[str, Column]) -> None:
    """What was a duration of the condition is a delay now: the time that it has lasted is the delay's."""
    value = before["slot_value"][:, 0]
    is_case = np.where(np.isfinite(value), group.is_case(here, value), state.condition | (before[_HELD] > 0))
    turned = is_case != state.condition
    counted_to = before["state.judged_to"]
    state.since = np.where(turned, counted_to - before[_HELD], state.since)
    state.since_seq = np.where(turned, state.value_seq, state.since_seq)
    state.condition = is_case
    delaying = is_case & ~state.raised
    state.origin = np.where(delaying, counted_to - before[_HELD], state.origin)
