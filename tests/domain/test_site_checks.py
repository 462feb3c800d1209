from typing import Any

import msgspec
import pytest

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
from domain.site_checks import check_portfolio, check_site
from domain.text import Text, same

TOUR = Tour(
    id="night",
    name=same("Night round"),
    stops=(TourStop(checkpoint="c1", due_seconds=0), TourStop(checkpoint="c2", due_seconds=600)),
    starts=(WeeklyTime(weekdays=(0, 6), at="22:00"),),
    officers=("o1",),
)
SITE = Site(
    id="tower",
    name=same("Tower"),
    timezone="Asia/Shanghai",
    zones=(Zone(id="lobby", name=same("Lobby"), parent="house"), Zone(id="house", name=same("House"))),
    checkpoints=(
        Checkpoint(id="c1", name=same("Gate"), zone="lobby"),
        Checkpoint(id="c2", name=same("Roof"), zone="house"),
    ),
    doors=(Door(id="d1", name=same("Front"), zone="lobby", leads_to="house"),),
    equipment=(
        Equipment(id="p1", name=same("Pump"), zone="lobby", equipment_class="pump", feeds=("t1",)),
        Equipment(id="t1", name=same("Tank"), zone="lobby", equipment_class="tank"),
    ),
    points=(Point(id="flow", name=same("Flow"), equipment="p1", unit="L/min", low=0, high=200),),
    devices=(
        Device(id="gw", name=same("Gateway"), kind=DeviceKind.GATEWAY, doors=("d1",), points=("flow",)),
        Device(id="ph", name=same("Phone"), kind=DeviceKind.PHONE, checkpoints=("c1",)),
    ),
    people=(Person(id="o1", role=PersonRole.OFFICER),),
    tours=(TOUR,),
)


def changed(things: str, index: int, **fields: Any) -> Site:  # noqa: ANN401 - any field of any thing
    """The site with some fields of one thing replaced."""
    listed = list(getattr(SITE, things))
    listed[index] = msgspec.structs.replace(listed[index], **fields)
    return msgspec.structs.replace(SITE, **{things: tuple(listed)})


def test_a_sound_site_has_no_problems() -> None:
    assert check_site(SITE) == []


def test_equipment_feeds_equipment_doors_and_devices() -> None:
    fed = (SITE.equipment[1].id, SITE.doors[0].id, SITE.devices[0].id)
    assert check_site(changed("equipment", 0, feeds=fed)) == []


@pytest.mark.parametrize(
    ("site", "path", "words"),
    [
        (msgspec.structs.replace(SITE, id="a b"), ("id",), "'a b' is not an id"),
        (msgspec.structs.replace(SITE, timezone="Mars/Base"), ("timezone",), "'Mars/Base' is unknown"),
        (changed("doors", 0, id="d/1"), ("doors", 0, "id"), "'d/1' is not an id"),
        (changed("zones", 1, id="lobby", parent=None), ("zones", 1, "id"), "'lobby' stands more than once"),
        (changed("zones", 0, parent="yard"), ("zones", 0, "parent"), "zone 'yard' is not configured"),
        (changed("zones", 1, parent="lobby"), ("zones", 0, "parent"), "'lobby' lies within itself"),
        (changed("zones", 1, parent="house"), ("zones", 1, "parent"), "'house' lies within itself"),
        (changed("checkpoints", 1, zone="yard"), ("checkpoints", 1, "zone"), "zone 'yard' is not configured"),
        (changed("doors", 0, leads_to="yard"), ("doors", 0, "leads_to"), "zone 'yard' is not configured"),
        (changed("doors", 0, held_seconds=0.0), ("doors", 0, "held_seconds"), "held_seconds is 0"),
        (changed("doors", 0, grant_seconds=float("nan")), ("doors", 0, "grant_seconds"), "grant_seconds is nan"),
        (msgspec.structs.replace(SITE, shift_ends=("08:00", "8 pm")), ("shift_ends", 1), "'8 pm' is not a time of day"),
        (msgspec.structs.replace(SITE, room_log_seconds=1.0), ("room_log_seconds",), "room_log_seconds is 1"),
        (changed("equipment", 0, feeds=("t1", "t2")), ("equipment", 0, "feeds", 1), "'t2' is not configured"),
        (changed("equipment", 1, feeds=("p1",)), ("equipment", 0, "feeds"), "'p1' feeds itself"),
        (changed("devices", 0, report_seconds=0.5), ("devices", 0, "report_seconds"), "report_seconds is 0.5"),
        (changed("devices", 0, report_seconds=float("inf")), ("devices", 0, "report_seconds"), "is inf"),
        (changed("points", 0, equipment="p9"), ("points", 0, "equipment"), "'p9' is not configured"),
        (changed("points", 0, interval_seconds=0.0), ("points", 0, "interval_seconds"), "interval_seconds is 0"),
        (changed("points", 0, interval_seconds=1e300), ("points", 0, "interval_seconds"), "interval_seconds is 1e+300"),
        (changed("points", 0, stale_seconds=1e-9), ("points", 0, "stale_seconds"), "stale_seconds is 1e-09"),
        (changed("points", 0, stale_seconds=-1.0), ("points", 0, "stale_seconds"), "stale_seconds is -1"),
        (changed("points", 0, low=200.0), ("points", 0, "high"), "low 200 and high 200"),
        (changed("devices", 0, doors=("d9",)), ("devices", 0, "doors", 0), "door 'd9' is not configured"),
        (changed("devices", 1, points=("flow",)), ("devices", 1, "points", 0), "carried by 'gw' and by 'ph'"),
        (changed("tours", 0, officers=("o1", "o2")), ("tours", 0, "officers", 1), "person 'o2' is not configured"),
        (changed("points", 0, states={"0": same("off")}), ("points", 0, "states"), "names states"),
        (
            changed("points", 0, unit="1", states={"01": same("on")}),
            ("points", 0, "states", "01"),
            "a state '01', which is no whole number",
        ),
        (
            changed("points", 0, unit="1", states={"0": same("off"), "1": Text("on", " ")}),
            ("points", 0, "states", "1"),
            "names its state 1 by no word",
        ),
        (changed("tours", 0, stops=()), ("tours", 0, "stops"), "'night' has no stops"),
        (changed("tours", 0, starts=()), ("tours", 0, "starts"), "'night' never starts"),
        (changed("tours", 0, every_seconds=5.0), ("tours", 0, "every_seconds"), "every_seconds is 5"),
        (changed("tours", 0, grace_seconds=-1.0), ("tours", 0, "grace_seconds"), "grace_seconds is -1"),
        (
            changed("tours", 0, stops=(TourStop(checkpoint="c9", due_seconds=0),)),
            ("tours", 0, "stops", 0, "checkpoint"),
            "checkpoint 'c9' is not configured",
        ),
        (
            changed("tours", 0, stops=(TourStop(checkpoint="c1", due_seconds=-1),)),
            ("tours", 0, "stops", 0, "due_seconds"),
            "due_seconds is -1",
        ),
        (
            changed("tours", 0, stops=(*TOUR.stops, TOUR.stops[0])),
            ("tours", 0, "stops", 2, "checkpoint"),
            "'c1' stands more than once in tour 'night'",
        ),
        (
            changed("tours", 0, starts=(WeeklyTime(weekdays=(0,), at="25:00"),)),
            ("tours", 0, "starts", 0, "at"),
            "'25:00' is not a time of day",
        ),
        (
            changed("tours", 0, starts=(WeeklyTime(weekdays=(7,), at="22:00"),)),
            ("tours", 0, "starts", 0, "weekdays"),
            "weekdays are [7]",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(site: Site, path: tuple[str | int, ...], words: str) -> None:
    at_path = [problem for problem in check_site(site) if problem.path == path]
    assert at_path, check_site(site)
    assert any(words in problem.message for problem in at_path), at_path
    assert all(problem.remedy.endswith(".") for problem in at_path)


def test_all_problems_are_found_at_once() -> None:
    site = msgspec.structs.replace(changed("doors", 0, zone="yard"), timezone="x")
    assert [problem.path for problem in check_site(site)] == [("timezone",), ("doors", 0, "zone")]


@pytest.mark.parametrize("things", ["points", "devices"])
def test_a_point_and_a_device_belong_to_one_site(things: str) -> None:
    other = msgspec.structs.replace(SITE, id="annex", **{"points": (), "devices": (), things: getattr(SITE, things)})
    found = check_portfolio([SITE, other])
    assert [problem.path for problem in found] == [
        ("sites", 1, things, index, "id") for index in range(len(getattr(SITE, things)))
    ]
    assert all(f"is also a {things[:-1]} of site 'tower'" in problem.message for problem in found)
    assert "'annex_" in found[0].remedy
    assert check_portfolio([SITE]) == []


def test_a_site_id_stands_once() -> None:
    twice = check_portfolio([SITE, SITE])
    assert [problem.path for problem in twice] == [("sites", 1, "id")]
