"""Tour runs (巡更班次): one walk of one tour, judged from its scans."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.fraud import FraudMark
from domain.instant import Instant
from domain.text import Text


class TourRunState(StrEnum):
    """Where a run stands."""

    SCHEDULED = "scheduled"
    DUE = "due"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    COMPLETED_LATE = "completed_late"
    INCOMPLETE = "incomplete"
    MISSED = "missed"
    ABANDONED = "abandoned"


class TourRunTrigger(StrEnum):
    """What a scan, the clock or a person does to a run. The `CORRECT_...` ones are scans that came late."""

    OPEN = "open"
    START = "start"
    FINISH = "finish"
    FINISH_LATE = "finish_late"
    EXPIRE = "expire"
    ABANDON = "abandon"
    CORRECT_COMPLETED = "correct_completed"
    CORRECT_LATE = "correct_late"
    CORRECT_INCOMPLETE = "correct_incomplete"


_S = TourRunState
_T = TourRunTrigger

TOUR_RUN_TABLE: Final[Mapping[tuple[TourRunState, TourRunTrigger], TourRunState]] = {
    (_S.SCHEDULED, _T.OPEN): _S.DUE,
    (_S.SCHEDULED, _T.START): _S.IN_PROGRESS,
    (_S.SCHEDULED, _T.ABANDON): _S.ABANDONED,
    (_S.DUE, _T.START): _S.IN_PROGRESS,
    (_S.DUE, _T.EXPIRE): _S.MISSED,
    (_S.DUE, _T.ABANDON): _S.ABANDONED,
    (_S.IN_PROGRESS, _T.FINISH): _S.COMPLETED,
    (_S.IN_PROGRESS, _T.FINISH_LATE): _S.COMPLETED_LATE,
    (_S.IN_PROGRESS, _T.EXPIRE): _S.INCOMPLETE,
    (_S.IN_PROGRESS, _T.ABANDON): _S.ABANDONED,
    (_S.MISSED, _T.CORRECT_INCOMPLETE): _S.INCOMPLETE,
    (_S.MISSED, _T.CORRECT_COMPLETED): _S.COMPLETED,
    (_S.MISSED, _T.CORRECT_LATE): _S.COMPLETED_LATE,
    (_S.INCOMPLETE, _T.CORRECT_COMPLETED): _S.COMPLETED,
    (_S.INCOMPLETE, _T.CORRECT_LATE): _S.COMPLETED_LATE,
    (_S.COMPLETED_LATE, _T.CORRECT_COMPLETED): _S.COMPLETED,
    # An earlier scan that comes late can show that the walk took too long.
    (_S.COMPLETED, _T.CORRECT_LATE): _S.COMPLETED_LATE,
}


class StopVerdict(StrEnum):
    """The judgement on a stop of a run, and on a scan. A stop that deviates in several ways shows the first of them.

    A stop is pending or missed, or somebody was there. A scan besides can be a duplicate of one that counts, of an
    unknown tag (nothing is configured under its id), or outside any tour.
    """

    PENDING = "pending"
    ON_TIME = "on_time"
    EARLY = "early"
    LATE = "late"
    MISSED = "missed"
    OUT_OF_ORDER = "out_of_order"
    TOO_FAST = "too_fast"
    TOO_SLOW = "too_slow"
    WRONG_OFFICER = "wrong_officer"
    DUPLICATE = "duplicate"
    UNKNOWN_TAG = "unknown_tag"
    OUTSIDE_TOUR = "outside_tour"


class ScanFlag(StrEnum):
    """What is odd about a scan that counts all the same."""

    UNKNOWN_OFFICER = "unknown_officer"
    TOO_OLD = "too_old"
    VAGUE_POSITION = "vague_position"
    UNKNOWN_QUESTION = "unknown_question"
    ANSWER_OF_WRONG_TYPE = "answer_of_wrong_type"
    ANSWER_IN_WRONG_UNIT = "answer_in_wrong_unit"


class RunStop(Struct, frozen=True, kw_only=True):
    """One stop of a run: what was planned and what the scans prove. `seq` is the record of the scan that counts.

    `deviations` are all that the scan shows, the verdict the first of them; `leg_seconds` is how long the way from the
    stop walked before took; `marks` are what looks faked about the scan, and have no part in the verdict.
    """

    checkpoint: str
    due_at: Instant
    missed_at: Instant
    verdict: StopVerdict
    scanned_at: Instant | None = None
    received_at: Instant | None = None
    officer: str | None = None
    seq: int | None = None
    deviations: tuple[StopVerdict, ...] = ()
    leg_seconds: float | None = None
    marks: tuple[FraudMark, ...] = ()


class Handover(Struct, frozen=True, kw_only=True):
    """A run was handed over: from `at` on `officer` may walk it."""

    at: Instant
    officer: str
    actor: str
    reason: str = ""


class TourRun(Struct, frozen=True, kw_only=True):
    """One planned walk. `corrections` say by name what late scans changed; `version` grows with every change.

    `suspicion` is how much looks faked, 0 to 1, by the marks on its stops and its own `marks`.
    `begun_at` is the first scan that counts, `tardy` says that there was none in the time for starting.
    """

    id: str
    site: str
    tour: str
    name: Text
    state: TourRunState
    starts_at: Instant
    ends_at: Instant
    stops: tuple[RunStop, ...]
    corrections: tuple[Text, ...] = ()
    reason: str = ""
    begun_at: Instant | None = None
    tardy: bool = False
    handovers: tuple[Handover, ...] = ()
    suspicion: float = 0.0
    marks: tuple[FraudMark, ...] = ()
    version: int = 1
