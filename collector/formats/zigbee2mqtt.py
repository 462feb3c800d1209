"""zigbee2mqtt: `<base>/<friendly name>` with the whole state of the device as JSON, each time anything changes.

A friendly name may hold slashes and spaces. `contact: true` is a closed contact. An `action` comes, and then the same
message with an empty one. Times are there only where `last_seen` was switched on, as ISO time or as a number.
"""

from collections.abc import Sequence
from typing import Any, Final

from collector.formats.fields import json_of, milliseconds_of, moment_of, seconds_of, values_of
from collector.formats.report import Arrival, Carries, Format, Link, Report, Subscription, Value
from collector.refusal import Reason, Refused
from domain.instant import Instant

_BYTES: Final = 64 * 1024
_NO_VALUES: Final = frozenset({"last_seen", "device", "update", "elapsed"})
_COMMANDS: Final = frozenset({"set", "get"})
_STATES: Final = {"online": True, "offline": False}


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what a message says about a device, or about the bridge itself, whose name is `bridge`."""
    path = arrival.path
    if path[0] == "bridge":
        return [_link("bridge", arrival.payload)] if path[1:] == ["state"] else []
    if _COMMANDS.intersection(path[1:]):
        return []
    if path[-1] == "availability" and len(path) > 1:
        return [_link("/".join(path[:-1]), arrival.payload)]
    if not arrival.payload:
        return []  # The retained state of a device that was removed.
    if not arrival.payload.lstrip().startswith(b"{"):
        return _attribute(path, arrival.payload)
    return [_state("/".join(path), json_of(arrival.payload, _BYTES), arrival.timezone)]


def _state(device: str, body: dict[str, Any], timezone: str | None) -> Report:
    said = [each for each in values_of(body, without=_NO_VALUES) if each.field != "action" or each.value]
    return Report(device=device, said=said, at=_last_seen(body.get("last_seen"), timezone))


def _last_seen(value: object, timezone: str | None) -> Instant | None:
    """Read any spelling; a number that would be before 2015 in milliseconds counts seconds."""
    return moment_of(value, timezone) or milliseconds_of(value) or seconds_of(value)


def _attribute(path: list[str], payload: bytes) -> Sequence[Report]:
    """Read `<name>/<attribute>` with a bare value, which zigbee2mqtt sends where it was asked to."""
    if len(path) == 1:
        raise Refused(Reason.NOT_JSON, "a device's state is neither a JSON object nor one attribute")
    if len(payload) > _BYTES:
        raise Refused(Reason.OVERSIZE, f"{len(payload)} bytes, at most {_BYTES} are taken")
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF8, f"not valid UTF-8 at byte {error.start}") from error
    words: dict[str, bool | None] = {"true": True, "false": False, "null": None}
    return [Report(device="/".join(path[:-1]), said=[Value(path[-1][:128], words.get(text, text[:256]))])]


def _link(device: str, payload: bytes) -> Report:
    """Read `online` or `offline`, plain as older releases write it, or in an object."""
    said = payload.strip()
    if said.startswith(b"{"):
        body = json_of(said, _BYTES)
        said = str(body.get("state")).encode(errors="replace")
    online = _STATES.get(said.decode(errors="replace").lower())
    if online is None:
        raise Refused(Reason.INVALID_VALUE, "a state is neither online nor offline")
    return Report(device=device, said=[Link(online, None if online else "availability")])


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    return [Subscription(f"{base}/#", Carries.MIXED)]


FORMAT: Final = Format(
    name="zigbee2mqtt",
    version=1,
    summary="Zigbee devices behind zigbee2mqtt",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base="zigbee2mqtt",
    contacts={"contact": False},
    gateway="bridge",
)
