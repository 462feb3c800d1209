"""The envelope in which everything enters the engine, and the bodies that are not observations or commands.

`seq` is the order; the times explain. A record is immutable; before the journal has stored it its seq is 0.
"""

from enum import StrEnum

from msgspec import Struct

from domain.commands import (
    AbandonTourRun,
    AcknowledgeAlarm,
    AddLogEntry,
    AssignAlarm,
    BeginMode,
    CloseIncident,
    CloseOccurrence,
    CommentAlarm,
    DecideProposal,
    EndMode,
    ExtendMode,
    HandOverTourRun,
    MoveWorkOrder,
    ProposePatrol,
    ResendMessage,
    ResetLatch,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
)
from domain.configuration import Configuration
from domain.identity import REAL_LANE, MessageIdentity
from domain.instant import Instant
from domain.observations import (
    AccessEvent,
    CheckpointScan,
    DeviceStatus,
    PanelEvent,
    PersonSignal,
    Quarantined,
    VideoEvent,
)
from domain.priority import Priority
from domain.readings import Readings
from domain.text import Text


class Believed(StrEnum):
    """Which clock the event time was taken from."""

    DEVICE = "device"
    RECEIVED = "received"


class Tick(Struct, frozen=True, tag="tick", gc=False):
    """The clock has reached the record's event time. Only `runtime.loop` makes ticks."""


class EngineStarted(Struct, frozen=True, tag="engine_started", kw_only=True):
    """An engine of this identity reads on from here (identity law)."""

    code_version: str
    identity: dict[str, str]


class ConfigurationChanged(Struct, frozen=True, tag="configuration_changed", kw_only=True):
    """From here on this configuration holds."""

    configuration: Configuration
    digest: str


class MonitorGap(Struct, frozen=True, tag="monitor_gap", kw_only=True):
    """Vigil was not watching from `start` to `end`; absence deadlines wait until `BacklogDrained` (gap law)."""

    start: Instant
    end: Instant
    reason: str


class BacklogDrained(Struct, frozen=True, tag="backlog_drained", kw_only=True):
    """What had waited in the broker during the gap has been read; held deadlines are judged now."""

    waited: int


class ChannelState(StrEnum):
    """How a channel's deliveries go: `failing` where they have been put off for a while, `refusing` after a refusal."""

    WORKING = "working"
    FAILING = "failing"
    REFUSING = "refusing"


class ChannelReported(Struct, frozen=True, tag="channel_reported", kw_only=True):
    """What the deliveries of a channel found out; told at each change, and once after a start."""

    channel: str
    state: ChannelState
    detail: str = ""


class ResourceKind(StrEnum):
    """What Vigil itself needs.

    Room to store, a valid certificate, an even clock, an engine that keeps up, an intake that takes all, a watch
    without pauses, a backup that is not old.
    """

    STORAGE = "storage"
    CERTIFICATE = "certificate"
    CLOCK = "clock"
    ENGINE = "engine"
    INTAKE = "intake"
    WATCH = "watch"
    BACKUP = "backup"


class ResourceReported(Struct, frozen=True, tag="resource_reported", kw_only=True):
    """How it stands with something that Vigil itself needs; told when it is short, worse, and well again.

    `name` is `disk`, `journal`, the option that gave a certificate, or the word of the kind. `priority` is how urgent
    it is, None where all is well.
    """

    kind: ResourceKind
    name: str
    priority: Priority | None
    seen: Text


Observation = (
    CheckpointScan | AccessEvent | Readings | DeviceStatus | PersonSignal | VideoEvent | PanelEvent | Quarantined
)
AlarmCommand = (
    AcknowledgeAlarm
    | CommentAlarm
    | AssignAlarm
    | ShelveAlarm
    | UnshelveAlarm
    | TakeOutOfService
    | ReturnToService
    | ResetLatch
)
ModeCommand = BeginMode | ExtendMode | EndMode
AnyCommand = (
    AlarmCommand
    | ModeCommand
    | AddLogEntry
    | CloseOccurrence
    | CloseIncident
    | MoveWorkOrder
    | AbandonTourRun
    | HandOverTourRun
    | ProposePatrol
    | DecideProposal
    | ResendMessage
)
Notice = Tick | EngineStarted | ConfigurationChanged | MonitorGap | BacklogDrained | ChannelReported | ResourceReported
Body = Observation | AnyCommand | Notice


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the journal.

    `event_time` is when it happened as far as we believe; `believed` says whose clock that is. `device_time` keeps
    what the device claimed, `received_at` when it reached us. `source` is the device id, `operator:<actor>` or
    `vigil`. `cause` is the seq of the record this one answers. `decoder` names decoder and version that made an
    observation. `version` is the version of the body's type; readers upcast every version ever written.

    Records and observations are outside the garbage collector (`gc=False`): they hold no cycles, and thousands of them
    live at once.
    """

    seq: int
    body: Body
    event_time: Instant
    received_at: Instant
    source: str
    site: str | None = None
    lane: str = REAL_LANE
    believed: Believed = Believed.RECEIVED
    device_time: Instant | None = None
    identity: MessageIdentity | None = None
    cause: int | None = None
    decoder: str | None = None
    version: int = 1

    @property
    def type(self) -> str:
        """The body's type name, as it stands in the journal."""
        return str(self.body.__struct_config__.tag)


class Urgency(StrEnum):
    """In which order the journal takes what waits: commands before events before readings."""

    COMMAND = "command"
    EVENT = "event"
    READING = "reading"
