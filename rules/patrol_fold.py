"""One run's visits, folded in the order of the Late law: which of them proves which stop, and what each counts as.

The fold looks at all visits of the run's window at once, sorted by (event time, identity), so nothing depends on when
they arrived. Per stop the best visit counts: one in time by somebody who may walk the tour, else an early one, else one
by somebody else, else one after the miss, which is shown and proves nothing; of equals the first. A visit that comes
later can so only improve what a stop has.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.instant import LATEST, Duration, Instant
from domain.site import TourOrder
from domain.tour_run import Handover, StopVerdict
from rules.patrol_plan import PlannedRun, Visit

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


class Fold(Struct):
    """Per stop the chosen visit with its rank, its deviations and the leg to it; and what each visit counts as, by seq.

    `visits` are those looked at, ascending; `furthest` is the last stop that was walked
    in the order of the tour, `newest` the one walked last. It holds for these `handovers` and until the next run opens.
    """

    visits: list[Visit]
    chosen: list[Visit | None]
    best: list[int]
    deviations: list[tuple[StopVerdict, ...]]
    legs: list[Duration | None]
    counted: dict[int, StopVerdict]
    furthest: int
    newest: tuple[int, Visit] | None
    handovers: tuple[Handover, ...]
    seen_until: Instant


def fold(planned: PlannedRun, visits: Sequence[Visit], seen_until: Instant = LATEST) -> Fold:
    """Judge the visits that no earlier run has taken; from `seen_until` on the next run shows what proves nothing."""
    stops, places = planned.run.stops, planned.places
    found = Fold(
        visits=list(visits),
        chosen=[None] * len(stops),
        best=[_NOBODY] * len(stops),
        deviations=[()] * len(stops),
        legs=[None] * len(stops),
        counted={},
        furthest=-1,
        newest=None,
        handovers=planned.run.handovers,
        seen_until=seen_until,
    )
    for visit in visits:
        place = places[visit.checkpoint]
        rank = _rank(planned, place, visit)
        found.counted[visit.seq] = UNCHOSEN[rank]
        if _is_better(found, place, rank, visit):
            found.chosen[place], found.best[place] = visit, rank
    walked = [(place, visit) for place, visit in enumerate(found.chosen) if visit is not None]
    walked.sort(key=_by_visit)
    for place, visit in walked:
        _walk_on(planned, found, place, visit)
    return found


def fold_on(planned: PlannedRun, found: Fold, visit: Visit, seen_until: Instant = LATEST) -> bool | None:
    """Let one more visit into what was found, where it comes last and takes no other's place.

    Gives whether it was chosen; None, and nothing is changed, where all visits have to be folded anew.
    """
    if found.handovers != planned.run.handovers or found.seen_until != seen_until:
        return None
    if found.visits and visit < found.visits[-1]:
        return None
    place = planned.places[visit.checkpoint]
    rank = _rank(planned, place, visit)
    is_better = _is_better(found, place, rank, visit)
    if is_better and found.chosen[place] is not None:
        return None
    found.visits.append(visit)
    found.counted[visit.seq] = UNCHOSEN[rank]
    if is_better:
        found.chosen[place], found.best[place] = visit, rank
        _walk_on(planned, found, place, visit)
    return is_better


def _is_better(found: Fold, place: int, rank: int, visit: Visit) -> bool:
    return rank < found.best[place] and not (rank == AFTERWARDS and visit.at >= found.seen_until)


def _walk_on(planned: PlannedRun, found: Fold, place: int, visit: Visit) -> None:
    """Judge the stop that was walked after all those judged before."""
    told = _about_time(found.best[place], visit, planned.run.stops[place].due_at)
    if planned.order is not TourOrder.ANY and place < found.furthest:
        told.append(_V.OUT_OF_ORDER)
    found.furthest = max(found.furthest, place)
    if found.newest is not None and found.newest[1].officer == visit.officer:
        leg = visit.at - found.newest[1].at
        found.legs[place] = leg
        told += _about_leg(planned, found.newest[0], place, leg)
    found.newest = (place, visit)
    found.deviations[place] = tuple(told)
    found.counted[visit.seq] = shown(told)


def unchosen(planned: PlannedRun, visit: Visit) -> StopVerdict:
    """What a visit counts as in a run that has chosen another for its stop."""
    place = planned.places[visit.checkpoint]
    return UNCHOSEN[_rank(planned, place, visit)]


def shown(deviations: Sequence[StopVerdict]) -> StopVerdict:
    """The verdict on a scan with these deviations."""
    return min(deviations, key=PRECEDENCE.index) if deviations else _V.ON_TIME


def _rank(planned: PlannedRun, place: int, visit: Visit) -> int:
    if visit.at > planned.run.stops[place].missed_at:
        return AFTERWARDS
    if not planned.permits(visit):
        return BY_SOMEBODY_ELSE
    return EARLY if visit.at < planned.plan[place].not_before else IN_TIME


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
