"""When the loop says something about time: ticks, gaps, and the end of a backlog."""

from domain.instant import SECOND
from domain.record import BacklogDrained, MonitorGap
from runtime.watch import FREEZE_SECONDS, HEARTBEAT_SECONDS, LONGEST_HOLD_SECONDS, Watch

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
    times = [100.0 + step / 1000 for step in range(1000)]
    ticks = [watch.tick(at, NOW + round((at - 100) * SECOND), NOW) for at in times]
    assert 8 <= sum(ticks) <= 10


def test_time_never_ticks_backwards() -> None:
    watch = a_watch()
    assert not watch.tick(120.0, NOW - SECOND, NOW - 2 * SECOND)
    assert not watch.tick(140.0, NOW, NOW - 2 * SECOND)


def test_a_loop_that_stood_still_records_the_gap_it_did_not_watch() -> None:
    watch = a_watch()
    assert watch.round(101.0, NOW + SECOND) is None
    gap = watch.round(101.0 + FREEZE_SECONDS, NOW + 7 * SECOND)
    assert gap == MonitorGap(start=NOW + SECOND, end=NOW + 7 * SECOND, reason="the process stood still")
    assert watch.round(107.0, NOW + 8 * SECOND) is None


def test_absence_is_held_until_the_sources_were_quiet() -> None:
    watch = a_watch()
    watch.hold(200.0, seq=40)
    assert not watch.tick(201.0, NOW + 101 * SECOND, NOW + 100 * SECOND - SECOND) or watch.holding_since is not None
    assert watch.drained(201.0, quiet_seconds=9.0, seq=50) is None, "the backlog may not have begun to arrive yet"
    assert watch.drained(203.0, quiet_seconds=0.5, seq=55) is None
    assert watch.drained(206.0, quiet_seconds=2.0, seq=60) == BacklogDrained(waited=20)
    assert watch.drained(207.0, quiet_seconds=9.0, seq=61) is None, "said once"


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
    assert watch.patience(101.0, NOW, NOW + 30 * SECOND, speed=60.0) == 0.5
    assert watch.patience(101.0, NOW, None, speed=1.0) == 1.0
    assert watch.patience(101.0, NOW, NOW - SECOND, speed=1.0) == 0.001
