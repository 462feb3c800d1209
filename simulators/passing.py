"""People at doors: when they come, have lunch and go home, how a door opens and closes, and what is done to doors."""

from collections.abc import Sequence
from random import Random
from typing import Final
from zlib import crc32

from domain.instant import SECOND, Duration, Instant, from_seconds
from domain.site import Door, Person, PersonRole, Site
from simulators.device import SimulatedDevice
from simulators.mishap import Mishap, MishapKind
from simulators.site_time import SiteTime
from simulators.world import Actor, World

DEFAULT_HELD_SECONDS: Final = 120.0
HIGH_SECURITY_SECONDS: Final = 30.0
"""How long doors may stay open (domain.md section 4)."""

DELIVERY_HELD_SECONDS: Final = 300.0
"""A door that may stay open for this long or longer is there for goods."""

_FIRST_MISHAP_SECONDS: Final = {
    MishapKind.DOOR_FORCED: (60.0, 240.0),
    MishapKind.DOOR_HELD: (60.0, 240.0),
    MishapKind.DENIED_BURST: (360.0, 720.0),
}
"""The first of each kind comes early, so that whoever watches need not wait."""

QUIET_SECONDS: Final = (3_600.0, 10_800.0)
"""Between two mishaps of a kind."""

_ANNOUNCED_SECONDS: Final = 3.0

_DENIED_CHANCE: Final = 0.01
"""A card held the wrong way, or of somebody who left the company."""


class Leaf:
    """A door as people find it: one passes after the other, and each opening ends before the next begins."""

    def __init__(self, door: Door, controller: SimulatedDevice, world: World, mishaps: list[Mishap]) -> None:
        """Begin closed."""
        self.door = door
        self._controller = controller
        self._world = world
        self._mishaps = mishaps
        self._free_at = world.now + from_seconds(_ANNOUNCED_SECONDS)
        # A door that was opened without a grant may not have had one shortly before.
        self._grant_ends = from_seconds(door.grant_seconds + door.entry_seconds + 5.0)

    @property
    def held_seconds(self) -> float:
        """How long it may stay open."""
        if self.door.high_security and self.door.held_seconds == DEFAULT_HELD_SECONDS:
            return HIGH_SECURITY_SECONDS
        return self.door.held_seconds

    def announce(self, chance: Random) -> Actor:
        """Controllers say how their doors stand when they begin."""
        yield chance.uniform(1.0, _ANNOUNCED_SECONDS)
        self._say("closed")

    def pass_through(self, person: str, chance: Random, *, leaving: bool, open_seconds: float) -> Actor:
        """Come through with a card, or out with the exit button; wait until those before have passed."""
        reaction = chance.uniform(0.5, 2.5)
        yield self._wait_turn(from_seconds(reaction + open_seconds + 1.0))
        if leaving:
            self._say("exit_request")
        else:
            credential = {"kind": "card", "number": f"{crc32(person.encode()):010d}"}
            if chance.random() < _DENIED_CHANCE:
                self._say("denied", reason="unreadable", direction="in", credential=credential)
                return
            self._say("granted", person=person, direction="in", credential=credential)
        yield reaction
        self._say("opened")
        if open_seconds > self.held_seconds:
            held = from_seconds(self.held_seconds)
            self._note(MishapKind.DOOR_HELD, self._world.now + held, self._world.now + from_seconds(open_seconds))
        yield open_seconds
        self._say("closed")

    def force(self, chance: Random) -> Actor:
        """Break in: opened with no grant before it."""
        lasts = chance.uniform(5.0, 20.0)
        yield self._wait_turn(self._grant_ends + from_seconds(lasts + 1.0)) + self._grant_ends / SECOND
        self._say("opened")
        self._note(MishapKind.DOOR_FORCED, self._world.now, self._world.now + from_seconds(lasts))
        yield lasts
        self._say("closed")

    def try_in_vain(self, chance: Random) -> Actor:
        """Somebody tries a card that nobody knows, again and again."""
        tries, pause = chance.randint(5, 8), chance.uniform(3.0, 9.0)
        credential = {"kind": "card", "number": f"{chance.randrange(10**9):010d}"}
        fifth, last = (from_seconds(pause * (number - 1)) for number in (5, tries))
        self._note(MishapKind.DENIED_BURST, self._world.now + fifth, self._world.now + last)
        for number in range(tries):
            if number:
                yield pause
            self._say("denied", reason="unknown_credential", direction="in", credential=credential)

    def _wait_turn(self, takes: Duration) -> float:
        begins = max(self._world.now, self._free_at)
        self._free_at = begins + takes
        return (begins - self._world.now) / SECOND

    def _say(self, event: str, **details: object) -> None:
        self._world.send(self._controller.access(self._world.now, self.door.id, event, **details))

    def _note(self, kind: MishapKind, expected_by: Instant, over_at: Instant) -> None:
        self._mishaps.append(
            Mishap(kind=kind, subject=self.door.id, at=self._world.now, expected_by=expected_by, over_at=over_at)
        )


class Doors:
    """All doors of a site that a controller reports, and everybody who uses them."""

    def __init__(self, site: Site, world: World, leaves: Sequence[Leaf]) -> None:
        """Sort the doors by what they are for."""
        self._world = world
        self._time = SiteTime(site)
        self._people = site.people
        self._leaves = leaves
        ordinary = [leaf for leaf in leaves if not leaf.door.high_security]
        self._delivery = [leaf for leaf in ordinary if leaf.held_seconds >= DELIVERY_HELD_SECONDS]
        daily = [leaf for leaf in ordinary if leaf not in self._delivery] or list(leaves)
        self._ways_in = [leaf for leaf in daily if leaf.door.leads_to is None] or daily
        self._inner = [leaf for leaf in daily if leaf not in self._ways_in] or daily

    def populate(self) -> None:
        """Let everybody live."""
        world = self._world
        if not self._leaves:
            return
        for leaf in self._leaves:
            world.join(leaf.announce(world.chance(f"announce/{leaf.door.id}")))
        staff = [person for person in self._people if person.role is PersonRole.ENGINEER]
        for person in self._people:
            if person.role is PersonRole.CARDHOLDER:
                world.join(self._cardholder(person, world.chance(person.id)))
            elif person.role is PersonRole.VISITOR:
                world.join(self._visitor(person, world.chance(person.id)))
        for person in staff:
            world.join(self._engineer(person, world.chance(person.id)))
        for leaf in self._delivery:
            world.join(self._deliveries(leaf, world.chance(f"delivery/{leaf.door.id}")))
        for kind, first in _FIRST_MISHAP_SECONDS.items():
            world.join(self._misfortunes(kind, first, world.chance(kind.value)))

    def _cardholder(self, person: Person, chance: Random) -> Actor:
        """A day at the office: in, to the desk, now and then elsewhere, lunch, home."""
        way_in = chance.choice(self._ways_in)
        desk = chance.choice(self._inner)
        while True:
            if not self._works_today():
                yield self._until_tomorrow()
                continue
            comes, goes = chance.gauss(8.7, 0.5), chance.gauss(18.0, 0.7)
            errands = sorted(chance.uniform(comes + 0.3, goes) for _ in range(chance.randrange(2, 6)))
            lunch = chance.gauss(12.1, 0.3)
            day = [(comes, way_in, False), (comes + chance.uniform(0.03, 0.1), desk, False)]
            day += [(hour, chance.choice(self._inner), chance.random() < 0.4) for hour in errands]  # noqa: PLR2004
            day += [(lunch, desk, True), (lunch + 0.6, desk, False), (goes, desk, True), (goes + 0.05, way_in, True)]
            for hour, leaf, leaving in sorted(day, key=lambda move: move[0]):
                wait = self._seconds_until(hour)
                if wait is not None:
                    yield wait
                    yield from self._pass(leaf, person, chance, leaving=leaving)
            yield self._until_tomorrow()

    def _visitor(self, person: Person, chance: Random) -> Actor:
        """A card that visitors use in turn, two or three times a day."""
        while True:
            for hour in sorted(chance.uniform(9.0, 16.5) for _ in range(chance.randrange(1, 4))):
                wait = self._seconds_until(hour)
                if wait is not None and self._works_today():
                    yield wait
                    yield from self._pass(chance.choice(self._ways_in), person, chance, leaving=False)
            yield self._until_tomorrow()

    def _engineer(self, person: Person, chance: Random) -> Actor:
        """Looks after plant and technical rooms, day and night."""
        while True:
            yield chance.expovariate(1 / 2_400.0)
            yield from self._pass(chance.choice(self._leaves), person, chance, leaving=False)

    def _deliveries(self, leaf: Leaf, chance: Random) -> Actor:
        """A lorry stands in the gate for some minutes; the gate may stay open for as long as that."""
        while True:
            for hour in sorted(chance.uniform(6.5, 16.5) for _ in range(5)):
                wait = self._seconds_until(hour)
                if wait is not None and self._works_today():
                    yield wait
                    lasts = leaf.held_seconds * chance.uniform(0.2, 0.8)
                    yield from leaf.pass_through("delivery", chance, leaving=True, open_seconds=lasts)
            yield self._until_tomorrow()

    def _misfortunes(self, kind: MishapKind, first: tuple[float, float], chance: Random) -> Actor:
        """Now and then a door is forced, wedged open, or tried in vain."""
        yield chance.uniform(*first)
        people = [person.id for person in self._people] or ["person-1"]
        while True:
            leaf = chance.choice(self._leaves)
            if kind is MishapKind.DOOR_FORCED:
                yield from leaf.force(chance)
            elif kind is MishapKind.DENIED_BURST:
                yield from leaf.try_in_vain(chance)
            else:
                too_long = leaf.held_seconds + chance.uniform(20.0, 240.0)
                yield from leaf.pass_through(chance.choice(people), chance, leaving=True, open_seconds=too_long)
            yield chance.uniform(*QUIET_SECONDS)

    def _pass(self, leaf: Leaf, person: Person, chance: Random, *, leaving: bool) -> Actor:
        open_seconds = min(chance.uniform(3.0, 9.0), 0.5 * leaf.held_seconds)
        yield from leaf.pass_through(person.id, chance, leaving=leaving, open_seconds=open_seconds)

    def _works_today(self) -> bool:
        return self._time.works_at(self._world.now)

    def _seconds_until(self, hour: float) -> float | None:
        return self._time.seconds_until(self._world.now, hour)

    def _until_tomorrow(self) -> float:
        return self._time.seconds_to_midnight(self._world.now)
