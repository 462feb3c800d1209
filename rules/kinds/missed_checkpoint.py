"""The rule kind `missed_checkpoint`: a stop of a tour that nobody proved until it was missed.

One alarm per stop of a tour. It clears with the next visit to that checkpoint, for whichever run it counts. A scan that
arrives late and proves the missed stop after all corrects the occurrence by name.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import LATEST, Instant, to_iso
from domain.schedule import clock_text
from domain.site import Checkpoint, Site, Tour
from domain.text import Text
from rules.kinds.bound_rule import BoundRule
from rules.kinds.retelling import Saying, Stretch, Told, settle, since
from rules.patrol_footprints import HORIZON
from rules.patrol_news import StopChange, StopNews
from rules.rule import Finding
from rules.rule_parameters import read_parameters

KIND: Final = "missed_checkpoint"

KEPT: Final = 4096
"""Visits, and misses, remembered per stop within the patrol's horizon; 7 days of a round every 5 minutes are 2,016."""


class MissedCheckpointSettings(Struct, frozen=True):
    """No parameters: times and grace stand with the tour."""


_NOTHING: Final = Told()


class Miss(Struct, frozen=True, order=True):
    """A stop that was missed."""

    missed_at: Instant
    due_at: Instant


class StopState(Struct, frozen=True):
    """`misses` and `visits` ascend. What was missed from one visit to the next is one alarm, raised for the first."""

    misses: tuple[Miss, ...] = ()
    visits: tuple[Instant, ...] = ()
    told: Told = Told()


class StopWatch(BoundRule[StopState], frozen=True, kw_only=True):
    """One rule on one stop of a tour (`rules.rule.Watch`). The patrol keeps the time and says who is absent."""

    tour: Tour
    checkpoint: Checkpoint

    def observe(self, state: StopState, fact: StopNews) -> tuple[StopState, Sequence[Finding]]:
        """Take news of this stop, and judge anew what was missed between the visits around it."""
        miss = Miss(fact.missed_at, fact.due_at)
        if fact.change is StopChange.VISITED:
            at = fact.at
            after = replace(state, visits=_with(state.visits, at))
            if not after.misses and after.told == _NOTHING:
                return _remembered(after, at), ()
        elif fact.change is StopChange.MISSED:
            at, misses = fact.missed_at, [each for each in state.misses if each != miss]
            insort(misses, miss)
            after = replace(state, misses=tuple(misses))
        else:
            at = fact.missed_at
            after = replace(state, misses=tuple(each for each in state.misses if each != miss))
        after = _remembered(after, at)
        first, last = _surroundings(after, at)
        told, sayings = settle(after.told, first, last, _stretches(after, first, last))
        return replace(after, told=told), [self._finding(state, fact, saying) for saying in sayings]

    def _finding(self, before: StopState, news: StopNews, saying: Saying) -> Finding:
        start = saying.start
        tour, place = self.tour.name, self.checkpoint.name
        known = (each for each in before.misses if each.missed_at == start)
        miss = next(known, Miss(start, news.due_at))
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=saying.trigger,
            at=saying.holds_from(news.at),
            cause=news.cause,
            index=0,
            asset=self.checkpoint.id,
            zone=self.checkpoint.zone,
            name=Text(f"{tour.en}: {place.en} missed", f"{tour.zh}：{place.zh} 漏巡"),
            why=self._why(miss, news.cause, saying.end),
            correction=news.correction if saying.is_correction else None,
            corrects=start if saying.is_correction else None,
        )

    def _why(self, miss: Miss, cause: int, visited_at: Instant | None) -> Why:
        due, missed = (clock_text(self.timezone, at) for at in (miss.due_at, miss.missed_at))
        seen = Text(f"no scan for this stop until {missed}", f"截至 {missed} 无本点打卡")
        if visited_at is not None:
            visited = clock_text(self.timezone, visited_at)
            seen = Text(f"a scan of this checkpoint at {visited}", f"{visited} 该点已打卡")
        return Why(
            seen=seen,
            expected=Text(f"a scan by {due}, at the latest {missed}", f"应于 {due} 前打卡，最迟 {missed}"),
            since=miss.missed_at,
            clears=Text(
                "the next scan of this checkpoint, or a late upload that proves this one",
                "该点下一次打卡，或补传证明已巡",
            ),
            evidence=(cause,),
            values={"due_at": to_iso(miss.due_at), "missed_at": to_iso(miss.missed_at)},
        )


class MissedCheckpoint:
    """The kind (`rules.rule.EventKind` over `StopNews`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[StopWatch]:
        """Bind a rule to every stop of its tours, all tours of the site where it names none.

        Raises:
            ConfigurationError: it has parameters, which this kind does not know.
        """
        read_parameters(spec, MissedCheckpointSettings)
        checkpoints = {checkpoint.id: checkpoint for checkpoint in site.checkpoints}
        return [
            StopWatch(
                spec=spec,
                subject=Subject(SubjectKind.TOUR_STOP, f"{tour.id}/{stop.checkpoint}"),
                timezone=site.timezone,
                state_type=StopState,
                tour=tour,
                checkpoint=checkpoints[stop.checkpoint],
            )
            for tour in site.tours
            if not spec.subjects or tour.id in spec.subjects
            for stop in tour.stops
            if stop.checkpoint in checkpoints
        ]


def _with(visits: tuple[Instant, ...], at: Instant) -> tuple[Instant, ...]:
    if not visits or at >= visits[-1]:
        return (*visits, at)
    place = bisect_right(visits, at)
    return (*visits[:place], at, *visits[place:])


def _remembered(state: StopState, at: Instant) -> StopState:
    """Forget what is beyond the horizon after news of `at`, but not the miss the alarm stands for."""
    newest = max([at, *state.visits[-1:], *(miss.missed_at for miss in state.misses[-1:])])
    start, standing = newest - HORIZON, state.told.standing
    visits = state.visits[max(bisect_left(state.visits, start), len(state.visits) - KEPT) :]
    first = max(bisect_left(state.misses, start, key=_missed_at), len(state.misses) - KEPT)
    misses = state.misses[first:]
    if first:
        misses = (*(miss for miss in state.misses[:first] if miss.missed_at == standing), *misses)
    return StopState(misses, visits, since(state.told, start))


def _surroundings(state: StopState, at: Instant) -> tuple[Instant, Instant]:
    """From when to when (both included) a stop may have been missed on whom news of `at` has a bearing."""
    before, behind = bisect_left(state.visits, at), bisect_right(state.visits, at)
    first = state.visits[before - 1] if before else 0
    return first, state.visits[behind] - 1 if behind < len(state.visits) else LATEST


def _stretches(state: StopState, first: Instant, last: Instant) -> list[Stretch]:
    """One per visit that was waited for: from its first miss, or the one already told, until the visit."""
    begin = bisect_left(state.misses, first, key=_missed_at)
    behind = bisect_right(state.misses, last, key=_missed_at)
    groups: dict[int, Instant] = {}
    for miss in state.misses[begin:behind]:
        place = bisect_right(state.visits, miss.missed_at)
        if place not in groups or state.told.is_raised(miss.missed_at):
            groups[place] = miss.missed_at
    return [
        Stretch(start, state.visits[place] if place < len(state.visits) else None) for place, start in groups.items()
    ]


def _missed_at(miss: Miss) -> Instant:
    return miss.missed_at
