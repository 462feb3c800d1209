"""What the reports about patrols say."""

from msgspec import Struct

from domain.effects import CommandOutcome
from domain.instant import Instant
from domain.patrol_proposal import PatrolProposal
from domain.text import Text


class TourFigures(Struct, frozen=True, kw_only=True):
    """A tour in a time: its runs by how they ended, its stops by what came of them, and how much looked faked."""

    tour: str
    name: Text
    runs: int
    completed: int
    completed_late: int
    incomplete: int
    missed: int
    abandoned: int
    tardy: int
    stops: int
    stops_on_time: int
    stops_missed: int
    stops_corrected: int
    completion_share: float | None
    on_time_share: float | None
    suspicious_runs: int


class OfficerFigures(Struct, frozen=True, kw_only=True):
    """An officer in a time: the stops walked, by verdict, and the marks on them."""

    officer: str
    runs: int
    stops: int
    on_time: int
    late: int
    early: int
    out_of_order: int
    too_fast: int
    too_slow: int
    wrong_officer: int
    uploaded_late: int
    marks: int


class ZoneHour(Struct, frozen=True, kw_only=True):
    """How often somebody was in a zone in one hour of the site's day, over all days of the time."""

    zone: str
    hour: int
    visits: int


class ZoneCoverage(Struct, frozen=True, kw_only=True):
    """A zone in a time: the visits, and the longest time between two, which began at `since` (None: never there).

    `outside_tours` of the visits were made without a run.
    """

    zone: str
    visits: int
    outside_tours: int
    longest_gap_seconds: float
    since: Instant | None


class TagHealth(Struct, frozen=True, kw_only=True):
    """A checkpoint's tag: visits, stops missed in runs that were walked otherwise, and scans by another method.

    `suspect`: at least 5 such runs, and a fifth of them or more failed here or needed another method.
    """

    checkpoint: str
    name: Text
    visits: int
    missed_in_walked_runs: int
    weak_method: int
    suspect: bool


class PatrolReport(Struct, frozen=True, kw_only=True):
    """Patrols of a site, by runs that start from `start` until `end`; scans outside any tour are not counted."""

    site: str
    start: Instant
    end: Instant
    tours: tuple[TourFigures, ...]
    officers: tuple[OfficerFigures, ...]
    coverage: tuple[ZoneCoverage, ...]
    hours: tuple[ZoneHour, ...]
    tags: tuple[TagHealth, ...]


class WalkedStop(Struct, frozen=True, kw_only=True):
    """One stop of one run, as a line: what was planned, what came of it, and why, in words."""

    run: str
    tour: str
    starts_at: Instant
    state: str
    checkpoint: str
    due_at: Instant
    scanned_at: Instant | None
    received_at: Instant | None
    officer: str | None
    verdict: str
    deviations: tuple[str, ...]
    leg_seconds: float | None
    marks: tuple[str, ...]
    suspicion: float
    reasons: tuple[Text, ...]


class PatrolProposalAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the proposal as it now is."""

    outcome: CommandOutcome
    proposal: PatrolProposal
