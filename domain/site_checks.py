"""Whether a site model fits together: every reference resolves, nothing stands twice, trees have no cycles.

Each problem says where (`path`: keys and list indices from the site down, such as `("doors", 3, "zone")`), what is
wrong, and what to do; whoever read the model from a file adds file and line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.errors import ConfigurationError
from domain.identity import is_id
from domain.plan_checks import check_plans
from domain.problem import Path, Problem, out_of_span, unknown
from domain.schedule import is_timezone, parse_clock
from domain.site import Site
from domain.tour_checks import check_tours
from domain.units import is_unit, meant_units

LONGEST_DOOR_SECONDS: Final = 86_400.0

SHORTEST_INTERVAL_SECONDS: Final = 0.001
LONGEST_INTERVAL_SECONDS: Final = 366 * 86_400.0
"""What holds for longer than a year is no reading any more."""

SHORTEST_REPORT_SECONDS: Final = 1.0
"""A device that must speak more often than this cannot be told from a slow network."""

LONGEST_REPORT_SECONDS: Final = 30 * 86_400.0

SHORTEST_ROOM_LOG_SECONDS: Final = 600.0
LONGEST_ROOM_LOG_SECONDS: Final = 86_400.0

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,5}")

_FED: Final = ("equipment", "doors", "devices")

_THINGS: Final = ("zones", "checkpoints", "doors", "equipment", "points", "devices", "people", "tours")

# Which field of which things names what, and what that is called.
_REFERENCES: Final = (
    ("zones", "parent", "zones", "zone"),
    ("checkpoints", "zone", "zones", "zone"),
    ("doors", "zone", "zones", "zone"),
    ("doors", "leads_to", "zones", "zone"),
    ("equipment", "zone", "zones", "zone"),
    ("points", "equipment", "equipment", "equipment"),
    ("devices", "doors", "doors", "door"),
    ("devices", "points", "points", "point"),
    ("devices", "checkpoints", "checkpoints", "checkpoint"),
    ("tours", "officers", "people", "person"),
)


def check_site(site: Site) -> list[Problem]:
    """Find everything that is wrong with one site, in the order of its lists."""
    return [
        *_ids(site),
        *_timezone(site),
        *_references(site),
        *_feeds(site),
        *_zone_cycles(site),
        *check_plans(site),
        *_feed_cycles(site),
        *_spans(site),
        *_units(site),
        *_states(site),
        *_carried_points(site),
        *check_tours(site),
        *_control_room(site),
    ]


def check_portfolio(sites: Sequence[Site]) -> list[Problem]:
    """Find what only shows between sites; paths begin with `("sites", index)`.

    Points are known across the whole portfolio by their id alone (telemetry has no other key), so one id is one point.
    So are devices: theirs is their user name at the broker, and tells their messages from those of others.
    """
    found = []
    owners: dict[tuple[str, str], str] = {}
    for number, site in enumerate(sites):
        if any(other.id == site.id for other in sites[:number]):
            message = f"site id '{site.id}' stands more than once"
            found.append(Problem(("sites", number, "id"), message, "Give each site its own id."))
        for things, word in (("points", "point"), ("devices", "device")):
            for index, thing in enumerate(getattr(site, things)):
                owner = owners.setdefault((word, thing.id), site.id)
                if owner != site.id:
                    message = f"{word} '{thing.id}' of site '{site.id}' is also a {word} of site '{owner}'"
                    remedy = f"Put the site into the id, for instance '{site.id}_{thing.id}'."
                    found.append(Problem(("sites", number, things, index, "id"), message, remedy))
    return found


def _ids(site: Site) -> Iterator[Problem]:
    if not is_id(site.id):
        yield _bad_id(("id",), site.id)
    for things in _THINGS:
        seen: set[str] = set()
        for index, thing in enumerate(getattr(site, things)):
            path = (things, index, "id")
            if not is_id(thing.id):
                yield _bad_id(path, thing.id)
            elif thing.id in seen:
                yield Problem(path, f"id '{thing.id}' stands more than once in {things}", "Give each its own id.")
            seen.add(thing.id)


def _bad_id(path: Path, text: str) -> Problem:
    return Problem(path, f"'{text[:80]}' is not an id", "Use 1 to 64 of A-Z a-z 0-9 _ -.")


def _timezone(site: Site) -> Iterator[Problem]:
    if not is_timezone(site.timezone):
        message = f"time zone '{site.timezone[:64]}' is unknown"
        yield Problem(("timezone",), message, "Use an IANA name such as Asia/Shanghai.")


def _references(site: Site) -> Iterator[Problem]:
    ids = {things: dict.fromkeys(thing.id for thing in getattr(site, things)) for things in _THINGS}
    for things, field, target, word in _REFERENCES:
        for index, thing in enumerate(getattr(site, things)):
            wanted = getattr(thing, field)
            names = wanted if isinstance(wanted, tuple) else (wanted,)
            for place, name in enumerate(names):
                if name is not None and name not in ids[target]:
                    path = (things, index, field)
                    yield unknown(name, ids[target], (*path, place) if names is wanted else path, word)


def _feeds(site: Site) -> Iterator[Problem]:
    """Equipment feeds equipment, doors (their locks) and devices; an id that several kinds of things have means all."""
    known = dict.fromkeys(thing.id for things in _FED for thing in getattr(site, things))
    for index, machine in enumerate(site.equipment):
        for place, name in enumerate(machine.feeds):
            if name not in known:
                yield unknown(name, known, ("equipment", index, "feeds", place), "equipment, door or device")


def _control_room(site: Site) -> Iterator[Problem]:
    for place, clock in enumerate(site.shift_ends):
        try:
            parse_clock(clock)
        except ConfigurationError as error:
            message, _, remedy = str(error).partition(": ")
            yield Problem(("shift_ends", place), message, f"{remedy[:1].upper()}{remedy[1:]}.")
    seconds = site.room_log_seconds
    if seconds is not None and not SHORTEST_ROOM_LOG_SECONDS <= seconds <= LONGEST_ROOM_LOG_SECONDS:
        message = f"room_log_seconds is {seconds:g}"
        remedy = f"Give {SHORTEST_ROOM_LOG_SECONDS:.0f} to {LONGEST_ROOM_LOG_SECONDS:.0f}; 7200 is every two hours."
        yield Problem(("room_log_seconds",), message, remedy)


def _zone_cycles(site: Site) -> Iterator[Problem]:
    parents = {zone.id: (zone.parent,) if zone.parent is not None else () for zone in site.zones}
    for index, zone in enumerate(site.zones):
        if zone.id in _reachable(zone.id, parents):
            message = f"zone '{zone.id}' lies within itself"
            yield Problem(("zones", index, "parent"), message, "Break the circle: one zone of it must have no parent.")


def _feed_cycles(site: Site) -> Iterator[Problem]:
    feeds = {machine.id: machine.feeds for machine in site.equipment}
    for index, machine in enumerate(site.equipment):
        if machine.id in _reachable(machine.id, feeds):
            message = f"equipment '{machine.id}' feeds itself, directly or through others"
            yield Problem(("equipment", index, "feeds"), message, "Break the circle: remove one of its feeds.")


def _reachable(start: str, onward: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All that one can get to from `start`, itself only where a circle leads back."""
    found: set[str] = set()
    ahead = list(onward.get(start, ()))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += onward.get(name, ())
    return found


def _spans(site: Site) -> Iterator[Problem]:
    for index, door in enumerate(site.doors):
        for field in ("held_seconds", "grant_seconds", "entry_seconds"):
            seconds = getattr(door, field)
            if not 0 < seconds <= LONGEST_DOOR_SECONDS:
                yield out_of_span(("doors", index, field), seconds, "more than 0 and at most 86400 seconds")
    for index, point in enumerate(site.points):
        for field in ("interval_seconds", "stale_seconds"):
            seconds = getattr(point, field)
            if seconds is not None and not SHORTEST_INTERVAL_SECONDS <= seconds <= LONGEST_INTERVAL_SECONDS:
                yield out_of_span(("points", index, field), seconds, "0.001 seconds to 366 days, 31622400")
        if point.low is not None and point.high is not None and not point.low < point.high:
            message = f"point '{point.id}' has low {point.low:g} and high {point.high:g}"
            yield Problem(("points", index, "high"), message, "Low must be less than high.")
    for index, device in enumerate(site.devices):
        seconds = device.report_seconds
        if seconds is not None and not SHORTEST_REPORT_SECONDS <= seconds <= LONGEST_REPORT_SECONDS:
            yield out_of_span(("devices", index, "report_seconds"), seconds, "1 second to 30 days, or leave it out")


def _units(site: Site) -> Iterator[Problem]:
    for index, point in enumerate(site.points):
        if is_unit(point.unit):
            continue
        meant = " or ".join(f"'{symbol}'" for symbol in meant_units(point.unit))
        remedy = f"Did you mean {meant}?" if meant else "Use one such as degC, %RH, kPa, m3/h, L/min, A, kW, kWh or 1."
        message = f"point '{point.id}' is in '{point.unit[:32]}', which is no unit that Vigil knows"
        yield Problem(("points", index, "unit"), message, remedy)


def _states(site: Site) -> Iterator[Problem]:
    for index, point in enumerate(site.points):
        if point.states and point.unit != "1":
            message = f"point '{point.id}' is in '{point.unit[:32]}' and names states"
            yield Problem(("points", index, "states"), message, 'States have no unit: write `unit: "1"`.')
        for value, name in point.states.items():
            if not (name.en.strip() and name.zh.strip()):
                message = f"point '{point.id}' names its state {value[:32]} by no word"
                yield Problem(("points", index, "states", value), message, "Say what the value means, such as closed.")
            if not _WHOLE.fullmatch(value):
                message = f"point '{point.id}' names a state '{value[:32]}', which is no whole number"
                yield Problem(
                    ("points", index, "states", value), message, "Name values, as in states: {0: closed, 1: open}."
                )


def _carried_points(site: Site) -> Iterator[Problem]:
    carriers: dict[str, str] = {}
    for index, device in enumerate(site.devices):
        for place, point in enumerate(device.points):
            carrier = carriers.setdefault(point, device.id)
            if carrier != device.id:
                message = f"point '{point}' is carried by '{carrier}' and by '{device.id}'"
                yield Problem(("devices", index, "points", place), message, "Let one device report each point.")
