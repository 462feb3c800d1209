"""Machines whose points give no usable value: one alarm each, or one for their class, until the points are heard."""

import pytest
from msgspec.structs import replace

from domain.commands import BeginMode
from domain.configuration import RuleSpec
from domain.effects import AlarmChanged
from domain.mode import ModeKind, ModePlace
from domain.priority import Priority
from domain.site import Point, Site
from domain.text import Text
from rules.undecided.machine_alarms import MOST_MACHINES
from tests.rules.estate import a_rule
from tests.rules.playbook import Playbook
from tests.rules.undecided.test_looks import LOW, PER_TURN, PLANT, POINTS, WITHOUT_DEVICES, goes_on, plant
from tests.rules.undecided.test_own_alarms import alarms

HIGH = replace(LOW, id="high", parameters={"high": 9.0})
BOTH = a_rule(
    "both", "expression", subjects=("flow",), inputs={"speed": "speed", "fan": "fan"},
    parameters={"when": "value > 8 and speed > 3 and fan > 0"},
)  # fmt: skip


def subjects(book: Playbook) -> list[list[str]]:
    return [each.split()[1:3] for each in alarms(book)]


def fleet(machines: int, points: int = 2, rules: int = 3, *, named: str = "m") -> tuple[Site, list[RuleSpec]]:
    """Machines of a class, each with points and rules of its own over all of them, as a pack would have it."""
    rooms = [
        replace(PLANT.equipment[0], id=f"{named}{n}", name=Text(f"Pump {n}", f"{n} 号泵")) for n in range(machines)
    ]
    measured = [
        Point(id=f"{room.id}-q{q}", name=Text(f"Q{q}", f"量{q}"), equipment=room.id, unit="1", quantity=f"q{q}")
        for room in rooms
        for q in range(points)
    ]
    specs = [
        replace(
            BOTH,
            id=f"{room.id}-r{number}",
            subjects=(f"{room.id}-q0",),
            inputs={f"q{q}": f"{room.id}-q{q}" for q in range(1, points)},
            parameters={"when": " and ".join(["value > 8", *(f"q{q} > 3" for q in range(1, points))])},
        )
        for room in rooms
        for number in range(rules)
    ]
    return replace(PLANT, equipment=tuple(rooms), points=tuple(measured), devices=()), specs


def test_a_machine_with_unwired_points_is_one_alarm_that_names_them() -> None:
    book = goes_on(Playbook(plant(LOW, HIGH, BOTH, PER_TURN, site=WITHOUT_DEVICES), "09:00"), 30, flow=5.0)
    assert alarms(book) == [
        "09:14:00 raised pump: no reading of Speed, Fan has come yet. 2 rules cannot be decided (both, per-turn)"
    ]
    alarm = book.latest(AlarmChanged).alarm
    assert (alarm.site, alarm.subject.kind, alarm.asset, alarm.zone) == ("tower", "equipment", "pump", "plant")
    assert alarm.name == Text(
        "Rules cannot be decided: Pump gives no usable value of 2 points", "规则无法判定：水泵的 2 个测点无可用测值"
    )
    goes_on(book, 5, flow=5.0, speed=2.0)
    assert alarms(book) == [], "one of them is still missing"
    goes_on(book, 2, flow=5.0, speed=2.0, fan=1.0)
    assert subjects(book) == [["cleared", "pump:"]]


def test_a_failure_does_not_hide_behind_an_alarm_that_stands() -> None:
    book = goes_on(Playbook(plant(LOW, HIGH, BOTH, site=WITHOUT_DEVICES), "09:00"), 30, flow=5.0, speed=2.0)
    assert [each.split(". ")[0] for each in alarms(book)] == ["09:14:00 raised pump: no reading of Fan has come yet"]
    goes_on(book, 30, speed=2.0)
    over, anew = alarms(book)
    assert over.startswith("09:42:00 cleared pump:")
    assert anew == (
        "09:42:00 raised pump: no reading of Fan has come yet; no reading of Flow since 2026-11-23 09:29. "
        "3 rules cannot be decided (both, low)"
    )
    goes_on(book, 2, flow=5.0, speed=2.0)
    assert alarms(book) == []
    assert subjects(goes_on(book, 14, speed=2.0)) == [["cleared", "pump:"], ["raised", "pump:"]]


def test_it_stands_while_the_machine_is_off_and_its_rules_are_decided_by_their_guards() -> None:
    guarded = replace(
        BOTH, inputs={"fan": "fan", "speed": "speed"}, parameters={"when": "speed > 3", "only_while": "fan > 0"}
    )
    book = goes_on(Playbook(plant(guarded, site=WITHOUT_DEVICES), "09:00"), 20, fan=1.0)
    assert subjects(book) == [["raised", "pump:"]]
    goes_on(goes_on(book, 60, fan=0.0), 60, fan=1.0)
    assert alarms(book) == []
    goes_on(book, 2, fan=1.0, speed=1.0)
    assert subjects(book) == [["cleared", "pump:"]]


def test_what_saves_lives_is_told_by_its_rule_and_what_becomes_more_urgent_is_told_anew() -> None:
    fire = replace(LOW, id="fire", category="life_safety")
    urgent = replace(HIGH, id="urgent", priority=Priority.HIGH, subjects=("flow",), kind="expression",
                     parameters={"when": "avg(value, 30 min) > 3"})  # fmt: skip
    book = Playbook(plant(LOW, fire, site=WITHOUT_DEVICES), "09:00")
    assert subjects(goes_on(book, 20)) == [["raised", "fire:"], ["raised", "pump:"]]
    book.configure(plant(LOW, fire, urgent, site=WITHOUT_DEVICES))
    assert subjects(goes_on(book, 20)) == [["cleared", "pump:"], ["raised", "pump:"]]
    assert book.latest(AlarmChanged).alarm.priority is Priority.HIGH
    assert subjects(goes_on(book, 60)) == []


def test_a_sensor_that_is_bad_for_a_while_beside_one_that_is_missing_says_nothing() -> None:
    book = goes_on(Playbook(plant(LOW, BOTH, site=WITHOUT_DEVICES), "09:00"), 30, flow=5.0, speed=2.0)
    alarms(book)
    for _ in range(6):
        goes_on(goes_on(book, 8, flow="bad", speed=2.0), 2, flow=5.0, speed=2.0)
    assert alarms(book) == []


def test_a_gap_in_watching_makes_no_further_point_missing() -> None:
    book = goes_on(Playbook(plant(LOW, BOTH, site=WITHOUT_DEVICES), "09:00"), 30, flow=5.0, speed=2.0)
    alarms(book)
    book.gap("09:30", "11:00").drained("11:00:10")
    goes_on(goes_on(book, 2), 20, flow=5.0, speed=2.0)
    assert alarms(book) == []


def test_a_mode_of_the_machine_neither_ends_it_nor_begins_it() -> None:
    book = goes_on(Playbook(plant(LOW, site=WITHOUT_DEVICES), "09:00"), 20)
    assert subjects(book) == [["raised", "pump:"]]
    mode = BeginMode(
        id="m", actor="op", roles=("supervisor",), site="tower", place=ModePlace.EQUIPMENT, thing="pump",
        kind=ModeKind.MAINTENANCE, seconds=3_600.0, reason="seal",
    )  # fmt: skip
    goes_on(book.command(mode), 90)
    assert subjects(book) == [["inhibited", "pump:"], ["released", "pump:"]]


@pytest.mark.parametrize("machines", [MOST_MACHINES, MOST_MACHINES + 1, 200])
def test_many_machines_without_the_same_points_are_one_alarm_of_their_class(machines: int) -> None:
    site, specs = fleet(machines, rules=2)
    book = goes_on(Playbook(plant(*specs, site=site), "09:00"), 20)
    if machines == MOST_MACHINES:
        assert subjects(book) == [["raised", f"m{n}:"] for n in range(machines)]
        return
    (said,) = alarms(book)
    assert said == (
        f"09:14:00 raised pump: no reading has come yet of q0 ({machines}), q1 ({machines}): Pump 0, Pump 1, Pump 2 "
        f"and {machines - 3} more machine{'s' * (machines > 4)}. {2 * machines} rules cannot be decided (both)"
    )
    assert book.latest(AlarmChanged).alarm.subject.kind == "equipment_class"
    heard = {point.id: 1.0 for point in site.points}
    goes_on(book, 2, **dict(list(heard.items())[2:]))
    assert alarms(book) == []
    assert subjects(goes_on(book, 1, **heard)) == [["cleared", "pump:"]]


def test_a_point_that_rules_of_many_machines_need_is_one_alarm_of_its_own_machine() -> None:
    site, specs = fleet(6, points=1, rules=2)
    shared = [replace(spec, inputs={"fan": "fan"}, parameters={"when": "value > 8 and fan > 0"}) for spec in specs]
    site = replace(site, points=(*site.points, POINTS[2]), equipment=(*site.equipment, *PLANT.equipment))
    book = goes_on(Playbook(plant(*shared, site=site), "09:00"), 30, **{f"m{n}-q0": 5.0 for n in range(6)})
    (said,) = alarms(book)
    assert said.startswith("09:14:00 raised pump: no reading of Fan has come yet. 12 rules cannot be decided (both)")


def test_machines_that_are_added_half_wired_later_are_told_anew_with_those_of_before() -> None:
    first, specs = fleet(6, points=1)
    later, others = fleet(5, points=1, named="n")
    book = goes_on(Playbook(plant(*specs, site=first), "09:00"), 20)
    assert len(alarms(book)) == 1
    both = replace(first, equipment=(*first.equipment, *later.equipment), points=(*first.points, *later.points))
    goes_on(book.configure(plant(*specs, *others, site=both)), 20)
    over, anew = alarms(book)
    assert over.split()[1:3] == ["cleared", "pump:"]
    assert "q0 (11)" in anew


def test_of_two_machines_one_does_not_tell_for_the_other() -> None:
    site, specs = fleet(2, points=1)
    book = goes_on(Playbook(plant(*specs, site=site), "09:00"), 20, **{"m1-q0": 1.0})
    assert subjects(book) == [["raised", "m0:"]]
    goes_on(book, 20)
    assert subjects(book) == [["raised", "m1:"]]


def test_an_alarm_of_a_machine_or_point_that_is_gone_is_over() -> None:
    site, specs = fleet(2, points=1)
    for less in (
        replace(site, equipment=site.equipment[1:], points=site.points[1:]),
        replace(site, points=site.points[1:]),
    ):
        book = goes_on(Playbook(plant(*specs, site=site), "09:00"), 20)
        assert subjects(book) == [["raised", "m0:"], ["raised", "m1:"]]
        book.configure(plant(*specs[3:], site=less))
        assert subjects(book) == [["cleared", "m0:"]]
        assert subjects(goes_on(book, 20)) == []


def test_a_restart_in_between_changes_nothing() -> None:
    def ran(*, restarts: bool) -> list[str]:
        site, specs = fleet(5)
        said: list[str] = []
        book = Playbook(plant(*specs, site=site), "09:00")
        for minute in range(90):
            values = {"m0-q0": 1.0 if minute > 40 else None, "m1-q0": 1.0 if minute < 30 else None}
            goes_on(book, 1, **(values if minute < 80 else {point.id: 1.0 for point in site.points}))
            if minute == 60:
                book.configure(plant(*specs[3:], site=site))
            if restarts:
                content = book.engine.snapshot()
                book.restarts()
                assert book.engine.snapshot() == content
            said += alarms(book)
        return said

    expected = ran(restarts=False)
    assert [each.split()[1] for each in expected] == ["raised", "raised", "cleared", "cleared"]
    assert ran(restarts=True) == expected
