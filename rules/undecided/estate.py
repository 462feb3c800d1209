"""What is configured of points, as far as it matters to rules that cannot be decided, and what else tells of them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from msgspec import Struct

from domain.alarm import Subject, SubjectKind
from domain.configuration import Configuration, RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.readings import Times
from domain.site import Device, Equipment, Point, Site
from rules.point_table import NEVER
from rules.segments import Mask, Positions
from rules.topology import POINT, Thing
from rules.undecided.choice import NOTHING

_LONGEST_HOLD: Final[Duration] = from_seconds(50 * 366 * 24 * 3600.0)
"""Keeps sums of times within 64 bits."""

_NOT_ASKED: Final = -1

ModesInForce: TypeAlias = tuple[tuple[Thing, bool], ...]
"""The things that are in a mode, each with whether what depends on it is too."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What else is known at present: the (site, device) that are silent, what is alarmed, and what is in a mode.

    `alarmed` gives the points on which the alarm of a rule stands, `is_in_mode` tells whether the alarms of a point are
    suppressed by one of `modes`, given site, point, equipment and zone.
    """

    silent: frozenset[tuple[str, str]]
    alarmed: Callable[[RuleSpec], Collection[str]]
    modes: ModesInForce
    is_in_mode: Callable[[str, Subject, str, str | None], bool]


class PointPlace(Struct, frozen=True):
    """A point, its site and machine, and the devices that report it."""

    point: Point
    site: Site
    machine: Equipment | None
    devices: tuple[str, ...]


class Estate:
    """All points; masks and positions are over the rows of the engine's point table."""

    def __init__(self, configuration: Configuration, rules: Iterable[RuleSpec]) -> None:
        """Take what is configured; `rules` are those that hold."""
        self.places = [place for site in configuration.sites for place in _places_of(site)]
        self.rows = {place.point.id: row for row, place in enumerate(self.places)}
        self.holds: Times = np.array([_hold(place.point) for place in self.places], dtype=np.int64)
        self._has_stale_rule = np.zeros(len(self.places), dtype=np.bool_)
        watched = _with_stale_rule(rules)
        self._has_stale_rule[[row for point, row in self.rows.items() if point in watched]] = True
        self._reports, self._devices = self._reporting()
        self._group, self._of_group = _grouped(self.places)
        self.devices: Sequence[tuple[Site, Device]] = [
            (site, device) for site in configuration.sites for device in site.devices if device.points
        ]
        self.device_numbers = {(site.id, device.id): number for number, (site, device) in enumerate(self.devices)}
        self._device = np.array([self._first_device(place) for place in self.places], dtype=np.int64)
        self._take_machines()
        self._modes: ModesInForce = ()
        self._is_in_mode = np.full(len(self._of_group), _NOT_ASKED)

    @classmethod
    def empty(cls) -> "Estate":
        """Nothing is configured."""
        return cls(Configuration(), ())

    def place(self, point: str) -> PointPlace | None:
        """Where a point is; None where it is not configured any more."""
        row = self.rows.get(point)
        return None if row is None else self.places[row]

    def told(self, silent: frozenset[tuple[str, str]]) -> Mask:
        """Of which points somebody is told elsewhere that they give no usable value: by a rule on their silence, or by
        the silence of all their devices.
        """
        if not silent:
            return self._has_stale_rule
        silent_devices = np.zeros_like(self._devices)
        for device in sorted(silent):
            silent_devices[self._reports.get(device, [])] += 1
        by_devices: Mask = (self._devices > 0) & (silent_devices == self._devices)
        return self._has_stale_rule | by_devices

    def silenced(self, heard: Times, at: Instant) -> Positions:
        """The device that explains why nothing comes from a point: none of its points was heard since this one went
        silent; `NOTHING` where one was, the point has no device, or is not silent at all. `heard` is when each point
        was heard last.
        """
        if not self.devices or not heard.size:
            return np.full(heard.size, NOTHING)
        last = np.full(len(self.devices) + 1, NEVER)
        np.maximum.at(last, self._device, heard)
        went = np.where(heard == NEVER, NEVER, heard + self.holds)
        is_explained = (went <= at) & (last[self._device] <= went)
        return np.where(is_explained, self._device, NOTHING)

    def in_mode(self, points: Positions, around: Surroundings) -> Mask:
        """Which of these points are at a place whose mode suppresses their alarms; shape (points.size,)."""
        if not around.modes or not points.size:
            return np.zeros(points.size, dtype=np.bool_)
        if around.modes != self._modes:
            self._modes, self._is_in_mode = around.modes, np.full(len(self._of_group), _NOT_ASKED)
        groups = self._group[points]
        unasked = np.unique(groups[self._is_in_mode[groups] == _NOT_ASKED])
        things = (name for (_, kind, name), _ in around.modes if kind == POINT)
        itself = dict.fromkeys(self.rows[name] for name in things if name in self.rows)
        for group in unasked.tolist():
            row = next((each for each in self._of_group[group] if each not in itself), None)
            self._is_in_mode[group] = row is not None and self._ask(row, around)
        is_in: Mask = self._is_in_mode[groups] > 0
        for row in itself:
            is_in[points == row] = self._ask(row, around)
        return is_in

    def _ask(self, row: int, around: Surroundings) -> bool:
        place = self.places[row]
        zone = None if place.machine is None else place.machine.zone
        return around.is_in_mode(place.site.id, Subject(SubjectKind.POINT, place.point.id), place.point.equipment, zone)

    def _take_machines(self) -> None:
        """Number the machines that points measure, and the equipment classes of each site that these are of."""
        numbers: dict[tuple[str, str], int] = {}
        classes: dict[tuple[str, str], int] = {}
        self.machines: list[tuple[Site, Equipment]] = []
        self.classes: list[tuple[Site, str]] = []
        class_of: list[int] = []
        machine_of_group = np.full(len(self._of_group), NOTHING)
        for group, rows in enumerate(self._of_group):
            site, machine = self.places[rows[0]].site, self.places[rows[0]].machine
            if machine is None:
                continue
            key, of = (site.id, machine.id), (site.id, machine.equipment_class)
            if key not in numbers:
                numbers[key] = len(numbers)
                self.machines.append((site, machine))
                if of not in classes:
                    classes[of] = len(classes)
                    self.classes.append((site, machine.equipment_class))
                class_of.append(classes[of])
            machine_of_group[group] = numbers[key]
        self.machine_of: Positions = machine_of_group[self._group] if self.places else np.empty(0, dtype=np.int64)
        """The number of the machine that each point measures, or `NOTHING`."""
        self.class_of: Positions = np.array(class_of, dtype=np.int64)
        """The number of each machine's class, by its own number."""

    def _first_device(self, place: PointPlace) -> int:
        return self.device_numbers[place.site.id, place.devices[0]] if place.devices else NOTHING

    def _reporting(self) -> tuple[Mapping[tuple[str, str], Positions], Positions]:
        """The points of each (site, device), and the number of devices of each point."""
        reports: dict[tuple[str, str], list[int]] = {}
        for row, place in enumerate(self.places):
            for device in place.devices:
                reports.setdefault((place.site.id, device), []).append(row)
        counts = np.array([len(place.devices) for place in self.places], dtype=np.int64)
        return {device: np.array(rows, dtype=np.int64) for device, rows in reports.items()}, counts


def _places_of(site: Site) -> Iterable[PointPlace]:
    machines = {each.id: each for each in site.equipment}
    devices: dict[str, dict[str, bool]] = {}
    for device in site.devices:
        for point in device.points:
            devices.setdefault(point, {})[device.id] = True
    for each in site.points:
        yield PointPlace(each, site, machines.get(each.equipment), tuple(devices.get(each.id, ())))


def _with_stale_rule(rules: Iterable[RuleSpec]) -> set[str]:
    """The points whose silence is told by a rule of their own."""
    # A guard or hours can keep such a rule quiet: one that has them does not count.
    return {
        subject
        for rule in rules
        if rule.kind == "stale" and not rule.inputs and not {"only_while", "hours"} & rule.parameters.keys()
        for subject in rule.subjects
    }


def _grouped(places: Sequence[PointPlace]) -> tuple[Positions, list[list[int]]]:
    """Points at one machine that the same devices report are in the same modes, but for those of a point itself."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for row, place in enumerate(places):
        groups.setdefault((place.site.id, place.point.equipment, place.devices), []).append(row)
    number_of = np.zeros(len(places), dtype=np.int64)
    for number, rows in enumerate(groups.values()):
        number_of[rows] = number
    return number_of, list(groups.values())


def _hold(point: Point) -> Duration:
    return min(from_seconds(point.holds_seconds), _LONGEST_HOLD)
