"""One run of a tour: which visit proves which stop, the verdicts that follow, and the state that follows from these.

Everything here depends on which visits there are and never on the order in which they arrived. Runs pick their visits
as in a stable matching: a visit asks the runs whose window holds it, earliest start first; a stop keeps the earliest
visit that asked, and the one it lets go asks on. The result is the same for every order of asking (Gale and Shapley
1962, theorem 2: preferences are strict), and equals the fold over the visits sorted by (event time, identity), which
stands in the tests as the reference.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.errors import IllegalTransition
from domain.identity import derive_id
from domain.instant import Instant
from domain.schedule import RunWindow
from domain.site import Tour
from domain.text import Text
from domain.tour_run import TOUR_RUN_TABLE, RunStop, StopVerdict, TourRun, TourRunState, TourRunTrigger
from domain.transition import step

PROVEN: Final = (StopVerdict.ON_TIME, StopVerdict.LATE)

_S = TourRunState
_T = TourRunTrigger

# How a run gets from where it stands to where its visits and the clock put it.
_TRIGGERS: Final[Mapping[tuple[TourRunState, TourRunState], tuple[TourRunTrigger, ...]]] = {
    (_S.SCHEDULED, _S.DUE): (_T.OPEN,),
    (_S.SCHEDULED, _S.IN_PROGRESS): (_T.START,),
    (_S.SCHEDULED, _S.COMPLETED): (_T.START, _T.FINISH),
    (_S.SCHEDULED, _S.COMPLETED_LATE): (_T.START, _T.FINISH_LATE),
    (_S.SCHEDULED, _S.INCOMPLETE): (_T.START, _T.EXPIRE),
    (_S.SCHEDULED, _S.MISSED): (_T.OPEN, _T.EXPIRE),
    (_S.DUE, _S.IN_PROGRESS): (_T.START,),
    (_S.DUE, _S.COMPLETED): (_T.START, _T.FINISH),
    (_S.DUE, _S.COMPLETED_LATE): (_T.START, _T.FINISH_LATE),
    (_S.DUE, _S.INCOMPLETE): (_T.START, _T.EXPIRE),
    (_S.DUE, _S.MISSED): (_T.EXPIRE,),
    (_S.IN_PROGRESS, _S.COMPLETED): (_T.FINISH,),
    (_S.IN_PROGRESS, _S.COMPLETED_LATE): (_T.FINISH_LATE,),
    (_S.IN_PROGRESS, _S.INCOMPLETE): (_T.EXPIRE,),
    (_S.MISSED, _S.INCOMPLETE): (_T.CORRECT_INCOMPLETE,),
    (_S.MISSED, _S.COMPLETED): (_T.CORRECT_COMPLETED,),
    (_S.MISSED, _S.COMPLETED_LATE): (_T.CORRECT_LATE,),
    (_S.INCOMPLETE, _S.COMPLETED): (_T.CORRECT_COMPLETED,),
    (_S.INCOMPLETE, _S.COMPLETED_LATE): (_T.CORRECT_LATE,),
    (_S.COMPLETED_LATE, _S.COMPLETED): (_T.CORRECT_COMPLETED,),
}


class Visit(Struct, frozen=True, order=True):
    """A scan of a checkpoint; fields are in the order of the Late law: event time, then identity."""

    at: Instant
    device: str
    boot: str
    number: int
    seq: int
    officer: str
    received_at: Instant


class PlannedRun(Struct, eq=False):
    """A run with what its verdicts rest on: per stop its visit, and whether the clock has judged its absence."""

    run: TourRun
    opens_at: Instant
    visits: list[Visit | None]
    judged: list[bool]


class StopChange(StrEnum):
    """What can be said of a stop of a tour."""

    MISSED = "missed"
    VISITED = "visited"
    CORRECTED = "corrected"


class StopNews(Struct, frozen=True, kw_only=True):
    """News of one stop, from which rules judge; `cause` is the seq of the record that brought it.

    MISSED: nobody came until `at`, when the stop was missed. VISITED: somebody was there at `at`, whatever it counts
    for. CORRECTED: at `at` it became known that the stop said to be missed at `missed_at` had been walked in time.
    """

    change: StopChange
    site: str
    tour: str
    checkpoint: str
    at: Instant
    cause: int
    due_at: Instant = 0
    missed_at: Instant = 0
    correction: Text | None = None


class Placement(NamedTuple):
    """What a visit came to: it is that stop's visit of that run, or (None) of no run."""

    visit: Visit
    planned: PlannedRun | None
    stop: int


def plan_run(site: str, tour: Tour, window: RunWindow, version: int = 1) -> PlannedRun:
    """Make the scheduled run of one start."""
    stops = tuple(
        RunStop(checkpoint=stop.checkpoint, due_at=due, missed_at=missed, verdict=StopVerdict.PENDING)
        for stop, due, missed in zip(tour.stops, window.due_at, window.missed_at, strict=True)
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
    return PlannedRun(run=run, opens_at=window.opens_at, visits=[None for _ in stops], judged=[False for _ in stops])


def stop_of(planned: PlannedRun, checkpoint: str) -> int | None:
    """The place of a checkpoint among the run's stops."""
    for place, stop in enumerate(planned.run.stops):
        if stop.checkpoint == checkpoint:
            return place
    return None


def place_visit(runs: Sequence[PlannedRun], checkpoint: str, visit: Visit) -> list[Placement]:
    """Let a visit ask the runs (sorted by start), and those it displaces ask on; gives where each of them ended."""
    placements = []
    asking: Visit | None = visit
    while asking is not None:
        planned, place = _first_that_takes(runs, checkpoint, asking)
        placements.append(Placement(asking, planned, place))
        if planned is None:
            break
        asking, planned.visits[place] = planned.visits[place], asking
    return placements


def miss_stops(planned: PlannedRun, places: Sequence[int], until: Instant) -> list[int]:
    """Judge the absence at stops that nobody proved and that were missed by `until`; gives the places judged now."""
    now_missed = [
        place
        for place in places
        if verdict(planned, place) is StopVerdict.PENDING and planned.run.stops[place].missed_at <= until
    ]
    for place in now_missed:
        planned.judged[place] = True
    return now_missed


def verdict(planned: PlannedRun, place: int) -> StopVerdict:
    """The judgement on one stop as it follows from its visit and the clock."""
    stop, visit = planned.run.stops[place], planned.visits[place]
    if visit is not None and visit.at <= stop.missed_at:
        return StopVerdict.ON_TIME if visit.at <= stop.due_at else StopVerdict.LATE
    return StopVerdict.MISSED if planned.judged[place] else StopVerdict.PENDING


def advance(planned: PlannedRun, *, opened: bool, corrections: Sequence[Text] = ()) -> TourRun | None:
    """Bring the run up to its visits and the clock; gives it where it changed.

    Raises:
        IllegalTransition: its table knows no such way; nothing was changed.
    """
    run = planned.run
    stops = tuple(_seen_stop(planned, place) for place in range(len(run.stops)))
    state = _walk(run.state, _target(planned, stops, opened=opened))
    if stops == run.stops and state is run.state:
        return None
    planned.run = replace(
        run, stops=stops, state=state, corrections=(*run.corrections, *corrections), version=run.version + 1
    )
    return planned.run


def abandon(planned: PlannedRun, reason: str) -> TourRun:
    """End a run by hand, or because its tour is planned no more.

    Raises:
        IllegalTransition: it is over already.
    """
    run = planned.run
    state = step("tour run", TOUR_RUN_TABLE, run.state, TourRunTrigger.ABANDON)
    planned.run = replace(run, state=state, reason=reason, version=run.version + 1)
    return planned.run


def next_judgement(planned: PlannedRun) -> Instant | None:
    """When the clock next has something to say: the run opens, or a stop nobody proved is missed."""
    run = planned.run
    if run.state is TourRunState.ABANDONED:
        return None
    times = [stop.missed_at for place, stop in enumerate(run.stops) if verdict(planned, place) is StopVerdict.PENDING]
    if run.state is TourRunState.SCHEDULED:
        times.append(run.starts_at)
    return min(times, default=None)


def _first_that_takes(runs: Sequence[PlannedRun], checkpoint: str, visit: Visit) -> tuple[PlannedRun | None, int]:
    """The earliest run that the visit can prove; failing that, the earliest it can still be seen in, after the miss."""
    afterwards: tuple[PlannedRun, int] | None = None
    for planned in runs:
        place = stop_of(planned, checkpoint)
        if place is None or not planned.opens_at <= visit.at <= planned.run.ends_at:
            continue
        held = planned.visits[place]
        if held is not None and held <= visit:
            continue
        if visit.at <= planned.run.stops[place].missed_at:
            return planned, place
        afterwards = afterwards or (planned, place)
    return afterwards or (None, 0)


def _seen_stop(planned: PlannedRun, place: int) -> RunStop:
    stop, visit = planned.run.stops[place], planned.visits[place]
    judged = verdict(planned, place)
    if visit is None:
        return stop if stop.verdict is judged else replace(stop, verdict=judged)
    return replace(
        stop,
        verdict=judged,
        scanned_at=visit.at,
        received_at=visit.received_at,
        officer=visit.officer,
        seq=visit.seq,
    )


def _target(planned: PlannedRun, stops: Sequence[RunStop], *, opened: bool) -> TourRunState:
    """Where the run must stand: a function of verdicts, visits and the clock alone."""
    state = planned.run.state
    verdicts = [stop.verdict for stop in stops]
    visited = any(visit is not None for visit in planned.visits)
    if state is TourRunState.ABANDONED:
        return state
    if all(each in PROVEN for each in verdicts):
        on_time = all(each is StopVerdict.ON_TIME for each in verdicts)
        return TourRunState.COMPLETED if on_time else TourRunState.COMPLETED_LATE
    if StopVerdict.PENDING not in verdicts:
        return TourRunState.INCOMPLETE if visited else TourRunState.MISSED
    if visited:
        return TourRunState.IN_PROGRESS
    return TourRunState.DUE if opened else state


def _walk(state: TourRunState, target: TourRunState) -> TourRunState:
    if state is target:
        return state
    triggers = _TRIGGERS.get((state, target))
    if triggers is None:
        raise IllegalTransition("tour run", state, f"to {target}", ())
    for trigger in triggers:
        state = step("tour run", TOUR_RUN_TABLE, state, trigger)
    return state
