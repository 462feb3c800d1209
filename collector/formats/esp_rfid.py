"""ESP-RFID: many readers share `<base>/send`; which one speaks says `hostname` in the body.

`isKnown` is a text. With two doors `access` and `doorName` are lists. For an unknown tag two messages come, the denied
access and a warning without its number, of which only the first counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from collector.formats.fields import object_of, seconds_of, text_of
from collector.formats.report import Arrival, Carries, DoorEvent, Format, Link, Report, Saying, Subscription, Value
from collector.refusal import Reason, Refused
from domain.observations import LAST_WILL, AccessKind

_BYTES: Final = 16 * 1024
_GRANTED: Final = frozenset({"granted", "always", "admin"})
_DENIED: Final = frozenset({"denied", "disabled", "expired", "not yet valid", "pending"})
_MOST_DOORS: Final = 8
_ONLINE: Final = {b"online": True, b"offline": False}


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what one reader says."""
    if arrival.path == ["avty"]:
        return [_availability(arrival)]
    body = object_of(arrival.payload, _BYTES)
    said = list(_sayings(body))
    # Records of the log that are sent again on demand bear `cmd: log`; they are old news without a door.
    return [Report(device=text_of(body, "hostname"), said=said, at=seconds_of(body.get("time")))] if said else []


def _sayings(body: Mapping[str, Any]) -> Iterator[Saying]:
    kind = text_of(body, "type")
    if kind == "access":
        yield from _access(body)
    elif kind in {"heartbeat", "boot"}:
        yield Link(online=True)
    elif kind in {"INFO", "WARN", "ERRO"} and body.get("cmd") == "event":
        source, text = body.get("src"), str(body.get("desc", "")).lower()
        if source == "mqtt":
            yield Link(online=True)
        elif source == "door":
            yield from _door(text)
        elif source == "tamper":
            yield DoorEvent(kind=AccessKind.HELD if "max open" in text else AccessKind.TAMPER)


def _door(text: str) -> Iterator[Saying]:
    if "open" in text or "close" in text:
        yield Value("door", "open" in text)


def _access(body: Mapping[str, Any]) -> Iterator[Saying]:
    words, doors = body.get("access"), body.get("doorName", "")
    many = words if isinstance(words, list) else [words]
    names = doors if isinstance(doors, list) else [doors] * len(many)
    if not 0 < len(many) <= _MOST_DOORS or len(names) != len(many):
        raise Refused(Reason.LENGTH_MISMATCH, "`access` and `doorName` are not lists of one length")
    number = text_of(body, "uid")
    for word, name in zip(many, names, strict=True):
        said = str(word).strip().lower()
        if said not in _GRANTED | _DENIED:
            raise Refused(Reason.INVALID_VALUE, "`access` says neither that it was granted nor that it was denied")
        granted = said in _GRANTED
        unknown = str(body.get("isKnown")).lower() == "false"
        yield DoorEvent(
            kind=AccessKind.GRANTED if granted else AccessKind.DENIED,
            door=name[:64] if isinstance(name, str) else "",
            number=number,
            reason=None if granted else "unknown_credential" if unknown else said,
        )


def _availability(arrival: Arrival) -> Report:
    online = _ONLINE.get(arrival.payload.strip().lower())
    if online is None:
        raise Refused(Reason.INVALID_VALUE, "an availability is neither online nor offline")
    # No reader is named here: the topic is the name.
    return Report(device=arrival.base, said=[Link(online, None if online else LAST_WILL)])


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    return [Subscription(f"{base}/send", Carries.EVENTS), Subscription(f"{base}/avty", Carries.EVENTS)]


FORMAT: Final = Format(
    name="esp_rfid",
    version=1,
    summary="ESP-RFID door readers",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base="esprfid",
    contacts={"door": True},
    names_doors=True,
)
