"""Which effects are told outside, and as what: pure, and written to the outbox in the effects' own transaction."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from domain.alarm import Condition
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    Effect,
    MessageResent,
    NotificationDue,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.identity import REAL_LANE, derive_id
from domain.instant import SECOND, Instant, to_iso
from domain.notification import Notice, channel_of
from domain.text import Text
from stores.ports import OutboxMessage

CONSOLE: Final = "console"
MQTT_STATUS: Final = "mqtt"

STATUS_TOPIC: Final = "vigil/status"
"""Retained topics below it show the newest state of each alarm and order to any MQTT panel."""

_TOLD_ALARM_CHANGES = frozenset(
    {AlarmChange.RAISED, AlarmChange.CLEARED, AlarmChange.ACKNOWLEDGED, AlarmChange.CORRECTED, AlarmChange.CLOSED}
)
_TOLD_ORDER_CHANGES = frozenset({WorkOrderChange.CREATED, WorkOrderChange.MOVED, WorkOrderChange.REOPENED})


def announce(effects: Iterable[Effect], channels: Sequence[str] = (CONSOLE, MQTT_STATUS)) -> list[OutboxMessage]:
    """Make the outbox messages of these effects, in their order: for the channels that are on, and the notices.

    Only the real lane is told: what a drill says stays among those who drill.
    """
    messages: list[OutboxMessage] = []
    for effect in effects:
        if effect.lane != REAL_LANE:
            continue
        if isinstance(effect.body, AlarmChanged):
            messages += _of_alarm(effect, effect.body, channels)
        elif isinstance(effect.body, WorkOrderChanged):
            messages += _of_order(effect, effect.body, channels)
        elif isinstance(effect.body, NotificationDue):
            messages.append(_of_notice(effect.body.notice))
    return messages


def resent(effects: Iterable[Effect]) -> list[str]:
    """The messages that somebody wants to be tried again."""
    return [effect.body.message for effect in effects if isinstance(effect.body, MessageResent)]


def _of_notice(notice: Notice) -> OutboxMessage:
    return OutboxMessage(
        id=notice.id,
        channel=channel_of(notice.recipient),
        address=notice.recipient,
        payload=msgspec.json.encode(notice),
    )


def _of_alarm(effect: Effect, changed: AlarmChanged, channels: Sequence[str]) -> Iterable[OutboxMessage]:
    alarm = changed.alarm
    if CONSOLE in channels and changed.change in _TOLD_ALARM_CHANGES:
        yield _message(
            effect,
            CONSOLE,
            f"alarm/{changed.change}",
            {
                "what": "alarm",
                "change": changed.change,
                "priority": changed.occurrence.priority,
                "at": _to_the_second(effect.at),
                "site": alarm.site,
                "name": alarm.name,
                "why": _reason(changed),
                "alarm": alarm.id,
            },
        )
    if MQTT_STATUS in channels:
        yield _message(
            effect,
            MQTT_STATUS,
            f"{STATUS_TOPIC}/{alarm.site}/alarm/{alarm.id}",
            {
                "alarm": alarm.id,
                "rule": alarm.rule,
                "subject": alarm.subject,
                "state": alarm.display_state,
                "active": alarm.condition is not Condition.INACTIVE,
                "condition": alarm.condition,
                "acknowledgement": alarm.acknowledgement,
                "priority": alarm.priority,
                "name": alarm.name,
                "raised_at": to_iso(alarm.latest.raised_at),
                "occurrences": alarm.occurrences,
                "version": alarm.version,
            },
            retain=True,
        )


def _of_order(effect: Effect, changed: WorkOrderChanged, channels: Sequence[str]) -> Iterable[OutboxMessage]:
    order = changed.order
    if CONSOLE in channels and changed.change in _TOLD_ORDER_CHANGES:
        yield _message(
            effect,
            CONSOLE,
            f"order/{changed.change}",
            {
                "what": "order",
                "change": changed.change,
                "priority": order.priority,
                "at": _to_the_second(effect.at),
                "site": order.site,
                "name": order.title,
                "why": None,
                "order": order.id,
                "state": order.state,
            },
        )
    if MQTT_STATUS in channels:
        yield _message(
            effect,
            MQTT_STATUS,
            f"{STATUS_TOPIC}/{order.site}/order/{order.id}",
            {
                "order": order.id,
                "asset": order.asset,
                "fault": order.fault,
                "state": order.state,
                "priority": order.priority.order_class,
                "title": order.title,
                "assignee": order.assignee,
                "version": order.version,
            },
            retain=True,
        )


def _reason(changed: AlarmChanged) -> Text | None:
    """What was seen, while that is news; a correction says what it corrects; the end of an alarm repeats nothing."""
    if changed.change is AlarmChange.RAISED:
        return changed.occurrence.why.seen
    return changed.occurrence.correction if changed.change is AlarmChange.CORRECTED else None


def _to_the_second(at: Instant) -> str:
    """People read these times; the journal has the exact ones."""
    return to_iso(at // SECOND * SECOND)


def _message(
    effect: Effect, channel: str, address: str, payload: dict[str, object], *, retain: bool = False
) -> OutboxMessage:
    return OutboxMessage(
        id=derive_id("msg", effect.id, channel),
        channel=channel,
        address=address,
        payload=msgspec.json.encode(payload),
        retain=retain,
    )
