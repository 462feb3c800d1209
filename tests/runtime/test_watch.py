"""When the loop says something about time: ticks, gaps, and the end of a backlog."""

from domain.instant import SECOND
from domain.record import BacklogDrained, MonitorGap
from runtime.watch import DEAF_SECONDS, FREEZE_SECONDS, HEARTBEAT_SECONDS, LONGEST_HOLD_SECONDS, Watch

NOW = 1_800_000_000 * SECOND


def a_watch() -> Watch:
    return Watch(last_round=100.0, last_round_at=NOW, last_tick=100.0, last_tick_at=NOW)


def test_no_tick_without_a_deadline_before_the_heartbeat() -> None:
    assert not a_watch().tick(100.0 + HEARTBEAT_SECONDS - 0.1, NOW + 9 * SECOND, None)


def test_the_heartbeat_ticks_without_a_deadline() -> None:
    assert a_watch().tick(100.0 + HEARTBEAT_SECONDS, NOW + 10 * SECOND, None)


def test_a_deadline_ticks_when_it_has_come_and_not_before() -> None:
    watch = a_watch()
    assert not watch.tick(101.0, NOW + SECOND, NOW + SECOND + 1)
    assert watch.tick(101.0, NOW + SECOND, NOW + SECOND)


def test_ticks_are_at_most_ten_a_second() -> None:
    watch = a_watch()
    ticks = 0
    for step in range(1000):
        stopwatch, now = 100.0 + step / 1000, NOW + step * 1000
        if watch.tick(stopwatch, now, NOW):
            watch.ticked(stopwatch, now)
            ticks += 1
    assert 8 <= ticks <= 10


def test_time_never_ticks_backwards_and_says_how_far_back_it_stands() -> None:
    watch = a_watch()
    assert not watch.tick(120.0, NOW - SECOND, NOW - 2 * SECOND)
    assert not watch.tick(140.0, NOW, NOW - 2 * SECOND)
    assert watch.went_back(NOW - 90 * SECOND) == 90.0
    assert watch.went_back(NOW + SECOND) == 0.0


def test_a_loop_that_stood_still_records_the_gap_it_did_not_watch() -> None:
    watch = a_watch()
    assert watch.round(101.0, NOW + SECOND) is None
    gap = watch.round(101.0 + FREEZE_SECONDS, NOW + 7 * SECOND)
    assert gap == MonitorGap(start=NOW + SECOND, end=NOW + 7 * SECOND, reason="the process stood still")
    assert watch.round(107.0, NOW + 8 * SECOND) is None


def test_a_clock_that_jumps_ahead_of_the_stopwatch_is_a_gap_unless_it_is_moved_on_purpose() -> None:
    """A suspended machine: the stopwatch stood still with it."""
    watch = a_watch()
    gap = watch.round(101.0, NOW + 3600 * SECOND)
    assert gap is not None
    assert (gap.start, gap.end) == (NOW, NOW + 3600 * SECOND)
    bent = a_watch()
    bent.jumps_are_gaps = False
    assert bent.round(101.0, NOW + 3600 * SECOND) is None


def test_a_fast_clock_that_keeps_its_speed_is_no_jump() -> None:
    watch = a_watch()
    watch.speed = 60.0
    assert watch.round(101.0, NOW + 60 * SECOND) is None


def test_a_loop_at_work_on_a_backlog_is_not_frozen() -> None:
    watch = a_watch()
    for step in range(1, 20):
        watch.busy(100.0 + step, NOW + step * SECOND)
    assert watch.round(120.0, NOW + 20 * SECOND) is None


def test_a_link_that_stays_away_is_a_gap_while_it_lasts_and_is_told_once() -> None:
    watch = a_watch()
    assert watch.listens(100.0, NOW, listening=False) is None, "it may just be starting"
    assert watch.listens(100.0 + DEAF_SECONDS - 0.1, NOW + 4 * SECOND, listening=False) is None
    gap = watch.listens(100.0 + DEAF_SECONDS, NOW + 5 * SECOND, listening=False)
    assert gap is not None
    assert gap.start == NOW
    assert watch.listens(110.0, NOW + 10 * SECOND, listening=False) is None
    assert watch.listens(111.0, NOW + 11 * SECOND, listening=True) is None


def test_nothing_is_drained_while_nothing_can_come() -> None:
    watch = a_watch()
    watch.listens(200.0, NOW, listening=True)
    watch.hold(200.0, seq=40)
    watch.listens(290.0, NOW + 90 * SECOND, listening=False)
    assert watch.drained(290.0, quiet_seconds=90.0, seq=50) is None
    watch.listens(291.0, NOW + 91 * SECOND, listening=True)
    assert watch.drained(291.0, quiet_seconds=91.0, seq=50) is None, "what waited may come now"
    watch.listens(294.0, NOW + 94 * SECOND, listening=True)
    assert watch.drained(294.0, quiet_seconds=94.0, seq=60) == BacklogDrained(waited=20)


def test_absence_is_held_until_the_sources_were_quiet() -> None:
    watch = a_watch()
    watch.hold(200.0, seq=40)
    assert watch.drained(201.0, quiet_seconds=9.0, seq=50) is None, "the backlog may not have begun to arrive yet"
    assert watch.drained(203.0, quiet_seconds=0.5, seq=55) is None
    assert watch.drained(206.0, quiet_seconds=2.0, seq=60) == BacklogDrained(waited=20)
    assert watch.drained(206.0, quiet_seconds=2.0, seq=60) is not None, "said until it is recorded"
    watch.release()
    assert watch.drained(207.0, quiet_seconds=9.0, seq=61) is None


def test_a_site_that_never_falls_quiet_is_judged_after_the_longest_hold() -> None:
    watch = a_watch()
    watch.hold(200.0, seq=1)
    assert watch.drained(200.0 + LONGEST_HOLD_SECONDS - 0.1, quiet_seconds=0.0, seq=9) is None
    assert watch.drained(200.0 + LONGEST_HOLD_SECONDS, quiet_seconds=0.0, seq=9) == BacklogDrained(waited=8)


def test_a_held_deadline_does_not_tick() -> None:
    watch = a_watch()
    watch.hold(100.0, seq=1)
    assert not watch.tick(101.0, NOW + SECOND, NOW)


def test_patience_ends_with_the_deadline_scaled_by_the_clock() -> None:
    watch = a_watch()
    watch.speed = 60.0
    assert watch.patience(101.0, NOW, NOW + 30 * SECOND) == 0.5
    assert watch.patience(101.0, NOW, None) == 1.0
    assert watch.patience(101.0, NOW, NOW - SECOND) == 0.001
