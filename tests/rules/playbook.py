"""The playbook: write what happens in site time, compare what the engine says as readable lines.

book = Playbook(configured(HELD))
book.at("10:00:00").door("front", "opened")
book.tick("10:02:30").says("10:02:00 alarm raised held door:front #1 (Front door held open)")
"""

import difflib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.commands import Command
from domain.configuration import Configuration
from domain.effects import (
    AlarmChanged,
    CommandOutcome,
    ConfigurationApplied,
    DeviceChanged,
    DoorChanged,
    DuplicateIgnored,
    Effect,
    EffectBody,
    FloodChanged,
    IdentityConflict,
    IncidentChanged,
    LateObservation,
    LogEntryAdded,
    MessageResent,
    ModeChanged,
    NotificationDecided,
    NotificationDue,
    PatrolProposalChanged,
    QuarantineAdded,
    RuleFaulted,
    ScanJudged,
    SequenceGap,
    SequenceGapClosed,
    TourRunChanged,
    UndecidedChanged,
    WorkOrderChanged,
)
from domain.identity import MessageIdentity
from domain.instant import Instant, from_datetime, to_datetime
from domain.observations import AccessEvent, AccessKind, CheckpointScan, PersonSignal, ScanMethod, SignalKind
from domain.readings import Quality, readings_from
from domain.record import BacklogDrained, Believed, Body, ConfigurationChanged, MonitorGap, Record, Tick
from rules.catalog import CATALOG, Catalog
from rules.engine import Engine, Outcome

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAY: Final = "2026-11-23"

Lines = Sequence[str]


def instant(clock: str) -> Instant:
    """`HH:MM[:SS]` on the playbook's day, or a full `YYYY-MM-DD HH:MM[:SS]`, in site time."""
    text = clock if "-" in clock else f"{DAY} {clock}"
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def shown(at: Instant) -> str:
    """The site's clock, with the date where it is another day."""
    local = to_datetime(at).astimezone(ZONE)
    return local.strftime("%H:%M:%S" if local.strftime("%Y-%m-%d") == DAY else "%m-%d %H:%M:%S")


class Playbook:
    """An engine with a clock on the wall and a pen for what happens."""

    def __init__(
        self, configuration: Configuration, start: str = "00:00", *, lane: str = "real", catalog: Catalog = CATALOG
    ) -> None:
        self.engine = Engine(lane, catalog)
        self.catalog = catalog
        self.lane = lane
        self.now = instant(start)
        self.records: list[Record] = []
        self.effects: list[Effect] = []
        self.unread: list[Effect] = []
        self.outcomes: list[Outcome] = []
        self.counters: dict[str, int] = {}
        self.configure(configuration)
        self.unread.clear()

    # what happens

    def at(self, clock: str) -> "Playbook":
        self.now = instant(clock)
        return self

    def configure(self, configuration: Configuration) -> "Playbook":
        return self.happens(ConfigurationChanged(configuration=configuration, digest=configuration.digest()))

    def tick(self, clock: str | None = None) -> "Playbook":
        self.now = self.now if clock is None else instant(clock)
        return self.happens(Tick())

    def gap(self, start: str, end: str) -> "Playbook":
        return self.at(end).happens(MonitorGap(start=instant(start), end=instant(end), reason="test"))

    def drained(self, clock: str) -> "Playbook":
        return self.at(clock).happens(BacklogDrained(waited=0))

    def command(self, command: Command) -> "Playbook":
        return self.happens(command, source=f"operator:{command.actor}")  # type: ignore[arg-type]

    def scan(
        self,
        checkpoint: str,
        walked: str | None = None,
        *,
        officer: str = "li",
        device: str = "phone",
        boot: str = "b1",
        **fields: Any,  # noqa: ANN401 - any field of a scan
    ) -> "Playbook":
        """A scan, received now; `walked` is when it was made where that was earlier."""
        given = {"method": ScanMethod.NFC, **fields}
        body = CheckpointScan(site="tower", officer=officer, checkpoint=checkpoint, **given)
        return self.happens(body, made=walked, source=device, boot=boot)

    def signal(self, kind: str, made: str | None = None, *, person: str = "li", silent: bool = False) -> "Playbook":
        body = PersonSignal(site="tower", person=person, kind=SignalKind(kind), silent=silent)
        return self.happens(body, made=made, source="phone", boot="b1")

    def door(self, door: str, kind: str, made: str | None = None, *, person: str | None = None) -> "Playbook":
        body = AccessEvent(site="tower", door=door, kind=AccessKind(kind), person=person)
        return self.happens(body, made=made, source="panel", boot="b1")

    def reading(
        self, value: float, made: str | None = None, *, point: str = "flow", source: str = "gateway"
    ) -> "Playbook":
        at = self.now if made is None else instant(made)
        return self.happens(readings_from([point], [at], [value], [Quality.GOOD]), source=source, boot="b1")

    def happens(
        self,
        body: Body,
        *,
        made: str | None = None,
        source: str = "vigil",
        boot: str | None = None,
        lane: str | None = None,
    ) -> "Playbook":
        """Append any record and let the engine judge it."""
        return self.judge(self.record(body, made=made, source=source, boot=boot, lane=lane))

    def record(
        self,
        body: Body,
        *,
        made: str | None = None,
        source: str = "vigil",
        boot: str | None = None,
        lane: str | None = None,
    ) -> Record:
        identity = None
        if boot is not None:
            self.counters[f"{source}/{boot}"] = number = self.counters.get(f"{source}/{boot}", 0) + 1
            identity = MessageIdentity(source, boot, number)
        made_at = self.now if made is None else instant(made)
        return Record(
            seq=self.engine.last_seq + 1,
            body=body,
            event_time=made_at,
            received_at=self.now,
            source=source,
            site="tower",
            lane=self.lane if lane is None else lane,
            believed=Believed.RECEIVED if boot is None else Believed.DEVICE,
            device_time=None if boot is None else made_at,
            identity=identity,
        )

    def judge(self, *records: Record) -> "Playbook":
        self.records += records
        outcome = self.engine.handle(records)
        self.outcomes.append(outcome)
        self.effects += outcome.effects
        self.unread += outcome.effects
        return self

    def restarts(self) -> "Playbook":
        """Go on with an engine restored from a snapshot."""
        self.engine = Engine.restore(self.engine.snapshot(), self.catalog)
        return self

    # what is said

    def says(
        self, *lines: str, about: Sequence[type[EffectBody]] = (AlarmChanged, WorkOrderChanged, RuleFaulted)
    ) -> "Playbook":
        """Everything said since the last look, of the given types, must be these lines."""
        said = [line(effect) for effect in self.unread if isinstance(effect.body, tuple(about))]
        self.unread.clear()
        assert said == list(lines), difference(lines, said)
        return self

    def says_nothing(self) -> "Playbook":
        return self.says()

    def latest(self, kind: type[Any]) -> Any:  # noqa: ANN401 - the caller names the type
        """The newest effect body of a type."""
        return next(effect.body for effect in reversed(self.effects) if isinstance(effect.body, kind))


def difference(expected: Lines, said: Lines) -> str:
    compared = difflib.unified_diff(list(expected), list(said), "expected", "said", lineterm="", n=99)
    return "\n" + "\n".join(compared)


def line(effect: Effect) -> str:
    """One effect in one line."""
    write: Callable[[Any], str] = _LINES[type(effect.body)]
    return f"{shown(effect.at)} {write(effect.body)}"


def _alarm(body: AlarmChanged) -> str:
    alarm, occurrence = body.alarm, body.occurrence
    about = f"{alarm.rule} {alarm.subject.kind}:{alarm.subject.id} #{occurrence.number}"
    said = occurrence.correction.en if body.change == "corrected" and occurrence.correction else alarm.name.en
    return f"alarm {body.change} {about} ({said}) {alarm.display_state}"


def _incident(body: IncidentChanged) -> str:
    incident = body.incident
    merged = "" if incident.merged_into is None else " into another"
    counts = f"x{incident.occurrences} standing {incident.standing} suppressed {incident.suppressed}"
    return f"incident {incident.state}{merged} {incident.grouping} {counts} ({incident.title.en})"


def _flood(body: FloodChanged) -> str:
    flood = body.flood
    return f"flood {'began' if flood.ended_at is None else 'ended'} {flood.alarms} alarms, peak {flood.peak}"


def _order(body: WorkOrderChanged) -> str:
    order = body.order
    reason = f" ({order.reason})" if order.reason else ""
    return f"order {body.change} {order.asset}/{order.fault} {order.state} x{len(order.occurrences)}{reason}"


def _run(body: TourRunChanged) -> str:
    verdicts = " ".join(f"{stop.checkpoint}={stop.verdict}" for stop in body.run.stops)
    corrected = " corrected" if body.corrected else ""
    return f"run {body.run.tour} {shown(body.run.starts_at)[:-3]} {body.run.state} {verdicts}{corrected}"


def _scan(body: ScanJudged) -> str:
    return f"scan {body.checkpoint} by {body.officer}: {body.verdict}"


def _outcome(body: CommandOutcome) -> str:
    return f"command {body.command} {'accepted' if body.accepted else f'refused {body.code}'}"


def _decided(body: NotificationDecided) -> str:
    due = "" if body.decided.due is None else f" until {shown(body.decided.due)}"
    return f"hold {body.decided.recipient or 'nobody'}: {body.decided.reason}{due}"


def _due(body: NotificationDue) -> str:
    items = [f"{item.rule}{' over' if item.cleared_at else ''}" for item in body.notice.items]
    return f"tell {body.notice.recipient}: {body.notice.reason} {' '.join(items)}"


def _undecided(body: UndecidedChanged) -> str:
    it = body.undecided
    return f"{'undecided' if it.over_at is None else 'decided'} {it.rule} {it.subject} ({it.cause}: {it.because.en})"


_LINES: Final[dict[type, Callable[[Any], str]]] = {
    AlarmChanged: _alarm,
    IncidentChanged: _incident,
    LogEntryAdded: lambda body: f"log {body.entry.kind} {body.entry.text}",
    FloodChanged: _flood,
    ModeChanged: lambda body: f"mode {body.mode.kind} {body.mode.place}:{body.mode.thing} {body.mode.state}",
    WorkOrderChanged: _order,
    TourRunChanged: _run,
    PatrolProposalChanged: lambda body: f"proposal {body.proposal.state} ({body.proposal.reason})",
    ScanJudged: _scan,
    CommandOutcome: _outcome,
    DoorChanged: lambda body: f"door {body.door} {body.state} ({body.last_event})",
    DeviceChanged: lambda body: f"device {body.device} {'online' if body.online else 'offline'}",
    SequenceGap: lambda body: f"gap {body.device}/{body.boot} {body.first}..{body.last} x{body.missing}",
    SequenceGapClosed: lambda body: f"gap {body.device}/{body.boot} {body.first}..{body.last} {body.end}",
    IdentityConflict: lambda body: f"conflict {body.device}/{body.boot}/{body.seq} {body.kind}",
    QuarantineAdded: lambda body: f"quarantine {body.reason}",
    DuplicateIgnored: lambda body: f"duplicate {body.device}/{body.boot}/{body.seq}",
    LateObservation: lambda body: f"late {' '.join(body.points)} x{body.count}",
    RuleFaulted: lambda body: f"rule {body.rule} faulted on {body.subject}: {body.error}",
    UndecidedChanged: _undecided,
    ConfigurationApplied: lambda body: "configuration applied",
    NotificationDecided: _decided,
    NotificationDue: _due,
    MessageResent: lambda body: f"resent {body.message}",
}
