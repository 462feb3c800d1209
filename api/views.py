"""What the API puts together from several domain values. Everything else is shown as the domain has it."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from domain.alarm import Alarm, Occurrence
from domain.configuration import RuleSpec
from domain.effects import CommandOutcome
from domain.identity import MessageIdentity
from domain.incident import Incident
from domain.instant import Instant
from domain.operator_log import LogEntry
from domain.record import Believed
from domain.tour_run import TourRun
from domain.work_order import WorkOrder, WorkOrderState, WorkOrderTrigger
from rules.expected_now import ExpectedNow


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


class AlarmItem(Alarm, frozen=True, kw_only=True):
    """An alarm. `latest.why` keeps what was expected, and what would clear it, when it was raised; `now` says both as
    the rule is configured now, where the alarm stands and that is something else. None: it is the same, or unknown.
    """

    now: ExpectedNow | None = None


class WhyAnswer(Struct, frozen=True, kw_only=True):
    """Why an alarm is here, whole: `occurrence.why` says what was seen, expected, considered and what would clear it.

    `rule` is the rule as configured now, None where it was removed; `rule_unchanged` says whether the configuration
    that raised the alarm (`occurrence.configuration`) still holds. `now` is as in `GET /alarms/{alarm}`, of an
    occurrence that stands.
    """

    alarm: Alarm
    occurrence: Occurrence
    rule: RuleSpec | None
    rule_unchanged: bool
    now: ExpectedNow | None
    evidence: tuple[Evidence, ...]
    people: Mapping[str, str]


class AlarmAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the alarm as it now is."""

    outcome: CommandOutcome
    alarm: AlarmItem


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
