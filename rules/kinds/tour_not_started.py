"""The rule kind `tour_not_started`: a run of a tour that nobody has begun in time.

One alarm per tour. It stands from the last time to begin a run until somebody begins that run, or a later one of the
tour, or until every run that nobody began is abandoned. While nobody has begun a run its missed stops are no alarms of
their own (`rules.patrol_track`): a run that nobody walks is this one alarm. A scan that arrives late and shows that the
run was begun in time corrects it by name.
"""

from bisect import bisect_left, insort
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

KIND: Final = "tour_not_started"

KEPT: Final = 2_048
"""Runs remembered per tour within the patrol's horizon; 7 days of a round every 5 minutes are 2,016."""

STOPS_NAMED: Final = 12
"""Stops that the alarm names; longer tours say how many more there are."""


class TourNotStartedSettings(Struct, frozen=True):
    """No parameters: start window and start grace stand with the tour."""


class Begin(Struct, frozen=True, order=True, array_like=True):
    """A run: the last time to begin it, when it was due to start, and when it was begun (None: not that we know).

    `abandoned_at` is when it was called off, from when on nobody is waited for.
    """

    begun_by: Instant
    starts_at: Instant
    begun_at: Instant | None = None
    abandoned_at: Instant | None = None

    @property
    def is_late(self) -> bool:
        """Tell whether nobody had begun it in time."""
        return self.begun_at is None or self.begun_at > self.begun_by


class TourState(Struct, frozen=True):
    """The runs, ascending. What nobody began from one begin to the next is one alarm, raised for the first.

    Where all such runs are abandoned before the next one is due, that ends it too.
    """

    runs: tuple[Begin, ...] = ()
    told: Told = Told()


class TourWatch(BoundRule[TourState], frozen=True, kw_only=True):
    """One rule on one tour (`rules.rule.Watch`). The patrol keeps the time and says which run nobody has begun."""

    tour: Tour
    stops: tuple[Checkpoint, ...]

    def observe(self, state: TourState, fact: StopNews) -> tuple[TourState, Sequence[Finding]]:
        """Take news of a run, and judge anew which runs nobody began in time."""
        run = next((each for each in state.runs if each.starts_at == fact.due_at), Begin(fact.missed_at, fact.due_at))
        runs = [each for each in state.runs if each is not run]
        if fact.change is StopChange.BEGUN:
            run = replace(run, begun_at=fact.begun_at)
        elif fact.change is StopChange.ABANDONED:
            run = replace(run, abandoned_at=fact.at)
        insort(runs, run, key=_begun_by)
        kept = _remembered(runs, state.told.standing)
        first = kept[0].begun_by
        told, sayings = settle(since(state.told, first), first, LATEST, _stretches(kept, state.told))
        return TourState(kept, told), [self._finding(state, kept, fact, saying) for saying in sayings]

    def _finding(self, before: TourState, runs: Sequence[Begin], news: StopNews, saying: Saying) -> Finding:
        start = saying.start
        known = (each.starts_at for each in before.runs if each.begun_by == start)
        why = self._why(start, next(known, news.due_at), news.cause)
        if saying.end is not None:
            why = replace(why, seen=self._ended(runs, saying.end))
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=saying.trigger,
            at=saying.holds_from(news.at),
            cause=news.cause,
            index=0,
            asset=self.tour.id,
            zone=self.stops[0].zone if self.stops else None,
            name=Text(f"{self.tour.name.en} not started", f"{self.tour.name.zh}：未按时开始"),
            why=why,
            correction=news.correction if saying.is_correction else None,
            corrects=start if saying.is_correction else None,
        )

    def _why(self, begun_by: Instant, starts_at: Instant, cause: int) -> Why:
        due, last = (clock_text(self.timezone, at) for at in (starts_at, begun_by))
        stops = self._stops()
        return Why(
            seen=Text(
                f"no scan for the run of {due} until {last}; its stops: {stops.en}",
                f"截至 {last}，{due} 的班次无人打卡；站点：{stops.zh}",
            ),
            expected=Text(f"a first scan by {last}", f"最迟 {last} 首次打卡"),
            since=begun_by,
            clears=Text(
                "the first scan of this run or of a later one, a late upload that proves it was begun in time, or "
                "abandoning the run",
                "本班次或之后班次首次打卡、补传证明已按时开始，或中止本班次",
            ),
            evidence=(cause,),
            values={"starts_at": to_iso(starts_at), "begun_by": to_iso(begun_by), "stops": float(len(self.stops))},
        )

    def _ended(self, runs: Sequence[Begin], at: Instant) -> Text:
        """What ended the waiting: a run was begun, or the last one that nobody had begun was abandoned."""
        run = next((each for each in runs if at in (each.begun_at, each.abandoned_at)), None)
        clock = clock_text(self.timezone, at)
        due = clock if run is None else clock_text(self.timezone, run.starts_at)
        if run is not None and run.begun_at != at:
            return Text(f"the run of {due} was abandoned at {clock}", f"{due} 的班次于 {clock} 中止")
        return Text(f"the run of {due} was begun at {clock}", f"{due} 的班次于 {clock} 开始")

    def _stops(self) -> Text:
        named, more = self.stops[:STOPS_NAMED], len(self.stops) - STOPS_NAMED
        en, zh = ", ".join(each.name.en for each in named), "、".join(each.name.zh for each in named)
        return Text(f"{en} and {more} more", f"{zh} 等，另 {more} 个") if more > 0 else Text(en, zh)


class TourNotStarted:
    """The kind (`rules.rule.EventKind` over `StopNews`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[TourWatch]:
        """Bind a rule to its tours, all tours of the site where it names none.

        Raises:
            ConfigurationError: it has parameters, which this kind does not know.
        """
        read_parameters(spec, TourNotStartedSettings)
        checkpoints = {checkpoint.id: checkpoint for checkpoint in site.checkpoints}
        return [
            TourWatch(
                spec=spec,
                subject=Subject(SubjectKind.TOUR, tour.id),
                timezone=site.timezone,
                state_type=TourState,
                tour=tour,
                stops=tuple(checkpoints[stop.checkpoint] for stop in tour.stops if stop.checkpoint in checkpoints),
            )
            for tour in site.tours
            if not spec.subjects or tour.id in spec.subjects
        ]


def _remembered(runs: Sequence[Begin], standing: Instant | None) -> tuple[Begin, ...]:
    """The runs within the horizon, and the one that the alarm stands for."""
    first = max(bisect_left(runs, runs[-1].begun_by - HORIZON, key=_begun_by), len(runs) - KEPT)
    if not first:
        return tuple(runs)
    return (*(run for run in runs[:first] if run.begun_by == standing), *runs[first:])


def _stretches(runs: Sequence[Begin], told: Told) -> list[Stretch]:
    """While somebody is waited for: from the last time to begin a run until it, or a later one, is begun or it is
    abandoned. What overlaps is one stretch, from the first run that nobody began in time, or the one already told.
    """
    begins = sorted(run.begun_at for run in runs if run.begun_at is not None)
    found: list[Stretch] = []
    for run in runs:
        if not run.is_late:
            continue
        place = bisect_left(begins, run.begun_by + 1)
        ends = [*begins[place : place + 1], *(() if run.abandoned_at is None else (run.abandoned_at,))]
        stretch = Stretch(run.begun_by, min(ends, default=None))
        if not found or ((before := found[-1]).end is not None and before.end <= stretch.start):
            found.append(stretch)
            continue
        start = stretch.start if told.is_raised(stretch.start) else before.start
        end = None if before.end is None or stretch.end is None else max(before.end, stretch.end)
        found[-1] = Stretch(start, end)
    return found


def _begun_by(run: Begin) -> Instant:
    return run.begun_by
