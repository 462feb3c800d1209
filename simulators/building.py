"""A building that lives: officers walk, people come and go, machines run, and now and then something goes wrong.

Works from any site configuration, seeded: the same seed and start give the same life. What it does wrong on purpose it
notes in `mishaps`, so that whoever runs it can hold the alarms against what really happened.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from domain.configuration import RuleSpec
from domain.instant import SECOND, Instant
from domain.site import DeviceKind, Site
from simulators.device import Message, SimulatedDevice
from simulators.mishap import Mishap
from simulators.passing import Doors, Leaf
from simulators.patrolling import Patrol
from simulators.plant import Plant
from simulators.world import Actor, World

HEARTBEAT_PART: Final = 3.0
"""A device that is waited for says that it lives this often within its time."""


class Building:
    """The actors of one site. `speed` of life is the caller's: messages only carry simulated times."""

    def __init__(
        self, site: Site, start: Instant, seed: int, rules: Sequence[RuleSpec] = (), *, boot: str | None = None
    ) -> None:
        """Populate the site; with `rules` its machines fail only as these watch for.

        `boot` names this run of the devices' counters; without one, the same seed and start are the same run.
        """
        self.site = site
        self.world = World(start, seed)
        self.mishaps: list[Mishap] = []
        self._start = start
        counter = boot if boot is not None else f"b{seed}-{start // SECOND}"
        self._devices = {device.id: SimulatedDevice(site.id, device.id, counter) for device in site.devices}
        self._populate(rules)

    def messages(self, until: Instant | None = None) -> Iterator[Message]:
        """Everything the building's devices send, in simulated order."""
        return self.world.run(until)

    def _populate(self, rules: Sequence[RuleSpec]) -> None:
        world = self.world
        for device in self.site.devices:
            world.join(self._heartbeat(self._devices[device.id], device.report_seconds))
        self._populate_tours()
        leaves = [
            Leaf(door, self._devices[device.id], world, self.mishaps)
            for device in self.site.devices
            for door in self.site.doors
            if door.id in device.doors
        ]
        Doors(self.site, world, leaves).populate()
        self._populate_plant(rules)

    def _populate_tours(self) -> None:
        phones = [device.id for device in self.site.devices if device.kind is DeviceKind.PHONE]
        if not phones:
            return
        for number, tour in enumerate(self.site.tours):
            patrol = Patrol(self.site, tour, self.world, self._start, self.mishaps)
            phone = self._devices[phones[number % len(phones)]]
            self.world.join(patrol.officer(phone, self.world.chance(tour.id), forgetful=number % 3 == 0))
        self.world.join(self._dying_phone(self._devices[phones[-1]]))

    def _populate_plant(self, rules: Sequence[RuleSpec]) -> None:
        plant = Plant(self.site, self.world, rules, self.mishaps)
        known = {point.id: point for point in self.site.points}
        for device in self.site.devices:
            points = sorted((known[point] for point in device.points), key=lambda point: point.interval_seconds)
            for interval, same in groupby(points, key=lambda point: point.interval_seconds):
                chance = self.world.chance(f"{device.id}/{interval:g}")
                self.world.join(plant.gateway(self._devices[device.id], list(same), chance))
        if known:
            self.world.join(plant.misfortunes(self.world.chance("machine_fault")))

    def _heartbeat(self, device: SimulatedDevice, report_seconds: float | None) -> Actor:
        """Say that it is there, once, and again and again where somebody waits for it."""
        yield self.world.chance(device.device).uniform(0.0, 1.0)
        while True:
            self.world.send(device.status(self.world.now, online=True, battery=None))
            if report_seconds is None:
                return
            yield report_seconds / HEARTBEAT_PART

    def _dying_phone(self, phone: SimulatedDevice) -> Actor:
        """Something on every site sends rubbish now and then; it belongs in quarantine and stops nobody."""
        chance = self.world.chance("dying phone")
        yield 30.0
        while True:
            self.world.send(phone.garbled(self.world.now, "scan"))
            yield chance.uniform(1_800.0, 5_400.0)
