"""One tour's runs: what a scan and the clock do to them, and what is to be told of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from domain.effects import ScanJudged, TourRunChanged
from domain.instant import DAY, Duration, Instant
from domain.schedule import clock_text, next_start, run_window
from domain.site import Site, Tour
from domain.text import Text
from domain.tour_run import StopVerdict, TourRun, TourRunState
from rules.patrol_run import (
    PROVEN,
    Placement,
    PlannedRun,
    StopChange,
    StopNews,
    Visit,
    advance,
    miss_stops,
    next_judgement,
    place_visit,
    plan_run,
    stop_of,
    verdict,
)
from rules.telling import Dated

HORIZON: Final[Duration] = 7 * DAY
"""A run is forgotten this long after its end; a scan older than that changes nothing any more."""

_OPEN_STATES: Final = (TourRunState.SCHEDULED, TourRunState.DUE, TourRunState.IN_PROGRESS)


class PatrolStep(Struct):
    """What one step brought: effects to tell in order, and news of stops for the rules."""

    told: list[Dated]
    news: list[StopNews]


class Track:
    """A tour with its runs, earliest start first; `open` are those that are not over."""

    def __init__(self, site: Site, tour: Tour, runs: Sequence[PlannedRun] = ()) -> None:
        """Continue with the given runs."""
        self.site = site
        self.tour = tour
        self.runs = list(runs)
        self.open: list[PlannedRun] = []
        self.sort_out()

    @property
    def key(self) -> tuple[str, str]:
        """Site and tour id."""
        return self.site.id, self.tour.id

    def sort_out(self) -> None:
        """Find the open runs again after states changed."""
        self.open = [planned for planned in self.runs if planned.run.state in _OPEN_STATES]

    def next_judgement(self) -> Instant | None:
        """When a run opens or a stop is missed next."""
        times = [at for planned in self.open if (at := next_judgement(planned)) is not None]
        return min(times, default=None)

    def forget(self, before: Instant) -> list[PlannedRun]:
        """Drop and give the runs that are over and ended before an instant."""
        count = 0
        for planned in self.runs:
            if planned.run.ends_at >= before or planned.run.state in _OPEN_STATES:
                break
            count += 1
        dropped, self.runs = self.runs[:count], self.runs[count:]
        return dropped

    def plan_ahead(self, known_to: Instant, oldest: Instant, versions: Mapping[Instant, int]) -> list[TourRun]:
        """Make runs until one lies ahead of everything whose window has begun by `known_to`.

        Starts before `oldest` are skipped. `versions` are those of scheduled runs that the new ones replace, by start.
        """
        planned_now = []
        while not self.runs or self.runs[-1].opens_at <= known_to:
            after = self.runs[-1].run.starts_at if self.runs else known_to
            start = next_start(self.tour, self.site.timezone, max(after, oldest), self.site.calendar)
            if start is None:
                break
            window = run_window(self.tour, self.site.timezone, start, self.site.calendar)
            planned = plan_run(self.site.id, self.tour, window, versions.get(start, 0) + 1)
            self.runs.append(planned)
            self.open.append(planned)
            planned_now.append(planned.run)
        return planned_now

    def withdraw(self, at: Instant) -> list[PlannedRun]:
        """Take out the runs that are only scheduled at `at` and that nobody has begun."""
        kept: list[PlannedRun] = []
        withdrawn: list[PlannedRun] = []
        for planned in self.runs:
            is_ahead = planned.run.state is TourRunState.SCHEDULED and planned.run.starts_at > at
            (withdrawn if is_ahead else kept).append(planned)
        self.runs = kept
        self.sort_out()
        return withdrawn

    def fire(self, at: Instant, cause: int, step: PatrolStep) -> None:
        """Open the runs and judge the absences that are due at `at`."""
        for planned in self.open:
            for place in miss_stops(planned, range(len(planned.run.stops)), at):
                step.news.append(self._missed(planned, place, cause))
            run = advance(planned, opened=planned.run.starts_at <= at)
            if run is not None:
                step.told.append((at, TourRunChanged(run=run)))
        self.sort_out()

    def count(self, checkpoint: str, name: Text, visit: Visit, step: PatrolStep, *, is_holding: bool) -> None:
        """Let a scan count wherever it does; first its own stop is judged up to it, unless absence is held."""
        concerned: list[PlannedRun] = []
        if not is_holding:
            concerned += self._judge_before(checkpoint, visit, step)
        first = len(self.runs)
        while first and self.runs[first - 1].run.ends_at >= visit.at:
            first -= 1
        placements = place_visit(self.runs[first:], checkpoint, visit)
        concerned += [placed.planned for placed in placements if placed.planned is not None]
        texts = self._corrections(name, placements, visit, step)
        for planned in {planned.run.id: planned for planned in concerned}.values():
            corrections = texts.get(planned.run.id, ())
            run = advance(planned, opened=False, corrections=corrections)
            if run is not None:
                at = visit.received_at if corrections else visit.at
                step.told.append((at, TourRunChanged(run=run, corrected=bool(corrections))))
        self.sort_out()
        step.told += self._judgements(self.runs[first:], checkpoint, placements)
        step.news.append(self._news(StopChange.VISITED, checkpoint, visit.at, visit.seq))

    def _judge_before(self, checkpoint: str, visit: Visit, step: PatrolStep) -> list[PlannedRun]:
        judged = []
        # A device's fast clock judges nobody's absence: the scan has not been made later than it was received.
        until = min(visit.at, visit.received_at) - 1
        for planned in self.open:
            place = stop_of(planned, checkpoint)
            if place is not None and miss_stops(planned, (place,), until):
                step.news.append(self._missed(planned, place, visit.seq))
                judged.append(planned)
        return judged

    def _corrections(
        self, name: Text, placements: Sequence[Placement], arrived: Visit, step: PatrolStep
    ) -> dict[str, list[Text]]:
        """By run, what had been said otherwise before this scan arrived."""
        texts: dict[str, list[Text]] = {}
        for visit, planned, place in placements:
            if planned is None:
                continue
            said, now = planned.run.stops[place].verdict, verdict(planned, place)
            if now not in PROVEN or said in (now, StopVerdict.PENDING):
                continue
            text = self._walked(name, visit)
            texts.setdefault(planned.run.id, []).append(text)
            if said is StopVerdict.MISSED:
                step.news.append(self._corrected(planned, place, arrived, text))
        return texts

    def _walked(self, name: Text, visit: Visit) -> Text:
        walked = clock_text(self.site.timezone, visit.at)
        uploaded = clock_text(self.site.timezone, visit.received_at)
        return Text(f"{name.en}: walked {walked}, uploaded {uploaded}", f"{name.zh}：{walked} 巡到，{uploaded} 上传")

    def _judgements(self, runs: Sequence[PlannedRun], checkpoint: str, placements: Sequence[Placement]) -> list[Dated]:
        """What each scan counted as; one that no run took still belongs to the run whose window holds it."""
        told: list[Dated] = []
        for visit, planned, place in placements:
            run, judged = None, None
            if planned is not None:
                run, judged = planned.run.id, verdict(planned, place)
            else:
                run = next((each.run.id for each in runs if _holds(each, checkpoint, visit.at)), None)
            if run is not None:
                told.append((visit.at, scan_judged(self.site.id, checkpoint, visit, judged, run)))
        return told

    def _missed(self, planned: PlannedRun, place: int, cause: int) -> StopNews:
        stop = planned.run.stops[place]
        return self._news(StopChange.MISSED, stop.checkpoint, stop.missed_at, cause, planned, place)

    def _corrected(self, planned: PlannedRun, place: int, arrived: Visit, text: Text) -> StopNews:
        checkpoint = planned.run.stops[place].checkpoint
        return self._news(
            StopChange.CORRECTED, checkpoint, arrived.received_at, arrived.seq, planned, place, correction=text
        )

    def _news(
        self,
        change: StopChange,
        checkpoint: str,
        at: Instant,
        cause: int,
        planned: PlannedRun | None = None,
        place: int = 0,
        *,
        correction: Text | None = None,
    ) -> StopNews:
        stop = None if planned is None else planned.run.stops[place]
        return StopNews(
            change=change,
            site=self.site.id,
            tour=self.tour.id,
            checkpoint=checkpoint,
            at=at,
            cause=cause,
            due_at=0 if stop is None else stop.due_at,
            missed_at=0 if stop is None else stop.missed_at,
            correction=correction,
        )


def scan_judged(
    site: str, checkpoint: str, visit: Visit, judged: StopVerdict | None, run: str | None, *, known: bool = True
) -> ScanJudged:
    """Say what a scan counted as."""
    return ScanJudged(
        site=site,
        checkpoint=checkpoint,
        officer=visit.officer,
        scanned_at=visit.at,
        verdict=judged,
        run=run,
        known=known,
    )


def _holds(planned: PlannedRun, checkpoint: str, at: Instant) -> bool:
    return planned.opens_at <= at <= planned.run.ends_at and stop_of(planned, checkpoint) is not None
