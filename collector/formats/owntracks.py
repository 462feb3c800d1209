"""OwnTracks: phones that say where they are and which regions they enter, `<base>/<user>/<device>` and below.

`tst` is the time of the fix; what was queued while offline comes in a burst with old times. A zero `tst` is a phone
that does not know. Accuracy reaches from 5 to 5,000 m, and travels with the position.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.formats.fields import json_of, number_of, percent_of, seconds_of
from collector.formats.report import Arrival, Carries, Crossing, Fix, Format, Link, Report, Saying, Subscription
from collector.refusal import Reason, Refused
from domain.observations import LAST_WILL, GeoPosition

_BYTES: Final = 64 * 1024
_MOST_MESSAGES: Final = 100
_WORST_ACCURACY: Final = 100_000.0
_SAYS_NOTHING: Final = frozenset(
    {"card", "cmd", "configuration", "waypoint", "waypoints", "status", "beacon", "steps", "dump", "request"}
)
_NAME_LEVELS: Final = 2


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what one phone says; its name is `<user>/<device>`."""
    path = arrival.path
    if len(path) < _NAME_LEVELS:
        raise Refused(Reason.BAD_TOPIC, "not <base>/<user>/<device>")
    if not arrival.payload:
        return []  # A retained position that was deleted.
    body = json_of(arrival.payload, _BYTES)
    messages = body if isinstance(body, list) else [body]
    if len(messages) > _MOST_MESSAGES:
        raise Refused(Reason.OUT_OF_RANGE, f"more than {_MOST_MESSAGES} messages in one")
    reports = [_report("/".join(path[:_NAME_LEVELS]), each) for each in messages]
    return [report for report in reports if report is not None]


def _report(device: str, body: object) -> Report | None:
    if not isinstance(body, dict):
        raise Refused(Reason.WRONG_TYPE, "a message is no JSON object")
    kind = body.get("_type")
    match kind:
        case "location":
            return Report(device=device, said=[_fix(body)], at=_required_time(body))
        case "transition":
            return Report(device=device, said=[_crossing(body)], at=_required_time(body))
        case "lwt":
            # Its time, where there is one, is that of the connection's beginning.
            return Report(device=device, said=[Link(online=False, reason=LAST_WILL)])
        case "encrypted":
            raise Refused(Reason.ENCRYPTED, "the phone encrypts its messages; remove its encryption key")
        case str() if kind in _SAYS_NOTHING:
            return None
    raise Refused(Reason.INVALID_VALUE, "`_type` is no kind of message that OwnTracks has")


def _required_time(body: Mapping[str, Any]) -> int:
    at = seconds_of(body.get("tst"))
    if at is None:
        raise Refused(Reason.INVALID_TIME, "`tst` is no time since 2015: the phone does not know when this was")
    return at


def _fix(body: Mapping[str, Any]) -> Saying:
    if not (body.get("tid") or body.get("topic")):
        raise Refused(Reason.MISSING_FIELD, "neither `tid` nor `topic`")
    position = _position(body)
    if position is None:
        raise Refused(Reason.OUT_OF_RANGE, "`lat` and `lon` are no place on earth")
    return Fix(position, percent_of(body.get("batt")))


def _crossing(body: Mapping[str, Any]) -> Saying:
    region, event = body.get("desc"), body.get("event")
    if not isinstance(region, str) or not region:
        raise Refused(Reason.MISSING_FIELD, "no `desc`: the region has no name")
    if event not in {"enter", "leave"}:
        raise Refused(Reason.INVALID_VALUE, "`event` is neither enter nor leave")
    return Crossing(region[:128], event == "enter", _position(body))


def _position(body: Mapping[str, Any]) -> GeoPosition | None:
    latitude, longitude = number_of(body.get("lat")), number_of(body.get("lon"))
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004
        return None
    accuracy = number_of(body.get("acc"))
    known = accuracy is not None and 0 <= accuracy <= _WORST_ACCURACY
    return GeoPosition(latitude=latitude, longitude=longitude, accuracy_m=accuracy if known else None)


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    return [Subscription(f"{base}/+/+", Carries.EVENTS), Subscription(f"{base}/+/+/+", Carries.EVENTS)]


FORMAT: Final = Format(
    name="owntracks",
    version=1,
    summary="phones with OwnTracks",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base="owntracks",
)
