"""One record of every body type with every field filled, and the files of what each release wrote for them.

`python -m tests.journal.record_samples` writes the file of the present release. Do that once per release, and on a
change of the format only before the release is out; files of published releases are never written again.
"""

from importlib.metadata import version
from pathlib import Path

import msgspec

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
    Disposition,
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
from domain.configuration import Configuration, RuleSpec
from domain.identity import MessageIdentity
from domain.instant import SECOND, Instant
from domain.mode import ModeKind, ModePlace
from domain.observations import (
    AccessEvent,
    AccessKind,
    CheckpointScan,
    Credential,
    DeviceStatus,
    GeoPosition,
    PanelEvent,
    PanelKind,
    PersonSignal,
    Quarantined,
    ScanMethod,
    SignalKind,
    VideoEvent,
    VideoKind,
)
from domain.operator_log import LogKind
from domain.patrol_proposal import ProposalKind, ProposalTrigger, ProposedPlan, ZoneGap
from domain.priority import Priority
from domain.readings import Quality, readings_from
from domain.record import (
    BacklogDrained,
    Believed,
    Body,
    ChannelReported,
    ChannelState,
    ConfigurationChanged,
    EngineStarted,
    MonitorGap,
    Record,
    ResourceKind,
    ResourceReported,
    Tick,
)
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
from domain.text import Text
from domain.work_order import WorkOrderTrigger
from journal.codec import CURRENT_VERSION, encode

NOW: Instant = 1_795_000_000 * SECOND
RECORDS = Path(__file__).with_name("records")


def a_record(body: Body, **fields: object) -> Record:
    """A record as a device's message makes it; `fields` replace what stands here."""
    record = Record(
        seq=0,
        body=body,
        event_time=NOW,
        received_at=NOW + 250_000,
        source="phone-1",
        site="tower",
        believed=Believed.DEVICE,
        device_time=NOW,
        identity=MessageIdentity("phone-1", "boot-7", 41),
        cause=None,
        decoder="native/1",
    )
    return msgspec.structs.replace(record, **fields)


def a_scan(number: int = 0) -> Record:
    body = CheckpointScan(site="tower", officer="p-1", checkpoint=f"cp-{number}", method=ScanMethod.NFC, battery=80.5)
    return a_record(body)


def some_readings(count: int = 3) -> Record:
    points = [f"point-{i}" for i in range(count)]
    return a_record(readings_from(points, [NOW] * count, [20.5] * count, [Quality.GOOD] * count), source="gateway-1")


def _site() -> Site:
    return Site(
        id="tower",
        name=Text("Tower", "塔楼"),
        timezone="Asia/Shanghai",
        zones=(Zone(id="lobby", name=Text("Lobby", "大堂"), parent="ground", kind="room"),),
        checkpoints=(Checkpoint(id="cp-1", name=Text("Gate", "大门"), zone="lobby", position=Position(1.5, 2.0)),),
        doors=(Door(id="d1", name=Text("Door", "门"), zone="lobby", leads_to="yard", high_security=True),),
        equipment=(
            Equipment(id="pump-1", name=Text("Pump", "泵"), zone="lobby", equipment_class="pump", feeds=("tank",)),
        ),
        points=(
            Point(id="flow", name=Text("Flow", "流量"), equipment="pump-1", unit="m3/h", stale_seconds=90.0, low=0.0),
        ),
        devices=(Device(id="phone-1", name=Text("Phone", "手机"), kind=DeviceKind.PHONE, checkpoints=("cp-1",)),),
        people=(Person(id="p-1", role=PersonRole.OFFICER),),
        tours=(
            Tour(
                id="night",
                name=Text("Night round", "夜巡"),
                stops=(TourStop(checkpoint="cp-1", due_seconds=60.0),),
                starts=(WeeklyTime(weekdays=(0, 6), at="22:00"),),
                officers=("p-1",),
            ),
        ),
    )


def _configuration() -> Configuration:
    rule = RuleSpec(
        id="flow-low",
        kind="limit",
        site="tower",
        name=Text("Flow low", "流量低"),
        priority=Priority.HIGH,
        subjects=("flow",),
        parameters={"low": 2.5, "on_delay_seconds": 30, "side": "low", "latched": False},
        fault="pump.no_flow",
    )
    return Configuration(sites=(_site(),), rules=(rule,))


def _observations() -> list[Body]:
    position = GeoPosition(latitude=31.2304, longitude=121.4737, accuracy_m=8.0)
    return [
        CheckpointScan(
            site="tower",
            officer="p-1",
            checkpoint="cp-1",
            method=ScanMethod.QR,
            position=position,
            battery=71.0,
            answers={"clean": True, "extinguishers": 4, "temperature": 21.5, "remark": "灯坏了"},
            photo="photo-1",
        ),
        AccessEvent(
            site="tower",
            door="d1",
            kind=AccessKind.DENIED,
            reason="unknown card",
            reader="r1",
            direction="in",
            credential=Credential(kind="card", token="tok-1", key_id="k1"),
            person="p-1",
        ),
        DeviceStatus(site="tower", online=False, reason="will", battery=3.0, tamper=False, firmware="1.2.3"),
        PersonSignal(site="tower", person="p-1", kind=SignalKind.SOS, silent=True, position=position),
        VideoEvent(site="tower", camera="cam-1", kind=VideoKind.SMOKE, confidence=0.75, snapshot="snap-1"),
        PanelEvent(site="tower", panel="panel-1", kind=PanelKind.ALARM, system="fire", partition="1", zone="Zone 4"),
        Quarantined(
            topic="vigil/x",
            payload=b"\xff\x00",
            size=70_000,
            reason="undecodable",
            detail="not UTF-8",
            site="tower",
            device="phone-1",
        ),
        readings_from(["flow", "speed"], [NOW, NOW + 1], [1.25, float("nan")], [Quality.GOOD, Quality.BAD]),
    ]


def _commands() -> list[Body]:
    return [
        AcknowledgeAlarm(
            id="c1", actor="ada", roles=("operator",), expected_version=3, alarm="alarm-1", comment="mine"
        ),
        CloseOccurrence(
            id="c2", actor="ada", occurrence="occ-1", disposition=Disposition.FALSE, cause="cat", comment="seen"
        ),
        CommentAlarm(id="c3", actor="ada", alarm="alarm-1", comment="called the guard"),
        MoveWorkOrder(
            id="c4", actor="ada", order="order-1", trigger=WorkOrderTrigger.DISPATCH, reason="near", assignee="p-2"
        ),
        AbandonTourRun(id="c5", actor="ada", run="run-1", reason="flooded"),
        AssignAlarm(id="c6", actor="ada", alarm="alarm-1", assignee="p-2"),
        ShelveAlarm(id="c7", actor="ada", alarm="alarm-1", seconds=600.0, reason="painting", once=True),
        UnshelveAlarm(id="c8", actor="ada", alarm="alarm-1"),
        TakeOutOfService(id="c9", actor="ada", alarm="alarm-1", reason="being replaced"),
        ReturnToService(id="c10", actor="ada", alarm="alarm-1"),
        ResetLatch(id="c11", actor="ada", alarm="alarm-1"),
        HandOverTourRun(id="c12", actor="ada", run="run-1", officer="p-32", reason="shift ends"),
        ResendMessage(id="c13", actor="ada", message="notice-1"),
        ChannelReported(channel="mail", state=ChannelState.REFUSING, detail="550 no"),
        AddLogEntry(
            id="c14",
            actor="ada",
            site="tower",
            kind=LogKind.CALL,
            text="lift 2 stuck",
            at=NOW,
            caller="tenant 1203",
            alarms=("alarm-1",),
        ),
        ResourceReported(
            kind=ResourceKind.STORAGE, name="disk", priority=Priority.HIGH, seen=Text("90% full", "已用 90%")
        ),
        CloseIncident(id="c15", actor="ada", incident="incident-1", disposition=Disposition.REAL, cause="power cut"),
        BeginMode(
            id="c16",
            actor="ada",
            site="tower",
            place=ModePlace.EQUIPMENT,
            thing="chiller",
            kind=ModeKind.MAINTENANCE,
            seconds=3600.0,
            reason="service",
            with_dependents=True,
        ),
        ExtendMode(id="c17", actor="ada", mode="mode-1", seconds=600.0, reason="a part is missing"),
        EndMode(id="c18", actor="ada", mode="mode-1", comment="done"),
    ]


def _planning() -> list[Body]:
    return [
        ProposePatrol(
            id="c15",
            actor="ada",
            site="tower",
            plan=ProposedPlan(
                kind=ProposalKind.TOUR_ORDER,
                tours=(Tour(id="night", name=Text("Night", "夜巡"), stops=(TourStop(checkpoint="cp-1"),)),),
                why=Text("shorter", "更短"),
                saved_seconds=60.0,
                gaps=(ZoneGap(zone="z1", allowed_seconds=3600.0, longest_seconds=1800.0, visits=9),),
            ),
        ),
        DecideProposal(id="c16", actor="ada", proposal="proposal-1", trigger=ProposalTrigger.ACCEPT, reason="good"),
    ]


def _notices() -> list[Body]:
    configuration = _configuration()
    return [
        Tick(),
        EngineStarted(code_version="0.1.0", identity={"numpy": "2.3", "tzdata": "2025b"}),
        ConfigurationChanged(configuration=configuration, digest=configuration.digest()),
        MonitorGap(start=NOW, end=NOW + SECOND, reason="restart"),
        BacklogDrained(waited=12),
    ]


def samples() -> list[Record]:
    """A record of each body type, each with other envelope fields left out."""
    records = [a_record(body) for body in _observations()]
    records += [
        a_record(body, source="operator:ada", device_time=None, identity=None, decoder=None, cause=17)
        for body in [*_commands(), *_planning()]
    ]
    records += [
        a_record(body, source="vigil", site=None, lane="drill-1", believed=Believed.RECEIVED, identity=None)
        for body in _notices()
    ]
    return records


def encoded_samples() -> str:
    """What this release stores for the samples: a line each of type, version and bytes."""
    lines = [f"{record.type} {CURRENT_VERSION[record.type]} {encode(record).hex()}" for record in samples()]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    (RECORDS / f"{version('vigil')}.hex").write_text(encoded_samples(), encoding="ascii")
