"""Which run of a tour a visit belongs to: runs take in the order of their starts, and leave the rest to the next.

Windows of neighbouring runs overlap by the time a scan may be early. What a run takes is given by its own fold, so the
assignment is one fold over all visits. A new visit that comes last is folded on to what was found; else the run it
falls into is folded anew, and those runs after it to which other visits are left than before.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from domain.instant import DAY, LATEST, Duration, Instant
from domain.tour_run import StopVerdict
from rules.patrol_fold import Fold, fold, fold_on, unchosen
from rules.patrol_plan import PlannedRun, Visit

EARLIEST_SCAN: Final[Duration] = DAY
"""No run opens longer before its start than this."""


class Folded(NamedTuple):
    """A run that was folded on or anew, with what was found; whether a stop is judged otherwise by it, and which visits
    may count as something else than before.
    """

    planned: PlannedRun
    found: Fold
    is_changed: bool
    fresh: Sequence[Visit]


class Said(NamedTuple):
    """What is to be said of a scan: what it counts as, and in which run."""

    visit: Visit
    planned: PlannedRun
    verdict: StopVerdict


def runs_around(runs: Sequence[PlannedRun], at: Instant) -> list[tuple[int, PlannedRun]]:
    """The runs, with their places, into whose window a scan made then falls; earliest start first."""
    found = []
    for place in range(len(runs) - 1, -1, -1):
        planned = runs[place]
        run = planned.run
        if run.ends_at < at:
            break
        if planned.opens_at <= at and run.starts_at - EARLIEST_SCAN <= at:
            found.append((place, planned))
    found.reverse()
    return found


class Assignment:
    """Assigns the visits of one tour. What was found of each run is kept, and only what a visit changes is found anew;
    it follows from the runs alone, so it may be thrown away at any time.
    """

    def __init__(self) -> None:
        """Nothing is folded yet."""
        self._found: dict[str, Fold] = {}

    def forget(self, runs: Iterable[PlannedRun]) -> None:
        """Let go of what was found of these."""
        for planned in runs:
            self._found.pop(planned.run.id, None)

    def take_in(self, runs: Sequence[PlannedRun], places: Sequence[int], visit: Visit) -> list[Folded]:
        """Let a visit into the runs at these places, and fold what it concerns: nothing where it is one too many."""
        arrived = [place for place in places if runs[place].take(visit)]
        folded: list[Folded] = []
        anew: list[int] = []
        is_taken = False
        for place in range(arrived[0], len(runs)) if arrived else ():
            planned = runs[place]
            if place not in anew:
                if place not in arrived or (is_taken and self._is_last(planned, visit)):
                    continue
                chosen = self._fold_on(runs, place, visit)
                if chosen is not None:
                    folded.append(Folded(planned, self._found[planned.run.id], chosen, (visit,)))
                    is_taken |= chosen
                    continue
            step, last = self._fold_anew(runs, place)
            folded.append(step)
            is_taken = is_taken or _has_chosen(planned, visit)
            anew += [later for later in range(place + 1, len(runs)) if runs[later].opens_at <= last]
        return folded

    def sayings(self, runs: Sequence[PlannedRun], folded: Sequence[Folded], arrived: Visit) -> list[Said]:
        """What scans count as now where that was not said, in the order of the Late law, whatever was remembered.

        `arrived` is the visit that `take_in` let into some run.
        """
        news: list[Said] = []
        for said in self._counting(runs, folded, arrived).values():
            for _, planned in runs_around(runs, said.visit.at):
                place = planned.place_of(said.visit)
                if place is None:
                    continue
                now = said.verdict if planned is said.planned else StopVerdict.PENDING
                if planned.said[place] is not now:
                    planned.said[place] = now
                    if planned is said.planned:
                        news.append(said)
        news.sort(key=_by_visit)
        return news

    def _is_last(self, planned: PlannedRun, visit: Visit) -> bool:
        """Tell whether a visit that another run has taken comes after all that this one looked at."""
        found = self._found.get(planned.run.id)
        return found is not None and not (found.visits and visit < found.visits[-1])

    def _fold(self, runs: Sequence[PlannedRun], place: int) -> Fold:
        found = fold(runs[place], _left_over(runs, place), _following(runs, place))
        self._found[runs[place].run.id] = found
        return found

    def _fold_on(self, runs: Sequence[PlannedRun], place: int, visit: Visit) -> bool | None:
        found = self._found.get(runs[place].run.id)
        return None if found is None else fold_on(runs[place], found, visit, _following(runs, place))

    def _fold_anew(self, runs: Sequence[PlannedRun], place: int) -> tuple[Folded, Instant]:
        """Fold a run from the start; gives also when the last visit was that it took, or leaves to others, only now."""
        planned = runs[place]
        before, known = planned.chosen, self._found.get(planned.run.id)
        found = self._fold(runs, place)
        is_changed = (before, planned.deviations, planned.legs) != (found.chosen, found.deviations, found.legs)
        planned.chosen, planned.deviations, planned.legs = found.chosen, found.deviations, found.legs
        differing = _differing(before, found.chosen)
        fresh: Sequence[Visit] = found.visits
        if known is not None:
            others = {visit.seq for visit in differing}
            fresh = [
                visit
                for visit in found.visits
                if visit.seq in others or known.counted.get(visit.seq) is not found.counted[visit.seq]
            ]
        return Folded(planned, found, is_changed, fresh), max((each.at for each in differing), default=0)

    def _counting(self, runs: Sequence[PlannedRun], folded: Sequence[Folded], arrived: Visit) -> dict[int, Said]:
        """By seq what visits count as and where; one that no run takes belongs to the first that holds it."""
        counts: dict[int, Said] = {}
        for planned, found, _, fresh in folded:
            for visit in fresh:
                if _has_chosen(planned, visit):
                    counts[visit.seq] = Said(visit, planned, found.counted[visit.seq])
                elif visit.seq not in counts and not _is_taken(runs, visit):
                    counts[visit.seq] = self._said_by_first(runs, visit)
        if arrived.seq not in counts and not _is_taken(runs, arrived):
            counts[arrived.seq] = self._said_by_first(runs, arrived)
        return counts

    def _said_by_first(self, runs: Sequence[PlannedRun], visit: Visit) -> Said:
        """What a visit that no run takes counts as in the first that holds it, which need not have been folded yet."""
        place, planned = next(each for each in runs_around(runs, visit.at) if each[1].place_of(visit) is not None)
        found = self._found.get(planned.run.id)
        if found is None:
            found = self._fold(runs, place)
        verdict = found.counted.get(visit.seq)
        return Said(visit, planned, unchosen(planned, visit) if verdict is None else verdict)


def _by_visit(said: Said) -> Visit:
    return said.visit


def _following(runs: Sequence[PlannedRun], place: int) -> Instant:
    """When the next run opens."""
    return runs[place + 1].opens_at if place + 1 < len(runs) else LATEST


def _has_chosen(planned: PlannedRun, visit: Visit) -> bool:
    place = planned.places.get(visit.checkpoint)
    chosen = None if place is None else planned.chosen[place]
    return chosen is not None and chosen.seq == visit.seq


def _is_taken(runs: Sequence[PlannedRun], visit: Visit) -> bool:
    """Tell whether a run has chosen this visit; what it counts as is said there."""
    return any(_has_chosen(planned, visit) for _, planned in runs_around(runs, visit.at))


def _left_over(runs: Sequence[PlannedRun], place: int) -> Sequence[Visit]:
    """What a run has to look at: the candidates that no earlier run has taken."""
    planned = runs[place]
    taken: dict[int, None] = {}
    for earlier in reversed(runs[:place]):
        if earlier.run.ends_at < planned.opens_at:
            break
        taken |= {visit.seq: None for visit in earlier.chosen if visit is not None}
    return [visit for visit in planned.candidates if visit.seq not in taken] if taken else planned.candidates


def _differing(before: Sequence[Visit | None], after: Sequence[Visit | None]) -> list[Visit]:
    """The visits that only one of the two holds."""
    return [
        visit
        for old, new in zip(before, after, strict=True)
        if (old and old.seq) != (new and new.seq)
        for visit in (old, new)
        if visit is not None
    ]
