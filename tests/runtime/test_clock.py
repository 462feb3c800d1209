"""A scaled clock keeps its own time by a stopwatch."""

import pytest

from domain.instant import SECOND
from runtime.clock import ScaledClock, wall_clock


def test_a_scaled_clock_runs_from_its_origin_at_its_speed() -> None:
    seconds = 50.0
    clock = ScaledClock(7 * SECOND, 60.0, lambda: seconds)
    assert clock() == 7 * SECOND
    seconds = 51.5
    assert clock() == 97 * SECOND


def test_a_clock_that_would_stand_or_run_back_is_refused() -> None:
    with pytest.raises(ValueError, match=r"speed 0\.0 is not positive: give 1"):
        ScaledClock(0, 0.0)


def test_the_wall_clock_is_in_microseconds_of_this_century() -> None:
    assert 1_700_000_000 * SECOND < wall_clock() < 4_102_444_800 * SECOND


def test_a_scaled_clock_skips_ahead_and_never_back() -> None:
    clock = ScaledClock(7 * SECOND, 1.0, lambda: 50.0)
    clock.skip_to(100 * SECOND)
    assert clock() == 100 * SECOND
    clock.skip_to(20 * SECOND)
    assert clock() == 100 * SECOND
