"""One run of a tour: the state and the verdicts that follow from what the fold and the clock have found.

Everything here depends on which visits there are and never on the order in which they arrived.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from domain.errors import IllegalTransition
from domain.fraud import FraudSettings, run_score
from domain.instant import Instant, to_seconds
from domain.text import Text
from domain.tour_run import TOUR_RUN_TABLE, RunStop, StopVerdict, TourRun, TourRunState, TourRunTrigger
from domain.transition import step
from rules.patrol_fold import shown
from rules.patrol_plan import PlannedRun

_USUAL: Final = FraudSettings()

UNPROVEN: Final = (StopVerdict.PENDING, StopVerdict.MISSED)

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
    (_S.COMPLETED, _S.COMPLETED_LATE): (_T.CORRECT_LATE,),
}


def miss_stops(planned: PlannedRun, places: Sequence[int], until: Instant) -> list[int]:
    """Judge the absence at stops that nobody proved and that were missed by `until`; gives the places judged now."""
    stops = planned.run.stops
    now_missed = [
        place
        for place in places
        if not planned.judged[place] and stops[place].missed_at <= until and not is_proven(planned, place)
    ]
    for place in now_missed:
        planned.judged[place] = True
    return now_missed


def is_proven(planned: PlannedRun, place: int) -> bool:
    """Tell whether somebody was at a stop before it was missed."""
    visit = planned.chosen[place]
    return visit is not None and visit.at <= planned.run.stops[place].missed_at


def verdict(planned: PlannedRun, place: int) -> StopVerdict:
    """The judgement on one stop as it follows from its visit and the clock."""
    if is_proven(planned, place):
        return shown(planned.deviations[place])
    return StopVerdict.MISSED if planned.judged[place] else StopVerdict.PENDING


def advance(
    planned: PlannedRun,
    at: Instant,
    *,
    opened: bool,
    corrections: Sequence[Text] = (),
    settings: FraudSettings = _USUAL,
) -> TourRun | None:
    """Bring the run up to its visits and the clock, which has come to `at`; gives it where it changed.

    Raises:
        IllegalTransition: its table knows no such way; nothing was changed.
    """
    run = planned.run
    stops = tuple(_seen_stop(planned, place) for place in range(len(run.stops)))
    begun_at = min((visit.at for visit in planned.chosen if visit is not None), default=None)
    state = _walk(run.state, _target(planned, stops, opened=opened))
    tardy = _is_tardy(planned, begun_at, state, at) or (begun_at is None and run.tardy)
    if stops == run.stops and (state, begun_at, tardy) == (run.state, run.begun_at, run.tardy):
        return None
    planned.run = replace(
        run,
        stops=stops,
        state=state,
        begun_at=begun_at,
        tardy=tardy,
        suspicion=run_score(planned.marks, planned.own_marks, settings),
        marks=planned.own_marks,
        corrections=(*run.corrections, *corrections),
        version=run.version + 1,
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
    """When the clock next has something to say: the run opens, is begun late, or a stop nobody proved is missed."""
    run = planned.run
    if run.state is TourRunState.ABANDONED:
        return None
    times = [
        stop.missed_at
        for stop, visit, judged in zip(run.stops, planned.chosen, planned.judged, strict=True)
        if not judged and (visit is None or visit.at > stop.missed_at)
    ]
    if run.state is TourRunState.SCHEDULED:
        times.append(run.starts_at)
    if run.begun_at is None and not run.tardy and times and planned.tardy_at <= run.ends_at:
        times.append(planned.tardy_at)
    return min(times, default=None)


def _is_tardy(planned: PlannedRun, begun_at: Instant | None, state: TourRunState, now: Instant) -> bool:
    """Begun late, or not begun by the time for it; a run that was over before then is missed and no more."""
    if begun_at is not None:
        return begun_at > planned.tardy_at
    return state is not TourRunState.SCHEDULED and planned.tardy_at <= min(now, planned.run.ends_at)


def _seen_stop(planned: PlannedRun, place: int) -> RunStop:
    stop, visit = planned.run.stops[place], planned.chosen[place]
    judged = verdict(planned, place)
    if visit is None:
        return stop if stop.verdict is judged else replace(stop, verdict=judged)
    leg = planned.legs[place]
    leg_seconds = None if leg is None else round(to_seconds(leg), 3)
    before = (stop.verdict, stop.seq, stop.deviations, stop.leg_seconds, stop.marks)
    if before == (judged, visit.seq, planned.deviations[place], leg_seconds, planned.marks[place]):
        return stop
    return replace(
        stop,
        verdict=judged,
        scanned_at=visit.at,
        received_at=visit.received_at,
        officer=visit.officer,
        seq=visit.seq,
        deviations=planned.deviations[place],
        leg_seconds=leg_seconds,
        marks=planned.marks[place],
    )


def _target(planned: PlannedRun, stops: Sequence[RunStop], *, opened: bool) -> TourRunState:
    """Where the run must stand: a function of verdicts, visits and the clock alone."""
    state = planned.run.state
    if state is TourRunState.ABANDONED:
        return state
    visited = any(visit is not None for visit in planned.chosen)
    if all(stop.verdict not in UNPROVEN for stop in stops):
        return TourRunState.COMPLETED_LATE if _is_late(planned, stops) else TourRunState.COMPLETED
    if all(stop.verdict is not StopVerdict.PENDING for stop in stops):
        return TourRunState.INCOMPLETE if visited else TourRunState.MISSED
    if visited:
        return TourRunState.IN_PROGRESS
    return TourRunState.DUE if opened else state


def _is_late(planned: PlannedRun, stops: Sequence[RunStop]) -> bool:
    """A stop was late, or the walk took longer than it may."""
    if any(StopVerdict.LATE in stop.deviations for stop in stops):
        return True
    times = [visit.at for visit in planned.chosen if visit is not None]
    return 0 < planned.longest < max(times) - min(times)


def _walk(state: TourRunState, target: TourRunState) -> TourRunState:
    if state is target:
        return state
    triggers = _TRIGGERS.get((state, target))
    if triggers is None:
        raise IllegalTransition("tour run", state, f"to {target}", ())
    for trigger in triggers:
        state = step("tour run", TOUR_RUN_TABLE, state, trigger)
    return state
