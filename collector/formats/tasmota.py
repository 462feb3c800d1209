"""Tasmota: `tele/<topic>/SENSOR` and others; the order of the parts can be changed, so the words are looked for.

`Time` is local and names no zone, unless the owner switched that on; it counts only where the mapping says which zone.
`Epoch` counts always. A device that sleeps says `Offline` on purpose.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.formats.fields import moment_of, object_of, seconds_of, values_of
from collector.formats.report import Arrival, Carries, Format, Link, Report, Saying, Subscription, Tag, Value
from collector.refusal import Reason, Refused
from domain.instant import Instant
from domain.observations import LAST_WILL

_BYTES: Final = 32 * 1024
_PREFIXES: Final = frozenset({"tele", "stat"})
_READERS: Final = ("RC522", "PN532", "RDM6300")
_NO_VALUES: Final = frozenset({"Time", "Epoch", "TempUnit", "PressureUnit", "SpeedUnit", *_READERS})
_LINKS: Final = {b"online": True, b"offline": False}
_UNITS: Final = {"C": "degC", "F": "degF", "K": "K"}
_NAMING: Final = {
    "Temperature": "TempUnit",
    "DewPoint": "TempUnit",
    "Pressure": "PressureUnit",
    "Speed": "SpeedUnit",
}
"""How the fields end whose unit another field of the message names."""
_SWITCHED: Final = {"ON": True, "OFF": False}
_SENDS: Final = ("SENSOR", "STATE", "RESULT", "STATUS8", "STATUS10", "DEEPSLEEP")


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what one device says; those behind its bridge (Zigbee, LoRa) are named `<device>/<name>`."""
    device, what = _who_and_what(arrival.topic)
    if what == "LWT":
        online = _LINKS.get(arrival.payload.strip().lower())
        if online is None:
            raise Refused(Reason.INVALID_VALUE, "a LWT is neither Online nor Offline")
        return [Report(device=device, said=[Link(online, None if online else LAST_WILL)])]
    if what not in _SENDS:
        return []
    body = object_of(arrival.payload, _BYTES)
    for wrapper in ("StatusSNS", "StatusSTS", "DeepSleep"):
        if isinstance(body.get(wrapper), dict):
            body = body[wrapper]
    if what in {"STATE", "DEEPSLEEP"}:
        return [Report(device=device, said=[Link(online=True)], at=_time(body, arrival.timezone))]
    at = _time(body, arrival.timezone)
    behind = [_behind(device, wrapper, body, at) for wrapper in ("ZbReceived", "LwReceived")]
    reports = [report for found in behind for report in found]
    own = [*_tags(body), *_values({key: body[key] for key in body if key not in {"ZbReceived", "LwReceived"}})]
    return [*reports, *([Report(device=device, said=own, at=at)] if own else [])]


def _who_and_what(topic: str) -> tuple[str, str]:
    *levels, what = topic.split("/")
    names = [level for level in levels if level not in _PREFIXES]
    if not names:
        raise Refused(Reason.BAD_TOPIC, "the topic names no device")
    return "/".join(names), what


def _time(body: Mapping[str, Any], timezone: str | None) -> Instant | None:
    return seconds_of(body.get("Epoch")) or moment_of(body.get("Time"), timezone)


def _behind(device: str, wrapper: str, body: Mapping[str, Any], at: Instant | None) -> list[Report]:
    found = body.get(wrapper)
    if not isinstance(found, dict):
        return []
    return [
        Report(device=f"{device}/{name[:64]}", said=values_of(said, without=frozenset({"Device"})), at=at)
        for name, said in list(found.items())[:64]
        if isinstance(said, dict)
    ]


def _tags(body: Mapping[str, Any]) -> list[Saying]:
    tags: list[Saying] = []
    for reader in _READERS:
        found = body.get(reader)
        uid = found.get("UID") if isinstance(found, dict) else None
        if isinstance(found, dict) and isinstance(uid, str) and uid:
            tags.append(Tag(uid[:64], authentic=found.get("Auth") != "NOk"))
    return tags


def _values(body: Mapping[str, Any]) -> list[Value]:
    units = {name: _named_unit(body.get(key)) for name, key in _NAMING.items()}
    return [_value(each, units) for each in values_of(body, without=_NO_VALUES)]


def _named_unit(told: object) -> str:
    """Vigil's word for a unit that the message names, or the device's own."""
    return _UNITS.get(told, told[:32]) if isinstance(told, str) else ""


def _value(said: Value, units: Mapping[str, str]) -> Value:
    value = _SWITCHED.get(said.value, said.value) if isinstance(said.value, str) else said.value
    unit = next((unit for name, unit in units.items() if said.field.endswith(name)), "")
    return Value(said.field, value, unit)


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    pattern = base.replace("%topic%", "+").strip("/")
    tele, stat = (pattern.replace("%prefix%", prefix) for prefix in ("tele", "stat"))
    own = [Subscription(f"{tele}/{what}", Carries.MIXED) for what in ("SENSOR", "RESULT")]
    states = [Subscription(f"{tele}/{what}", Carries.EVENTS) for what in ("STATE", "LWT")]
    answers = [Subscription(f"{stat}/{what}", Carries.MIXED) for what in ("RESULT", "STATUS8", "STATUS10")]
    return [*own, *states, *answers]


FORMAT: Final = Format(
    name="tasmota",
    version=1,
    summary="devices with Tasmota firmware",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base="%prefix%/%topic%",
    contacts={"Switch1": True, "DoorOpen": 1},
)
