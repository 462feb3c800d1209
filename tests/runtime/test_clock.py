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


class Watch:
    """A stopwatch that tests move."""

    def __init__(self) -> None:
        self.seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


def test_a_held_clock_stands_and_does_not_make_up_for_it() -> None:
    watch = Watch()
    clock = ScaledClock(0, 60.0, watch)
    ceiling: int | None = 30 * SECOND
    clock.hold(lambda: ceiling)
    watch.seconds += 1.0
    assert clock() == 30 * SECOND
    ceiling = 100 * SECOND
    watch.seconds += 1.0
    assert clock() == 90 * SECOND, "60 s for the second that has passed, none for the one in which it stood"
    ceiling = None
    watch.seconds += 1.0
    assert clock() == 150 * SECOND
    clock.hold(None)
    watch.seconds += 1.0
    assert clock() == 210 * SECOND


def test_a_ceiling_in_the_past_only_stops_the_clock() -> None:
    watch = Watch()
    clock = ScaledClock(100 * SECOND, 1.0, watch)
    watch.seconds += 5.0
    assert clock() == 105 * SECOND
    clock.hold(lambda: 20 * SECOND)
    watch.seconds += 5.0
    assert clock() == 105 * SECOND


def test_a_skip_waits_until_nothing_holds_the_clock() -> None:
    watch = Watch()
    clock = ScaledClock(0, 1.0, watch)
    ceiling: int | None = 10 * SECOND
    clock.hold(lambda: ceiling)
    clock.skip_to(1_000 * SECOND)
    assert clock() == 10 * SECOND
    ceiling = None
    assert clock() == 1_000 * SECOND
    watch.seconds += 1.0
    assert clock() == 1_001 * SECOND


def test_who_watches_stays_before_what_is_still_on_its_way() -> None:
    watch = Watch()
    clock = ScaledClock(0, 1.0, watch)
    unread: int | None = 2 * SECOND
    clock.hold(None, lambda: unread)
    watch.seconds += 1.0
    assert clock.watched() == SECOND
    watch.seconds += 4.0
    assert (clock(), clock.watched()) == (5 * SECOND, 2 * SECOND - 1)
    unread = 4 * SECOND
    assert clock.watched() == 4 * SECOND - 1
    unread = SECOND
    assert clock.watched() == 4 * SECOND - 1, "it does not run back for what comes late"
    unread = None
    assert clock.watched() == 5 * SECOND
