"""A building whose mains feed a panel, which feeds pump, fan, front door and gateway; with rules on all of it."""

from typing import Any, Final

import msgspec

from domain.alarm_policy import AlarmPolicy
from domain.configuration import Configuration, RuleCategory, RuleSpec
from domain.priority import Priority
from domain.site import Device, DeviceKind, Door, Equipment, Point, Site, Zone
from domain.text import same
from tests.rules.estate import a_rule
from tests.rules.playbook import Playbook


def machine(name: str, zone: str, *feeds: str) -> Equipment:
    return Equipment(id=name, name=same(name), zone=zone, equipment_class="pump", feeds=feeds)


def point(name: str, equipment: str) -> Point:
    return Point(id=name, name=same(name), equipment=equipment, unit="A", interval_seconds=86_400.0)


SITE: Final = Site(
    id="tower",
    name=same("Tower"),
    timezone="Asia/Shanghai",
    zones=(Zone(id="ground", name=same("Ground")), Zone(id="plant", name=same("Plant"))),
    doors=(Door(id="front", name=same("Front door"), zone="ground"),),
    equipment=(
        machine("mains", "plant", "panel"),
        machine("panel", "plant", "pump", "fan", "front", "gateway"),
        machine("pump", "plant"),
        machine("fan", "ground"),
        machine("tank", "plant"),
    ),
    points=(
        point("volts", "mains"),
        point("bus", "panel"),
        point("flow", "pump"),
        point("air", "fan"),
        point("level", "tank"),
        point("smoke-1", "tank"),
        point("smoke-2", "tank"),
    ),
    devices=(
        Device(id="meter", name=same("Meter"), kind=DeviceKind.GATEWAY, points=("volts",)),
        Device(
            id="gateway",
            name=same("Gateway"),
            kind=DeviceKind.GATEWAY,
            points=("bus", "flow", "air", "level", "smoke-1", "smoke-2"),
            report_seconds=600.0,
        ),
        Device(id="panel", name=same("Panel"), kind=DeviceKind.CONTROLLER, doors=("front",)),
    ),
)


def low(rule: str, subject: str, **fields: Any) -> RuleSpec:  # noqa: ANN401 - any field of a rule
    given = {"subjects": (subject,), "parameters": {"low": 10.0}, **fields}
    return a_rule(rule, "limit", **given)


POWER: Final = low("power", "volts", inhibits=True, priority=Priority.HIGH)
BUS: Final = low("bus", "bus", inhibits=True, priority=Priority.HIGH)
FLOW: Final = low("flow", "flow", makes_order=True)
AIR: Final = low("air", "air")
LEVEL: Final = low("level", "level")
SMOKE: Final = a_rule(
    "smoke",
    "limit",
    subjects=("smoke-1", "smoke-2"),
    parameters={"low": 10.0},
    category=RuleCategory.LIFE_SAFETY,
    priority=Priority.CRITICAL,
)
FORCED: Final = a_rule("forced", "door_forced")
RULES: Final = (POWER, BUS, FLOW, AIR, LEVEL, SMOKE, FORCED)


def powered(*rules: RuleSpec, policy: AlarmPolicy | None = None, site: Site = SITE) -> Playbook:
    configuration = Configuration(sites=(site,), rules=rules or RULES, alarms=policy or AlarmPolicy())
    return Playbook(configuration, "09:00")


def falls(book: Playbook, clock: str, *points: str, back: bool = False) -> Playbook:
    """These points go out of their limits, or come back."""
    for name in points:
        source = "meter" if name == "volts" else "gateway"
        book.at(clock).reading(50.0 if back else 1.0, point=name, source=source)
    return book


def without_reports(site: Site = SITE) -> Site:
    devices = tuple(msgspec.structs.replace(device, report_seconds=None) for device in site.devices)
    return msgspec.structs.replace(site, devices=devices)
