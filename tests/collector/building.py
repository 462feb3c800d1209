"""One small site with a device of every kind, and short ways to decode for it."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.configuration import Configuration
from domain.directory import Directory
from domain.instant import Instant, from_iso
from domain.observations import Quarantined
from domain.record import Record
from domain.site import Device, DeviceKind, Site
from domain.text import same

NOW: Instant = from_iso("2026-11-23T07:30:05Z")
KEY = CredentialKey(bytes(range(32)))
POINTS = ("chw-flow", "chw-supply-t", "chw-return-t")
PAYLOADS = Path(__file__).parents[1] / "payloads" / "native"
DOCS = Path(__file__).parents[2] / "docs"


def device(device_id: str, kind: DeviceKind, **carries: tuple[str, ...]) -> Device:
    bare = Device(id=device_id, name=same(device_id), kind=kind)
    return msgspec.structs.replace(bare, **carries)


SITE = Site(
    id="hq",
    name=same("hq"),
    timezone="Asia/Shanghai",
    devices=(
        device("phone-7", DeviceKind.PHONE),
        device("reader-2", DeviceKind.READER, checkpoints=("cp-lobby",)),
        device("ctl-3", DeviceKind.CONTROLLER, doors=("d-lobby",)),
        device("gw-4", DeviceKind.GATEWAY, points=POINTS, doors=("d-garage",), checkpoints=("cp-roof",)),
        device("cam-5", DeviceKind.CAMERA),
        device("panel-6", DeviceKind.PANEL),
        device("sensor-8", DeviceKind.SENSOR, points=("room-t",)),
    ),
)
DIRECTORY = Directory(Configuration(sites=(SITE,)))
SENDERS = {
    "scan": "phone-7",
    "access": "ctl-3",
    "readings": "gw-4",
    "status": "gw-4",
    "person": "phone-7",
    "video": "cam-5",
    "panel": "panel-6",
}


def topic_of(kind: str, sender: str | None = None) -> str:
    return f"vigil/v1/hq/{sender or SENDERS[kind]}/{kind}"


def decode(
    topic: str,
    body: object,
    *,
    retain: bool = False,
    received_at: Instant = NOW,
    decoder: MessageDecoder | None = None,
    directory: Directory = DIRECTORY,
) -> Sequence[Record]:
    """`body` is sent as it is where it is bytes, as JSON otherwise."""
    payload = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return (decoder or MessageDecoder(KEY)).decode_message(
        topic, payload, retain=retain, received_at=received_at, directory=directory
    )


def the_record(topic: str, body: object, *, retain: bool = False, received_at: Instant = NOW) -> Record:
    """The one record of a message that is believed."""
    (record,) = decode(topic, body, retain=retain, received_at=received_at)
    assert not isinstance(record.body, Quarantined), f"{record.body.reason}: {record.body.detail}"
    return record


def refusal(topic: str, body: object, *, retain: bool = False, received_at: Instant = NOW) -> Quarantined:
    """The quarantine of a message that is not believed."""
    (record,) = decode(topic, body, retain=retain, received_at=received_at)
    assert isinstance(record.body, Quarantined), record
    assert record.event_time == record.received_at == received_at
    return record.body


def scan(**changes: object) -> dict[str, object]:
    return {
        "device": "phone-7", "boot": "b3f1", "seq": 17, "officer": "o-12", "checkpoint": "cp-lobby", "method": "nfc",
    } | changes  # fmt: skip


def access(**changes: object) -> dict[str, object]:
    return {"device": "ctl-3", "boot": "b", "seq": 1, "door": "d-lobby", "event": "granted"} | changes


def readings(**changes: object) -> dict[str, object]:
    return {
        "device": "gw-4", "boot": "5e", "seq": 901, "points": list(POINTS), "values": [1.0, 2.0, 3.0],
    } | changes  # fmt: skip
