"""The rule kind `missed_checkpoint`: a stop of a tour that nobody proved until it was missed.

One alarm per stop of a tour. It clears with the next visit to that checkpoint, for whichever run it counts. A scan that
arrives late and proves the missed stop after all corrects the occurrence by name.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import Instant, to_iso
from domain.schedule import clock_text
from domain.site import Checkpoint, Site, Tour
from domain.text import Text
from rules.patrol_run import StopChange, StopNews
from rules.rule import Finding
from rules.rule_parameters import read_parameters

KIND: Final = "missed_checkpoint"

VISITS_KEPT: Final = 16
"""Visits remembered per stop, to find the one that ended a miss which is only judged after a gap."""


class MissedCheckpointSettings(Struct, frozen=True):
    """No parameters: times and grace stand with the tour."""


class Miss(Struct, frozen=True, order=True):
    """A stop that was missed."""

    missed_at: Instant
    due_at: Instant


class StopState(Struct, frozen=True):
    """`standing` is the miss the alarm was raised for; `later` are misses since, while it stood; `visits` ascend."""

    standing: Miss | None = None
    later: tuple[Miss, ...] = ()
    visits: tuple[Instant, ...] = ()


class StopWatch(Struct, frozen=True, kw_only=True):
    """One rule on one stop of a tour (`rules.rule.Watch`)."""

    spec: RuleSpec
    timezone: str
    tour: Tour
    checkpoint: Checkpoint

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.spec.id

    @property
    def site(self) -> str:
        """The site of the tour."""
        return self.spec.site

    @property
    def subject(self) -> Subject:
        """The stop, as `tour/checkpoint`."""
        return Subject(SubjectKind.TOUR_STOP, f"{self.tour.id}/{self.checkpoint.id}")

    @property
    def state_type(self) -> type[StopState]:
        """What is remembered of a stop."""
        return StopState

    def begin(self) -> StopState:
        """Nothing was missed yet."""
        return StopState()

    def deadline(self, state: StopState) -> Instant | None:  # noqa: ARG002 - the patrol keeps the time
        """None: the patrol judges absence and says so."""
        return None

    def fire(self, state: StopState, cause: int) -> tuple[StopState, Sequence[Finding]]:  # noqa: ARG002
        """Nothing: there are no deadlines."""
        return state, ()

    def observe(self, state: StopState, fact: StopNews) -> tuple[StopState, Sequence[Finding]]:
        """Take news of this stop."""
        if fact.change is StopChange.VISITED:
            return self._visited(state, fact)
        miss = Miss(fact.missed_at, fact.due_at)
        if fact.change is StopChange.CORRECTED:
            return self._corrected(state, fact, miss)
        return self._missed(state, fact, miss)

    def _missed(self, state: StopState, news: StopNews, miss: Miss) -> tuple[StopState, Sequence[Finding]]:
        if state.standing is not None:
            return replace(state, later=(*state.later, miss)), ()
        raised = self._finding(ConditionTrigger.RAISE, miss.missed_at, news.cause, miss)
        place = bisect_right(state.visits, miss.missed_at)
        if place == len(state.visits):
            return replace(state, standing=miss), (raised,)
        return state, (raised, self._finding(ConditionTrigger.CLEAR, state.visits[place], news.cause, miss))

    def _visited(self, state: StopState, news: StopNews) -> tuple[StopState, Sequence[Finding]]:
        visits = list(state.visits)
        insort(visits, news.at)
        state = replace(state, visits=tuple(visits[-VISITS_KEPT:]))
        if state.standing is None or news.at <= state.standing.missed_at:
            return state, ()
        cleared = self._finding(ConditionTrigger.CLEAR, news.at, news.cause, state.standing)
        return self._next_miss(state, tuple(miss for miss in state.later if miss.missed_at >= news.at), news, cleared)

    def _corrected(self, state: StopState, news: StopNews, miss: Miss) -> tuple[StopState, Sequence[Finding]]:
        if miss in state.later:
            return replace(state, later=tuple(each for each in state.later if each != miss)), ()
        corrected = replace(
            self._finding(ConditionTrigger.CLEAR, news.at, news.cause, miss),
            correction=news.correction,
            corrects=miss.missed_at,
        )
        if miss != state.standing:
            return state, (corrected,)
        return self._next_miss(state, state.later, news, corrected)

    def _next_miss(
        self, state: StopState, later: tuple[Miss, ...], news: StopNews, ended: Finding
    ) -> tuple[StopState, Sequence[Finding]]:
        """After a miss is ended, a later one that stood in its shadow stands for itself."""
        if not later:
            return replace(state, standing=None, later=()), (ended,)
        raised = self._finding(ConditionTrigger.RAISE, later[0].missed_at, news.cause, later[0])
        return replace(state, standing=later[0], later=later[1:]), (ended, raised)

    def _finding(self, trigger: ConditionTrigger, at: Instant, cause: int, miss: Miss) -> Finding:
        tour, place = self.tour.name, self.checkpoint.name
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=trigger,
            at=at,
            cause=cause,
            index=0,
            asset=self.checkpoint.id,
            zone=self.checkpoint.zone,
            name=Text(f"{tour.en}: {place.en} missed", f"{tour.zh}：{place.zh} 漏巡"),
            why=self._why(miss, cause),
        )

    def _why(self, miss: Miss, cause: int) -> Why:
        due, missed = (clock_text(self.timezone, at) for at in (miss.due_at, miss.missed_at))
        return Why(
            seen=Text(f"no scan for this stop until {missed}", f"截至 {missed} 无本点打卡"),
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
            StopWatch(spec=spec, timezone=site.timezone, tour=tour, checkpoint=checkpoints[stop.checkpoint])
            for tour in site.tours
            if not spec.subjects or tour.id in spec.subjects
            for stop in tour.stops
            if stop.checkpoint in checkpoints
        ]
