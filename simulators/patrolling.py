"""Officers who walk tours: punctual, hurried or forgetful."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from random import Random
from typing import Final

from domain.instant import HOUR, SECOND, Instant
from domain.schedule import RunWindow, drawn_order, run_window, starts_between
from domain.site import Site, Tour, TourOrder
from simulators.device import SimulatedDevice
from simulators.mishap import Mishap, MishapKind
from simulators.site_time import SiteTime
from simulators.world import Actor, World

RESEND_CHANCE: Final = 0.1
"""How often a phone sends a scan twice, because it did not hear the acknowledgement."""

LONGEST_WALK_SECONDS: Final = 120.0

FORGETS: Final = 5
"""A forgetful officer leaves out a stop of the first run seen, and of every fifth after."""


class Habit(StrEnum):
    """How somebody walks."""

    PUNCTUAL = "punctual"
    HURRIED = "hurried"
    FORGETFUL = "forgetful"


_LEAD: Final = {Habit.PUNCTUAL: (0.1, 0.4), Habit.HURRIED: (0.4, 0.8), Habit.FORGETFUL: (0.05, 0.5)}
"""How long before a stop is due the officer is there, in parts of the walk from the stop before."""


class Patrol:
    """One tour and whoever walks it."""

    def __init__(self, site: Site, tour: Tour, world: World, start: Instant, mishaps: list[Mishap]) -> None:
        """Know the tour; `start` is when this building came to life."""
        self._site = site
        self._tour = tour
        self._world = world
        self._start = start
        self._mishaps = mishaps
        self._time = SiteTime(site)

    def officer(self, phone: SimulatedDevice, chance: Random, *, forgetful: bool) -> Actor:
        """Walk each planned run; where the tour's walkers are `forgetful`, somebody leaves out a stop now and then."""
        world, tour = self._world, self._tour
        battery = 95.0
        for run, start in enumerate(self._run_starts()):
            habit = Habit.FORGETFUL if forgetful else chance.choice((Habit.PUNCTUAL, Habit.HURRIED))
            skips = habit is Habit.FORGETFUL and run % FORGETS == 0
            # Of the first run an early one, so that whoever watches need not wait.
            among = (len(tour.stops) + 1) // 2 if run == 0 else len(tour.stops)
            forgotten = chance.randrange(among) if skips else None
            window = run_window(tour, self._site.timezone, start, self._site.calendar)
            order = drawn_order(tour, start) if tour.order is TourOrder.RANDOM else range(len(tour.stops))
            for index, arrival in enumerate(self._arrivals(window, habit, chance)):
                stop = tour.stops[order[index]]
                if index == forgotten:
                    self._forget(stop.checkpoint, window.due_at[index], window.missed_at[index])
                    continue
                yield max(0.0, (arrival - world.now) / SECOND)
                battery = max(15.0, battery - 0.1)
                scan = phone.scan(world.now, self._on_duty(start), stop.checkpoint, battery=battery)
                world.send(scan)
                if chance.random() < RESEND_CHANCE:
                    world.send(scan)

    def _arrivals(self, window: RunWindow, habit: Habit, chance: Random) -> Sequence[Instant]:
        """When the officer is at each stop: in order, each before it is due and not before it may be scanned."""
        found, before = [], window.starts_at
        for due, not_before in zip(window.due_at, window.not_before, strict=True):
            walk = min(max((due - before) / SECOND, 1.0), LONGEST_WALK_SECONDS)
            arrival = due - round(walk * chance.uniform(*_LEAD[habit]) * SECOND)
            found.append(min(due, max(arrival, not_before)))
            before = due
        return found

    def _on_duty(self, at: Instant) -> str:
        """Whose shift it is: those who may walk the tour share the day evenly, the first from midnight."""
        officers = self._tour.officers or ("officer-1",)
        hour = self._time.local(at).hour
        return officers[hour * len(officers) // 24]

    def _run_starts(self) -> Iterator[Instant]:
        """The starts of the tour after this building came to life, for ever."""
        window = self._start
        while True:
            yield from starts_between(self._tour, self._site.timezone, window, window + HOUR, self._site.calendar)
            window += HOUR

    def _forget(self, checkpoint: str, due: Instant, missed_at: Instant) -> None:
        self._mishaps.append(
            Mishap(
                kind=MishapKind.CHECKPOINT_SKIPPED,
                subject=f"{self._tour.id}/{checkpoint}",
                at=due,
                expected_by=missed_at,
                over_at=missed_at,
            )
        )
