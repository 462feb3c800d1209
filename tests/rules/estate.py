"""A small site that most tests of rules take place in: one tour, two doors, two points, and who reports for them."""

from typing import Any

import msgspec

from domain.configuration import Configuration, RuleSpec
from domain.priority import Priority
from domain.site import (
    Checkpoint,
    Device,
    DeviceKind,
    Door,
    Equipment,
    Person,
    PersonRole,
    Point,
    Site,
    Tour,
    TourStop,
    WeeklyTime,
    Zone,
)
from domain.text import Text, same

DAILY = (0, 1, 2, 3, 4, 5, 6)

NIGHT = Tour(
    id="night",
    name=Text("Night round", "夜巡"),
    stops=(TourStop(checkpoint="gate", due_seconds=600.0), TourStop(checkpoint="roof", due_seconds=1800.0)),
    starts=(WeeklyTime(weekdays=DAILY, at="22:00"), WeeklyTime(weekdays=DAILY, at="02:00")),
)
"""Starts 22:00 and 02:00: gate due after 10 min and missed after 15, roof due after 30 and missed after 35."""

SITE = Site(
    id="tower",
    name=same("Tower"),
    timezone="Asia/Shanghai",
    zones=(Zone(id="ground", name=same("Ground")), Zone(id="plant", name=same("Plant"))),
    checkpoints=(
        Checkpoint(id="gate", name=Text("Gate", "大门"), zone="ground"),
        Checkpoint(id="roof", name=Text("Roof", "屋顶"), zone="plant"),
    ),
    doors=(
        Door(id="front", name=Text("Front door", "正门"), zone="ground"),
        Door(id="server", name=Text("Server room", "机房"), zone="plant", high_security=True),
    ),
    equipment=(Equipment(id="pump", name=Text("Pump", "水泵"), zone="plant", equipment_class="pump"),),
    points=(
        Point(id="flow", name=Text("Flow", "流量"), equipment="pump", unit="L/min", interval_seconds=60.0),
        Point(id="heat", name=Text("Heat", "温度"), equipment="pump", unit="degC", interval_seconds=60.0),
    ),
    devices=(
        Device(id="phone", name=same("Phone"), kind=DeviceKind.PHONE),
        Device(id="phone2", name=same("Phone 2"), kind=DeviceKind.PHONE),
        Device(id="panel", name=same("Panel"), kind=DeviceKind.CONTROLLER, doors=("front", "server")),
        Device(id="gateway", name=same("Gateway"), kind=DeviceKind.GATEWAY, points=("flow", "heat")),
    ),
    people=(Person(id="li", role=PersonRole.OFFICER), Person(id="wang", role=PersonRole.OFFICER)),
    tours=(NIGHT,),
)


def a_rule(rule_id: str, kind: str, **fields: Any) -> RuleSpec:  # noqa: ANN401 - any field of a rule
    given = {"site": "tower", "name": same(rule_id), "priority": Priority.MEDIUM, "makes_order": False, **fields}
    return RuleSpec(id=rule_id, kind=kind, **given)


MISSED = a_rule("missed", "missed_checkpoint")
FORCED = a_rule("forced", "door_forced", priority=Priority.HIGH)
HELD = a_rule("held", "door_held", makes_order=True, fault="door.closer")
NO_FLOW = a_rule(
    "no-flow",
    "limit",
    subjects=("flow",),
    parameters={"low": 20.0, "deadband": 5.0, "on_delay_seconds": 30.0},
    makes_order=True,
    fault="pump.no_flow",
    priority=Priority.HIGH,
)
RULES = (FORCED, HELD, MISSED, NO_FLOW)


def configured(*rules: RuleSpec, site: Site = SITE) -> Configuration:
    return Configuration(sites=(site,), rules=rules or RULES)


def changed_site(things: str, thing_id: str, **fields: Any) -> Site:  # noqa: ANN401 - any field of any thing
    """The site with some fields of one of its things replaced."""
    listed = [
        msgspec.structs.replace(thing, **fields) if thing.id == thing_id else thing for thing in getattr(SITE, things)
    ]
    return msgspec.structs.replace(SITE, **{things: tuple(listed)})
