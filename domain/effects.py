"""What the engine decides: facts for read models, the live stream and everything outside.

Each effect carries an id derived from its cause, so a repeat is recognised anywhere; `at` is the time it is true
from (a deadline's own time, not the tick's).
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.alarm import Alarm, Occurrence
from domain.incident import Flood, Incident
from domain.instant import Instant
from domain.mode import Mode
from domain.notification import AlarmNotification, Notice
from domain.operator_log import LogEntry
from domain.patrol_proposal import PatrolProposal
from domain.tour_run import ScanFlag, StopVerdict, TourRun
from domain.undecided import Undecided
from domain.work_order import WorkOrder


class AlarmChange(StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"
    CLEARED = "cleared"
    SIGHT_LOST = "sight_lost"
    SIGHT_REGAINED = "sight_regained"
    WORSENED = "worsened"
    EASED = "eased"
    ACKNOWLEDGED = "acknowledged"
    COMMENTED = "commented"
    CORRECTED = "corrected"
    CLOSED = "closed"
    ACKNOWLEDGEMENT_EXPIRED = "acknowledgement_expired"
    ACKNOWLEDGEMENT_PAUSED = "acknowledgement_paused"
    ACKNOWLEDGEMENT_RESUMED = "acknowledgement_resumed"
    ASSIGNED = "assigned"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    TAKEN_OUT = "taken_out"
    BROUGHT_BACK = "brought_back"
    INHIBITED = "inhibited"
    RELEASED = "released"
    LATCH_RESET = "latch_reset"
    COUNTED = "counted"
    STEADIED = "steadied"
    CONFIRMED = "confirmed"
    GROUPED = "grouped"


class AlarmChanged(Struct, frozen=True, tag="alarm_changed", kw_only=True):
    """An alarm as it is now, with the occurrence this change is about."""

    change: AlarmChange
    alarm: Alarm
    occurrence: Occurrence
    actor: str | None = None
    comment: str = ""


class IncidentChanged(Struct, frozen=True, tag="incident_changed", kw_only=True):
    """An incident as it is now; said once for each record that changed it."""

    incident: Incident


class FloodChanged(Struct, frozen=True, tag="flood_changed", kw_only=True):
    """A flood of alarms began, or is over."""

    flood: Flood


class LogEntryAdded(Struct, frozen=True, tag="log_entry_added", kw_only=True):
    """An operator wrote into the log."""

    entry: LogEntry


class ModeChanged(Struct, frozen=True, tag="mode_changed", kw_only=True):
    """A mode as it is now: begun, given another end, or over. `actor` None: its time was over."""

    mode: Mode
    actor: str | None = None
    comment: str = ""


class WorkOrderChange(StrEnum):
    """What happened to a work order."""

    CREATED = "created"
    APPENDED = "appended"
    PROPOSED_DONE = "proposed_done"
    MOVED = "moved"
    REOPENED = "reopened"
    WORSENED = "worsened"


class WorkOrderChanged(Struct, frozen=True, tag="work_order_changed", kw_only=True):
    """A work order as it is now."""

    change: WorkOrderChange
    order: WorkOrder
    actor: str | None = None


class TourRunChanged(Struct, frozen=True, tag="tour_run_changed", kw_only=True):
    """A tour run as it is now; `corrected` where late scans changed what had been said before."""

    run: TourRun
    corrected: bool = False


class PatrolProposalChanged(Struct, frozen=True, tag="patrol_proposal_changed", kw_only=True):
    """A proposal for patrols as it is now; while it is accepted its tours hold in place of the configured ones."""

    proposal: PatrolProposal


class ScanJudged(Struct, frozen=True, tag="scan_judged", kw_only=True):
    """What a scan counts as; `run` None means outside any tour, `known` False an unknown checkpoint.

    `seq` is the record of the scan. Said again where another scan that came late changes it.
    """

    site: str
    checkpoint: str
    officer: str
    scanned_at: Instant
    verdict: StopVerdict | None
    run: str | None
    known: bool = True
    seq: int = 0
    device: str = ""
    flags: tuple[ScanFlag, ...] = ()


class DoorState(StrEnum):
    """What a door's contact says; unknown until the first report."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"


class DoorChanged(Struct, frozen=True, tag="door_changed", kw_only=True):
    """A door as it is now. `person` is who was last granted, by opaque id."""

    site: str
    door: str
    state: DoorState
    since: Instant
    last_event: str
    person: str | None = None


class DeviceChanged(Struct, frozen=True, tag="device_changed", kw_only=True):
    """A device as it is now; said when online, boot, battery or tamper change, else at most once a minute.

    `clock_skew_us` is receive time minus device time of its latest live message, in microseconds. `missing` counts the
    messages that were reported missing (`SequenceGap`) and have not come since.
    """

    site: str
    device: str
    online: bool
    last_seen: Instant
    boot: str | None = None
    battery: float | None = None
    tamper: bool | None = None
    reason: str | None = None
    clock_skew_us: int | None = None
    missing: int = 0


class SequenceGap(Struct, frozen=True, tag="sequence_gap", kw_only=True):
    """Numbers that one boot of a device skipped did not come in time: `missing` of them, from `first` to `last`."""

    site: str
    device: str
    boot: str
    first: int
    last: int
    missing: int


class GapEnd(StrEnum):
    """Why nobody waits for a gap's messages any more."""

    FILLED = "filled"
    ACCEPTED = "accepted"
    FORGOTTEN = "forgotten"


class SequenceGapClosed(Struct, frozen=True, tag="sequence_gap_closed", kw_only=True):
    """A reported gap is over: all came late, an operator accepted the loss, or newer boots have pushed it out.

    `missing` of its numbers never came. Where a boot has very many gaps the oldest are joined, and end as one.
    """

    site: str
    device: str
    boot: str
    first: int
    last: int
    missing: int
    end: GapEnd


class ConflictKind(StrEnum):
    """What shows that two devices use one identity, or that one device counts its messages wrongly."""

    CONTENT_DIFFERS = "content_differs"
    COUNTED_BACK = "counted_back"
    BOOTS_ALTERNATE = "boots_alternate"


class IdentityConflict(Struct, frozen=True, tag="identity_conflict", kw_only=True):
    """A device was swapped or cloned, or counts back: two messages bear one number, or two boots live at once.

    Said once until ten minutes have passed without a further sign of it.
    """

    site: str
    device: str
    boot: str
    seq: int
    kind: ConflictKind


ENGINE_FAULT: Final = "engine_fault"
STORE_FAULT: Final = "store_fault"
PARKED_REASONS: Final = (ENGINE_FAULT, STORE_FAULT)
"""Why a stored record is passed over (parked): the engine fails on it, or the store on what follows from it. The
effect's cause is then the record itself, and its detail the error."""


class QuarantineAdded(Struct, frozen=True, tag="quarantine_added", kw_only=True):
    """A message went to quarantine; its bytes stand in the journal at the effect's cause."""

    site: str | None
    device: str | None
    topic: str
    reason: str
    detail: str
    size: int


class DuplicateIgnored(Struct, frozen=True, tag="duplicate_ignored", kw_only=True):
    """A message whose identity had been seen before arrived again and had no effect."""

    device: str
    boot: str
    seq: int


class LateObservation(Struct, frozen=True, tag="late_observation", kw_only=True):
    """Readings older than what their point had already been judged by: stored, not judged. `count` per record."""

    site: str
    points: tuple[str, ...]
    count: int


class RuleFaulted(Struct, frozen=True, tag="rule_faulted", kw_only=True):
    """A rule raised an error on a subject and is parked for it; all else goes on."""

    rule: str
    subject: str
    error: str


class UndecidedChanged(Struct, frozen=True, tag="undecided_changed", kw_only=True):
    """A rule cannot be decided on a subject, for another reason than was said, or can be again."""

    undecided: Undecided


class CommandOutcome(Struct, frozen=True, tag="command_outcome", kw_only=True):
    """What became of a command: accepted with the new version, or refused with a code and a sentence."""

    command: str
    accepted: bool
    code: str
    detail: str
    subject: str
    version: int | None = None


class ConfigurationApplied(Struct, frozen=True, tag="configuration_applied", kw_only=True):
    """The engine now judges by this configuration."""

    digest: str


class NotificationDecided(Struct, frozen=True, tag="notification_decided", kw_only=True):
    """A recipient is not told of an alarm, or not yet: why, and when it is due."""

    site: str
    decided: AlarmNotification


class NotificationDue(Struct, frozen=True, tag="notification_due", kw_only=True):
    """A recipient is told: the outbox gets this notice in the same transaction."""

    notice: Notice


class MessageResent(Struct, frozen=True, tag="message_resent", kw_only=True):
    """A refused message waits in the outbox again, with its old id."""

    message: str


EffectBody = (
    AlarmChanged
    | IncidentChanged
    | FloodChanged
    | ModeChanged
    | LogEntryAdded
    | WorkOrderChanged
    | TourRunChanged
    | PatrolProposalChanged
    | ScanJudged
    | DoorChanged
    | DeviceChanged
    | SequenceGap
    | SequenceGapClosed
    | IdentityConflict
    | QuarantineAdded
    | DuplicateIgnored
    | LateObservation
    | RuleFaulted
    | UndecidedChanged
    | CommandOutcome
    | ConfigurationApplied
    | NotificationDecided
    | NotificationDue
    | MessageResent
)


class Effect(Struct, frozen=True, kw_only=True):
    """One decision of the engine. `cause` is the seq of the record that led to it, `n` its place among that seq's."""

    id: str
    cause: int
    n: int
    at: Instant
    lane: str
    body: EffectBody

    @property
    def type(self) -> str:
        """The body's type name."""
        return str(self.body.__struct_config__.tag)
