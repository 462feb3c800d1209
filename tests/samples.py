"""Small valid values of the domain that tests vary by `msgspec.structs.replace`."""

from domain.alarm import (
    Acknowledgement,
    Alarm,
    Condition,
    Occurrence,
    OccurrenceState,
    Subject,
    SubjectKind,
    Why,
)
from domain.effects import AlarmChange, AlarmChanged, Effect, EffectBody, WorkOrderChange, WorkOrderChanged
from domain.identity import derive_id
from domain.instant import SECOND, Instant
from domain.notification import Notice, NotifyReason
from domain.priority import Priority
from domain.text import Text
from domain.work_order import WorkOrder, WorkOrderState
from rules.notification_group import item_of

NOW: Instant = 1_800_000_000 * SECOND


def an_occurrence(alarm: str = "alarm-1", number: int = 1, raised_at: Instant = NOW) -> Occurrence:
    return Occurrence(
        id=derive_id("occurrence", alarm, number),
        alarm=alarm,
        number=number,
        state=OccurrenceState.ACTIVE,
        priority=Priority.HIGH,
        raised_at=raised_at,
        why=Why(
            seen=Text("opened without a grant", "无授权开门"),
            expected=Text("a grant within 8 s", "8 秒内应有授权"),
            since=raised_at,
            clears=Text("the door closes", "关门后解除"),
            evidence=(17,),
        ),
        configuration="0123456789abcdef",
    )


def an_alarm(alarm_id: str = "alarm-1", site: str = "tower", *, version: int = 1) -> Alarm:
    return Alarm(
        id=alarm_id,
        site=site,
        rule="door-forced",
        subject=Subject(SubjectKind.DOOR, "d1"),
        asset="d1",
        zone="lobby",
        name=Text("Door d1 forced open", "d1 门被强行打开"),
        priority=Priority.HIGH,
        fault="door.forced",
        procedure=Text("Look at the camera first.", "先查看监控。"),
        condition=Condition.ACTIVE,
        acknowledgement=Acknowledgement.UNACKED,
        occurrences=1,
        latest=an_occurrence(alarm_id),
        version=version,
    )


def a_notice(notice_id: str = "notice-1", recipient: str = "mail/duty", *alarms: Alarm) -> Notice:
    """News of these alarms; of the one of `an_alarm` where none is given."""
    return Notice(
        id=notice_id,
        site="tower",
        site_name=Text("Tower", "塔楼"),
        timezone="Asia/Shanghai",
        recipient=recipient,
        reason=NotifyReason.NEWS,
        at=NOW,
        items=tuple(item_of(alarm) for alarm in alarms or (an_alarm(),)),
    )


def an_order(order_id: str = "order-1", site: str = "tower", *, version: int = 1) -> WorkOrder:
    return WorkOrder(
        id=order_id,
        site=site,
        asset="pump-1",
        fault="pump.no_flow",
        priority=Priority.MEDIUM,
        state=WorkOrderState.REQUESTED,
        title=Text("Pump 1: no flow", "1 号泵：无流量"),
        procedure=Text("", ""),
        created_at=NOW,
        changed_at=NOW,
        version=version,
    )


def an_effect(body: EffectBody, cause: int = 17, n: int = 0, at: Instant = NOW, lane: str = "real") -> Effect:
    return Effect(id=derive_id("effect", lane, cause, n), cause=cause, n=n, at=at, lane=lane, body=body)


def alarm_effect(change: AlarmChange = AlarmChange.RAISED, cause: int = 17, n: int = 0) -> Effect:
    alarm = an_alarm()
    return an_effect(AlarmChanged(change=change, alarm=alarm, occurrence=alarm.latest), cause, n)


def order_effect(change: WorkOrderChange = WorkOrderChange.CREATED, cause: int = 17, n: int = 1) -> Effect:
    return an_effect(WorkOrderChanged(change=change, order=an_order()), cause, n)
