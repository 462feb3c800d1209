"""A site as configured, and a state store, journal and people that tell one small story of it."""

from collections.abc import Sequence

import msgspec

from domain.alarm import Acknowledgement, Alarm, Condition, OccurrenceState
from domain.commands import (
    AbandonTourRun,
    AcknowledgeAlarm,
    AddLogEntry,
    BeginMode,
    CloseIncident,
    CloseOccurrence,
    DecideProposal,
    EndMode,
    ExtendMode,
    HandOverTourRun,
    MoveWorkOrder,
    ProposePatrol,
    ResendMessage,
)
from domain.configuration import Configuration, RuleSpec
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    CommandOutcome,
    ConfigurationApplied,
    DeviceChanged,
    DoorChanged,
    DoorState,
    Effect,
    EffectBody,
    IncidentChanged,
    LogEntryAdded,
    ModeChanged,
    NotificationDecided,
    NotificationDue,
    PatrolProposalChanged,
    QuarantineAdded,
    TourRunChanged,
    UndecidedChanged,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.identity import MessageIdentity, derive_id
from domain.incident import Grouping, Incident, IncidentState
from domain.instant import HOUR, MINUTE, SECOND
from domain.mode import Mode, ModeKind, ModePlace
from domain.notification import AlarmNotification, NotifyReason
from domain.observations import AccessEvent, AccessKind, Credential, Quarantined
from domain.operator_log import LogEntry, LogKind
from domain.patrol_proposal import PatrolProposal, ProposalKind, ProposalState, ProposedPlan
from domain.priority import Priority
from domain.readings import readings_from
from domain.record import AnyCommand, Believed, Body, Record
from domain.site import (
    Checkpoint,
    Device,
    DeviceKind,
    Door,
    Equipment,
    Person,
    PersonRole,
    Point,
    Position,
    Site,
    Tour,
    TourStop,
    WeeklyTime,
    Zone,
)
from domain.text import Text, same
from domain.tour_run import RunStop, StopVerdict, TourRun, TourRunState
from domain.undecided import Undecided, UndecidedCause
from stores.ports import OutboxMessage
from stores.state.opening import StateStore
from tests.samples import NOW, a_notice, an_alarm, an_order

ALARM, ORDER, RUN, MESSAGE = "alarm-1", "order-1", "run-1", "notice-1"
OCCURRENCE = an_alarm(ALARM).latest.id
INCIDENT = "incident-1"
MODE = "mode-1"
POINTS = 400


def configuration(points: int = POINTS) -> Configuration:
    site = Site(
        id="tower",
        name=Text("Tower", "塔楼"),
        timezone="Asia/Shanghai",
        zones=(Zone(id="lobby", name=Text("Lobby", "大堂")),),
        checkpoints=(Checkpoint(id="cp-1", name=same("cp-1"), zone="lobby", position=Position(1.0, 2.0)),),
        doors=tuple(Door(id=f"d{n}", name=same(f"d{n}"), zone="lobby") for n in range(1, 4)),
        equipment=tuple(
            Equipment(id=f"pump-{n}", name=same(f"pump-{n}"), zone="lobby", equipment_class="pump") for n in (1, 2)
        ),
        points=tuple(
            Point(
                id=f"p{n}",
                name=same(f"p{n}"),
                equipment=f"pump-{n % 2 + 1}",
                unit="bar" if n else "1",
                states={} if n else {"0": same("closed"), "1": same("open")},
            )
            for n in range(points)
        ),
        devices=(
            Device(id="gw-1", name=same("gw-1"), kind=DeviceKind.GATEWAY, points=("p0",)),
            Device(id="phone-1", name=same("phone-1"), kind=DeviceKind.PHONE),
        ),
        people=(Person(id="officer-1", role=PersonRole.OFFICER),),
        tours=(
            Tour(
                id="tour-1",
                name=same("tour-1"),
                stops=(TourStop(checkpoint="cp-1", due_seconds=600.0),),
                starts=(WeeklyTime(weekdays=(0, 1), at="08:00"),),
            ),
        ),
    )
    rule = RuleSpec(
        id="door-forced",
        kind="door_forced",
        site="tower",
        name=same("door forced"),
        priority=Priority.HIGH,
        parameters={"low": 1.5, "count": 3, "word": "x", "flag": True},
    )
    return Configuration(sites=(site, Site(id="annex", name=same("Annex"), timezone="UTC")), rules=(rule,))


def a_run(run_id: str = RUN, starts_at: int = NOW - MINUTE, state: TourRunState = TourRunState.IN_PROGRESS) -> TourRun:
    return TourRun(
        id=run_id,
        site="tower",
        tour="tour-1",
        name=same("tour-1"),
        state=state,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        stops=(
            RunStop(
                checkpoint="cp-1",
                due_at=starts_at + MINUTE,
                missed_at=starts_at + 2 * MINUTE,
                verdict=StopVerdict.PENDING,
                officer="officer-1",
            ),
        ),
    )


def records() -> list[tuple[Body, dict[str, object]]]:
    """Journal records with seqs from 1: an access event, readings, a quarantined message."""
    access = AccessEvent(
        site="tower", door="d1", kind=AccessKind.OPENED, credential=Credential(kind="card", token="SECRET", key_id="k1")
    )
    readings = readings_from(["p0", "p1", "p0"], [NOW - 2, NOW - 2, NOW - 1], [1.5, 2.0, float("nan")], [0, 0, 2])
    poison = Quarantined(topic="vigil/v1/tower/x/scan", payload=b'{"a":\x00\xff<b>}', size=40, reason="bad", detail="d")
    as_sent: dict[str, object] = {"device_time": NOW - SECOND, "identity": MessageIdentity("gw-1", "b1", 7)}
    return [(access, as_sent), (readings, {}), (poison, {})]


def a_record(body: Body, **more: object) -> Record:
    plain = Record(seq=0, body=body, event_time=NOW, received_at=NOW, source="gw-1", believed=Believed.RECEIVED)
    return msgspec.structs.replace(plain, **more)


def an_incident(alarm: Alarm) -> Incident:
    return Incident(
        id=INCIDENT,
        site=alarm.site,
        zone=alarm.zone,
        state=IncidentState.OPEN,
        title=alarm.name,
        grouping=Grouping.FIRST,
        priority=alarm.priority,
        is_safety=False,
        first=alarm.latest.id,
        opened_at=NOW,
        changed_at=NOW,
        occurrences=1,
        standing=1,
        version=1,
    )


def a_log_entry(command: str = "old-command", text: str = "all quiet", kind: LogKind = LogKind.ROOM_LOG) -> LogEntry:
    entry_id = derive_id("log", "real", command)
    return LogEntry(id=entry_id, site="tower", kind=kind, text=text, at=NOW, written_at=NOW, written_by="operator")


def a_mode(mode_id: str = MODE, **fields: object) -> Mode:
    mode = Mode(
        id=mode_id,
        site="tower",
        place=ModePlace.EQUIPMENT,
        thing="pump-1",
        kind=ModeKind.MAINTENANCE,
        reason="service",
        begun_by="operator",
        begun_at=NOW,
        until=NOW + HOUR,
    )
    return msgspec.structs.replace(mode, **fields)


def a_proposal(command: str = "old-proposal") -> PatrolProposal:
    """The tour of the building as it is: accepting it changes nothing."""
    tours = configuration().sites[0].tours[:1]
    plan = ProposedPlan(kind=ProposalKind.TOUR_ORDER, tours=tours, before=tours, why=same("as it is"))
    return PatrolProposal(
        id=derive_id("proposal", "real", command),
        site="tower",
        state=ProposalState.PROPOSED,
        plan=plan,
        proposed_at=NOW,
        proposed_by="operator",
        changed_at=NOW,
    )


def story() -> list[EffectBody]:
    """One of every effect that has a read model, and one that concerns all sites."""
    alarm = an_alarm(ALARM)
    why = msgspec.structs.replace(alarm.latest.why, evidence=(1, 2, 999), values={"limit bar": 2.0, "door": "d1"})
    digest = configuration().digest()
    occurrence = msgspec.structs.replace(alarm.latest, why=why, configuration=digest, incident=INCIDENT)
    alarm = msgspec.structs.replace(alarm, latest=occurrence)
    return [
        AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=occurrence),
        IncidentChanged(incident=an_incident(alarm)),
        LogEntryAdded(entry=a_log_entry()),
        ModeChanged(mode=a_mode()),
        WorkOrderChanged(change=WorkOrderChange.CREATED, order=an_order(ORDER)),
        TourRunChanged(run=a_run()),
        PatrolProposalChanged(proposal=a_proposal()),
        TourRunChanged(run=a_run("run-0", NOW - 60 * HOUR, TourRunState.COMPLETED)),
        DoorChanged(site="tower", door="d1", state=DoorState.OPEN, since=NOW, last_event="opened", person="person-7"),
        DeviceChanged(site="tower", device="gw-1", online=False, last_seen=NOW, clock_skew_us=5),
        QuarantineAdded(site="tower", device="x", topic="t", reason="bad", detail="d", size=40),
        CommandOutcome(command="old-command", accepted=True, code="accepted", detail="", subject=ALARM, version=1),
        ConfigurationApplied(digest="d" * 16),
        NotificationDecided(
            site="tower",
            decided=AlarmNotification(
                alarm=ALARM,
                occurrence=OCCURRENCE,
                recipient="mail/duty",
                reason=NotifyReason.GROUPED,
                at=NOW,
                due=NOW + 30 * SECOND,
            ),
        ),
        NotificationDue(notice=a_notice(MESSAGE)),
        UndecidedChanged(undecided=an_undecided()),
    ]


def an_undecided(subject: str = "p1", since: int = NOW) -> Undecided:
    """A rule that divides by zero."""
    return Undecided(
        site="tower",
        rule="per-turn",
        subject=subject,
        cause=UndecidedCause.DIVISION_BY_ZERO,
        because=Text("division by zero in `flow / speed` at column 8 of 'when'", "除数为零"),
        since=since,
    )


def messages() -> list[OutboxMessage]:
    """What goes out of the story: a notice by mail, and a line that still waits."""
    return [
        OutboxMessage(id=MESSAGE, channel="mail", address="mail/duty", payload=b"{}"),
        OutboxMessage(id="line-1", channel="console", address="alarm/raised", payload=b"{}"),
    ]


def refuse(store: StateStore, epoch: int) -> None:
    """Let the notice be refused."""
    store.outbox.claim_messages(epoch, "mail", 1, NOW)
    store.outbox.mark_refused(MESSAGE, NOW + SECOND, "550 no such mailbox")


def effects(bodies: Sequence[EffectBody], cause: int = 3, first: int = 0) -> list[Effect]:
    return [
        Effect(id=derive_id("effect", cause, n), cause=cause, n=n, at=NOW, lane="real", body=body)
        for n, body in enumerate(bodies, start=first)
    ]


def outcome(command: AnyCommand, code: str = "accepted") -> CommandOutcome:
    match command:
        case CloseIncident():
            subject = command.incident
        case AddLogEntry() | ProposePatrol():
            subject = command.site
        case BeginMode():
            subject = command.thing
        case ExtendMode() | EndMode():
            subject = command.mode
        case DecideProposal():
            subject = command.proposal
        case CloseOccurrence():
            subject = command.occurrence
        case MoveWorkOrder():
            subject = command.order
        case AbandonTourRun() | HandOverTourRun():
            subject = command.run
        case ResendMessage():
            subject = command.message
        case _:
            subject = command.alarm
    accepted = code == "accepted"
    return CommandOutcome(
        command=command.id,
        accepted=accepted,
        code=code,
        detail=f"said {code}",
        subject=subject,
        version=2 if accepted else None,
    )


def acknowledged(command: AcknowledgeAlarm) -> AlarmChanged:
    alarm = msgspec.structs.replace(
        an_alarm(command.alarm), acknowledgement=Acknowledgement.ACKED, acknowledged_by=command.actor, version=2
    )
    alarm = msgspec.structs.replace(alarm, latest=msgspec.structs.replace(alarm.latest, incident=INCIDENT))
    return AlarmChanged(
        change=AlarmChange.ACKNOWLEDGED,
        alarm=alarm,
        occurrence=alarm.latest,
        actor=command.actor,
        comment=command.comment,
    )


def closed(command: CloseOccurrence) -> AlarmChanged:
    alarm = an_alarm(ALARM)
    ended = {"state": OccurrenceState.CLOSED, "disposition": command.disposition, "incident": INCIDENT}
    occurrence = msgspec.structs.replace(alarm.latest, **ended)
    alarm = msgspec.structs.replace(alarm, condition=Condition.INACTIVE, latest=occurrence, version=2)
    return AlarmChanged(change=AlarmChange.CLOSED, alarm=alarm, occurrence=occurrence)
