"""The values that the OpenAPI document shows as examples: one small story of a pump and a door, in domain types.

They go through the same models as real answers, so an example is always valid.
"""

from typing import Final

from msgspec.structs import asdict

from api.changes import Change
from api.incident_example import incident_of
from api.incident_views import IncidentMember
from api.intake_views import QuarantineDetail, QuarantineItem, ReasonCount, UnmappedItem, UnmappedValue
from api.live_views import Live, LiveCounts, LiveDevice, LiveDoor, LiveEquipment, LivePoint, SiteSummary
from api.message_views import MessageAnswer, MessageDetail, NotificationItem
from api.reading_views import LateReadings, PointLimit, PointValue, ReadingSeries, SiteValues
from api.views import (
    AlarmAnswer,
    AlarmItem,
    CommandState,
    CommandStatus,
    Evidence,
    EvidenceReading,
    Fault,
    IncidentAnswer,
    OccurrenceAnswer,
    PersonName,
    Session,
    Status,
    TourRunAnswer,
    WhyAnswer,
    WorkOrderAnswer,
    WorkOrderMove,
)
from domain.alarm import (
    OWN_SITE,
    Acknowledgement,
    Alarm,
    Condition,
    Occurrence,
    OccurrenceState,
    Subject,
    SubjectKind,
    Why,
)
from domain.configuration import RuleSpec
from domain.effects import AlarmChange, AlarmChanged, CommandOutcome, DoorState, WorkOrderChange, WorkOrderChanged
from domain.identity import MessageIdentity
from domain.instant import DAY, MINUTE, SECOND, Instant, from_iso
from domain.notification import AlarmNotification, NotifyReason
from domain.priority import Priority
from domain.record import Believed
from domain.site import DeviceKind, Door, Equipment, Point, Site, Zone
from domain.text import Text
from domain.tour_run import RunStop, StopVerdict, TourRun, TourRunState
from domain.work_order import WorkOrder, WorkOrderState, WorkOrderTrigger
from rules.expected_now import ExpectedNow
from rules.settings import RuleKind
from stores.ports import MessageState, SendingAttempt, StoredMessage

AT: Final[Instant] = from_iso("2026-11-23T07:30:00Z")
DIGEST: Final = "5f1d7e0c9b2a4836"
_SITE: Final = "riverside"
_ASSET: Final = "pump-1"
_PUMP: Final = Text("Booster pump 1", "1 号增压泵")

WHY: Final = Why(
    seen=Text("flow 0.2 m³/h for 60 s", "流量 0.2 m³/h，持续 60 秒"),
    expected=Text("at least 2 m³/h while the pump runs", "水泵运行时不低于 2 m³/h"),
    since=AT - MINUTE,
    clears=Text("above 2.5 m³/h for 30 s", "高于 2.5 m³/h 持续 30 秒后解除"),
    evidence=(4711,),
    values={"flow m³/h": 0.2, "limit m³/h": 2.0},
    device_time=AT - SECOND,
    received_at=AT,
    believed="device",
)
OCCURRENCE: Final = Occurrence(
    id="occurrence-8c1f0d2e9a7b6c5d4e3f",
    alarm="alarm-1f2e3d4c5b6a79881726",
    number=1,
    state=OccurrenceState.ACTIVE,
    priority=Priority.HIGH,
    raised_at=AT,
    why=WHY,
    configuration=DIGEST,
    order="order-0a1b2c3d4e5f60718293",
)
ALARM: Final = Alarm(
    id=OCCURRENCE.alarm,
    site=_SITE,
    rule="pump-no-flow",
    subject=Subject(SubjectKind.POINT, "pump-1-flow"),
    asset=_ASSET,
    zone="plant-room",
    name=Text("Booster pump 1: flow 0.2 m³/h", "1 号增压泵：流量 0.2 m³/h"),
    priority=Priority.HIGH,
    fault="pump.no_flow",
    procedure=Text("Look whether valve 1 is open.", "检查 1 号阀门是否打开。"),
    condition=Condition.ACTIVE,
    acknowledgement=Acknowledgement.UNACKED,
    occurrences=1,
    latest=OCCURRENCE,
)
ORDER: Final = WorkOrder(
    id="order-0a1b2c3d4e5f60718293",
    site=_SITE,
    asset=_ASSET,
    fault="pump.no_flow",
    priority=Priority.HIGH,
    state=WorkOrderState.REQUESTED,
    title=Text("Booster pump 1: no flow", "1 号增压泵：无流量"),
    procedure=ALARM.procedure,
    created_at=AT,
    changed_at=AT,
    occurrences=(OCCURRENCE.id,),
)
ORDER_MOVE: Final = WorkOrderMove(
    state=WorkOrderState.REQUESTED, trigger=WorkOrderTrigger.DISPATCH, leads_to=WorkOrderState.DISPATCHED
)
RUN: Final = TourRun(
    id="run-99aa88bb77cc66dd55ee",
    site=_SITE,
    tour="night-round",
    name=Text("Night round", "夜间巡更"),
    state=TourRunState.IN_PROGRESS,
    starts_at=AT,
    ends_at=AT + 30 * MINUTE,
    stops=(
        RunStop(
            checkpoint="roof",
            due_at=AT + 5 * MINUTE,
            missed_at=AT + 10 * MINUTE,
            verdict=StopVerdict.ON_TIME,
            scanned_at=AT + 4 * MINUTE,
            received_at=AT + 4 * MINUTE,
            officer="officer-3",
            seq=4720,
        ),
    ),
)
SITE: Final = Site(
    id=_SITE,
    name=Text("Riverside Tower", "滨江大厦"),
    timezone="Asia/Shanghai",
    zones=(Zone(id="plant-room", name=Text("Plant room", "设备房")),),
    doors=(Door(id="lobby-door", name=Text("Lobby door", "大堂门"), zone="plant-room"),),
    equipment=(Equipment(id=_ASSET, name=_PUMP, zone="plant-room", equipment_class="pump"),),
    points=(Point(id="pump-1-flow", name=Text("Flow", "流量"), equipment=_ASSET, unit="m³/h"),),
)
SITE_SUMMARY: Final = SiteSummary(
    id=_SITE,
    name=SITE.name,
    timezone=SITE.timezone,
    checkpoints=12,
    doors=20,
    equipment=35,
    points=400,
    devices=18,
    tours=3,
)
RULE: Final = RuleSpec(
    id="pump-no-flow",
    kind="limit",
    site=_SITE,
    name=Text("Pump without flow", "水泵无流量"),
    priority=Priority.HIGH,
    subjects=("pump-1-flow",),
    parameters={"low": 2.0, "deadband": 0.5, "on_delay_seconds": 60.0, "off_delay_seconds": 30.0},
    fault="pump.no_flow",
    procedure=ALARM.procedure,
)
RULE_KIND: Final = RuleKind(
    kind="limit",
    subjects="points",
    summary=Text("A value beyond a limit", "数值越限"),
    parameters={"type": "object", "properties": {"low": {"type": "number"}}},
)
INCIDENT: Final = incident_of(ALARM, OCCURRENCE)
OUTCOME: Final = CommandOutcome(
    command="command-6f0c", accepted=True, code="accepted", detail="", subject=ALARM.id, version=2
)
WAITING: Final = CommandStatus(id="command-6f0c", state=CommandState.WAITING)
COMMAND: Final = CommandStatus(id="command-6f0c", state=CommandState.ACCEPTED, outcome=OUTCOME)
ALARM_ITEM: Final = AlarmItem(
    **asdict(ALARM), now=ExpectedNow(Text("at least 3 m³/h", "不低于 3 m³/h"), Text("at least 4 m³/h", "不低于 4 m³/h"))
)
ALARM_ANSWER: Final = AlarmAnswer(outcome=OUTCOME, alarm=ALARM_ITEM)
OCCURRENCE_ANSWER: Final = OccurrenceAnswer(outcome=OUTCOME, occurrence=OCCURRENCE)
INCIDENT_MEMBER: Final = IncidentMember(alarm=ALARM, occurrence=OCCURRENCE)
INCIDENT_ANSWER: Final = IncidentAnswer(outcome=OUTCOME, incident=INCIDENT)
ORDER_ANSWER: Final = WorkOrderAnswer(outcome=OUTCOME, order=ORDER)
RUN_ANSWER: Final = TourRunAnswer(outcome=OUTCOME, run=RUN)
MESSAGE: Final = StoredMessage(
    id="notice-5566778899001122ccdd",
    channel="duty-mail",
    recipient="duty-mail/manager",
    state=MessageState.REFUSED,
    created_at=AT,
    attempts=1,
    due=AT + MINUTE,
    settled_at=AT + SECOND,
    detail="550 (mailbox) is full",
)
NOTIFICATION_ITEM: Final = NotificationItem(
    notification=AlarmNotification(
        alarm=ALARM.id,
        occurrence=OCCURRENCE.id,
        recipient=MESSAGE.recipient,
        reason=NotifyReason.NEWS,
        at=AT,
        notice=MESSAGE.id,
    ),
    message=MESSAGE,
)
MESSAGE_DETAIL: Final = MessageDetail(
    message=MESSAGE, attempts=(SendingAttempt(number=1, at=AT + SECOND, verdict="refused", detail=MESSAGE.detail),)
)
MESSAGE_ANSWER: Final = MessageAnswer(outcome=OUTCOME, message=MESSAGE)
ALARM_CHANGE: Final = Change(
    position=42,
    id="effect-3344556677889900aabb",
    cause=4711,
    at=AT,
    committed_at=AT + SECOND,
    body=AlarmChanged(change=AlarmChange.RAISED, alarm=ALARM, occurrence=OCCURRENCE),
)
ORDER_CHANGE: Final = Change(
    position=43,
    id="effect-4455667788990011bbcc",
    cause=4711,
    at=AT,
    committed_at=AT + SECOND,
    body=WorkOrderChanged(change=WorkOrderChange.CREATED, order=ORDER),
)
EVIDENCE: Final = Evidence(
    seq=4711,
    kept=True,
    type="readings",
    event_time=AT - SECOND,
    received_at=AT,
    device_time=AT - SECOND,
    believed=Believed.DEVICE,
    source="gateway-1",
    identity=MessageIdentity("gateway-1", "b7", 1024),
    decoder="native/1",
    facts={"readings": 40},
    readings=(EvidenceReading(point="pump-1-flow", at=AT - SECOND, value=0.2, quality="good"),),
)
WHY_ANSWER: Final = WhyAnswer(
    alarm=ALARM, occurrence=OCCURRENCE, rule=RULE, rule_unchanged=True, now=None, evidence=(EVIDENCE,), people={}
)
LIVE: Final = Live(
    site=_SITE,
    own_site=OWN_SITE,
    at=AT,
    position=43,
    configuration=DIGEST,
    counts=LiveCounts(
        alarms=1,
        unacknowledged=1,
        by_priority={Priority.HIGH: 1},
        open_orders=1,
        doors_open=1,
        doors_unknown=0,
        devices_offline=0,
        devices_unknown=0,
        points_stale=0,
        tours_in_progress=1,
    ),
    alarms=(ALARM,),
    incidents=(INCIDENT,),
    modes=(),
    orders=(ORDER,),
    tours=(RUN,),
    doors=(
        LiveDoor(
            door="lobby-door",
            name=Text("Lobby door", "大堂门"),
            zone="lobby",
            state=DoorState.OPEN,
            since=AT,
            last_event="opened",
            person="person-7",
        ),
    ),
    equipment=(
        LiveEquipment(
            equipment=_ASSET,
            name=_PUMP,
            zone="plant-room",
            equipment_class="pump",
            points=(
                LivePoint(
                    point="pump-1-flow",
                    name=Text("Flow", "流量"),
                    unit="m³/h",
                    states={},
                    value=0.2,
                    at=AT - SECOND,
                    quality="good",
                    stale=False,
                ),
            ),
        ),
    ),
    devices=(
        LiveDevice(
            device="gateway-1",
            name=Text("Gateway 1", "1 号网关"),
            kind=DeviceKind.GATEWAY,
            online=True,
            last_seen=AT,
            battery=None,
            tamper=False,
            reason=None,
            clock_skew_us=1200,
            missing=0,
            report_seconds=300.0,
        ),
    ),
    people={"officer-3": "Chen Wei", "person-7": "Li Na"},
)
SERIES: Final = ReadingSeries(
    point="pump-1-flow",
    site=_SITE,
    unit="m³/h",
    states={},
    start=AT - DAY,
    end=AT,
    reduced=True,
    bucket_seconds=300.0,
    at=(AT - 10 * MINUTE, AT - 5 * MINUTE),
    minimum=(5.1, 0.2),
    mean=(5.3, 2.9),
    maximum=(5.6, 5.5),
    count=(300, 298),
    quality=None,
    limits=(PointLimit(rule=RULE.id, name=RULE.name, priority=RULE.priority, low=2.0, high=None),),
    late=LateReadings(messages=2, latest=AT - MINUTE),
)
SITE_VALUES: Final = SiteValues(
    site=_SITE,
    at=AT,
    points=(PointValue(point="pump-1-flow", value=0.2, at=AT - SECOND, quality="good", stale=False),),
)
QUARANTINE_ITEM: Final = QuarantineItem(
    seq=4800,
    at=AT,
    reason="unknown_device",
    detail="device 'phone-9' is not configured at site 'riverside'",
    topic="vigil/v1/riverside/phone-9/scan",
    size=12,
    site=_SITE,
    device="phone-9",
)
QUARANTINE_DETAIL: Final = QuarantineDetail(
    seq=4800,
    received_at=AT,
    source="phone-9",
    reason="unknown_device",
    detail=QUARANTINE_ITEM.detail,
    topic=QUARANTINE_ITEM.topic,
    size=12,
    complete=True,
    site=_SITE,
    device="phone-9",
    payload_base64="eyJzY2FuIjogMX0A",
    payload_text='{"scan": 1}\\x00',
)
UNMAPPED_ITEM: Final = UnmappedItem(
    format="zigbee2mqtt",
    topic="zigbee2mqtt",
    name="yard gate",
    first_seen=AT,
    last_seen=AT,
    last_topic="zigbee2mqtt/yard gate",
    messages=12,
    mapped=False,
    values=(UnmappedValue(name="contact", sample=True, count=12),),
    proposal="foreign:\n  - format: zigbee2mqtt\n    devices:\n      yard gate:\n        door: FILL-IN\n",
)
REASON_COUNT: Final = ReasonCount(reason="unknown_device", count=3)
PERSON_NAME: Final = PersonName(id="officer-3", name="Chen Wei")
SESSION: Final = Session(actor="operator", roles=("operator", "supervisor"), by="session")
STATUS: Final = Status(
    release="0.1.0",
    at=AT,
    configuration=DIGEST,
    journal_seq=4900,
    journal_waiting={"command": 0, "event": 0, "reading": 2},
    historian_seq=4870,
    position=43,
    outbox={"waiting": 0, "sent": 12, "refused": 0},
    ready={"journal": "", "engine": "", "broker": ""},
    messages={"received": 4810, "stored": 4811, "acknowledged": 4810, "shed": 0, "quarantined": 3},
    faults=(Fault(at=AT, where="certificate", what="mqtt-tls-cert tls/broker.pem expires in 7 days: renew it"),),
)
