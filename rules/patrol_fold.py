"""One run's visits, folded in the order of the Late law: which of them proves which stop, and what each counts as.

The fold looks at all visits of the run's window at once, sorted by (event time, identity), so nothing depends on when
they arrived. Per stop the best visit counts: one in time by somebody who may walk the tour, else an early one, else one
by somebody else, else one after the miss, which is shown and proves nothing; of equals the first. A visit that comes
later can so only improve what a stop has.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from domain.instant import LATEST, Duration, Instant
from domain.site import TourOrder
from domain.tour_run import StopVerdict
from rules.patrol_plan import PlannedRun, StopPlan, Visit

_V = StopVerdict

IN_TIME: Final = 0
EARLY: Final = 1
BY_SOMEBODY_ELSE: Final = 2
AFTERWARDS: Final = 3
_NOBODY: Final = 4

UNCHOSEN: Final = (_V.DUPLICATE, _V.EARLY, _V.WRONG_OFFICER, _V.DUPLICATE)
"""What a visit counts as, by its rank, where another is chosen for its stop."""

PRECEDENCE: Final = (_V.WRONG_OFFICER, _V.LATE, _V.EARLY, _V.OUT_OF_ORDER, _V.TOO_FAST, _V.TOO_SLOW)
"""Which deviation a stop shows first."""


class Fold(NamedTuple):
    """Per stop the chosen visit, its deviations and the leg to it; and what each visit looked at counts as."""

    chosen: list[Visit | None]
    deviations: list[tuple[StopVerdict, ...]]
    legs: list[Duration | None]
    counted: list[StopVerdict]


def fold(planned: PlannedRun, visits: Sequence[Visit], seen_until: Instant = LATEST) -> Fold:
    """Judge the visits that no earlier run has taken; from `seen_until` on the next run shows what proves nothing."""
    stops, plan = planned.run.stops, planned.plan
    places = planned.places
    chosen: list[Visit | None] = [None] * len(stops)
    best = [_NOBODY] * len(stops)
    ranks = []
    for visit in visits:
        place = places[visit.checkpoint]
        rank = _rank(planned, plan[place], stops[place].missed_at, visit)
        ranks.append(rank)
        if rank < best[place] and not (rank == AFTERWARDS and visit.at >= seen_until):
            chosen[place], best[place] = visit, rank
    deviations: list[tuple[StopVerdict, ...]] = [()] * len(stops)
    legs: list[Duration | None] = [None] * len(stops)
    before: tuple[int, Visit] | None = None
    furthest = -1
    for place, visit in _walked(chosen):
        found = _about_time(best[place], visit, stops[place].due_at)
        if planned.order is not TourOrder.ANY and place < furthest:
            found.append(_V.OUT_OF_ORDER)
        furthest = max(furthest, place)
        if before is not None and before[1].officer == visit.officer:
            legs[place] = visit.at - before[1].at
            found += _about_leg(planned, before[0], place, visit.at - before[1].at)
        before = (place, visit)
        deviations[place] = tuple(found)
    taken = {visit.seq: place for place, visit in enumerate(chosen) if visit is not None}
    counted = [
        shown(deviations[taken[visit.seq]]) if visit.seq in taken else UNCHOSEN[rank]
        for visit, rank in zip(visits, ranks, strict=True)
    ]
    return Fold(chosen, deviations, legs, counted)


def unchosen(planned: PlannedRun, visit: Visit) -> StopVerdict:
    """What a visit counts as in a run that has chosen another for its stop."""
    place = planned.places[visit.checkpoint]
    return UNCHOSEN[_rank(planned, planned.plan[place], planned.run.stops[place].missed_at, visit)]


def shown(deviations: Sequence[StopVerdict]) -> StopVerdict:
    """The verdict on a scan with these deviations."""
    return min(deviations, key=PRECEDENCE.index, default=_V.ON_TIME)


def _rank(planned: PlannedRun, plan: StopPlan, missed_at: Instant, visit: Visit) -> int:
    if visit.at > missed_at:
        return AFTERWARDS
    if not planned.permits(visit.officer, visit.at):
        return BY_SOMEBODY_ELSE
    return EARLY if visit.at < plan.not_before else IN_TIME


def _walked(chosen: Sequence[Visit | None]) -> list[tuple[int, Visit]]:
    walked = [(place, visit) for place, visit in enumerate(chosen) if visit is not None]
    walked.sort(key=_by_visit)
    return walked


def _by_visit(walked: tuple[int, Visit]) -> tuple[Instant, str, str, int, int]:
    visit = walked[1]
    return visit.at, visit.device, visit.boot, visit.number, visit.seq


def _about_time(rank: int, visit: Visit, due_at: Instant) -> list[StopVerdict]:
    found = []
    if rank == BY_SOMEBODY_ELSE:
        found.append(_V.WRONG_OFFICER)
    if visit.at > due_at:
        found.append(_V.LATE)
    if rank == EARLY:
        found.append(_V.EARLY)
    return found


def _about_leg(planned: PlannedRun, before: int, place: int, leg: Duration) -> list[StopVerdict]:
    """Legs have bounds where they were planned: from the stop before, or between any two where the order is free."""
    plan = planned.plan
    is_planned = planned.order is TourOrder.ANY or place == before + 1
    least = max(plan[before].dwell, plan[place].leg_min if is_planned else 0)
    if leg < least:
        return [_V.TOO_FAST]
    return [_V.TOO_SLOW] if is_planned and 0 < plan[place].leg_max < leg else []
