"""What an officer's phone gets for an answer."""

from msgspec import Struct

from api.views import PersonName
from domain.instant import Instant
from domain.observations import ScanMethod
from domain.site import Question, TourOrder
from domain.text import Text
from domain.tour_run import StopVerdict, TourRunState


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of one observation: `stored`, or `quarantined` with the reason; `record` is its seq."""

    boot: str | None
    seq: int | None
    outcome: str
    reason: str
    detail: str
    record: int


class Receipts(Struct, frozen=True, kw_only=True):
    """A receipt for each observation, in their order."""

    receipts: tuple[Receipt, ...]


class PhotoStored(Struct, frozen=True, kw_only=True):
    """A photograph that is kept now; `reference` is what a scan says of it."""

    reference: str
    size: int


class PhoneCheckpoint(Struct, frozen=True, kw_only=True):
    """A checkpoint as an officer needs it: what proves a visit well (empty: any way), and what is asked there."""

    id: str
    name: Text
    methods: tuple[ScanMethod, ...]
    questions: tuple[Question, ...]


class PhoneStop(Struct, frozen=True, kw_only=True):
    """A stop of a run: when it may be scanned, and what came of it.

    A scan before `not_before` is early, after `due_at` late, after `missed_at` the stop is missed.
    """

    checkpoint: str
    not_before: Instant
    due_at: Instant
    missed_at: Instant
    verdict: StopVerdict
    scanned_at: Instant | None


class PhoneRun(Struct, frozen=True, kw_only=True):
    """A run without what only supervisors see. Scans count from `opens_at`; `officers` may walk it (empty: anybody)."""

    id: str
    name: Text
    state: TourRunState
    order: TourOrder
    opens_at: Instant
    starts_at: Instant
    ends_at: Instant
    officers: tuple[str, ...]
    stops: tuple[PhoneStop, ...]


class PhoneDay(Struct, frozen=True, kw_only=True):
    """All that a phone needs to go without a connection for a shift; `at` is Vigil's clock."""

    at: Instant
    site: str
    name: Text
    timezone: str
    device: str
    officers: tuple[PersonName, ...]
    checkpoints: tuple[PhoneCheckpoint, ...]
    runs: tuple[PhoneRun, ...]
