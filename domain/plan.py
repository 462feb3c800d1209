"""Plans: what lies where on the floors of a site. Pure plane geometry, in metres."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from domain.site import Position, Zone

WALL_METRES: Final = 0.5
"""What hangs on a wall is still in its room: a door lies in the wall itself."""


def lies_within(outline: Sequence[Position], place: Position, slack: float = WALL_METRES) -> bool:
    """Tell whether a place lies in an outline, or at most `slack` metres outside of it."""
    inside = False
    for one, other in _sides(outline):
        if _distance(one, other, place) <= slack:
            return True
        if (one.y > place.y) != (other.y > place.y):
            crossing = one.x + (place.y - one.y) / (other.y - one.y) * (other.x - one.x)
            inside ^= place.x < crossing
    return inside


def floor_space(outline: Sequence[Position]) -> float:
    """The area of an outline in square metres."""
    return abs(sum(one.x * other.y - other.x * one.y for one, other in _sides(outline))) / 2


def around(zone: str, zones: Mapping[str, Zone]) -> list[Zone]:
    """The zone and all it lies in, from the inside out; a circle of zones is cut where it closes."""
    found: dict[str, Zone] = {}
    ahead: str | None = zone
    while ahead is not None and ahead in zones and ahead not in found:
        found[ahead] = zones[ahead]
        ahead = found[ahead].parent
    return list(found.values())


def _sides(outline: Sequence[Position]) -> list[tuple[Position, Position]]:
    return [*pairwise(outline), (outline[-1], outline[0])] if outline else []


def _distance(one: Position, other: Position, place: Position) -> float:
    """From a place to the nearest point of a side."""
    along_x, along_y = other.x - one.x, other.y - one.y
    length = along_x**2 + along_y**2
    part = 0.0 if length == 0 else ((place.x - one.x) * along_x + (place.y - one.y) * along_y) / length
    part = min(1.0, max(0.0, part))
    away_x, away_y = place.x - one.x - part * along_x, place.y - one.y - part * along_y
    return float((away_x**2 + away_y**2) ** 0.5)
