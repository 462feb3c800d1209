"""Shelly, second generation and later: `<name>/events/rpc`, `<name>/status/<component>` and `<name>/online`.

A notification is a part of the status: what is absent has not changed, and null means that it is gone or not known.
`ts` has fractions of a second. The name is the device's MQTT prefix, by default model and MAC.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.formats.fields import object_of, seconds_of, values_of
from collector.formats.report import Arrival, Carries, Format, Link, Report, Saying, Subscription, Value
from collector.refusal import Reason, Refused
from domain.observations import LAST_WILL

_BYTES: Final = 32 * 1024
_ONLINE: Final = {b"true": True, b"false": False}
_NOTIFICATIONS: Final = frozenset({"NotifyStatus", "NotifyFullStatus"})
_ABOUT_ITSELF: Final = frozenset({"ts", "sys", "cloud", "wifi", "ws", "mqtt", "ble", "knx", "eth", "id"})
_MINUTE: Final = "minute_ts"


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what one device says; its name is its prefix below the base."""
    path = arrival.path
    if path[-1] == "online" and len(path) > 1:
        online = _ONLINE.get(arrival.payload.strip().lower())
        if online is None:
            raise Refused(Reason.INVALID_VALUE, "`online` is neither true nor false")
        return [Report(device="/".join(path[:-1]), said=[Link(online, None if online else LAST_WILL)])]
    device = "/".join(path[:-2])
    if not device:
        raise Refused(Reason.BAD_TOPIC, "the topic names no device")
    if path[-2:] == ["events", "rpc"]:
        return _notification(device, object_of(arrival.payload, _BYTES))
    if path[-2] == "status":
        return _component(device, path[-1], object_of(arrival.payload, _BYTES))
    return []


def _notification(device: str, body: Mapping[str, Any]) -> Sequence[Report]:
    method, said = body.get("method"), body.get("params")
    if not isinstance(method, str):
        raise Refused(Reason.MISSING_FIELD, "no `method`")
    if method not in _NOTIFICATIONS:
        return []
    if not isinstance(said, dict):
        raise Refused(Reason.MISSING_FIELD, "no `params`")
    values = _values(values_of(said, without=_ABOUT_ITSELF))
    # What concerns only the device itself shows that it is there.
    return [Report(device=device, said=values or [Link(online=True)], at=seconds_of(said.get("ts")))]


def _component(device: str, component: str, body: Mapping[str, Any]) -> Sequence[Report]:
    values = _values(values_of(body, without=_ABOUT_ITSELF, prefix=component[:64]))
    return [Report(device=device, said=values)] if values else []


def _values(said: Sequence[Value]) -> list[Saying]:
    """Leave out what no point is: ids, and the minute counters whose time is another than the message's."""
    return [each for each in said if not each.field.endswith(".id") and _MINUTE not in each.field]


def _subscriptions(base: str, names: Sequence[str]) -> Sequence[Subscription]:
    prefixes = [f"{base}/+"] if base else list(names)
    return [
        each
        for prefix in prefixes
        for each in (
            Subscription(f"{prefix}/events/rpc", Carries.MIXED),
            Subscription(f"{prefix}/status/+", Carries.MIXED),
            Subscription(f"{prefix}/online", Carries.EVENTS),
        )
    ]


FORMAT: Final = Format(
    name="shelly",
    version=1,
    summary="Shelly devices of the second generation and later",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base="",
    contacts={"input:0.state": True},
)
