from msgspec.structs import replace

from domain.instant import HOUR, MINUTE, SECOND
from domain.priority import Priority
from rules import alarm_timers
from tests.rules.alarm_life import RULE, Life, ack


def acknowledged(priority: Priority = Priority.CRITICAL) -> Life:
    life = Life(rule=replace(RULE, priority=priority))
    made = life.change("raise", 0)
    life.obey(ack(made.alarm.id), SECOND)
    return life


def test_an_acknowledgement_of_a_critical_alarm_ends_after_a_quarter_of_an_hour_once() -> None:
    life = acknowledged()
    life.restart()
    assert life.tick(15 * MINUTE) == []
    assert life.tick(HOUR) == [("acknowledgement_expired", 15 * MINUTE + SECOND)]
    alarm = life.held.alarm
    assert (alarm.display_state, alarm.acknowledged_by, alarm.acknowledged_until) == ("UNACK", None, None)
    assert alarm.latest.decisions[-1].reason.en == "op acknowledged it and it still stands: it asks again"
    assert life.tick(99 * HOUR) == []


def test_others_hold_for_eight_hours() -> None:
    assert acknowledged(Priority.LOW).tick(9 * HOUR) == [("acknowledgement_expired", 8 * HOUR + SECOND)]


def test_what_is_over_needs_no_new_acknowledgement() -> None:
    life = acknowledged()
    life.change("clear", 2 * SECOND)
    assert life.tick(9 * HOUR) == []


def test_a_latched_alarm_asks_again_too() -> None:
    life = Life(rule=replace(RULE, latch=True))
    made = life.change("raise", 0)
    life.obey(ack(made.alarm.id), SECOND)
    life.change("clear", 2 * SECOND)
    assert life.tick(9 * HOUR) == [("acknowledgement_expired", 8 * HOUR + SECOND)]


def test_the_time_waits_while_somebody_is_at_work() -> None:
    life = acknowledged()
    alarm = life.held.alarm.id
    paused = alarm_timers.pause(life.book, alarm, 5 * MINUTE + SECOND)
    assert paused is not None
    assert (paused.change, paused.alarm.acknowledgement_left) == ("acknowledgement_paused", 10 * MINUTE)
    assert alarm_timers.pause(life.book, alarm, 6 * MINUTE) is None
    life.restart()
    assert life.tick(5 * HOUR) == []
    resumed = alarm_timers.resume(life.book, alarm, 6 * HOUR)
    assert resumed is not None
    assert resumed.alarm.acknowledged_until == 6 * HOUR + 10 * MINUTE
    assert alarm_timers.resume(life.book, alarm, 6 * HOUR) is None
    assert life.tick(7 * HOUR) == [("acknowledgement_expired", 6 * HOUR + 10 * MINUTE)]


def test_unknown_alarms_have_no_time() -> None:
    assert alarm_timers.pause(Life().book, "alarm-0", 1) is None
    assert alarm_timers.resume(Life().book, "alarm-0", 1) is None
    assert Life().tick(HOUR) == []
