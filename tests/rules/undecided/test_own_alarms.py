"""Vigil's own alarms about rules that cannot be decided: one for a device that fell silent, else one for a rule."""

from msgspec.structs import replace

from domain.effects import AlarmChanged
from domain.priority import Priority
from domain.text import Text
from rules.own_alarms import UNDECIDED_RULE
from tests.rules.playbook import Playbook, line
from tests.rules.undecided.test_looks import LOW, PER_TURN, PLANT, POINTS, goes_on, plant

HIGH = replace(LOW, id="high", name=Text("High flow", "流量过高"), parameters={"high": 9.0})


def alarms(book: Playbook) -> list[str]:
    """What was said of alarms about rules that cannot be decided, since the last look."""
    found = [
        f"{line(effect)[:8]} {effect.body.change} {effect.body.alarm.subject.id}: {effect.body.occurrence.why.seen.en}"
        for effect in book.unread
        if isinstance(effect.body, AlarmChanged) and effect.body.alarm.rule == UNDECIDED_RULE
    ]
    book.unread.clear()
    return found


def test_a_device_that_fell_silent_is_one_alarm_for_all_rules_at_its_site() -> None:
    book = goes_on(Playbook(plant(LOW, HIGH, PER_TURN), "09:00"), 10, flow=5.0, speed=2.0, fan=1.0)
    goes_on(book, 20)
    (said,) = alarms(book)
    assert said.startswith("09:22:00 raised gateway: nothing has been heard from the device since points of it fell")
    assert said.endswith("on 1 point (High flow, low, per-turn)")
    alarm = book.latest(AlarmChanged).alarm
    assert (alarm.site, alarm.subject.kind, alarm.priority) == ("tower", "device", Priority.MEDIUM)
    goes_on(book, 20)
    assert alarms(book) == []
    goes_on(book, 2, flow=5.0, speed=2.0, fan=1.0)
    assert [each.split()[1] for each in alarms(book)] == ["cleared"]


def test_what_a_device_leaves_out_when_it_speaks_again_is_told_by_machine_after_its_patience() -> None:
    book = goes_on(Playbook(plant(LOW, HIGH, PER_TURN), "09:00"), 10, flow=5.0, speed=2.0, fan=1.0)
    alarms(goes_on(book, 20))
    goes_on(book, 9, fan=1.0)
    assert [each.split()[1] for each in alarms(book)] == ["cleared"]
    goes_on(book, 3, fan=1.0)
    assert [each.split()[1:3] for each in alarms(book)] == [["raised", "pump:"]]


def test_what_saves_lives_and_what_is_more_urgent_than_the_devices_alarm_is_told_by_itself() -> None:
    fire = replace(LOW, id="fire", category="life_safety")
    late = replace(HIGH, id="late", subjects=("speed",), priority=Priority.HIGH)
    slow = tuple(replace(point, stale_seconds=1800.0) if point.id == "speed" else point for point in POINTS)
    site = replace(PLANT, points=slow)
    book = goes_on(Playbook(plant(LOW, HIGH, fire, late, site=site), "09:00"), 10, flow=5.0, speed=1.0)
    goes_on(book, 60)
    assert [each.split()[1:3] for each in alarms(book)] == [
        ["raised", "fire:"], ["raised", "gateway:"], ["raised", "late:"]
    ]  # fmt: skip


def test_an_alarm_of_a_device_that_is_gone_from_the_configuration_is_over() -> None:
    book = goes_on(Playbook(plant(LOW, HIGH), "09:00"), 20)
    assert [each.split()[1:3] for each in alarms(book)] == [["raised", "gateway:"]]
    book.configure(plant(LOW, HIGH, site=replace(PLANT, devices=())))
    assert [each.split()[1:3] for each in alarms(book)] == [["cleared", "gateway:"]]
