"""Puts a site together from the files that describe it, and remembers for each of its things where it was written.

A file holds the site itself (`site:` and its fields), or belongs to one (`site: tower`) and adds doors, equipment,
tours to it. Two shorthands keep such files readable: points may stand under their machine, and a device may name
machines instead of each of their points.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin

import msgspec
from msgspec import Struct

from domain.problem import Problem
from domain.site import Device, Equipment, Point, Site
from vigil.configuration.problem import Problem as FileProblem
from vigil.configuration.reading import Reader
from vigil.configuration.yaml_tree import Path_, Value

THINGS: Final[Mapping[str, type[Struct]]] = {
    field.name: get_args(field.type)[0] for field in msgspec.structs.fields(Site) if get_origin(field.type) is tuple
}
"""What a site lists, in the order of its fields, with the type of each."""


class Entry(Struct):
    """One thing as it was read: where it stands, and for a device the machines whose points it carries."""

    reader: Reader
    path: Path_
    thing: Any
    machines: tuple[str, ...] = ()


class SitePart(Struct):
    """What one file says of a site.

    `home` is the site's id as written, empty where it cannot be told, None where the file names no site. `header` is
    the site without its things, in the file that holds it. `is_sound` is false where something could not be read.
    """

    reader: Reader
    home: str | None
    defines: bool
    header: Site | None
    entries: Mapping[str, list[Entry]]
    is_sound: bool


class Assembled:
    """A site with all its things, and the way back from its model to the files."""

    def __init__(self, reader: Reader, header: Site, entries: Mapping[str, Sequence[Entry]]) -> None:
        """Put the things in their lists; `reader` is that of the file with the site itself."""
        self._reader = reader
        self._entries = entries
        things = {name: tuple(entry.thing for entry in listed) for name, listed in entries.items()}
        self.site: Site = msgspec.structs.replace(header, **things)

    def say(self, problem: Problem) -> None:
        """Note a problem of the model in the file where its thing was written."""
        reader, path = self._place(problem.path)
        reader.say(path, problem.message, problem.remedy)

    def placed(self, problem: Problem) -> FileProblem:
        """A problem of the model with the file and line where its thing was written."""
        reader, path = self._place(problem.path)
        return reader.problem(path, problem.message, problem.remedy)

    def _place(self, path: Path_) -> tuple[Reader, Path_]:
        if len(path) > 1 and path[0] in self._entries:
            entry = self._entries[str(path[0])][int(path[1])]
            return entry.reader, (*entry.path, *path[2:])
        return self._reader, ("site", *path)


def read_site_part(reader: Reader, top: Mapping[str, Value]) -> SitePart:
    """Read what a file says of a site, at its top or under `site:`."""
    before = len(reader.problems)
    written = top.get("site")
    under = written if isinstance(written, Mapping) else {}
    entries: dict[str, list[Entry]] = {name: [] for name in THINGS}
    for place, prefix in ((under, ("site",)), (top, ())):
        for name in THINGS:
            if name in place:
                _read_list(reader, entries, name, place[name], (*prefix, name))
    header = None
    if "site" in top and not isinstance(written, str):
        own = {key: value for key, value in under.items() if key not in THINGS} if under else written
        header = reader.struct(Site, own, ("site",))
    home = _home(top)
    if home is None and any(name in top for name in THINGS):
        reader.say((), "the file does not say which site it belongs to", "Begin it with `site: ` and the site's id.")
    return SitePart(
        reader=reader,
        home=home,
        defines="site" in top and not isinstance(written, str),
        header=header,
        entries=entries,
        is_sound=len(reader.problems) == before,
    )


def assemble(parts: Sequence[SitePart], *, all_read: bool) -> list[Assembled]:
    """Make each site out of the parts that belong to it; one of which a part could not be read is left out."""
    found: list[Assembled] = []
    defined = {part.home for part in parts if part.defines}
    for part in parts:
        if not part.defines and part.home is not None and all_read and not defined.intersection((part.home, "")):
            known = ", ".join(sorted(each for each in defined if each)) or "none is configured"
            part.reader.say(("site",), f"site '{part.home[:80]}' is not configured", f"Known sites: {known}.")
    taken: set[str] = set()
    for part in parts:
        if not part.defines:
            continue
        also = [] if part.home in taken else [each for each in parts if not each.defines and each.home == part.home]
        taken.add(part.home or "")
        if part.header is None or not all(each.is_sound for each in (part, *also)):
            continue
        entries = {name: [entry for each in (part, *also) for entry in each.entries[name]] for name in THINGS}
        if _carry_machines(entries):
            found.append(Assembled(part.reader, part.header, entries))
    return found


def _home(top: Mapping[str, Value]) -> str | None:
    if "site" not in top:
        return None
    site = top["site"]
    found = site.get("id") if isinstance(site, Mapping) else site
    return found if isinstance(found, str) else ""


def _read_list(reader: Reader, entries: dict[str, list[Entry]], name: str, value: Value, path: Path_) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        reader.field(tuple[Any, ...], value, path)
        return
    for index, written in enumerate(value):
        where = (*path, index)
        own, machines = written, ()
        if isinstance(written, Mapping) and THINGS[name] is Equipment and "points" in written:
            _read_list(reader, entries, "points", list(_own_points(reader, written, where)), (*where, "points"))
            own = _without(written, "points")
        elif isinstance(written, Mapping) and THINGS[name] is Device and "equipment" in written:
            machines = reader.field(tuple[str, ...], written["equipment"], (*where, "equipment")) or ()
            own = _without(written, "equipment")
        thing = reader.struct(THINGS[name], own, where)
        if thing is not None:
            entries[name].append(Entry(reader, where, thing, machines))


def _without(written: Mapping[str, Value], key: str) -> Mapping[str, Value]:
    return {each: value for each, value in written.items() if each != key}


def _own_points(reader: Reader, machine: Mapping[str, Value], where: Path_) -> Iterator[Value]:
    """The points that stand under their machine: they need not name it, and may go by their quantity."""
    listed = machine["points"]
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        reader.field(tuple[Point, ...], listed, (*where, "points"))
        return
    for index, point in enumerate(listed):
        if not isinstance(point, Mapping):
            yield point
            continue
        if "equipment" in point:
            path = (*where, "points", index, "equipment")
            reader.say(path, "a point under its machine belongs to that machine", "Remove the line.")
        full = {**point, "equipment": machine.get("id")}
        if "id" not in point and "quantity" in point:
            full["id"] = f"{machine.get('id')}-{point['quantity']}".replace("_", "-")
        yield full


def _carry_machines(entries: Mapping[str, Sequence[Entry]]) -> bool:
    """Give each device the points of the machines it names; false where one of them is not there."""
    points: dict[str, list[str]] = {entry.thing.id: [] for entry in entries["equipment"]}
    for entry in entries["points"]:
        points.setdefault(entry.thing.equipment, []).append(entry.thing.id)
    are_all_known = True
    for entry in entries["devices"]:
        carried: list[str] = []
        for place, machine in enumerate(entry.machines):
            if machine not in points:
                are_all_known = False
                path = (*entry.path, "equipment", place)
                remedy = f"Add it, or name one of: {', '.join([*points][:8]) or 'none is configured'}."
                entry.reader.say(path, f"equipment '{machine[:80]}' is not configured", remedy)
            carried += points.get(machine, ())
        if carried:
            entry.thing = msgspec.structs.replace(entry.thing, points=(*entry.thing.points, *carried))
    return are_all_known
