"""Patrol: the runs of every tour, kept up to date by scans and by the clock (late law, horizon 7 days).

A run becomes known one start ahead, opens at its start, and is judged stop by stop. While a monitor gap is being read
up (`is_holding`) nobody's absence is judged; scans count all the same.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from domain.commands import AbandonTourRun, HandOverTourRun
from domain.effects import TourRunChanged
from domain.errors import CommandRefused
from domain.fraud import FraudSettings
from domain.instant import HOUR, Duration, Instant
from domain.observations import CheckpointScan
from domain.record import Believed, Record
from domain.site import Checkpoint, Site
from domain.tour_run import Handover, ScanFlag, StopVerdict, TourRun
from rules.deadlines import Deadlines
from rules.inspection import flags_of
from rules.patrol_footprints import HORIZON, Footprint, Footprints, FootprintsState
from rules.patrol_news import StopNews
from rules.patrol_plan import PlannedRun, Visit, handed_over
from rules.patrol_run import abandon
from rules.patrol_suspicion import Legs
from rules.patrol_track import OPEN_STATES, PatrolStep, Track, scan_judged
from rules.telling import Dated

FASTEST_CLOCK: Final[Duration] = HOUR
"""A scan cannot bring up runs further ahead of its receipt than this, whatever its device says."""

_Key: TypeAlias = tuple[str, str]


class TrackState(Struct, frozen=True, kw_only=True):
    """The stored form of one tour's runs, earliest start first."""

    site: str
    tour: str
    runs: list[PlannedRun]
    legs: Legs = {}


class PatrolState(Struct, frozen=True, kw_only=True):
    """The stored form of all tours, and of the scans as evidence."""

    tracks: list[TrackState]
    footprints: list[FootprintsState]


class Patrol:
    """All tours of all sites."""

    def __init__(self) -> None:
        """No tours are configured."""
        self._tracks: dict[_Key, Track] = {}
        self._routes: dict[_Key, list[Track]] = {}
        self._checkpoints: dict[_Key, Checkpoint] = {}
        self._owners: dict[str, Track] = {}
        self._as_one: frozenset[_Key] = frozenset()
        self._footprints: dict[str, Footprints] = {}
        self._people: dict[str, tuple[Mapping[str, None], float]] = {}
        self._deadlines: Deadlines[_Key] = Deadlines()

    def configure(self, sites: Iterable[Site], at: Instant, as_one: Collection[_Key] = ()) -> list[Dated]:
        """Take the tours that now hold. Runs under way keep their plan; those only scheduled follow the new one.

        `as_one` are the (site, tour) where a rule listens for runs that nobody begins.
        """
        self._as_one = frozenset(as_one)
        told: list[Dated] = []
        before = self._tracks
        prints = [footprints.state() for footprints in self._footprints.values()]
        self._index(sites, [_stored(track) for track in before.values()], prints)
        for key, former in before.items():
            if key not in self._tracks:
                told += [(at, _ended(planned, "the tour was removed")) for planned in former.open]
        for key, track in self._tracks.items():
            told += self._plan_anew(track, before.get(key), at)
            self._set_timer(track)
        return told

    def observe(self, record: Record, scan: CheckpointScan, *, is_holding: bool) -> PatrolStep:
        """Count a scan wherever it counts, and correct what it shows to be wrong."""
        step = PatrolStep([], [])
        place = (scan.site, scan.checkpoint)
        checkpoint = self._checkpoints.get(place)
        people, vague = self._people.get(scan.site, ({}, FraudSettings().useless_accuracy_m))
        visit = _visit(record, scan, flags_of(record, scan, checkpoint, people, vague))
        footprints = self._footprints.get(scan.site)
        changed = [] if footprints is None else footprints.add(_footprint(record, scan, visit))
        if checkpoint is None:
            step.told.append((visit.at, scan_judged(scan.site, visit, StopVerdict.UNKNOWN_TAG, None)))
            return step
        tracks = self._routes.get(place, ())
        for track in tracks:
            known_to = min(visit.at, visit.received_at + FASTEST_CLOCK)
            step.told += self._plan_ahead(track, known_to, visit.received_at)
        counting = _meant(tracks, visit, scan.tour)
        for track in tracks:
            if track.arrive(checkpoint.name, visit, step, counts=track in counting, is_holding=is_holding):
                self._set_timer(track)
        for other in changed[1:]:
            for track in self._routes.get((scan.site, other.checkpoint), ()):
                track.mark_anew(other, step)
        if not counting:
            step.told.append((visit.at, scan_judged(scan.site, visit, StopVerdict.OUTSIDE_TOUR, None)))
        return step

    def hear_boot(self, record: Record) -> PatrolStep:
        """A device's first message tells when its boot began: no scan of that boot is older."""
        step = PatrolStep([], [])
        footprints = self._footprints.get(record.site or "")
        identity = record.identity
        if footprints is None or identity is None or identity.seq != 1:
            return step
        for scan in footprints.begin(identity.device, identity.boot, record.event_time):
            for track in self._routes.get((record.site or "", scan.checkpoint), ()):
                track.mark_anew(scan, step)
        return step

    def next_deadline(self) -> Instant | None:
        """When a run opens or a stop is missed next, or None."""
        return self._deadlines.next()

    def fire(self, until: Instant, cause: int) -> PatrolStep:
        """Open the runs and judge the absences that are due by `until`, in order of time."""
        step = PatrolStep([], [])
        while (due := self._deadlines.pop(until)) is not None:
            at, key = due
            track = self._tracks[key]
            track.fire(at, cause, step)
            self._forget(track, until - HORIZON)
            step.told += self._plan_ahead(track, at, at, oldest=until - HORIZON)
            self._set_timer(track)
        return step

    def abandon(self, command: AbandonTourRun, at: Instant, cause: int) -> tuple[TourRun, list[StopNews]]:
        """End a run before its stops are walked; `cause` is the seq of the command. Gives it, and news of it for rules.

        Raises:
            CommandRefused: the run is unknown, or has changed since the operator looked.
            IllegalTransition: it is over already.
        """
        track, planned = self._expected(command.run, command.expected_version)
        run = abandon(planned, command.reason)
        news = track.called_off(planned, at, cause)
        self._set_timer(track)
        return run, news

    def hand_over(self, command: HandOverTourRun, at: Instant) -> TourRun:
        """Let another officer walk on: scans made from now on count as those of one who may.

        Raises:
            CommandRefused: `unknown_run`, `version_conflict`, or `run_over`.
        """
        _, planned = self._expected(command.run, command.expected_version)
        if planned.run.state not in OPEN_STATES:
            detail = f"run '{command.run}' is {planned.run.state}: only a run that is not over is handed over"
            raise CommandRefused("run_over", detail)
        handover = Handover(at=at, officer=command.officer, actor=command.actor, reason=command.reason)
        planned.run = handed_over(planned.run, handover)
        return planned.run

    def _expected(self, run_id: str, expected_version: int | None) -> tuple[Track, PlannedRun]:
        track = self._owners.get(run_id)
        if track is None:
            raise CommandRefused("unknown_run", f"run '{run_id}' is not known: it may have ended more than 7 days ago")
        planned = next(planned for planned in track.runs if planned.run.id == run_id)
        if expected_version not in (None, planned.run.version):
            detail = f"run '{run_id}' is at version {planned.run.version}, not {expected_version}: look again"
            raise CommandRefused("version_conflict", detail)
        return track, planned

    def state(self) -> PatrolState:
        """Everything remembered."""
        return PatrolState(
            tracks=[_stored(track) for track in self._tracks.values()],
            footprints=[footprints.state() for footprints in self._footprints.values()],
        )

    def restore(self, sites: Iterable[Site], state: PatrolState, as_one: Collection[_Key] = ()) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._as_one = frozenset(as_one)
        self._index(sites, state.tracks, state.footprints)
        for track in self._tracks.values():
            self._set_timer(track)

    def _index(
        self, sites: Iterable[Site], tracks: Sequence[TrackState], footprints: Sequence[FootprintsState]
    ) -> None:
        kept = {(stored.site, stored.tour): stored for stored in tracks}
        prints = {stored.site: stored for stored in footprints}
        self._footprints, self._people = {}, {}
        self._tracks, self._routes, self._checkpoints, self._owners = {}, {}, {}, {}
        self._deadlines.clear()
        for site in sites:
            known = dict.fromkeys(person.id for person in site.people)
            self._people[site.id] = (known, site.fraud.useless_accuracy_m)
            self._footprints[site.id] = Footprints(site, prints.get(site.id))
            self._checkpoints.update({(site.id, checkpoint.id): checkpoint for checkpoint in site.checkpoints})
            for tour in site.tours:
                stored = kept.get((site.id, tour.id))
                marks = self._footprints[site.id].marks
                is_one = (site.id, tour.id) in self._as_one
                track = (
                    Track(site, tour, marks=marks, is_one=is_one)
                    if stored is None
                    else Track(site, tour, stored.runs, legs=stored.legs, marks=marks, is_one=is_one)
                )
                self._tracks[track.key] = track
                self._owners.update({planned.run.id: track for planned in track.runs})
                names = [stop.checkpoint for stop in tour.stops]
                names += [stop.checkpoint for planned in track.runs for stop in planned.run.stops]
                for checkpoint in dict.fromkeys(names):
                    self._routes.setdefault((site.id, checkpoint), []).append(track)

    def _plan_anew(self, track: Track, former: Track | None, at: Instant) -> list[Dated]:
        """Plan under a new configuration; what was scheduled and is no longer is told as abandoned."""
        changed = former is not None and (former.tour, former.site.timezone) != (track.tour, track.site.timezone)
        withdrawn = track.withdraw(at) if changed else []
        for planned in withdrawn:
            del self._owners[planned.run.id]
        versions = {planned.run.starts_at: planned.run.version for planned in withdrawn}
        told = self._plan_ahead(track, at, at, versions=versions)
        return told + [
            (at, _ended(planned, "the tour's plan was changed"))
            for planned in withdrawn
            if planned.run.id not in self._owners
        ]

    def _plan_ahead(
        self,
        track: Track,
        known_to: Instant,
        at: Instant,
        *,
        oldest: Instant | None = None,
        versions: Mapping[Instant, int] | None = None,
    ) -> list[Dated]:
        runs = track.plan_ahead(known_to, known_to - HORIZON if oldest is None else oldest, versions or {})
        if not runs:
            return []
        self._owners.update({run.id: track for run in runs})
        self._set_timer(track)
        return [(at, TourRunChanged(run=run)) for run in runs]

    def _forget(self, track: Track, before: Instant) -> None:
        for planned in track.forget(before):
            del self._owners[planned.run.id]

    def _set_timer(self, track: Track) -> None:
        self._deadlines.set(track.key, track.next_judgement())


def _visit(record: Record, scan: CheckpointScan, flags: tuple[ScanFlag, ...]) -> Visit:
    identity = record.identity
    return Visit(
        at=record.event_time,
        device=record.source if identity is None else identity.device,
        boot="" if identity is None else identity.boot,
        number=record.seq if identity is None else identity.seq,
        seq=record.seq,
        officer=scan.officer,
        received_at=record.received_at,
        checkpoint=scan.checkpoint,
        method=scan.method,
        flags=flags,
    )


def _stored(track: Track) -> TrackState:
    return TrackState(site=track.site.id, tour=track.tour.id, runs=track.runs, legs=track.legs)


def _footprint(record: Record, scan: CheckpointScan, visit: Visit) -> Footprint:
    """The scan as evidence; its device's clock was off where it was not believed."""
    was_believed = record.believed is Believed.DEVICE or record.device_time is None
    position = scan.position
    return Footprint(
        at=visit.at,
        device=visit.device,
        boot=visit.boot,
        number=visit.number,
        seq=visit.seq,
        officer=visit.officer,
        checkpoint=visit.checkpoint,
        method=visit.method,
        skew=0 if was_believed or record.device_time is None else record.device_time - record.received_at,
        latitude=None if position is None else position.latitude,
        longitude=None if position is None else position.longitude,
        accuracy_m=None if position is None else position.accuracy_m,
    )


def _meant(tracks: Sequence[Track], visit: Visit, tour: str | None) -> Sequence[Track]:
    """The tours a scan counts for, by what it and the plans say alone: that cannot depend on other scans.

    The tour that the officer chose on the phone; else those that name this officer; else those that anybody may walk;
    else all that hold the scan, where it is a wrong officer's.
    """
    holding = [(track, planned) for track in tracks for planned in track.runs_holding(visit.checkpoint, visit.at)]
    chosen = [track for track, _ in holding if track.tour.id == tour]
    named = [track for track, planned in holding if planned.names(visit)]
    free = [track for track, planned in holding if not planned.officers]
    meant = chosen or named or free or [track for track, _ in holding]
    return [track for place, track in enumerate(meant) if track not in meant[:place]]


def _ended(planned: PlannedRun, reason: str) -> TourRunChanged:
    return TourRunChanged(run=abandon(planned, reason))
