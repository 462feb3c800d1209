"""What rows of a new configuration take on of what was remembered of them under the one before."""

import numpy as np

from domain.instant import Instant
from rules.conditions.columns import NO_DEADLINE, ConditionState, next_deadlines, reconfigured
from rules.conditions.group import Group
from rules.expressions.tree import TimeTo, Window
from rules.segments import Mask, Positions


def take_over(
    group: Group, old: Group, there: Positions, here: Positions, *, same: Mask, changed: Mask, at: Instant
) -> None:
    """Set a group's rows `here` from what another one remembers of rows `there`, as of a new configuration at `at`.

    Of rows that look at the `same` points in the same units with the same shape everything; timers of all. Rows whose
    rule `changed` are judged anew.
    """
    alike = np.flatnonzero(same) if old.shape == group.shape else np.empty(0, dtype=np.int64)
    state = old.state.unpacked(there)
    ours, theirs = here[alike], there[alike]
    if alike.size:
        _remember(group, old, ours, theirs)
        group.slot_value[ours], group.slot_at[ours] = old.slot_value[theirs], old.slot_at[theirs]
    if group.keeps_slot_value or group.keeps_last_value:
        is_other = np.ones(here.size, dtype=np.bool_)
        is_other[alike] = False
        state.value[is_other] = np.nan
    revised = np.flatnonzero(changed)
    if revised.size:
        part = state.take(revised)
        part.parked[:] = False
        undecided = np.zeros(revised.size, dtype=np.bool_)
        reconfigured(part, group.delays.take(here[revised]), at, undecided, undecided)
        state.put(revised, part)
    _schedule(group, state, here, changed | (old.shape != group.shape) | _holds_changed(group, old, there, here), at)
    group.state.keep(here, state)


def _remember(group: Group, old: Group, ours: Positions, theirs: Positions) -> None:
    """Let rows remember what others of the same shape did; windows of another span, grain or number fill anew."""
    for node, memory in group.memory.items():
        here, there = ours, theirs
        if isinstance(node, Window | TimeTo):
            alike = np.flatnonzero((group.meant(node, ours) == old.meant(node, theirs)).all(axis=0))
            here, there = ours[alike], theirs[alike]
        for name, column in memory.items():
            former = old.memory[node][name]
            # A group has room for its longest window: what a row keeps fits into both.
            room = (slice(min(column.shape[1], former.shape[1])),) if column.ndim > 1 else ()
            column[(here, *room)] = former[(there, *room)]


def _holds_changed(group: Group, old: Group, there: Positions, here: Positions) -> Mask:
    if old.shape.slots != group.shape.slots:
        return np.ones(here.size, dtype=np.bool_)
    found: Mask = (old.holds[there] != group.holds[here]).any(axis=1)
    return found


def _schedule(group: Group, state: ConditionState, here: Positions, anew: Mask, at: Instant) -> None:
    """Say when rows that were taken over must be looked at next."""
    due = next_deadlines(state, group.delays.take(here))
    if group.shape.is_timed:
        state.anew |= anew
        look_at = np.where(state.parked, NO_DEADLINE, np.maximum(at, state.judged_to + 1))
        due = np.where(anew, np.minimum(due, look_at), state.deadline)
    else:
        state.anew[:] = False
    state.deadline = due
