"""How suspicious a run is: the marks on its scans, legs far below what this tour usually takes, and a clockwork walk.

What is usual is learned from earlier runs of the tour without labels (median and median absolute deviation), and
frozen for a run when it opens: what is learned later says nothing about it.
"""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeAlias

from domain.fraud import FraudKind, FraudMark, FraudSettings
from domain.instant import SECOND, to_seconds
from rules.patrol_plan import PlannedRun, Visit

KEPT: Final = 30
"""Walks remembered per leg."""

_NORMAL: Final = 1.4826
"""Scales a median absolute deviation to a standard deviation, where values are normal (Hampel 1974)."""

Legs: TypeAlias = dict[str, list[float]]
"""How long each leg took in earlier runs, in seconds, by `from>to`."""

Marks: TypeAlias = Callable[[int], tuple[FraudMark, ...]]


def usual_limits(legs: Legs, settings: FraudSettings) -> dict[str, float]:
    """Below how many seconds a leg is far below usual, for legs walked often enough."""
    limits = {}
    for leg, took in legs.items():
        if len(took) >= settings.usual_walks:
            middle = _median(took)
            spread = _NORMAL * _median([abs(each - middle) for each in took])
            limits[leg] = round(min(settings.usual_share * middle, middle - settings.usual_deviations * spread), 3)
    return {leg: limit for leg, limit in limits.items() if limit > 0}


def learn(legs: Legs, planned: PlannedRun) -> None:
    """Remember how long the legs of a run took, unless they were far below usual."""
    for leg, took, place in _legs(planned):
        if not any(mark.kind is FraudKind.FAR_BELOW_USUAL for mark in planned.marks[place]):
            legs.setdefault(leg, []).append(took)
            del legs[leg][:-KEPT]


def suspect(planned: PlannedRun, marks: Marks, settings: FraudSettings) -> None:
    """Put the marks on a run as its visits now are."""
    planned.marks = [() if visit is None else marks(visit.seq) for visit in planned.chosen]
    for leg, took, place in _legs(planned):
        limit = planned.usual.get(leg)
        if limit is not None and took < limit:
            mark = FraudMark(
                kind=FraudKind.FAR_BELOW_USUAL, value=round(took, 3), limit=limit, other=leg.partition(">")[0]
            )
            planned.marks[place] = (*planned.marks[place], mark)
    planned.own_marks = _clockwork(planned, settings)


def _legs(planned: PlannedRun) -> list[tuple[str, float, int]]:
    """The legs walked by one officer: which, how long, and the place they lead to."""
    walked = sorted((visit, place) for place, visit in enumerate(planned.chosen) if visit is not None)
    found = []
    for (before, _), (visit, place) in pairwise(walked):
        if before.officer == visit.officer:
            found.append((f"{before.checkpoint}>{visit.checkpoint}", to_seconds(visit.at - before.at), place))
    return found


def _clockwork(planned: PlannedRun, settings: FraudSettings) -> tuple[FraudMark, ...]:
    """Scans at the same second of their minutes: somebody, or something, works by the clock."""
    visits: list[Visit] = [visit for visit in planned.chosen if visit is not None]
    if len(visits) < settings.same_second_scans:
        return ()
    second, count = Counter(visit.at // SECOND % 60 for visit in visits).most_common(1)[0]
    if count < max(settings.same_second_scans, settings.same_second_share * len(visits)):
        return ()
    return (FraudMark(kind=FraudKind.SAME_SECOND, value=float(count), limit=float(len(visits)), other=f"{second:02}"),)


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
