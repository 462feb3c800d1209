"""Machines of a pack that are commissioned half-wired: few alarms tell of it, and each says where."""

from collections.abc import Collection
from pathlib import Path

from domain.alarm import Alarm
from domain.configuration import Configuration
from domain.effects import AlarmChange, AlarmChanged, UndecidedChanged
from domain.instant import MINUTE
from domain.readings import Quality, readings_from
from rules.own_alarms import UNDECIDED_RULE
from tests.rules.playbook import Playbook
from vigil.configuration.loading import load_configuration
from vigil.configuration.packs import read_pack

UNITS = read_pack("ahu").points
UNWIRED = {"supply_setpoint", "cooling_valve", "heating_valve", "outdoor_damper", "fan_speed", "mixed_temperature"}
"""Signals and a set point that no rule on silence watches, and a temperature that `mixed-temperature-lost` does."""


def air_handlers(folder: Path, machines: int, without: Collection[str] = ()) -> Configuration:
    """So many of them at one gateway, with every point that the pack knows."""
    points = [(f"ahu-{n}", quantity) for n in range(machines) for quantity in UNITS]
    machine_ids = ", ".join(f"ahu-{n}" for n in range(machines))
    lines = [
        "site:",
        "  id: tower",
        "  name: {en: Tower, zh: 大厦}",
        "  timezone: Asia/Shanghai",
        "  zones: [{id: roof, kind: floor, name: {en: Roof, zh: 屋顶}}]",
        "  equipment:",
        *(
            f"    - {{id: ahu-{n}, name: {{en: AHU {n}, zh: {n} 号空调}}, equipment_class: ahu, zone: roof}}"
            for n in range(machines)
        ),
        "  points:",
        *(
            f"    - {{id: {machine}-{quantity}, name: {{en: {quantity}, zh: {quantity}}}, equipment: {machine}, "
            f'unit: "{UNITS[quantity]}", quantity: {quantity}, interval_seconds: 60}}'
            for machine, quantity in points
        ),
        "  devices:",
        "    - id: gateway",
        "      name: {en: Gateway, zh: 网关}",
        "      kind: gateway",
        f"      points: [{', '.join(f'{machine}-{quantity}' for machine, quantity in points)}]",
        "packs:",
        f"  - {{pack: ahu, equipment: [{machine_ids}], without: [{', '.join(without)}]}}",
    ]
    (folder / "site.yaml").write_text("\n".join(lines))
    return load_configuration(folder).configuration


def running(book: Playbook, machines: int, minutes: int, unwired: Collection[str] = UNWIRED) -> Playbook:
    """Every minute a reading of each point that is wired, and a tick."""
    wired = [quantity for quantity in UNITS if quantity not in unwired]
    points = [f"ahu-{n}-{quantity}" for n in range(machines) for quantity in wired]
    values = [1.0 if quantity.startswith("fan_") else 20.0 for quantity in wired] * machines
    for _ in range(minutes):
        body = readings_from(points, [book.now] * len(points), values, [Quality.GOOD] * len(points))
        book.happens(body, source="gateway", boot="b1")
        book.now += MINUTE
        book.tick()
    return book


def standing(book: Playbook) -> list[Alarm]:
    """Vigil's own alarms about rules that cannot be decided, as they stand."""
    alarms: dict[str, Alarm] = {}
    for effect in book.effects:
        if isinstance(effect.body, AlarmChanged) and effect.body.alarm.rule == UNDECIDED_RULE:
            alarms[effect.body.alarm.id] = effect.body.alarm
    return [alarm for alarm in alarms.values() if alarm.condition == "active"]


def test_twenty_air_handlers_without_six_of_their_points_are_one_alarm_and_every_rule_is_listed(tmp_path: Path) -> None:
    book = running(Playbook(air_handlers(tmp_path, 20), "09:00"), 20, 60)
    undecided = {
        effect.body.undecided.rule: effect.body.undecided.over_at
        for effect in book.effects
        if isinstance(effect.body, UndecidedChanged)
    }
    assert len([rule for rule, over in undecided.items() if over is None]) > 300
    (alarm,) = standing(book)
    assert (alarm.subject.kind, alarm.subject.id, alarm.site) == ("equipment_class", "ahu", "tower")
    why = alarm.latest.why
    assert why.values["machines"] == 20
    for quantity in UNWIRED - {"mixed_temperature"}:
        assert f"{quantity} (20)" in why.seen.en
        assert f"{quantity} (20)" in why.seen.zh
    assert "mixed_temperature" not in why.seen.en, "an alarm of its own tells of it"
    raised = [each.body for each in book.effects if isinstance(each.body, AlarmChanged)]
    assert (
        len([each for each in raised if each.alarm.rule == UNDECIDED_RULE and each.change is AlarmChange.RAISED]) <= 2
    )
    assert {each.alarm.rule for each in raised} >= {f"ahu-{n}-mixed-temperature-lost" for n in range(20)}
    running(book, 20, 2, ())
    assert standing(book) == []


def test_one_air_handler_is_one_alarm_that_names_its_points_and_with_its_rules_left_out_none(tmp_path: Path) -> None:
    book = running(Playbook(air_handlers(tmp_path, 1), "09:00"), 1, 60)
    (alarm,) = standing(book)
    assert (alarm.subject.kind, alarm.subject.id, alarm.zone) == ("equipment", "ahu-0", "roof")
    assert alarm.name.en == "Rules cannot be decided: AHU 0 gives no usable value of 5 points"
    for quantity in UNWIRED - {"mixed_temperature"}:
        assert quantity in alarm.latest.why.seen.en
    rules = {
        effect.body.undecided.rule.removeprefix("ahu-0-")
        for effect in book.effects
        if isinstance(effect.body, UndecidedChanged)
    }
    book.configure(air_handlers(tmp_path, 1, rules))
    running(book, 1, 30)
    assert standing(book) == []
