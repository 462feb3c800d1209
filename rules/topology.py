"""What depends on what at a site: equipment feeds equipment, doors and devices; devices carry points and doors.

A thing is (site, kind, id). Its ancestors are all whose failure takes it along, the nearest first.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

from domain.alarm import Subject, SubjectKind
from domain.site import Site

Thing: TypeAlias = tuple[str, str, str]

EQUIPMENT: Final = "equipment"
DOOR: Final = "door"
DEVICE: Final = "device"
POINT: Final = "point"
SITE: Final = "site"

_KIND_OF: Final = {
    SubjectKind.POINT: POINT,
    SubjectKind.DOOR: DOOR,
    SubjectKind.DEVICE: DEVICE,
    SubjectKind.SITE: SITE,
    SubjectKind.EQUIPMENT: EQUIPMENT,
}


class Topology:
    """The relations of all sites."""

    def __init__(self) -> None:
        """No sites."""
        self._parents: dict[Thing, list[Thing]] = {}
        self._ancestors: dict[Thing, tuple[Thing, ...]] = {}

    def configure(self, sites: Iterable[Site]) -> None:
        """Take the relations that now hold."""
        self._parents, self._ancestors = {}, {}
        for site in sites:
            self._take(site)

    def ancestors(self, thing: Thing) -> tuple[Thing, ...]:
        """All things whose failure takes this one along, nearest first."""
        known = self._ancestors.get(thing)
        if known is None:
            found: dict[Thing, None] = {}
            ahead = list(self._parents.get(thing, ()))
            while ahead:
                parent = ahead.pop(0)
                if parent not in found and parent != thing:
                    found[parent] = None
                    ahead += self._parents.get(parent, ())
            known = self._ancestors[thing] = tuple(found)
        return known

    def _take(self, site: Site) -> None:
        fed = {
            kind: {thing.id: None for thing in things}
            for kind, things in ((EQUIPMENT, site.equipment), (DOOR, site.doors), (DEVICE, site.devices))
        }
        for machine in site.equipment:
            for name in machine.feeds:
                for kind, ids in fed.items():
                    if name in ids:
                        self._add((site.id, kind, name), (site.id, EQUIPMENT, machine.id))
        for point in site.points:
            self._add((site.id, POINT, point.id), (site.id, EQUIPMENT, point.equipment))
        for device in site.devices:
            carrier = (site.id, DEVICE, device.id)
            self._add(carrier, (site.id, SITE, site.id))
            for name in device.points:
                self._add((site.id, POINT, name), carrier)
            for name in device.doors:
                self._add((site.id, DOOR, name), carrier)

    def _add(self, thing: Thing, parent: Thing) -> None:
        self._parents.setdefault(thing, []).append(parent)


def thing_of(site: str, subject: Subject) -> Thing | None:
    """What an alarm is about, as a thing; None for what depends on nothing (tour stops, rules)."""
    kind = _KIND_OF.get(subject.kind)
    return None if kind is None else (site, kind, subject.id)


def failing(site: str, subject: Subject, asset: str) -> Thing | None:
    """What has failed where an alarm is active, if anything: of a point, the equipment it measures."""
    if subject.kind is SubjectKind.POINT:
        return site, EQUIPMENT, asset
    if subject.kind is SubjectKind.EQUIPMENT:  # what is alarmed of it is that it is not watched: it may well run
        return None
    return thing_of(site, subject)
