"""The native format, version 1: one JSON body per message kind, specified in docs/native-format.md."""

from collections.abc import Mapping
from typing import Final

import msgspec

from collector.credentials import CredentialKey
from collector.decode.bodies import (
    MAX_POINTS,
    AccessBody,
    EventBody,
    PanelBody,
    PersonBody,
    ReadingsBody,
    ScanBody,
    StatusBody,
    VideoBody,
    WirePosition,
)
from collector.decode.json_strict import explain, refuse_duplicate_keys, require_decodable
from collector.refusal import Reason, Refused
from domain.directory import MessageKind
from domain.identity import MessageIdentity
from domain.observations import (
    AccessEvent,
    CheckpointScan,
    DeviceStatus,
    GeoPosition,
    PanelEvent,
    PersonSignal,
    VideoEvent,
)

NAME: Final = "native/1"
"""The decoder's name and version, as records carry it."""

Event = CheckpointScan | AccessEvent | DeviceStatus | PersonSignal | VideoEvent | PanelEvent

_EVENTS: Final[Mapping[MessageKind, msgspec.json.Decoder[EventBody]]] = {
    MessageKind.SCAN: msgspec.json.Decoder(ScanBody),
    MessageKind.ACCESS: msgspec.json.Decoder(AccessBody),
    MessageKind.STATUS: msgspec.json.Decoder(StatusBody),
    MessageKind.PERSON: msgspec.json.Decoder(PersonBody),
    MessageKind.VIDEO: msgspec.json.Decoder(VideoBody),
    MessageKind.PANEL: msgspec.json.Decoder(PanelBody),
}
_READINGS: Final = msgspec.json.Decoder(ReadingsBody)
_MOST_COMMAS: Final = 4 * MAX_POINTS + 16
_ENCODER: Final = msgspec.json.Encoder()


def decode_event(kind: MessageKind, payload: bytes, max_bytes: int) -> EventBody:
    """Decode the body of any kind but readings.

    Raises:
        Refused: the body breaks the format.
    """
    require_decodable(payload, max_bytes)
    try:
        body = _EVENTS[kind].decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        explain(error)
    # Encoded anew, every key stands once and every text has its colons.
    refuse_duplicate_keys(payload, _ENCODER.encode(body).count(b":"))
    if isinstance(body, StatusBody) and body.seq is not None and body.boot is None:
        raise Refused(Reason.MISSING_FIELD, "a `seq` counts within a `boot`, which is missing at $.boot")
    if isinstance(body, AccessBody):
        _require_number(body)
    return body


def decode_readings(payload: bytes, max_bytes: int) -> ReadingsBody:
    """Decode a readings body; its `points` are still text, and duplicate keys not yet looked for.

    Raises:
        Refused: the body breaks the format.
    """
    require_decodable(payload, max_bytes)
    # Points, values, times and qualities: no other list is worth parsing to find out that it is too long.
    if payload.count(b",") > _MOST_COMMAS:
        raise Refused(Reason.OUT_OF_RANGE, f"more than {MAX_POINTS} readings in one message; send several")
    try:
        return _READINGS.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        explain(error)


def identity_of(body: EventBody | ReadingsBody) -> MessageIdentity | None:
    """Give what makes the message the same one when it comes again; a last will has no such thing."""
    if body.boot is None or body.seq is None:
        return None
    return MessageIdentity(body.device, body.boot, body.seq)


def observe(body: EventBody, site: str, key: CredentialKey) -> Event:
    """Turn a decoded body into what the domain calls it."""
    match body:
        case ScanBody():
            return _scan(body, site)
        case AccessBody():
            return _access(body, site, key)
        case StatusBody():
            return _status(body, site)
        case PersonBody():
            return _signal(body, site)
        case VideoBody():
            return _video(body, site)
        case PanelBody():
            return _panel(body, site)


def _scan(body: ScanBody, site: str) -> CheckpointScan:
    return CheckpointScan(
        site=site,
        officer=body.officer,
        checkpoint=body.checkpoint,
        method=body.method,
        position=_position(body.position),
        battery=body.battery,
        answers={} if body.answers is None else body.answers,
        photo=body.photo,
        tour=body.tour,
    )


def _access(body: AccessBody, site: str, key: CredentialKey) -> AccessEvent:
    shown = body.credential
    return AccessEvent(
        site=site,
        door=body.door,
        kind=body.event,
        reason=body.reason,
        reader=body.reader,
        direction=body.direction,
        credential=None if shown is None else key.seal(shown.kind, shown.number),
        person=body.person,
    )


def _status(body: StatusBody, site: str) -> DeviceStatus:
    return DeviceStatus(
        site=site,
        online=body.online,
        reason=body.reason,
        battery=body.battery,
        tamper=body.tamper,
        firmware=body.firmware,
    )


def _signal(body: PersonBody, site: str) -> PersonSignal:
    return PersonSignal(
        site=site,
        person=body.person,
        kind=body.signal,
        silent=bool(body.silent),
        position=_position(body.position),
    )


def _video(body: VideoBody, site: str) -> VideoEvent:
    return VideoEvent(
        site=site, camera=body.camera, kind=body.event, confidence=body.confidence, snapshot=body.snapshot
    )


def _panel(body: PanelBody, site: str) -> PanelEvent:
    return PanelEvent(
        site=site,
        panel=body.panel,
        kind=body.event,
        system=body.system or "intrusion",
        partition=body.partition,
        zone=body.zone,
    )


def _position(wire: WirePosition | None) -> GeoPosition | None:
    return None if wire is None else GeoPosition(latitude=wire.lat, longitude=wire.lon, accuracy_m=wire.accuracy_m)


def _require_number(body: AccessBody) -> None:
    shown = body.credential
    if shown is not None and shown.number is None and shown.kind != "pin":
        raise Refused(Reason.MISSING_FIELD, f"a credential of kind '{shown.kind}' needs its number at $.credential")
