"""One tour's runs: what a scan and the clock do to them, and what is to be told of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.effects import ScanJudged, TourRunChanged
from domain.fraud import FraudMark
from domain.instant import MINUTE, Duration, Instant
from domain.schedule import clock_text, next_start, run_window
from domain.site import Site, Tour
from domain.text import Text
from domain.tour_run import StopVerdict, TourRun, TourRunState
from rules.patrol_assignment import Assignment, Said, runs_around
from rules.patrol_footprints import Footprint
from rules.patrol_news import StopChange, StopNews
from rules.patrol_plan import PlannedRun, Visit, plan_run
from rules.patrol_run import UNPROVEN, advance, is_proven, miss_stops, next_judgement, verdict
from rules.patrol_suspicion import Legs, Marks, learn, suspect, usual_limits
from rules.telling import Dated
from rules.wording import verdict_text

OPEN_STATES: Final = (TourRunState.SCHEDULED, TourRunState.DUE, TourRunState.IN_PROGRESS)


UPLOAD_TAKES: Final[Duration] = 2 * MINUTE
"""How long a phone may take to send what it kept: a walk that comes scan by scan is not called missed in between."""

_WALKED: Final = (TourRunState.COMPLETED, TourRunState.COMPLETED_LATE, TourRunState.INCOMPLETE)


class PatrolStep(Struct):
    """What one step brought: effects to tell in order, and news of stops for the rules."""

    told: list[Dated]
    news: list[StopNews]


def _none(_seq: int) -> tuple[FraudMark, ...]:
    return ()


class Track:
    """A tour with its runs, earliest start first; `open` are those that are not over."""

    def __init__(
        self,
        site: Site,
        tour: Tour,
        runs: Sequence[PlannedRun] = (),
        *,
        legs: Legs | None = None,
        marks: Marks = _none,
        is_one: bool = False,
    ) -> None:
        """Continue with the given runs and what is known of the tour's `legs`; `marks` gives those of a scan.

        `is_one` says that a rule listens for runs that nobody begins: their stops are then no news of their own.
        """
        self.site = site
        self.tour = tour
        self.runs = list(runs)
        self.legs: Legs = {} if legs is None else legs
        self._marks = marks
        self._assignment = Assignment()
        self._is_one = is_one
        self.open: list[PlannedRun] = []
        self._waiting = [planned for planned in self.runs if planned.tell_at is not None]
        self.sort_out()

    @property
    def key(self) -> tuple[str, str]:
        """Site and tour id."""
        return self.site.id, self.tour.id

    def sort_out(self) -> None:
        """Find the open runs again after states changed."""
        self.open = [planned for planned in self.runs if planned.run.state in OPEN_STATES]

    def next_judgement(self) -> Instant | None:
        """When a run opens, is begun late, or a stop is missed next."""
        times = [at for planned in self.open if (at := next_judgement(planned)) is not None]
        times += [planned.tell_at for planned in self._waiting if planned.tell_at is not None]
        return min(times, default=None)

    def forget(self, before: Instant) -> list[PlannedRun]:
        """Drop and give the runs that are over and ended before an instant."""
        count = 0
        for planned in self.runs:
            if planned.run.ends_at >= before or planned.run.state in OPEN_STATES:
                break
            count += 1
        dropped, self.runs = self.runs[:count], self.runs[count:]
        self._assignment.forget(dropped)
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
        self._assignment.forget(withdrawn)
        self.sort_out()
        return withdrawn

    def fire(self, at: Instant, cause: int, step: PatrolStep) -> None:
        """Open the runs, note those begun late, and judge the absences that are due at `at`."""
        if self._waiting:
            self._tell_held(at, cause, step)
        for planned in self.open:
            for place in miss_stops(planned, range(len(planned.run.stops)), at):
                self._tell_missed(planned, place, cause, step)
            self._tell_unbegun(planned, at, cause, step)
            self._freeze(planned)
            run = advance(planned, at, opened=planned.run.starts_at <= at, settings=self.site.fraud)
            self._learn(planned)
            if run is not None:
                step.told.append((at, TourRunChanged(run=run)))
        self.sort_out()

    def called_off(self, planned: PlannedRun, at: Instant, cause: int) -> list[StopNews]:
        """News of a run that was abandoned at `at`: where rules were told that nobody had begun it."""
        self.sort_out()
        is_waited_for = planned.unbegun and planned.run.begun_at is None
        return [self._run_news(StopChange.ABANDONED, planned, at, cause)] if is_waited_for else []

    def runs_holding(self, checkpoint: str, at: Instant) -> list[PlannedRun]:
        """The runs with this checkpoint into whose window a scan made then falls, earliest start first."""
        return [self.runs[place] for place in self._places(checkpoint, at)]

    def arrive(self, name: Text, visit: Visit, step: PatrolStep, *, counts: bool, is_holding: bool) -> bool:
        """Somebody was at a stop. Its absence is judged up to then, unless absence is held; if the scan `counts` for
        this tour it does so where it can; and rules are told of the visit in any case. Gives whether a run changed.
        """
        concerned = [] if is_holding else self._judge_before(visit, step)
        texts: dict[str, list[Text]] = {}
        said: list[Said] = []
        if counts:
            places = self._places(visit.checkpoint, visit.at)
            is_newest = all(not self.runs[place].visits or self.runs[place].visits[-1] < visit for place in places)
            folded = self._assignment.take_in(self.runs, places, visit)
            runs = [each.planned for each in folded if each.is_changed]
            texts = self._corrections(runs, name, visit, step, is_newest=is_newest)
            concerned += [planned for planned in runs if planned not in concerned]
            said = self._assignment.sayings(self.runs, folded, visit) if places else said
        self._advance(concerned, visit, texts, step)
        step.told += [
            (each.visit.at, scan_judged(self.site.id, each.visit, each.verdict, each.planned.run.id)) for each in said
        ]
        step.news.append(self._news(StopChange.VISITED, visit.checkpoint, visit.at, visit.seq))
        return bool(concerned)

    def mark_anew(self, scan: Footprint, step: PatrolStep) -> None:
        """The marks on a scan have changed: put them on the run that it counts for."""
        for _, planned in runs_around(self.runs, scan.at):
            place = planned.places.get(scan.checkpoint)
            chosen = None if place is None else planned.chosen[place]
            if chosen is None or chosen.seq != scan.seq:
                continue
            suspect(planned, self._marks, self.site.fraud)
            run = advance(planned, planned.run.starts_at, opened=False, settings=self.site.fraud)
            if run is not None:
                step.told.append((scan.at, TourRunChanged(run=run)))

    def _freeze(self, planned: PlannedRun) -> None:
        """What is usual is taken down when a run begins."""
        if planned.run.state is TourRunState.SCHEDULED and not planned.usual:
            planned.usual = usual_limits(self.legs, self.site.fraud)

    def _learn(self, planned: PlannedRun) -> None:
        if not planned.learned and planned.run.state in _WALKED:
            planned.learned = True
            learn(self.legs, planned)

    def _places(self, checkpoint: str, at: Instant) -> list[int]:
        return [place for place, planned in runs_around(self.runs, at) if checkpoint in planned.places]

    def _judge_before(self, visit: Visit, step: PatrolStep) -> list[PlannedRun]:
        judged = []
        # A device's fast clock judges nobody's absence: the scan has not been made later than it was received.
        until = min(visit.at, visit.received_at) - 1
        for planned in self.open:
            place = planned.places.get(visit.checkpoint)
            if place is None:
                continue
            self._tell_unbegun(planned, until, visit.seq, step)
            if miss_stops(planned, (place,), until):
                self._tell_missed(planned, place, visit.seq, step)
                judged.append(planned)
        return judged

    def _tell_missed(self, planned: PlannedRun, place: int, cause: int, step: PatrolStep) -> None:
        """Tell rules of a stop that was missed: not yet, where nobody has begun the run and a rule says that."""
        if self._is_one and planned.run.begun_at is None:
            planned.held = [*planned.held, place]
        else:
            step.news.append(self._missed(planned, place, cause))

    def _tell_unbegun(self, planned: PlannedRun, until: Instant, cause: int, step: PatrolStep) -> None:
        if self._is_one and not planned.unbegun and planned.run.begun_at is None and planned.begun_by <= until:
            planned.unbegun = True
            step.news.append(self._run_news(StopChange.NOT_BEGUN, planned, planned.begun_by, cause))

    def _tell_begun(self, planned: PlannedRun, arrived: Visit, step: PatrolStep) -> None:
        """Somebody has begun a run, or earlier than was known: the stops missed until then will be news."""
        begun_at = planned.run.begun_at or 0
        correction = None
        if begun_at > planned.begun_by:
            planned.unbegun = True
        elif planned.unbegun:
            begun, uploaded = (clock_text(self.site.timezone, at) for at in (begun_at, arrived.received_at))
            tour = self.tour.name
            correction = Text(
                f"{tour.en}: begun {begun}, uploaded {uploaded}", f"{tour.zh}：{begun} 开始，{uploaded} 上传"
            )
        news = self._run_news(StopChange.BEGUN, planned, arrived.received_at, arrived.seq)
        step.news.append(replace(news, begun_at=begun_at, correction=correction))
        if planned.held and planned.tell_at is None:
            planned.tell_at = arrived.received_at + UPLOAD_TAKES
            self._waiting.append(planned)

    def _tell_held(self, at: Instant, cause: int, step: PatrolStep) -> None:
        """Tell rules of the stops that were missed before somebody began, and that no upload has proved meanwhile."""
        for planned in self._waiting:
            if planned.tell_at is not None and planned.tell_at <= at:
                held, planned.held, planned.tell_at = planned.held, [], None
                step.news += [self._missed(planned, place, cause) for place in held if not is_proven(planned, place)]
        self._waiting = [planned for planned in self._waiting if planned.tell_at is not None]

    def _run_news(self, change: StopChange, planned: PlannedRun, at: Instant, cause: int) -> StopNews:
        return StopNews(
            change=change,
            site=self.site.id,
            tour=self.tour.id,
            checkpoint="",
            at=at,
            cause=cause,
            due_at=planned.run.starts_at,
            missed_at=planned.begun_by,
        )

    def _advance(
        self, runs: Sequence[PlannedRun], arrived: Visit, texts: Mapping[str, Sequence[Text]], step: PatrolStep
    ) -> None:
        for planned in runs:
            corrections = texts.get(planned.run.id, ())
            at = arrived.received_at if corrections else arrived.at
            self._freeze(planned)
            suspect(planned, self._marks, self.site.fraud)
            until = min(arrived.at, arrived.received_at)
            begun_at = planned.run.begun_at
            run = advance(planned, until, opened=False, corrections=corrections, settings=self.site.fraud)
            self._learn(planned)
            if self._is_one and planned.run.begun_at != begun_at:
                self._tell_begun(planned, arrived, step)
            if run is not None:
                step.told.append((at, TourRunChanged(run=run, corrected=bool(corrections))))
        if runs:
            self.sort_out()

    def _corrections(
        self, folded: Sequence[PlannedRun], name: Text, arrived: Visit, step: PatrolStep, *, is_newest: bool
    ) -> dict[str, list[Text]]:
        """By run, what had been said otherwise before this scan arrived."""
        texts: dict[str, list[Text]] = {}
        for planned in folded:
            for place, stop in enumerate(planned.run.stops):
                now = verdict(planned, place)
                if now is stop.verdict or now in UNPROVEN or stop.verdict is StopVerdict.PENDING:
                    continue
                if stop.verdict is StopVerdict.MISSED:
                    text = self._walked(name, planned.chosen[place] or arrived)
                    step.news.append(self._corrected(planned, place, arrived, text))
                elif is_newest:
                    continue
                else:
                    is_its_own = stop.checkpoint == arrived.checkpoint
                    text = self._walked(name, arrived) if is_its_own else self._shifted(stop.checkpoint, now)
                texts.setdefault(planned.run.id, []).append(text)
        return texts

    def _walked(self, name: Text, visit: Visit) -> Text:
        walked = clock_text(self.site.timezone, visit.at)
        uploaded = clock_text(self.site.timezone, visit.received_at)
        return Text(f"{name.en}: walked {walked}, uploaded {uploaded}", f"{name.zh}：{walked} 巡到，{uploaded} 上传")

    def _shifted(self, checkpoint: str, now: StopVerdict) -> Text:
        """Another stop is judged otherwise because of a scan that came late."""
        name = next(
            (each.name for each in self.site.checkpoints if each.id == checkpoint), Text(checkpoint, checkpoint)
        )
        said = verdict_text(now)
        return Text(f"{name.en}: {said.en} after all", f"{name.zh}：改判为{said.zh}")

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


def scan_judged(site: str, visit: Visit, judged: StopVerdict, run: str | None) -> ScanJudged:
    """Say what a scan counted as."""
    return ScanJudged(
        site=site,
        checkpoint=visit.checkpoint,
        officer=visit.officer,
        scanned_at=visit.at,
        verdict=judged,
        run=run,
        known=judged is not StopVerdict.UNKNOWN_TAG,
        seq=visit.seq,
        device=visit.device,
        flags=visit.flags,
    )
