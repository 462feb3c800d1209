"""What the columns imply: beyond and back, deadlines, earliest times, reconfiguration."""

import numpy as np
import pytest

from rules.conditions.columns import (
    NO_DEADLINE,
    ConditionState,
    Delays,
    earliest_time,
    known_until,
    next_deadlines,
    reconfigured,
    running_delay,
)

YES = np.array([True])


def bounds(*, on: int = 30, off: int = 10) -> Delays:
    made = Delays.blank(1)
    made.on_delay[:], made.off_delay[:], made.holds[:] = on, off, 60
    return made


def state(
    *, condition: bool = False, raised: bool = False, known: bool = True, judged_to: int = 100, origin: int = 80
) -> ConditionState:
    made = ConditionState.blank(1)
    made.condition[:], made.raised[:], made.known[:] = condition, raised, known
    made.judged_to[:], made.origin[:], made.since[:] = judged_to, origin, origin
    made.value[:], made.value_seq[:] = 25.0, 7
    return made


def test_the_delay_that_runs_is_that_of_the_condition() -> None:
    assert running_delay(state(condition=True), bounds()).tolist() == [30]
    assert running_delay(state(condition=False), bounds()).tolist() == [10]


def test_a_value_is_known_until_stale_or_until_sight_ended() -> None:
    assert known_until(state(), bounds()).tolist() == [160]
    assert known_until(state(known=False), bounds()).tolist() == [100]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (state(), NO_DEADLINE),  # nothing to say
        (state(condition=True), 110),  # the on delay ends
        (state(condition=True, origin=130), 160),  # it ends as the value goes stale
        (state(condition=True, origin=131), NO_DEADLINE),  # it cannot end on this value
        (state(condition=True, known=False), NO_DEADLINE),  # it does not run
        (state(condition=True, raised=True), 160),  # the value goes stale
        (state(raised=True, origin=100), 110),  # the off delay ends
        (state(raised=True, origin=155), 160),  # the value goes stale first
        (state(condition=True, raised=True, known=False), NO_DEADLINE),  # sight is lost already
    ],
)
def test_next_deadline(row: ConditionState, expected: int) -> None:
    assert next_deadlines(row, bounds()).tolist() == [expected]
    row.parked[:] = True
    assert next_deadlines(row, bounds()).tolist() == [NO_DEADLINE]


def test_nothing_is_said_before_what_was_said() -> None:
    assert earliest_time(state(origin=80)).tolist() == [100]
    assert earliest_time(state(condition=True, raised=True, origin=120)).tolist() == [120]
    delaying = state(condition=True, origin=120)
    delaying.since[:] = 90
    assert earliest_time(delaying).tolist() == [100]


def test_reconfigured_judges_the_present_value() -> None:
    row = state()
    reconfigured(row, bounds(), 110, YES, YES)
    assert (row.condition[0], row.origin[0], row.since[0], row.since_seq[0]) == (True, 110, 110, 7)


def test_reconfigured_keeps_the_timer_but_fires_nothing_in_the_past() -> None:
    row = state(condition=True, origin=60)
    reconfigured(row, bounds(on=30), 110, YES, YES)
    assert (row.origin[0], row.since[0]) == (80, 60)
    kept = state(condition=True, origin=95)
    reconfigured(kept, bounds(on=30), 110, YES, YES)
    assert kept.origin[0] == 95


@pytest.mark.parametrize("at", [90, 110])
def test_reconfigured_lets_no_delay_be_more_than_used_up_while_unknown(at: int) -> None:
    row = state(condition=True, known=False, origin=60)
    reconfigured(row, bounds(on=30), at, YES, YES)
    assert row.origin[0] == 70


def test_reconfigured_does_not_judge_a_value_that_is_stale() -> None:
    row = state()
    reconfigured(row, bounds(), 160, YES, YES)
    assert (row.condition[0], row.known[0], row.judged_to[0]) == (False, False, 160)
