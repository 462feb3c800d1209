"""Whether a plan can be drawn: outlines enclose something, rooms lie in their floor, things lie in their zone."""

import math
from collections.abc import Iterator
from typing import Final

from domain.plan import around, floor_space, lies_within
from domain.problem import Problem
from domain.site import Position, Site

FEWEST_CORNERS: Final = 3
LARGEST_METRES: Final = 100_000.0

_PLACED: Final = (("checkpoints", "checkpoint"), ("doors", "door"), ("equipment", "equipment"))


def check_plans(site: Site) -> Iterator[Problem]:
    """Find what would not fit on the plans."""
    zones = {zone.id: zone for zone in site.zones}
    outlined = set()
    for index, zone in enumerate(site.zones):
        path = ("zones", index, "outline")
        if zone.outline and not _encloses(zone.outline):
            message = f"the outline of zone '{zone.id}' encloses nothing"
            yield Problem(path, message, "List its corners in turn as [x, y] in metres, at least three.")
            continue
        outlined.add(zone.id)
        outer = next((each for each in around(zone.id, zones)[1:] if each.outline), None)
        if outer is None or not _encloses(outer.outline):
            continue
        for place, corner in enumerate(zone.outline):
            if not lies_within(outer.outline, corner):
                yield _outside((*path, place), f"corner {_shown(corner)} of zone '{zone.id}'", outer.id)
    for things, word in _PLACED:
        for index, thing in enumerate(getattr(site, things)):
            if thing.position is None:
                continue
            room = next((each for each in around(thing.zone, zones) if each.outline), None)
            if room is not None and room.id in outlined and not lies_within(room.outline, thing.position):
                what = f"{word} '{thing.id}' at {_shown(thing.position)}"
                yield _outside((things, index, "position"), what, room.id)


def _encloses(outline: tuple[Position, ...]) -> bool:
    numbers = [number for corner in outline for number in (corner.x, corner.y)]
    if len(outline) < FEWEST_CORNERS or not all(math.isfinite(each) and abs(each) < LARGEST_METRES for each in numbers):
        return False
    return floor_space(outline) > 0


def _outside(path: tuple[str | int, ...], what: str, zone: str) -> Problem:
    message = f"{what} lies outside of zone '{zone}'"
    return Problem(path, message, "Correct the position, the zone or its outline; all are in metres from one corner.")


def _shown(place: Position) -> str:
    return f"[{place.x:g}, {place.y:g}]"
