"""What the stores can do, whatever holds them. Types of the domain go in and come out; no SQL shows here."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from domain.alarm import Alarm, Occurrence
from domain.alarm_figures import OccurrenceFacts
from domain.effects import CommandOutcome, DeviceChanged, DoorChanged, Effect, QuarantineAdded, ScanJudged
from domain.errors import VigilError
from domain.identity import REAL_LANE
from domain.incident import Flood, Incident
from domain.instant import Instant
from domain.mode import Mode
from domain.notification import AlarmNotification
from domain.operator_log import LogEntry
from domain.patrol_proposal import PatrolProposal
from domain.tour_run import TourRun
from domain.undecided import Undecided
from domain.work_order import WorkOrder
from stores.ports.filters import AlarmFilter as AlarmFilter
from stores.ports.filters import IncidentFilter as IncidentFilter
from stores.ports.filters import LogFilter as LogFilter
from stores.ports.filters import ModeFilter as ModeFilter
from stores.ports.filters import OrderFilter as OrderFilter
from stores.ports.filters import Page as Page
from stores.ports.filters import ProposalFilter as ProposalFilter
from stores.ports.filters import UndecidedFilter as UndecidedFilter
from stores.ports.messages import MessageLog as MessageLog
from stores.ports.messages import MessageState as MessageState
from stores.ports.messages import SendingAttempt as SendingAttempt
from stores.ports.messages import StoredMessage as StoredMessage
from stores.ports.telemetry import Historian as Historian
from stores.ports.telemetry import LatestReading as LatestReading
from stores.ports.telemetry import ReadingColumns as ReadingColumns
from stores.ports.telemetry import ReadingHistory as ReadingHistory
from stores.ports.telemetry import Series as Series
from stores.ports.telemetry import SeriesBucket as SeriesBucket


class PartitionLost(VigilError):
    """Another engine owns this partition now (the epoch moved on), or `last_seq` is not what was expected. Stop."""


class StoreUnavailable(VigilError):
    """The store cannot write or read now (disk full, I/O error, locked for too long). Nothing was changed."""


class BadCursor(VigilError, ValueError):
    """A paging cursor that this list did not give. Start again without a cursor."""


class OutboxMessage(Struct, frozen=True, kw_only=True):
    """Something to be sent, written in the transaction of what it speaks of.

    `id` is derived from the effect and is the idempotency key for receivers. `channel` names the sender (`console`,
    `mqtt`); `address` is the sender's own (an MQTT topic); a `retain`ed message replaces older unsent ones of the same
    address.
    """

    id: str
    channel: str
    address: str
    payload: bytes
    retain: bool = False


class ClaimedMessage(Struct, frozen=True, kw_only=True):
    """An outbox message taken for sending; `attempt` counts from 1, `since` is how long it has been waiting to go."""

    message: OutboxMessage
    attempt: int
    since: Instant


class Commit(Struct, frozen=True, kw_only=True):
    """All consequences of the records after `seq_before` up to `seq_after`, to be stored in one transaction."""

    epoch: int
    seq_before: int
    seq_after: int
    committed_at: Instant
    effects: Sequence[Effect] = ()
    outbox: Sequence[OutboxMessage] = ()
    resent: Sequence[str] = ()
    """Ids of refused messages that are to be tried again."""


class StoredEffect(Struct, frozen=True, kw_only=True):
    """An effect with its place in the stream of all effects (the live stream's event id) and when it was committed."""

    position: int
    committed_at: Instant
    effect: Effect


class EffectLog(Protocol):
    """The stream of all effects in the order they were committed."""

    def effects_after(self, position: int, limit: int) -> Sequence[StoredEffect]:
        """Give up to `limit` effects after `position`, oldest first."""

    def last_position(self) -> int:
        """The newest effect's position, 0 where there is none."""

    def wait_for_effects(self, position: int, timeout: float) -> bool:
        """Wait until an effect after `position` is committed; False after `timeout` seconds without one."""


class EngineStore(EffectLog, Protocol):
    """What the runtime writes, guarded by an epoch: one owner per partition takes effect."""

    def claim(self) -> int:
        """Take the partition: raises the epoch and gives it. Whoever held an older epoch is refused from now on."""

    def last_seq(self) -> int:
        """The seq up to which all consequences are committed, 0 at first."""

    def parked(self, after: int) -> Mapping[int, QuarantineAdded]:
        """What was said of records after a seq that were passed over (`domain.effects.PARKED_REASONS`), by seq."""

    def commit(self, commit: Commit) -> int:
        """Store the consequences in one transaction and give the position of the last effect.

        Raises:
            PartitionLost: the epoch or `seq_before` is not the partition's own; nothing was stored.
            StoreUnavailable: the disk refused; nothing was stored.
        """


class Outbox(Protocol):
    """What waits to be sent. Claims are under the same epoch as the commits."""

    def claim_messages(self, epoch: int, channel: str, limit: int, now: Instant) -> Sequence[ClaimedMessage]:
        """Give up to `limit` due messages of a channel, oldest first, and count an attempt for each.

        Also due is what began to wait after `now`, for its next attempt or for a sender that died: the clock was set
        back meanwhile.

        Raises:
            PartitionLost: the epoch is not the partition's own.
        """

    def mark_sent(self, message_id: str, now: Instant, detail: str = "") -> None:
        """The receiver has taken it."""

    def mark_retry(self, message_id: str, now: Instant, due: Instant, detail: str) -> None:
        """It failed for now; try again at `due`."""

    def mark_refused(self, message_id: str, now: Instant, detail: str) -> None:
        """It will never be taken: kept as refused, until somebody has it sent again."""

    def counts(self) -> Mapping[str, int]:
        """How many messages are `waiting`, `sent` and `refused`."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """The whole state of a lane's engine after `seq`, in the format `version` of the engine identity `identity`."""

    seq: int
    version: int
    identity: str
    taken_at: Instant
    state: bytes
    lane: str = REAL_LANE


class SnapshotStore(Protocol):
    """Engine snapshots. The newest few are kept."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; older ones beyond the last three go."""

    def newest(self, lane: str, at_most: int) -> Snapshot | None:
        """The newest intact snapshot of a lane with seq <= `at_most`, or None."""


class StoredQuarantine(Struct, frozen=True, kw_only=True):
    """A quarantined message: `seq` is its record in the journal, where its bytes are."""

    seq: int
    at: Instant
    entry: QuarantineAdded


class ReadModels(EffectLog, Protocol):
    """What the API reads. Lists come newest first unless said otherwise, with the cursor of the next page or None."""

    def alarms(self, which: AlarmFilter, page: Page) -> tuple[Sequence[Alarm], str | None]:
        """Alarms, the most urgent standing ones first."""

    def alarm(self, alarm_id: str) -> Alarm | None:
        """One alarm."""

    def occurrences(self, alarm_id: str, page: Page) -> tuple[Sequence[Occurrence], str | None]:
        """All activations of one alarm."""

    def occurrence(self, occurrence_id: str) -> Occurrence | None:
        """One activation."""

    def alarm_history(self, alarm_id: str, page: Page) -> tuple[Sequence[StoredEffect], str | None]:
        """Every change of one alarm."""

    def notifications(self, alarm_id: str, page: Page) -> tuple[Sequence[AlarmNotification], str | None]:
        """Who is or was told of an alarm, and why or why not, newest first."""

    def incidents(self, which: IncidentFilter, page: Page) -> tuple[Sequence[Incident], str | None]:
        """Incidents, the most urgent with something standing first."""

    def incident(self, incident_id: str) -> Incident | None:
        """One incident."""

    def incident_occurrences(self, incident_id: str, page: Page) -> tuple[Sequence[Occurrence], str | None]:
        """All occurrences of an incident and of those that became part of it, newest first."""

    def modes(self, which: ModeFilter, page: Page) -> tuple[Sequence[Mode], str | None]:
        """Modes of places, the latest begun first."""

    def mode(self, mode_id: str) -> Mode | None:
        """One mode."""

    def suppressed_counts(self, mode: str | None = None) -> Mapping[str, int]:
        """How many alarms each mode suppresses now; modes that suppress none are left out."""

    def log(self, which: LogFilter, page: Page) -> tuple[Sequence[LogEntry], str | None]:
        """Entries of the operators' log, by when it happened."""

    def occurrence_facts(self, site: str | None, start: Instant, end: Instant) -> Sequence[OccurrenceFacts]:
        """What figures need of the occurrences raised in [start, end), and of older ones that are not over."""

    def floods(self, start: Instant, end: Instant) -> Sequence[Flood]:
        """Floods that began before `end` and were not over at `start`, oldest first."""

    def orders(self, which: OrderFilter, page: Page) -> tuple[Sequence[WorkOrder], str | None]:
        """Work orders."""

    def order(self, order_id: str) -> WorkOrder | None:
        """One work order."""

    def order_history(self, order_id: str, page: Page) -> tuple[Sequence[StoredEffect], str | None]:
        """Every change of one work order."""

    def runs(self, site: str | None, tour: str | None, page: Page) -> tuple[Sequence[TourRun], str | None]:
        """Tour runs, latest start first."""

    def run(self, run_id: str) -> TourRun | None:
        """One tour run."""

    def proposals(self, which: ProposalFilter, page: Page) -> tuple[Sequence[PatrolProposal], str | None]:
        """Proposals for patrols, newest first."""

    def proposal(self, proposal_id: str) -> PatrolProposal | None:
        """One proposal."""

    def undecided(self, which: UndecidedFilter, page: Page) -> tuple[Sequence[Undecided], str | None]:
        """Rules that cannot be decided now, each with its subject, the latest first."""

    def undecided_counts(self) -> Mapping[str, int]:
        """On how many subjects each rule cannot be decided now; rules that always can are left out."""

    def scans_outside(self, site: str, start: Instant, end: Instant) -> Sequence[ScanJudged]:
        """Scans made in [start, end) that no run held when they came, in the order in which they came."""

    def late_observations(self, site: str, start: Instant, end: Instant, most: int) -> Sequence[StoredEffect]:
        """Of the `most` newest late observations of a site those received in [start, end), the newest first."""

    def doors(self, site: str) -> Sequence[DoorChanged]:
        """The doors that have reported, by id."""

    def devices(self, site: str) -> Sequence[DeviceChanged]:
        """The devices that have reported, by id."""

    def quarantine(self, reason: str | None, page: Page) -> tuple[Sequence[StoredQuarantine], str | None]:
        """Quarantined messages."""

    def quarantine_counts(self) -> Mapping[str, int]:
        """How many messages were quarantined, by reason."""

    def outcome(self, command_id: str) -> CommandOutcome | None:
        """What became of a command, or None while it waits."""


class PersonEntry(Struct, frozen=True, kw_only=True):
    """What is known of a person, erasable as one."""

    id: str
    name: str
    telephone: str | None = None


class PeopleStore(Protocol):
    """Names behind opaque ids: the one place that can be erased."""

    def put(self, entry: PersonEntry) -> None:
        """Add or replace a person."""

    def names(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The names of those that are known."""

    def erase(self, person_id: str) -> bool:
        """Forget a person; True if there was one. The opaque id stays wherever it was."""
