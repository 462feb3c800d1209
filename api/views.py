"""What the API puts together from several domain values. Everything else is shown as the domain has it."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from domain.alarm import Alarm, Occurrence
from domain.configuration import RuleSpec
from domain.effects import CommandOutcome, DoorState
from domain.identity import MessageIdentity
from domain.incident import Incident
from domain.instant import Instant
from domain.mode import Mode
from domain.operator_log import LogEntry
from domain.priority import Priority
from domain.record import Believed
from domain.site import DeviceKind
from domain.text import Text
from domain.tour_run import TourRun
from domain.work_order import WorkOrder, WorkOrderState, WorkOrderTrigger


class SiteSummary(Struct, frozen=True, kw_only=True):
    """A site, with how many things are watched there."""

    id: str
    name: Text
    timezone: str
    checkpoints: int
    doors: int
    equipment: int
    points: int
    devices: int
    tours: int


class LivePoint(Struct, frozen=True, kw_only=True):
    """A point with its newest value. `stale`: too old to stand for the present, or there is none."""

    point: str
    name: Text
    unit: str
    value: float | None
    at: Instant | None
    quality: str | None
    stale: bool


class LiveEquipment(Struct, frozen=True, kw_only=True):
    """A piece of equipment with its points."""

    equipment: str
    name: Text
    zone: str
    equipment_class: str
    points: tuple[LivePoint, ...]


class LiveDoor(Struct, frozen=True, kw_only=True):
    """A door as it stands; unknown until its first report. `person` was last granted, by opaque id."""

    door: str
    name: Text
    zone: str
    state: DoorState
    since: Instant | None
    last_event: str | None
    person: str | None


class LiveDevice(Struct, frozen=True, kw_only=True):
    """A device as it stands; `online` None until it first reports.

    `missing` counts messages that it has numbered and that have not come, `report_seconds` is how long it may be silent
    before that is reported.
    """

    device: str
    name: Text
    kind: DeviceKind
    online: bool | None
    last_seen: Instant | None
    battery: float | None
    tamper: bool | None
    reason: str | None
    clock_skew_us: int | None
    missing: int
    report_seconds: float | None


class LiveCounts(Struct, frozen=True, kw_only=True):
    """The figures of a site at a glance."""

    alarms: int
    unacknowledged: int
    by_priority: Mapping[Priority, int]
    open_orders: int
    doors_open: int
    doors_unknown: int
    devices_offline: int
    devices_unknown: int
    points_stale: int
    tours_in_progress: int


class Live(Struct, frozen=True, kw_only=True):
    """All of a site as it stands now.

    `position` is the place in the live stream from which to go on (`/api/v1/stream?after=`): whatever changed while
    this was read comes again there, and repeats do no harm. `at` is Vigil's clock. `people` names the opaque ids used.
    """

    site: str
    at: Instant
    position: int
    configuration: str
    counts: LiveCounts
    alarms: tuple[Alarm, ...]
    incidents: tuple[Incident, ...]
    modes: tuple[Mode, ...]
    orders: tuple[WorkOrder, ...]
    tours: tuple[TourRun, ...]
    doors: tuple[LiveDoor, ...]
    equipment: tuple[LiveEquipment, ...]
    devices: tuple[LiveDevice, ...]
    people: Mapping[str, str]


class EvidenceReading(Struct, frozen=True, kw_only=True):
    """One reading of a record, of the point in question."""

    point: str
    at: Instant
    value: float | None
    quality: str


class Evidence(Struct, frozen=True, kw_only=True):
    """A journal record that led to an alarm, in short. `kept` False: its retention is over, only the seq remains.

    `facts` are what the record says, by name; secrets and tokens are left out.
    """

    seq: int
    kept: bool
    type: str | None = None
    event_time: Instant | None = None
    received_at: Instant | None = None
    device_time: Instant | None = None
    believed: Believed | None = None
    source: str | None = None
    identity: MessageIdentity | None = None
    decoder: str | None = None
    facts: Mapping[str, str | float | int | bool] = {}
    readings: tuple[EvidenceReading, ...] = ()


class WhyAnswer(Struct, frozen=True, kw_only=True):
    """Why an alarm is here, whole: `occurrence.why` says what was seen, expected, considered and what would clear it.

    `rule` is the rule as configured now, None where it was removed; `rule_unchanged` says whether the configuration
    that raised the alarm (`occurrence.configuration`) still holds.
    """

    alarm: Alarm
    occurrence: Occurrence
    rule: RuleSpec | None
    rule_unchanged: bool
    evidence: tuple[Evidence, ...]
    people: Mapping[str, str]


class AlarmAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the alarm as it now is."""

    outcome: CommandOutcome
    alarm: Alarm


class OccurrenceAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the occurrence as it now is."""

    outcome: CommandOutcome
    occurrence: Occurrence


class IncidentAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the incident as it now is."""

    outcome: CommandOutcome
    incident: Incident


class LogEntryAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the entry as it was written."""

    outcome: CommandOutcome
    entry: LogEntry


class WorkOrderAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the work order as it now is."""

    outcome: CommandOutcome
    order: WorkOrder


class WorkOrderMove(Struct, frozen=True, kw_only=True):
    """One step of the life of work orders: from `state` by `trigger`."""

    state: WorkOrderState
    trigger: WorkOrderTrigger
    leads_to: WorkOrderState


class TourRunAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the tour run as it now is."""

    outcome: CommandOutcome
    run: TourRun


class CommandState(StrEnum):
    """What is known of a command."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class CommandStatus(Struct, frozen=True, kw_only=True):
    """A command and what became of it."""

    id: str
    state: CommandState
    outcome: CommandOutcome | None = None


class PointValue(Struct, frozen=True, kw_only=True):
    """The newest value of a point. `stale`: too old to stand for the present, or there is none."""

    point: str
    value: float | None
    at: Instant | None
    quality: str | None
    stale: bool


class SiteValues(Struct, frozen=True, kw_only=True):
    """The newest values of all points of a site; `at` is Vigil's clock. They change too often for the live stream."""

    site: str
    at: Instant
    points: tuple[PointValue, ...]


class PointLimit(Struct, frozen=True, kw_only=True):
    """What a configured rule allows a point: not below `low`, not above `high`."""

    rule: str
    name: Text
    priority: Priority
    low: float | None
    high: float | None


class ReadingSeries(Struct, frozen=True, kw_only=True):
    """A point's history as columns of equal length, oldest first.

    `reduced` False: single readings, `quality` beside them, a value None where it is not a number. True: buckets of
    `bucket_seconds` with minimum, mean, maximum and `count` of their good values, at the beginning of each bucket.
    `limits` are those of the rules as configured now, for a chart to draw.
    """

    point: str
    site: str
    unit: str
    start: Instant
    end: Instant
    reduced: bool
    bucket_seconds: float
    at: tuple[Instant, ...]
    minimum: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    maximum: tuple[float | None, ...]
    count: tuple[int, ...]
    quality: tuple[str, ...] | None
    limits: tuple[PointLimit, ...]


class QuarantineItem(Struct, frozen=True, kw_only=True):
    """A message that was not believed. `seq` is its journal record."""

    seq: int
    at: Instant
    reason: str
    detail: str
    topic: str
    size: int
    site: str | None
    device: str | None


class QuarantineDetail(Struct, frozen=True, kw_only=True):
    """A quarantined message with its bytes: in base64, and as text with everything unprintable escaped.

    `size` is the message's true size; `complete` False where only the head of it was kept.
    """

    seq: int
    received_at: Instant
    source: str
    reason: str
    detail: str
    topic: str
    size: int
    complete: bool
    site: str | None
    device: str | None
    payload_base64: str
    payload_text: str


class UnmappedValue(Struct, frozen=True, kw_only=True):
    """One thing an unmapped device says. `sample` is the last value; numbers of tags stand as `token:...`."""

    name: str
    sample: bool | int | float | str | None
    count: int


class UnmappedItem(Struct, frozen=True, kw_only=True):
    """A foreign device that nobody has mapped, with what it sends and a mapping to start from.

    `mapped` is true for a reader that is mapped and read tags that are not. `proposal` is YAML for the configuration.
    """

    format: str
    topic: str
    name: str
    first_seen: Instant
    last_seen: Instant
    last_topic: str
    messages: int
    mapped: bool
    values: tuple[UnmappedValue, ...]
    proposal: str


class ReasonCount(Struct, frozen=True, kw_only=True):
    """How many messages were quarantined for one reason."""

    reason: str
    count: int


class PersonName(Struct, frozen=True, kw_only=True):
    """The name behind an opaque id."""

    id: str
    name: str


class Session(Struct, frozen=True, kw_only=True):
    """Who the request acts for; `by` is `token` or `session`."""

    actor: str
    roles: tuple[str, ...]
    by: str


class Fault(Struct, frozen=True):
    """Something in Vigil itself that failed, or is about to, and was told: when, where, what."""

    at: Instant
    where: str
    what: str


class Status(Struct, frozen=True, kw_only=True):
    """How Vigil itself is: `ready` names each component with what is wrong with it, "" where nothing is.

    `messages` counts what became of messages since the start; `shed` are readings that were dropped under overload,
    `quarantined` all that were not believed. `faults` are the newest of Vigil's own, latest first.
    """

    release: str
    at: Instant
    configuration: str
    journal_seq: int
    journal_waiting: Mapping[str, int]
    historian_seq: int
    position: int
    outbox: Mapping[str, int]
    ready: Mapping[str, str]
    messages: Mapping[str, int]
    faults: tuple[Fault, ...]
