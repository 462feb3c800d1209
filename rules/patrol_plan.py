"""What a run is judged by: its plan, the visits in its window, and what was made of them so far."""

from bisect import bisect_left, insort
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.fraud import FraudMark
from domain.identity import derive_id
from domain.instant import Duration, Instant, from_seconds
from domain.observations import ScanMethod
from domain.schedule import RunWindow, drawn_order
from domain.site import Tour, TourOrder
from domain.tour_run import Handover, RunStop, ScanFlag, StopVerdict, TourRun, TourRunState

CANDIDATES: Final = 4
"""How many visits of one stop by one officer a run looks at, of those too early, in time and too late: each run whose
window overlaps may take one of them. What comes after these is a repetition in any case, and costs no fold."""


class Visit(Struct, frozen=True, order=True):
    """A scan of a checkpoint; fields are in the order of the Late law: event time, then identity."""

    at: Instant
    device: str
    boot: str
    number: int
    seq: int
    officer: str
    received_at: Instant
    checkpoint: str
    method: ScanMethod = ScanMethod.NFC
    flags: tuple[ScanFlag, ...] = ()


class StopPlan(Struct, frozen=True, array_like=True):
    """When a stop may be scanned, beyond what the run shows: 0 where nothing is asked."""

    not_before: Instant
    leg_min: Duration
    leg_max: Duration
    dwell: Duration


class PlannedRun(Struct, eq=False, kw_only=True, dict=True):
    """A run with all that its verdicts rest on. It keeps its plan when the configuration changes.

    `visits` are those in its window at its checkpoints, ascending, and `said` what was told of each of them as one of
    this run (pending: nothing). Per stop: the visit `chosen` for it, what `deviations` it shows, how long the `legs` to
    it took, whether the clock has `judged` its absence, and its fraud `marks`; `own_marks` are the run's. `usual` are
    limits of legs, frozen at its start, and `learned` says that its own legs were taken down. `tardy_at` is when an
    unbegun run was begun late, `longest` the longest duration (0: any). `unbegun` says that rules were told that nobody
    had begun it, and `held` are the places whose misses they are told of only if somebody does, and then at `tell_at`.
    """

    run: TourRun
    opens_at: Instant
    tardy_at: Instant
    longest: Duration
    order: TourOrder
    officers: tuple[str, ...]
    plan: tuple[StopPlan, ...]
    chosen: list[Visit | None]
    judged: list[bool]
    deviations: list[tuple[StopVerdict, ...]]
    legs: list[Duration | None]
    marks: list[tuple[FraudMark, ...]]
    own_marks: tuple[FraudMark, ...] = ()
    usual: dict[str, float] = {}
    learned: bool = False
    visits: list[Visit] = []
    said: list[StopVerdict] = []
    unbegun: bool = False
    held: list[int] = []
    tell_at: Instant | None = None

    @property
    def begun_by(self) -> Instant:
        """The last time to begin it."""
        return min(self.tardy_at, self.run.ends_at)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each checkpoint among the run's stops."""
        return {stop.checkpoint: place for place, stop in enumerate(self.run.stops)}

    @cached_property
    def alike(self) -> dict[tuple[str, str, int], list[Visit]]:
        """The first few visits of each stop, officer and time, ascending."""
        found: dict[tuple[str, str, int], list[Visit]] = {}
        for visit in self.visits:
            few = found.setdefault(self._likeness(visit), [])
            if len(few) < CANDIDATES:
                few.append(visit)
        return found

    @cached_property
    def candidates(self) -> list[Visit]:
        """The visits that the fold looks at: those in `alike`, ascending."""
        return sorted(visit for few in self.alike.values() for visit in few)

    def take(self, visit: Visit) -> bool:
        """Keep a visit of this run's window; gives whether the fold has to look at it."""
        candidates, few = self.candidates, self.alike.setdefault(self._likeness(visit), [])
        place = bisect_left(self.visits, visit)
        self.visits.insert(place, visit)
        self.said.insert(place, StopVerdict.PENDING)
        if len(few) >= CANDIDATES:
            if visit > few[-1]:
                return False
            candidates.remove(few.pop())
        insort(few, visit)
        insort(candidates, visit)
        return True

    def place_of(self, visit: Visit) -> int | None:
        """Where a visit stands among those of this run, if it does."""
        place = bisect_left(self.visits, visit)
        return place if place < len(self.visits) and self.visits[place].seq == visit.seq else None

    def _likeness(self, visit: Visit) -> tuple[str, str, int]:
        """Stop, officer, and whether it was too early, in time or too late."""
        place = self.places[visit.checkpoint]
        time = (visit.at >= self.plan[place].not_before) + (visit.at > self.run.stops[place].missed_at)
        return visit.checkpoint, visit.officer, time

    def holds(self, at: Instant) -> bool:
        """Tell whether a scan made then falls into this run's window."""
        return self.opens_at <= at <= self.run.ends_at

    def permits(self, visit: Visit) -> bool:
        """Tell whether the officer of this visit may walk the run."""
        return not self.officers or self.names(visit)

    def names(self, visit: Visit) -> bool:
        """Tell whether the run is expressly this visit's officer's, by plan or because it was handed over before.

        What was received before the handover was made before it, whatever the device's clock says: a handover never
        changes what has been said of a scan.
        """
        if visit.officer in self.officers:
            return True
        return any(
            handed.officer == visit.officer and handed.at <= visit.at and handed.at < visit.received_at
            for handed in self.run.handovers
        )


def plan_run(site: str, tour: Tour, window: RunWindow, version: int = 1) -> PlannedRun:
    """Make the scheduled run of one start. In a random order checkpoints and dwells are dealt out to the places."""
    places = list(range(len(tour.stops)))
    drawn = drawn_order(tour, window.starts_at) if tour.order is TourOrder.RANDOM else places
    stops = tuple(
        RunStop(checkpoint=tour.stops[dealt].checkpoint, due_at=due, missed_at=missed, verdict=StopVerdict.PENDING)
        for dealt, due, missed in zip(drawn, window.due_at, window.missed_at, strict=True)
    )
    plan = tuple(
        StopPlan(
            not_before=window.not_before[place],
            leg_min=from_seconds(tour.stops[place].leg_min_seconds or 0.0),
            leg_max=from_seconds(tour.stops[place].leg_max_seconds or 0.0),
            dwell=from_seconds(tour.stops[drawn[place]].dwell_seconds),
        )
        for place in places
    )
    run = TourRun(
        id=derive_id("run", site, tour.id, window.starts_at),
        site=site,
        tour=tour.id,
        name=tour.name,
        state=TourRunState.SCHEDULED,
        starts_at=window.starts_at,
        ends_at=window.closes_at - 1,
        stops=stops,
        version=version,
    )
    return PlannedRun(
        run=run,
        opens_at=window.opens_at,
        tardy_at=window.starts_at + from_seconds(tour.start_window_seconds + tour.start_grace_seconds),
        longest=from_seconds(tour.maximum_seconds or 0.0),
        order=tour.order,
        officers=tour.officers,
        plan=plan,
        chosen=[None for _ in stops],
        judged=[False for _ in stops],
        deviations=[() for _ in stops],
        legs=[None for _ in stops],
        marks=[() for _ in stops],
    )


def handed_over(run: TourRun, handover: Handover) -> TourRun:
    """The run with one more officer who may walk it from then on."""
    return replace(run, handovers=(*run.handovers, handover), version=run.version + 1)
