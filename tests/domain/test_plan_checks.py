import pytest
from msgspec.structs import replace

from domain.plan_checks import check_plans
from domain.site import Checkpoint, Door, Equipment, Position, Site, Zone
from domain.text import same


def corners(left: float, low: float, right: float, high: float) -> tuple[Position, ...]:
    return (Position(left, low), Position(right, low), Position(right, high), Position(left, high))


FLOOR = Zone(id="floor", name=same("Floor"), storey=1, outline=corners(0, 0, 40, 20))
ROOM = Zone(id="room", name=same("Room"), parent="floor", outline=corners(0, 0, 10, 10))
HALL = Zone(id="hall", name=same("Hall"), parent="floor")
SITE = Site(
    id="tower",
    name=same("Tower"),
    timezone="UTC",
    zones=(FLOOR, ROOM, HALL),
    checkpoints=(Checkpoint(id="c1", name=same("C"), zone="hall", position=Position(30, 10)),),
    doors=(Door(id="d1", name=same("D"), zone="room", position=Position(10, 5)),),
    equipment=(Equipment(id="p1", name=same("P"), zone="room", equipment_class="pump"),),
)


def said(site: Site) -> list[tuple[tuple[str | int, ...], str]]:
    return [(problem.path, problem.message) for problem in check_plans(site)]


def test_a_sound_plan_has_no_problems() -> None:
    assert said(SITE) == []


def test_without_outlines_there_is_nothing_to_hold_a_position_against() -> None:
    zones = tuple(replace(zone, outline=()) for zone in SITE.zones)
    assert said(replace(SITE, zones=zones)) == []


def test_a_thing_outside_of_its_zone_is_told_with_the_zone_whose_outline_counts() -> None:
    door = replace(SITE.doors[0], position=Position(12, 5))
    checkpoint = replace(SITE.checkpoints[0], position=Position(50, 10))
    assert said(replace(SITE, doors=(door,), checkpoints=(checkpoint,))) == [
        (("checkpoints", 0, "position"), "checkpoint 'c1' at [50, 10] lies outside of zone 'floor'"),
        (("doors", 0, "position"), "door 'd1' at [12, 5] lies outside of zone 'room'"),
    ]


def test_a_room_that_reaches_out_of_its_floor_is_told_by_its_corner() -> None:
    wide = replace(ROOM, outline=corners(0, 0, 50, 10))
    assert said(replace(SITE, zones=(FLOOR, wide, HALL))) == [
        (("zones", 1, "outline", 1), "corner [50, 0] of zone 'room' lies outside of zone 'floor'"),
        (("zones", 1, "outline", 2), "corner [50, 10] of zone 'room' lies outside of zone 'floor'"),
    ]


@pytest.mark.parametrize(
    "outline",
    [
        corners(0, 0, 40, 20)[:2],
        corners(0, 0, 0, 20),
        corners(0, 0, float("nan"), 20),
        corners(0, 0, 1e300, 20),
    ],
)
def test_an_outline_that_encloses_nothing_is_told_once(outline: tuple[Position, ...]) -> None:
    broken = replace(FLOOR, outline=outline)
    assert said(replace(SITE, zones=(broken, ROOM, HALL))) == [
        (("zones", 0, "outline"), "the outline of zone 'floor' encloses nothing")
    ]
