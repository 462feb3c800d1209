import pytest

from domain.plan import around, floor_space, lies_within
from domain.site import Position, Zone
from domain.text import same

SQUARE = (Position(0, 0), Position(10, 0), Position(10, 10), Position(0, 10))
ANGLE = (Position(0, 0), Position(10, 0), Position(10, 4), Position(4, 4), Position(4, 10), Position(0, 10))


@pytest.mark.parametrize("outline", [SQUARE, SQUARE[::-1]])
def test_a_place_is_inside_whichever_way_the_corners_go(outline: tuple[Position, ...]) -> None:
    assert lies_within(outline, Position(5, 5))
    assert not lies_within(outline, Position(11, 5))
    assert not lies_within(outline, Position(5, -1))


@pytest.mark.parametrize("place", [Position(10.4, 5), Position(5, 10.5), Position(0, 0), Position(-0.3, -0.3)])
def test_what_hangs_on_a_wall_is_in_its_room(place: Position) -> None:
    assert lies_within(SQUARE, place)
    assert lies_within(SQUARE, place, slack=0.0) == (place == Position(0, 0))


def test_the_missing_part_of_an_angle_is_outside() -> None:
    assert lies_within(ANGLE, Position(2, 8))
    assert lies_within(ANGLE, Position(8, 2))
    assert not lies_within(ANGLE, Position(8, 8))


def test_nothing_lies_within_no_outline_and_a_point_is_as_far_as_it_is() -> None:
    assert not lies_within((), Position(0, 0))
    assert lies_within((Position(1, 1),), Position(1, 1))


def test_floor_space_in_square_metres() -> None:
    assert floor_space(SQUARE) == 100
    assert floor_space(SQUARE[::-1]) == 100
    assert floor_space(ANGLE) == 64
    assert floor_space(()) == 0


def zone(name: str, parent: str | None) -> Zone:
    return Zone(id=name, name=same(name), parent=parent)


def test_around_a_zone_are_those_it_lies_in_from_the_inside_out() -> None:
    zones = {each.id: each for each in (zone("house", None), zone("floor", "house"), zone("room", "floor"))}
    assert [each.id for each in around("room", zones)] == ["room", "floor", "house"]
    assert around("cellar", zones) == []


def test_a_circle_of_zones_is_cut() -> None:
    zones = {each.id: each for each in (zone("a", "b"), zone("b", "a"))}
    assert [each.id for each in around("a", zones)] == ["a", "b"]
