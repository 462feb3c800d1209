"""A small building that lives: guards who walk, people who badge, machines that run, and now and then something wrong.

Works from any site configuration. What it does wrong on purpose it notes in `mishaps`, so that whoever runs it can
hold the alarms against what really happened.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.instant import HOUR, SECOND, Instant, from_seconds
from domain.schedule import due_seconds, starts_between
from domain.site import DeviceKind, Door, Equipment, Point, Site, Tour
from simulators.device import Message, SimulatedDevice
from simulators.world import Actor, World

FIRST_MISHAP_SECONDS: Final = (60.0, 240.0)
"""The first of each kind comes early, so that whoever watches need not wait."""

QUIET_SECONDS: Final = (900.0, 2_400.0)
"""Between two mishaps of a kind: a calm building with a few things happening."""

DEFAULT_HELD_SECONDS: Final = 120.0
HIGH_SECURITY_SECONDS: Final = 30.0
"""How long doors may stay open (domain.md section 4)."""

RESEND_CHANCE: Final = 0.1
"""How often a phone sends a scan twice, because it did not hear the acknowledgement."""


class MishapKind(StrEnum):
    """What the building does wrong on purpose."""

    CHECKPOINT_SKIPPED = "checkpoint_skipped"
    DOOR_FORCED = "door_forced"
    DOOR_HELD = "door_held"
    MACHINE_FAULT = "machine_fault"


class Mishap(Struct, frozen=True, kw_only=True):
    """One thing that went wrong at simulated time `at`; an alarm on `subject` is expected by `expected_by`."""

    kind: MishapKind
    subject: str
    at: Instant
    expected_by: Instant


class Habit(StrEnum):
    """How a guard walks."""

    PUNCTUAL = "punctual"
    FORGETFUL = "forgetful"


class Building:
    """The actors of one site. `speed` of life is the caller's: messages only carry simulated times."""

    def __init__(self, site: Site, start: Instant, seed: int) -> None:
        """Populate the site's tours, doors and machines."""
        self.site = site
        self.world = World(start, seed)
        self.mishaps: list[Mishap] = []
        self._start = start
        boot = f"b{seed}-{start // SECOND}"
        self._devices = {device.id: SimulatedDevice(site.id, device.id, boot) for device in site.devices}
        self._populate()

    def messages(self, until: Instant | None = None) -> Iterator[Message]:
        """Everything the building's devices send, in simulated order."""
        return self.world.run(until)

    def _populate(self) -> None:
        world = self.world
        for speaker in self._devices.values():
            world.join(self._birth(speaker))
        phones = [device.id for device in self.site.devices if device.kind is DeviceKind.PHONE]
        for number, tour in enumerate(self.site.tours if phones else ()):
            habit = Habit.FORGETFUL if number == 0 else Habit.PUNCTUAL
            world.join(self._officer(tour, self._devices[phones[number % len(phones)]], habit))
        for device in self.site.devices:
            doors = [door for door in self.site.doors if door.id in device.doors]
            for door in doors:
                world.join(self._people(door, self._devices[device.id], eventful=door.id == self.site.doors[0].id))
            points = [point for point in self.site.points if point.id in device.points]
            if points:
                world.join(self._gateway(points, self._devices[device.id]))
        if phones:
            world.join(self._dying_phone(self._devices[phones[-1]]))

    def _birth(self, device: SimulatedDevice) -> Actor:
        yield self.world.random.uniform(0.0, 1.0)
        self.world.send(device.status(self.world.now, online=True, battery=None))

    def _officer(self, tour: Tour, phone: SimulatedDevice, habit: Habit) -> Actor:
        """Walk each planned run; a forgetful guard leaves out a stop of the first run, and of every fifth after."""
        world = self.world
        officer = tour.officers[0] if tour.officers else "officer-1"
        battery = 95.0
        for run, start in enumerate(self._run_starts(tour)):
            forgotten = world.random.randrange(len(tour.stops)) if habit is Habit.FORGETFUL and run % 5 == 0 else None
            for index, stop in enumerate(tour.stops):
                due = start + from_seconds(due_seconds(tour, stop))
                arrival = due - from_seconds(world.random.uniform(0.1, 0.5) * min(due_seconds(tour, stop), 60.0))
                if index == forgotten:
                    missed_at = due + from_seconds(tour.grace_seconds)
                    self._note(MishapKind.CHECKPOINT_SKIPPED, f"{tour.id}/{stop.checkpoint}", due, missed_at)
                    continue
                yield max(0.0, (arrival - world.now) / SECOND)
                battery = max(5.0, battery - 0.1)
                scan = phone.scan(world.now, officer, stop.checkpoint, battery=battery)
                world.send(scan)
                if world.random.random() < RESEND_CHANCE:
                    world.send(scan)

    def _run_starts(self, tour: Tour) -> Iterator[Instant]:
        """The starts of the tour after this building came to life, for ever."""
        window = self._start
        while True:
            yield from starts_between(tour, self.site.timezone, window, window + HOUR, self.site.calendar)
            window += HOUR

    def _people(self, door: Door, controller: SimulatedDevice, *, eventful: bool) -> Actor:
        """People come and go; now and then somebody forces the door, or wedges it open: early at the eventful one."""
        world = self.world
        cardholders = [person.id for person in self.site.people] or ["person-1"]
        forced_at = self._first_mishap() if eventful else self._next_mishap()
        held_at = self._first_mishap() if eventful else self._next_mishap()
        while True:
            yield world.random.expovariate(1 / 45.0)
            if world.now >= forced_at:
                yield from self._forced(door, controller)
                forced_at = self._next_mishap()
            elif world.now >= held_at:
                yield from self._pass(door, controller, world.random.choice(cardholders), self._too_long(door))
                held_at = self._next_mishap()
            else:
                yield from self._pass(door, controller, world.random.choice(cardholders), world.random.uniform(3, 12))

    def _pass(self, door: Door, controller: SimulatedDevice, person: str, open_seconds: float) -> Actor:
        world = self.world
        credential = {"kind": "card", "number": f"{sum(person.encode()) * 7919:010d}"}
        world.send(
            controller.access(world.now, door.id, "granted", person=person, direction="in", credential=credential)
        )
        yield world.random.uniform(0.5, 3.0)
        world.send(controller.access(world.now, door.id, "opened"))
        held = from_seconds(self._held_seconds(door))
        if from_seconds(open_seconds) > held:
            self._note(MishapKind.DOOR_HELD, door.id, world.now, world.now + held)
        yield open_seconds
        world.send(controller.access(world.now, door.id, "closed"))

    def _forced(self, door: Door, controller: SimulatedDevice) -> Actor:
        world = self.world
        # Nobody may have been let in shortly before, or it would look like a late entry.
        yield door.grant_seconds + door.entry_seconds + 5.0
        world.send(controller.access(world.now, door.id, "opened"))
        self._note(MishapKind.DOOR_FORCED, door.id, world.now, world.now)
        yield world.random.uniform(5.0, 20.0)
        world.send(controller.access(world.now, door.id, "closed"))

    def _gateway(self, points: Sequence[Point], gateway: SimulatedDevice) -> Actor:
        """Send all points of a gateway in one message, as often as the most impatient one wants."""
        world = self.world
        machines = {machine.id: machine for machine in self.site.equipment}
        models = [PointModel(point, machines[point.equipment], world) for point in points]
        interval = min(point.interval_seconds for point in points)
        faulty = [model for model in models if model.can_fail]
        fault_at = self._first_mishap() if faulty else None
        while True:
            if fault_at is not None and world.now >= fault_at:
                self._fail(world.random.choice(faulty))
                fault_at = self._next_mishap()
            values = [model.value(world.now) for model in models]
            world.send(gateway.readings(world.now, [model.point.id for model in models], values))
            yield interval

    def _fail(self, model: "PointModel") -> None:
        lasts = self.world.random.uniform(240.0, 420.0)
        model.fail_until(self.world.now + from_seconds(lasts))
        self._note(MishapKind.MACHINE_FAULT, model.point.id, self.world.now, self.world.now + from_seconds(60.0))

    def _dying_phone(self, phone: SimulatedDevice) -> Actor:
        """Something on every site sends rubbish now and then; it belongs in quarantine and stops nobody."""
        yield 30.0
        while True:
            self.world.send(phone.garbled(self.world.now, "scan"))
            yield self.world.random.uniform(600.0, 1_200.0)

    def _first_mishap(self) -> Instant:
        return self.world.now + from_seconds(self.world.random.uniform(*FIRST_MISHAP_SECONDS))

    def _next_mishap(self) -> Instant:
        return self.world.now + from_seconds(self.world.random.uniform(*QUIET_SECONDS))

    def _too_long(self, door: Door) -> float:
        return self._held_seconds(door) + self.world.random.uniform(20.0, 90.0)

    @staticmethod
    def _held_seconds(door: Door) -> float:
        if door.high_security and door.held_seconds == DEFAULT_HELD_SECONDS:
            return HIGH_SECURITY_SECONDS
        return door.held_seconds

    def _note(self, kind: MishapKind, subject: str, at: Instant, expected_by: Instant) -> None:
        self.mishaps.append(Mishap(kind=kind, subject=subject, at=at, expected_by=expected_by))


class PointModel:
    """A measured value with simple physics: a working level, slow drift and noise; a fault lets it fall to nothing."""

    LEVELS: Final = {"m3/h": (62.0, 1.5), "A": (21.0, 0.4), "degC": (16.0, 0.3)}
    """Working level and noise (one standard deviation) by unit; a cold room's level is -18 degC."""

    def __init__(self, point: Point, machine: Equipment, world: World) -> None:
        """Start at the working level."""
        self.point = point
        self._world = world
        level, self._noise = self.LEVELS.get(point.unit, (50.0, 1.0))
        self._level = -18.0 if machine.equipment_class == "cold_room" else level
        self._drift = 0.0
        self._failed_until: Instant | None = None

    @property
    def can_fail(self) -> bool:
        """Flow is what fails in this building: a closed suction valve, an air lock."""
        return self.point.unit == "m3/h"

    def fail_until(self, until: Instant) -> None:
        """Let the value collapse until then."""
        self._failed_until = until

    def value(self, now: Instant) -> float:
        """The value now, rounded as sensors do."""
        chance = self._world.random
        self._drift = 0.98 * self._drift + chance.gauss(0.0, self._noise / 4)
        failed = self._failed_until is not None and now < self._failed_until
        level = 2.0 if failed else self._level + self._drift
        return round(level + chance.gauss(0.0, self._noise / 3), 2)
