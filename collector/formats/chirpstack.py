"""ChirpStack v4: LoRaWAN devices, `application/<id>/device/<devEUI>/event/<kind>`, JSON of proto3.

What is zero, false or empty is left out. One uplink heard by several gateways is one event; `deduplicationId` says that
it is the same when it comes again. Values come from the codec of the device profile; without one there is only `data`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.formats.fields import moment_of, number_of, object_of, percent_of, text_of, values_of
from collector.formats.report import Arrival, Carries, Format, Link, Report, Saying, Subscription, Value
from collector.refusal import Reason, Refused
from domain.identity import is_id
from domain.observations import LAST_WILL

_BYTES: Final = 64 * 1024
_STATES: Final = {"ONLINE": True, "OFFLINE": False}
_SAYS_NOTHING: Final = frozenset({"ack", "txack", "log", "location", "integration"})
_EVENT_LEVELS: Final = 6


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what an event says about its device, or a gateway's state about that."""
    path = arrival.path
    if path[0] == "gateway" and path[2:] == ["state", "conn"]:
        return [_gateway(path[1], object_of(arrival.payload, _BYTES))]
    if len(path) != _EVENT_LEVELS or (path[0], path[2], path[4]) != ("application", "device", "event"):
        raise Refused(Reason.BAD_TOPIC, "not application/<id>/device/<devEUI>/event/<kind>")
    kind, body = path[5], object_of(arrival.payload, _BYTES)
    about = body.get("deviceInfo")
    if not isinstance(about, dict):
        raise Refused(Reason.MISSING_FIELD, "no `deviceInfo`")
    device = text_of(about, "devEui").lower()
    if device != path[3].lower():
        raise Refused(Reason.IDENTITY_MISMATCH, f"the topic says device '{path[3][:32]}', the body another")
    if kind in _SAYS_NOTHING:
        return []
    said = _sayings(kind, body)
    key = body.get("deduplicationId")
    return [
        Report(
            device=device,
            said=said,
            at=moment_of(body.get("time")),
            key=key if isinstance(key, str) and is_id(key) else None,
        )
    ]


def _sayings(kind: str, body: Mapping[str, Any]) -> list[Saying]:
    match kind:
        case "up":
            return [*_uplink(body)]
        case "join":
            return [Link(online=True, reason="join")]
        case "status":
            unknown = body.get("batteryLevelUnavailable") or body.get("externalPowerSource")
            return [Link(online=True, battery=None if unknown else percent_of(body.get("batteryLevel", 0)))]
    raise Refused(Reason.BAD_TOPIC, f"'{kind[:32]}' is no event that ChirpStack 4 has")


def _uplink(body: Mapping[str, Any]) -> list[Value]:
    found = body.get("object")
    values = values_of(found) if isinstance(found, dict) else []
    if not values:
        values = [Value("data", str(body.get("data", ""))[:256])]
    heard = body.get("rxInfo")
    best = max((rssi for each in _objects(heard) if (rssi := number_of(each.get("rssi", 0))) is not None), default=None)
    return values if best is None else [*values, Value("rssi", best, "dBm")]


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value[:64] if isinstance(each, dict)] if isinstance(value, list) else []


def _gateway(name: str, body: Mapping[str, Any]) -> Report:
    online = _STATES.get(str(body.get("state", "OFFLINE")))
    if online is None:
        raise Refused(Reason.INVALID_VALUE, "a gateway is neither ONLINE nor OFFLINE")
    return Report(device=name, said=[Link(online, None if online else LAST_WILL)])


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    root = f"{base}/" if base else ""
    return [
        Subscription(f"{root}application/+/device/+/event/+", Carries.MIXED),
        Subscription(f"{root}gateway/+/state/conn", Carries.EVENTS),
    ]


FORMAT: Final = Format(
    name="chirpstack",
    version=1,
    summary="LoRaWAN devices behind ChirpStack 4",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base="",
)
