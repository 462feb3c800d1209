"""What the columns imply: beyond and back, deadlines, earliest times, reconfiguration."""

import numpy as np
import pytest

from rules.kinds.limit_columns import (
    NO_DEADLINE,
    LimitBounds,
    LimitState,
    earliest_time,
    is_back,
    is_beyond,
    known_until,
    next_deadlines,
    reconfigured,
    running_delay,
)

ALL = np.arange(6)


def bounds(rows: int = 1, *, high: float = 20.0, low: float = 10.0, on: int = 30, off: int = 10) -> LimitBounds:
    made = LimitBounds.blank(rows)
    made.high[:], made.low[:], made.high_return[:], made.low_return[:] = high, low, high - 2, low + 2
    made.on_delay[:], made.off_delay[:], made.holds[:] = on, off, 60
    return made


def state(
    *, condition: bool = False, raised: bool = False, known: bool = True, judged_to: int = 100, origin: int = 80
) -> LimitState:
    made = LimitState.blank(1)
    made.condition[:], made.raised[:], made.known[:] = condition, raised, known
    made.judged_to[:], made.origin[:], made.since[:] = judged_to, origin, origin
    made.value[:], made.value_seq[:] = 25.0, 7
    return made


def test_the_limits_are_within_and_the_returns_are_back() -> None:
    values = np.array([9.9, 10.0, 12.0, 18.0, 18.1, 20.1])
    assert is_beyond(values, bounds(6), ALL).tolist() == [True, False, False, False, False, True]
    assert is_back(values, bounds(6), ALL).tolist() == [False, False, True, True, False, False]


def test_a_missing_limit_bounds_nothing() -> None:
    made = bounds(2, high=np.inf, low=-np.inf)
    values = np.array([1e300, -1e300])
    assert is_beyond(values, made, ALL[:2]).tolist() == [False, False]
    assert is_back(values, made, ALL[:2]).tolist() == [True, True]


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
def test_next_deadline(row: LimitState, expected: int) -> None:
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
    reconfigured(row, bounds(), 110)
    assert (row.condition[0], row.origin[0], row.since[0], row.since_seq[0]) == (True, 110, 110, 7)


def test_reconfigured_keeps_the_timer_but_fires_nothing_in_the_past() -> None:
    row = state(condition=True, origin=60)
    reconfigured(row, bounds(on=30), 110)
    assert (row.origin[0], row.since[0]) == (80, 60)
    kept = state(condition=True, origin=95)
    reconfigured(kept, bounds(on=30), 110)
    assert kept.origin[0] == 95


@pytest.mark.parametrize("at", [90, 110])
def test_reconfigured_lets_no_delay_be_more_than_used_up_while_unknown(at: int) -> None:
    row = state(condition=True, known=False, origin=60)
    reconfigured(row, bounds(on=30), at)
    assert row.origin[0] == 70


def test_reconfigured_does_not_judge_a_value_that_is_stale() -> None:
    row = state()
    reconfigured(row, bounds(), 160)
    assert (row.condition[0], row.known[0], row.judged_to[0]) == (False, False, 160)
