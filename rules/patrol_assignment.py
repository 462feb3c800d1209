"""Which run of a tour a visit belongs to: runs take in the order of their starts, and leave the rest to the next.

Windows of neighbouring runs overlap by the time a scan may be early. What a run takes is given by its own fold, so the
assignment is one fold over all visits; after a new visit only the run it falls into is folded anew, and those runs
after it to which other visits are left than before.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from domain.instant import DAY, LATEST, Duration, Instant
from domain.tour_run import StopVerdict
from rules.patrol_fold import Fold, fold, unchosen
from rules.patrol_plan import PlannedRun, Visit

EARLIEST_SCAN: Final[Duration] = DAY
"""No run opens longer before its start than this."""


class Folded(NamedTuple):
    """A run that was folded anew, with the visits that were left to it and what they count as."""

    planned: PlannedRun
    visits: Sequence[Visit]
    found: Fold


class Said(NamedTuple):
    """What is to be said of a scan: what it counts as, and in which run."""

    visit: Visit
    planned: PlannedRun
    verdict: StopVerdict


def runs_around(runs: Sequence[PlannedRun], at: Instant) -> Iterator[tuple[int, PlannedRun]]:
    """The runs, with their places, into whose window a scan made then falls; earliest start first."""
    first = len(runs)
    while first and runs[first - 1].run.ends_at >= at:
        first -= 1
    for place in range(first, len(runs)):
        planned = runs[place]
        if planned.run.starts_at - EARLIEST_SCAN > at:
            break
        if planned.holds(at):
            yield place, planned


def take_in(runs: Sequence[PlannedRun], places: Sequence[int], visit: Visit) -> list[Folded]:
    """Let a visit into the runs at these places, and fold what it concerns: nothing where it is one too many."""
    folded: list[Folded] = []
    due = [place for place in places if runs[place].take(visit)]
    while due:
        place = due.pop(0)
        planned, visits = runs[place], _left_over(runs, place)
        before = planned.chosen
        found = fold(planned, visits, _following(runs, place))
        planned.chosen, planned.deviations, planned.legs = found.chosen, found.deviations, found.legs
        folded.append(Folded(planned, visits, found))
        last = max((each.at for each in _differing(before, found.chosen)), default=0)
        for later in range(place + 1, len(runs)):
            if runs[later].opens_at > last:
                break
            if later not in due:
                due.append(later)
                due.sort()
    return folded


def sayings(runs: Sequence[PlannedRun], folded: Sequence[Folded], arrived: Visit) -> list[Said]:
    """What the scans now count as where that was not said; `arrived` is the visit that `take_in` let into some run."""
    news = []
    for said in _counting(runs, folded, arrived).values():
        for _, planned in runs_around(runs, said.visit.at):
            place = planned.place_of(said.visit)
            if place is None:
                continue
            now = said.verdict if planned is said.planned else StopVerdict.PENDING
            if planned.said[place] is not now:
                planned.said[place] = now
                if planned is said.planned:
                    news.append(said)
    return news


def _counting(runs: Sequence[PlannedRun], folded: Sequence[Folded], arrived: Visit) -> dict[int, Said]:
    """By seq what visits count as and where; one that no run takes belongs to the first that holds it."""
    counted = {planned.run.id: _by_seq(visits, found) for planned, visits, found in folded}
    counts: dict[int, Said] = {}
    for planned, visits, found in folded:
        taken = {visit.seq for visit in found.chosen if visit is not None}
        for visit, verdict in zip(visits, found.counted, strict=True):
            if visit.seq in taken:
                counts[visit.seq] = Said(visit, planned, verdict)
            elif visit.seq not in counts and not _is_taken(runs, visit):
                counts[visit.seq] = _said_by_first(runs, visit, counted)
    if arrived.seq not in counts and not _is_taken(runs, arrived):
        counts[arrived.seq] = _said_by_first(runs, arrived, counted)
    return counts


def _said_by_first(runs: Sequence[PlannedRun], visit: Visit, counted: dict[str, dict[int, StopVerdict]]) -> Said:
    """What a visit that no run takes counts as in the first that holds it, which need not have been folded just now."""
    place, planned = next(each for each in runs_around(runs, visit.at) if each[1].place_of(visit) is not None)
    if planned.run.id not in counted:
        visits = _left_over(runs, place)
        counted[planned.run.id] = _by_seq(visits, fold(planned, visits, _following(runs, place)))
    verdict = counted[planned.run.id].get(visit.seq)
    return Said(visit, planned, unchosen(planned, visit) if verdict is None else verdict)


def _by_seq(visits: Sequence[Visit], found: Fold) -> dict[int, StopVerdict]:
    return {visit.seq: verdict for visit, verdict in zip(visits, found.counted, strict=True)}


def _following(runs: Sequence[PlannedRun], place: int) -> Instant:
    """When the next run opens."""
    return runs[place + 1].opens_at if place + 1 < len(runs) else LATEST


def _is_taken(runs: Sequence[PlannedRun], visit: Visit) -> bool:
    """Tell whether a run has chosen this visit; what it counts as is said there."""
    for _, planned in runs_around(runs, visit.at):
        place = planned.places.get(visit.checkpoint)
        chosen = None if place is None else planned.chosen[place]
        if chosen is not None and chosen.seq == visit.seq:
            return True
    return False


def _left_over(runs: Sequence[PlannedRun], place: int) -> Sequence[Visit]:
    """What a run has to look at: the candidates that no earlier run has taken."""
    planned = runs[place]
    taken: dict[int, None] = {}
    for earlier in reversed(runs[:place]):
        if earlier.run.ends_at < planned.opens_at:
            break
        taken |= {visit.seq: None for visit in earlier.chosen if visit is not None}
    return [visit for visit in planned.candidates if visit.seq not in taken] if taken else tuple(planned.candidates)


def _differing(before: Sequence[Visit | None], after: Sequence[Visit | None]) -> list[Visit]:
    """The visits that only one of the two holds."""
    return [
        visit
        for old, new in zip(before, after, strict=True)
        if (old and old.seq) != (new and new.seq)
        for visit in (old, new)
        if visit is not None
    ]
