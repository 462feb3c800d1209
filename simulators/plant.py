"""The machines of a site: gateways that report them, and faults that befall them now and then."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from msgspec import Struct

from domain.configuration import RuleSpec
from domain.instant import SECOND, Instant, from_seconds
from domain.site import Equipment, Point, Site
from simulators.device import SimulatedDevice
from simulators.mishap import Mishap, MishapKind
from simulators.physics.catalog import build_machine, quantity_of, sensor_range
from simulators.physics.machine import Fault, Machine
from simulators.physics.sensor import Sensor, SensorFault
from simulators.physics.surroundings import Surroundings, surroundings
from simulators.site_time import SiteTime
from simulators.world import Actor, World

FIRST_FAULT_SECONDS: Final = (90.0, 240.0)
"""The first comes early, and is one that shows at once, so that whoever watches need not wait."""

SHOWS_AT_ONCE_SECONDS: Final = 180.0

QUIET_SECONDS: Final = (1_200.0, 3_600.0)
"""Between the beginnings of two faults: a calm building with a few things happening."""

REPAIR_SECONDS: Final = (1_200.0, 2_400.0)
"""From when a fault is beyond doubt to its repair: longer than rules wait."""

SENSOR_SHOWS_SECONDS: Final = 1_800.0


class Installed(Struct, kw_only=True):
    """A machine in its place, with a sensor for each of its points."""

    equipment: Equipment
    machine: Machine
    quantities: frozenset[str]
    sensors: Mapping[str, Sensor]
    moved_at: Instant
    values: Mapping[str, float]


class _Candidate(Struct, frozen=True):
    """Something that could go wrong now: a machine's fault, or a sensor's at one of its points."""

    installed: Installed
    code: str
    fault: Fault | None
    point: str | None


class Plant:
    """All machines of a site.

    Only faults that `rules` watch for befall them, without rules all do, but none in a quantity that is not measured.
    """

    def __init__(self, site: Site, world: World, rules: Sequence[RuleSpec], mishaps: list[Mishap]) -> None:
        """Install the machines; what goes wrong is noted in `mishaps`."""
        self._world = world
        self._time = SiteTime(site)
        self._mishaps = mishaps
        self._watched = _watched(site, rules)
        self._installed = {machine.id: self._install(machine, site) for machine in site.equipment}
        self._around: tuple[Instant, Surroundings] | None = None

    def gateway(self, device: SimulatedDevice, points: Sequence[Point], chance: Random) -> Actor:
        """Report points that are due at the same interval, all in one message."""
        interval = points[0].interval_seconds
        yield chance.uniform(0.0, min(interval, 10.0))
        while True:
            now = self._world.now
            values = [self._measure(point, now) for point in points]
            self._world.send(device.readings(now, [point.id for point in points], values))
            yield interval

    def misfortunes(self, chance: Random) -> Actor:
        """Let something fail now and then, the first time soon and visibly."""
        yield chance.uniform(*FIRST_FAULT_SECONDS)
        is_first = True
        while True:
            candidates = self._candidates(at_once=is_first) or self._candidates(at_once=False)
            if candidates:
                is_first = False
                # By code first: twelve pumps and one generator shall be equally often in the news.
                code = chance.choice(sorted({candidate.code for candidate in candidates}))
                chosen = chance.choice([candidate for candidate in candidates if candidate.code == code])
                self._world.join(self._fail(chosen, chance))
            yield chance.uniform(*QUIET_SECONDS)

    def _install(self, machine: Equipment, site: Site) -> Installed:
        points = [point for point in site.points if point.equipment == machine.id]
        model = build_machine(machine, points, self._world.chance(machine.id))
        return Installed(
            equipment=machine,
            machine=model,
            quantities=frozenset(quantity_of(point) for point in points),
            sensors={point.id: Sensor(sensor_range(point)) for point in points},
            moved_at=self._world.now,
            values=model.values(),
        )

    def _measure(self, point: Point, now: Instant) -> float | None:
        installed = self._installed[point.equipment]
        if now > installed.moved_at:
            installed.machine.advance((now - installed.moved_at) / SECOND, self._surroundings(now))
            installed.moved_at = now
            installed.values = installed.machine.values()
        value = installed.sensors[point.id].measure(installed.values[quantity_of(point)], point.interval_seconds)
        return None if value is None else round(value, 2)

    def _surroundings(self, now: Instant) -> Surroundings:
        if self._around is None or self._around[0] != now:
            local = self._time.local(now)
            self._around = (now, surroundings(local, is_worked=self._time.is_worked(local)))
        return self._around[1]

    def _candidates(self, *, at_once: bool) -> list[_Candidate]:
        found = []
        for installed in self._installed.values():
            if installed.machine.fault is None and not any(sensor.fault for sensor in installed.sensors.values()):
                found += [each for each in self._could_fail(installed) if not at_once or _shows_at_once(each)]
        return found

    def _could_fail(self, installed: Installed) -> Iterator[_Candidate]:
        machine = installed.machine
        for fault in machine.faults:
            is_seen = fault.quantity in installed.quantities and self._is_watched(fault.code, installed.sensors)
            if is_seen and machine.is_prone(fault):
                yield _Candidate(installed, fault.code, fault, None)
        for spoiled in SensorFault:
            for point in installed.sensors:
                if self._is_watched(spoiled.value, (point,)):
                    yield _Candidate(installed, spoiled.value, None, point)

    def _is_watched(self, code: str, points: "Mapping[str, Sensor] | Sequence[str]") -> bool:
        return self._watched is None or not self._watched.get(code, frozenset()).isdisjoint(points)

    def _fail(self, chosen: _Candidate, chance: Random) -> Actor:
        now, installed = self._world.now, chosen.installed
        shows_within = SENSOR_SHOWS_SECONDS if chosen.fault is None else chosen.fault.shows_within
        lasts = shows_within + chance.uniform(*REPAIR_SECONDS)
        if chosen.fault is not None:
            installed.machine.begin(chosen.fault)
        elif chosen.point is not None:
            installed.sensors[chosen.point].begin(SensorFault(chosen.code))
        self._mishaps.append(
            Mishap(
                kind=MishapKind.MACHINE_FAULT,
                subject=installed.equipment.id,
                at=now,
                expected_by=now + from_seconds(shows_within),
                over_at=now + from_seconds(lasts),
                fault=chosen.code,
            )
        )
        yield lasts
        installed.machine.mend()
        for sensor in installed.sensors.values():
            sensor.mend()


def _watched(site: Site, rules: Sequence[RuleSpec]) -> Mapping[str, frozenset[str]] | None:
    """The points that rules watch, by fault code; None where there are no rules to go by."""
    if not rules:
        return None
    found: dict[str, set[str]] = {}
    for rule in rules:
        if rule.fault is not None and rule.enabled and rule.site == site.id:
            found.setdefault(rule.fault, set()).update(rule.subjects or (point.id for point in site.points))
    return {code: frozenset(points) for code, points in found.items()}


def _shows_at_once(candidate: _Candidate) -> bool:
    return candidate.fault is not None and candidate.fault.shows_within <= SHOWS_AT_ONCE_SECONDS
