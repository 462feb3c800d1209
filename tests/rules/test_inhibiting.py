"""Parents that fail take their children along, whichever is seen first, and give them back."""

import pytest

from domain.commands import AcknowledgeAlarm, BeginMode
from domain.effects import AlarmChanged, WorkOrderChanged
from domain.mode import ModeKind, ModePlace
from tests.rules.playbook import Playbook, instant
from tests.rules.powered import AIR, FLOW, FORCED, LEVEL, POWER, RULES, SMOKE, falls, low, powered, without_reports


def book(*rules: object) -> Playbook:
    made = powered(*rules, site=without_reports())  # type: ignore[arg-type]
    made.unread.clear()
    return made


def states(book: Playbook) -> dict[str, str]:
    """The display state of each alarm by rule."""
    found = {}
    for effect in book.effects:
        if isinstance(effect.body, AlarmChanged):
            found[effect.body.alarm.rule] = effect.body.alarm.display_state
    return found


def test_what_a_failed_parent_feeds_stands_under_it_and_makes_no_order() -> None:
    made = falls(book(), "10:00", "volts", "flow", "air")
    assert states(made) == {"power": "UNACK", "flow": "DSUPR", "air": "DSUPR"}
    told = {each.body.alarm.rule: each.body for each in made.effects if isinstance(each.body, AlarmChanged)}
    flow = told["flow"]
    assert flow.alarm.inhibited_under == told["power"].alarm.id
    said = f"it depends on what failed: '{told['power'].alarm.name.en}'"
    assert [decision.reason.en for decision in flow.occurrence.decisions] == [said, said]
    assert flow.occurrence.announced_at is None
    assert not any(isinstance(each.body, WorkOrderChanged) for each in made.effects)


def test_a_parent_that_is_seen_last_takes_along_what_was_raised_shortly_before() -> None:
    made = falls(falls(book(), "10:00", "flow", "air", "level"), "10:05", "volts")
    assert states(made) == {"flow": "DSUPR", "air": "DSUPR", "level": "DSUPR", "power": "UNACK"}
    made = falls(falls(book(), "10:00", "flow"), "10:11", "volts")
    assert states(made) == {"flow": "UNACK", "power": "UNACK"}


def test_children_that_still_stand_five_minutes_after_the_parent_are_told() -> None:
    made = falls(falls(book(), "10:00", "volts", "flow", "air"), "10:20", "volts", back=True)
    assert states(made) == {"power": "RTNUN", "flow": "DSUPR", "air": "DSUPR"}
    falls(made, "10:22", "air", back=True)
    assert states(made)["air"] == "NORM"
    made.unread.clear()
    made.restarts().tick("10:24:59").says_nothing()
    made.tick("10:30").says(
        f"10:25:00 alarm released flow point:flow #1 ({made.latest(AlarmChanged).alarm.name.en}) UNACK",
        "10:25:00 order created pump/flow requested x1",
    )


def test_what_is_raised_while_its_parent_settles_is_under_it_too() -> None:
    made = falls(falls(book(), "10:00", "volts", "flow"), "10:20", "volts", back=True)
    falls(made, "10:21", "air")
    assert states(made)["air"] == "DSUPR"


def test_a_parent_that_fails_again_keeps_its_children() -> None:
    made = falls(falls(book(), "10:00", "volts", "flow"), "10:20", "volts", back=True)
    falls(made, "10:22", "volts").tick("10:40")
    assert states(made) == {"power": "UNACK", "flow": "DSUPR"}


def test_a_chain_of_parents_gives_its_children_to_the_next_that_stands() -> None:
    made = falls(falls(book(), "10:00", "bus", "flow"), "10:01", "volts")
    assert states(made) == {"bus": "DSUPR", "flow": "DSUPR", "power": "UNACK"}
    falls(made, "10:20", "volts", back=True).tick("10:26")
    assert states(made) == {"bus": "UNACK", "flow": "DSUPR", "power": "RTNUN"}


def test_life_safety_is_under_nothing() -> None:
    made = falls(book(), "10:00", "volts", "smoke-1")
    assert states(made)["smoke"] == "UNACK"
    made = falls(falls(book(), "10:00", "smoke-1"), "10:01", "volts")
    assert states(made)["smoke"] == "UNACK"


def test_a_rule_may_name_what_suppresses_it() -> None:
    named = low("level", "level", suppressed_while=("air",))
    for first, second in (("air", "level"), ("level", "air")):
        made = falls(falls(book(AIR, named), "10:00", first), "12:00", second)
        assert states(made) == {"air": "UNACK", "level": "DSUPR"}
    falls(made, "13:00", "air", back=True).tick("13:06")
    assert states(made) == {"air": "RTNUN", "level": "UNACK"}


def test_an_acknowledged_child_is_acknowledged_when_it_is_told_again() -> None:
    made = falls(book(), "10:00", "flow")
    made.command(AcknowledgeAlarm(id="c", actor="op", alarm=made.latest(AlarmChanged).alarm.id))
    falls(made, "10:01", "volts")
    falls(made, "10:20", "volts", back=True).tick("10:26")
    assert states(made)["flow"] == "ACKED"


def test_a_silent_gateway_takes_along_new_alarms_but_none_that_it_reported_itself() -> None:
    made = falls(powered(), "10:00", "flow")
    made.tick("10:12")
    assert states(made) == {"flow": "UNACK", "vigil-device-silent": "UNACK"}


def test_power_takes_along_the_silence_of_what_it_feeds() -> None:
    made = falls(powered(), "10:00", "volts").tick("10:30")
    assert states(made) == {"power": "UNACK", "vigil-device-silent": "DSUPR"}


@pytest.mark.parametrize("rules", [RULES, (POWER, FLOW, FORCED, LEVEL, SMOKE)])
def test_nothing_depends_on_a_restart_between(rules: tuple[object, ...]) -> None:
    plain, broken = book(*rules), book(*rules)
    for clock, name, is_back in (
        ("10:00", "flow", False),
        ("10:01", "volts", False),
        ("10:02", "level", False),
        ("10:20", "volts", True),
        ("10:21", "level", True),
    ):
        falls(plain, clock, name, back=is_back)
        falls(broken.restarts(), clock, name, back=is_back)
    plain.tick("10:40")
    broken.restarts().tick("10:40")
    assert plain.effects == broken.effects
    assert plain.engine.snapshot() == broken.engine.snapshot()
    assert instant("10:25") in [effect.at for effect in plain.effects]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_parent_whose_former_child_stands_under_something_else_has_nobody_to_wait_for(*, restarts: bool) -> None:
    made = falls(falls(book(), "10:00", "volts", "flow"), "10:05", "flow", back=True)
    mode = BeginMode(
        id="m", actor="op", roles=("supervisor",), site="tower", place=ModePlace.EQUIPMENT, thing="pump",
        kind=ModeKind.MAINTENANCE, seconds=86_400.0, reason="seal",
    )  # fmt: skip
    falls(made.at("10:06").command(mode), "10:07", "flow")
    assert states(made)["flow"] == "DSUPR"
    if restarts:
        made.restarts()
    falls(falls(made, "10:20", "volts", back=True), "10:21", "air")
    assert states(made)["air"] == "UNACK"
