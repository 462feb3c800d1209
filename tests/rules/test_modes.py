"""Places in a mode: which alarms are in it, what becomes of them meanwhile and at its end, and who is refused what."""

from typing import Any, Final

import pytest
from msgspec.structs import replace

from domain.alarm import Alarm, DecisionKind
from domain.alarm_policy import AlarmPolicy
from domain.commands import BeginMode, EndMode, ExtendMode
from domain.configuration import RuleCategory
from domain.effects import AlarmChanged, CommandOutcome, IncidentChanged, ModeChanged, WorkOrderChanged
from domain.mode import ModeKind, ModePlace
from domain.site import Checkpoint, Zone
from domain.text import same
from tests.rules.estate import a_rule
from tests.rules.playbook import Playbook, instant
from tests.rules.powered import AIR, FLOW, LEVEL, POWER, SMOKE, falls, low, powered, without_reports

HOUR: Final = 3600.0
PLANT: Final = (ModePlace.ZONE, "plant")
PUMP: Final = (ModePlace.EQUIPMENT, "pump")
TOLD: Final = (AlarmChanged, ModeChanged, WorkOrderChanged)


def book(*rules: Any, **more: Any) -> Playbook:  # noqa: ANN401 - what `powered` takes
    made = powered(*rules, **{"site": without_reports(), **more})
    made.unread.clear()
    return made


def begin(
    made: Playbook,
    clock: str,
    place: tuple[ModePlace, str],
    name: str = "m1",
    seconds: float = HOUR,
    **more: Any,  # noqa: ANN401
) -> Playbook:
    given = {"site": "tower", "kind": ModeKind.MAINTENANCE, "reason": "service", **more}
    command = BeginMode(id=name, actor="op", place=place[0], thing=place[1], seconds=seconds, **given)
    return made.at(clock).command(command)


def mode_id(made: Playbook) -> str:
    return str(made.latest(ModeChanged).mode.id)


def end(made: Playbook, clock: str, name: str = "e1") -> Playbook:
    return made.at(clock).command(EndMode(id=name, actor="op", mode=mode_id(made), comment="done"))


def alarms(made: Playbook) -> dict[str, Alarm]:
    """The newest state of each alarm by what it is about."""
    return {each.body.alarm.subject.id: each.body.alarm for each in made.effects if isinstance(each.body, AlarmChanged)}


def states(made: Playbook) -> dict[str, str]:
    return {subject: alarm.display_state for subject, alarm in alarms(made).items()}


@pytest.mark.parametrize(
    ("place", "within"),
    [
        ((ModePlace.SITE, "tower"), {"flow", "air", "level"}),
        (PLANT, {"flow", "level"}),
        ((ModePlace.ZONE, "ground"), {"air"}),
        (PUMP, {"flow"}),
        ((ModePlace.POINT, "level"), {"level"}),
        ((ModePlace.EQUIPMENT, "panel"), set()),
        ((ModePlace.DEVICE, "gateway"), set()),
    ],
)
def test_what_is_raised_at_the_place_is_suppressed_and_the_rest_is_not(
    place: tuple[ModePlace, str], within: set[str]
) -> None:
    made = falls(begin(book(), "10:00", place), "10:10", "flow", "air", "level")
    said = states(made)
    assert {subject for subject, state in said.items() if state == "DSUPR"} == within
    assert {state for subject, state in said.items() if subject not in within} <= {"UNACK"}


def test_what_a_thing_feeds_or_carries_is_in_it_where_that_is_said() -> None:
    for place, within in (
        ((ModePlace.EQUIPMENT, "panel"), {"flow", "air", "level"}),
        ((ModePlace.DEVICE, "meter"), {"volts"}),
    ):
        made = falls(begin(book(), "10:00", place, with_dependents=True), "10:10", "flow", "air", "level")
        falls(made, "10:20", "volts")
        assert {name for name, alarm in alarms(made).items() if alarm.inhibited_mode is not None} == within


def test_a_zone_takes_the_zones_inside_it_along() -> None:
    site = without_reports()
    inner = tuple(replace(zone, parent="ground") if zone.id == "plant" else zone for zone in site.zones)
    made = begin(book(site=replace(site, zones=inner)), "10:00", (ModePlace.ZONE, "ground"))
    assert states(falls(made, "10:10", "flow"))["flow"] == "DSUPR"


def test_a_suppressed_alarm_says_why_asks_nobody_and_makes_no_order() -> None:
    made = falls(begin(book(), "10:00", PUMP), "10:10", "flow")
    alarm = alarms(made)["flow"]
    assert (alarm.inhibited_mode, alarm.inhibited_under) == (mode_id(made), None)
    assert alarm.latest.announced_at is None
    (decision,) = alarm.latest.decisions
    assert decision.kind is DecisionKind.INHIBITED
    assert decision.reason.en == "suppressed by design: maintenance of equipment 'pump' (service, by op)"
    assert decision.reason.zh == "按设计抑制：“pump”检修（service，op）"
    assert not any(isinstance(each.body, WorkOrderChanged) for each in made.effects)


def test_what_stands_at_the_begin_goes_under_it_and_is_told_again_at_the_end() -> None:
    made = falls(book(FLOW), "10:00", "flow")
    made.unread.clear()
    name = alarms(made)["flow"].name.en
    begin(made, "10:05", PUMP).says(
        "10:05:00 mode maintenance equipment:pump in_force",
        f"10:05:00 alarm inhibited flow point:flow #1 ({name}) DSUPR",
        about=TOLD,
    )
    made.restarts()
    end(made, "10:30").says(
        "10:30:00 mode maintenance equipment:pump over",
        f"10:30:00 alarm released flow point:flow #1 ({name}) UNACK",
        about=TOLD,
    )
    alarm = alarms(made)["flow"]
    assert (alarm.inhibited_mode, alarm.latest.decisions[-1].reason.en) == (
        None,
        "maintenance of equipment 'pump' is over, and it still stands",
    )


def test_it_ends_by_itself_once_at_its_stored_time_and_then_orders_are_made() -> None:
    made = falls(begin(book(FLOW), "10:00", PUMP), "10:10", "flow")
    name = alarms(made)["flow"].name.en
    made.unread.clear()
    made.restarts().tick("10:59:59").says(about=TOLD)
    made.restarts().tick("13:00").says(
        "11:00:00 mode maintenance equipment:pump over",
        f"11:00:00 alarm released flow point:flow #1 ({name}) UNACK",
        "11:00:00 order created pump/flow requested x1",
        about=TOLD,
    )
    over = made.latest(ModeChanged).mode
    assert (over.ended_at, over.ended_by) == (instant("11:00"), None)
    made.restarts().tick("15:00").says(about=TOLD)


def test_an_alarm_that_is_over_leaves_the_mode_without_a_word() -> None:
    made = falls(begin(book(FLOW), "10:00", PUMP), "10:10", "flow")
    falls(made, "10:20", "flow", back=True)
    assert states(made) == {"flow": "NORM"}
    made.unread.clear()
    end(made, "10:30").says("10:30:00 mode maintenance equipment:pump over", about=TOLD)


def test_life_safety_and_duress_are_never_in_it() -> None:
    duress = low("hold_up", "level", category=RuleCategory.DURESS)
    made = falls(book(SMOKE, duress), "10:00", "smoke-1", "level")
    begin(made, "10:05", (ModePlace.SITE, "tower"))
    falls(made, "10:10", "smoke-2")
    assert set(states(made).values()) == {"UNACK"}


def test_of_two_modes_the_one_that_lasts_longer_is_named_and_hands_over() -> None:
    made = begin(begin(book(), "10:00", PUMP, "m1"), "10:01", PLANT, "m2", 2 * HOUR)
    plant = mode_id(made)
    falls(made, "10:10", "flow")
    assert alarms(made)["flow"].inhibited_mode == plant
    made.command(EndMode(id="e", actor="op", mode=plant))
    alarm = alarms(made)["flow"]
    assert (alarm.display_state, alarm.inhibited_mode == plant) == ("DSUPR", False)
    assert states(made.tick("11:30"))["flow"] == "UNACK"


def test_a_failed_parent_takes_over_at_the_end() -> None:
    made = falls(begin(book(), "10:00", PUMP), "10:10", "flow", "volts")
    end(made, "10:30")
    alarm = alarms(made)["flow"]
    assert (alarm.inhibited_under, alarm.inhibited_mode) == (alarms(made)["volts"].id, None)


def test_an_extended_mode_lasts_from_now_and_a_shorter_one_ends_sooner() -> None:
    made = falls(begin(book(FLOW), "10:00", PUMP), "10:10", "flow")
    made.at("10:30").command(ExtendMode(id="x1", actor="li", mode=mode_id(made), seconds=2 * HOUR, reason="part"))
    changed = made.latest(ModeChanged)
    assert (changed.mode.until, changed.mode.version, changed.actor) == (instant("12:30"), 2, "li")
    assert states(made.tick("12:00"))["flow"] == "DSUPR"
    made.command(ExtendMode(id="x2", actor="li", mode=mode_id(made), seconds=60.0, reason="done", expected_version=2))
    assert states(made.tick("12:02"))["flow"] == "UNACK"


def test_a_true_alarm_is_not_gathered_with_what_a_test_set_off() -> None:
    made = falls(begin(book(FLOW, LEVEL), "10:00", PUMP, kind=ModeKind.TESTING), "10:10", "flow", "level")
    assert len({each.body.incident.id for each in made.effects if isinstance(each.body, IncidentChanged)}) == 2
    assert alarms(made)["level"].latest.decisions == ()


def test_a_detector_under_test_confirms_nothing() -> None:
    rules = (low("flow", "flow", confirms="water"), low("level", "level", confirms="water"))
    assert alarms(falls(book(*rules), "10:10", "flow", "level"))["flow"].latest.confirmed_with is not None
    made = falls(begin(book(*rules), "10:00", PUMP, kind=ModeKind.TESTING), "10:10", "level", "flow")
    assert alarms(made)["level"].latest.confirmed_with is None


def test_the_silence_of_a_device_and_a_missed_checkpoint_are_in_it_too() -> None:
    made = begin(powered(), "10:00", (ModePlace.DEVICE, "gateway")).tick("10:30")
    assert states(made) == {"gateway": "DSUPR"}
    checkpoint = Checkpoint(id="cp", name=same("Pump room"), zone="plant", visit_every_seconds=600.0)
    site = replace(without_reports(), checkpoints=(checkpoint,), zones=(Zone(id="plant", name=same("Plant")),))
    rule = a_rule("visited", "unvisited_checkpoint")
    for place in (PLANT, (ModePlace.CHECKPOINT, "cp")):
        made = begin(powered(rule, site=replace(site, doors=(), equipment=(), points=(), devices=())), "10:00", place)
        assert states(made.tick("10:30")) == {"cp": "DSUPR"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"site": "elsewhere"}, "unknown_site"),
        ({"thing": "cellar"}, "unknown_thing"),
        ({"place": ModePlace.DOOR}, "unknown_thing"),
        ({"place": ModePlace.SITE}, "unknown_thing"),
        ({"reason": " "}, "reason_needed"),
        ({"seconds": 0.0}, "bad_duration"),
        ({"seconds": float("nan")}, "bad_duration"),
        ({"seconds": float("inf")}, "mode_too_long"),
        ({"seconds": 7201.0}, "mode_too_long"),
    ],
)
def test_a_mode_that_cannot_be_is_refused(changed: dict[str, Any], code: str) -> None:
    made = book(policy=AlarmPolicy(longest_mode_seconds=7200.0))
    given = {"site": "tower", "place": ModePlace.ZONE, "thing": "plant", "kind": ModeKind.TESTING, "seconds": 7200.0}
    made.command(BeginMode(id="c", actor="op", **{"reason": "test", **given, **changed}))
    outcome = made.latest(CommandOutcome)
    assert (outcome.code, outcome.detail != "") == (code, True)
    assert not any(isinstance(each.body, ModeChanged) for each in made.effects)


def test_a_place_is_in_one_mode_and_what_is_over_is_over() -> None:
    made = begin(begin(book(), "10:00", PUMP), "10:01", PUMP, "m2")
    assert made.latest(CommandOutcome).code == "already_in_mode"
    stale = ExtendMode(id="x", actor="op", mode=mode_id(made), seconds=60.0, reason="x", expected_version=9)
    assert made.command(stale).latest(CommandOutcome).code == "version_conflict"
    assert end(made, "10:02").latest(CommandOutcome).code == "accepted"
    assert end(made, "10:03", "e2").latest(CommandOutcome).code == "unknown_mode"
    assert begin(made, "10:04", PUMP, "m3").latest(CommandOutcome).code == "accepted"


def test_nothing_depends_on_a_restart_between() -> None:
    plain, broken = book(AIR, FLOW, LEVEL, POWER), book(AIR, FLOW, LEVEL, POWER)
    for made, restart in ((plain, False), (broken, True)):
        for step in (
            lambda made: falls(made, "10:00", "flow"),
            lambda made: begin(made, "10:01", PLANT),
            lambda made: falls(made, "10:02", "level", "volts"),
            lambda made: begin(made, "10:03", PUMP, "m2", 2 * HOUR),
            lambda made: falls(made, "10:40", "volts", back=True),
            lambda made: made.tick("11:30"),
            lambda made: made.tick("12:30"),
        ):
            step(made)
            if restart:
                made.restarts()
    assert plain.effects == broken.effects
    assert plain.engine.snapshot() == broken.engine.snapshot()
