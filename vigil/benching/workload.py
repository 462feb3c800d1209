"""What the load consists of: a site of its own, and the messages its devices send, each known by its number.

Bodies are made once, with room for the device's count and time; both have a fixed number of digits, so that a packet's
length never changes. Values and events are calm: nothing in a load raises an alarm, so that what is measured is taking
in, judging and storing.
"""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import Configuration, RuleSpec
from domain.identity import MessageIdentity
from domain.priority import Priority
from domain.site import Checkpoint, Device, DeviceKind, Door, Equipment, Point, Site, Tour, TourStop, Zone
from domain.text import same
from simulators.device import TOPIC_ROOT

SITE: Final = "bench"
BOOT: Final = "b1"
FIRST_SEQ: Final = 1_000_000
"""Seven digits for millions of messages."""

ZONE: Final = "hall"
STOPS: Final = 10
CYCLE: Final = 8
"""How many different sets of values a gateway sends before it repeats itself."""

PHONES: Final = 200
CONTROLLERS: Final = 400
GATEWAYS: Final = 200
MIXED: Final[Mapping[str, int]] = {"gateways": 600, "controllers": 300, "phones": 100}


class Payload(StrEnum):
    """What the messages are."""

    SCANS = "scans"
    DOORS = "doors"
    READINGS50 = "readings50"
    MIXED = "mixed"


DESCRIBED: Final[Mapping[Payload, str]] = {
    Payload.SCANS: f"checkpoint scans of {PHONES} phones on {PHONES} tours of {STOPS} stops",
    Payload.DOORS: f"granted, opened and closed in turn at {CONTROLLERS} doors, with the rules forced and held",
    Payload.READINGS50: f"{GATEWAYS} gateways, 50 readings a message, a limit on each of {GATEWAYS * 50} points",
    Payload.MIXED: "of 10 messages 6 with 10 readings each, 3 of doors, 1 scan; 1,000 devices, all rules",
}


class Sender(Struct, frozen=True):
    """One device: its topic, and the bodies it sends in turn, with `%d` where its count and its milliseconds go."""

    device: str
    topic: str
    bodies: tuple[bytes, ...]
    readings: int


class Workload:
    """The messages of one payload: message `number` is known by it in every process."""

    def __init__(self, payload: Payload) -> None:
        """Make the devices; the same payload gives the same ones everywhere."""
        self.payload = payload
        phones, controllers, gateways, width = _sizes(payload)
        self._width = width
        self._counts = (phones, controllers, gateways)
        senders = [
            *(_gateway(number, width) for number in range(gateways)),
            *(_controller(number) for number in range(controllers)),
            *(_phone(number) for number in range(phones)),
        ]
        # Mixed evenly: any stretch of messages holds each kind in its share.
        spread = np.random.default_rng(1).permutation(len(senders)).tolist()
        self.senders: Sequence[Sender] = [senders[place] for place in spread]
        self._place = {sender.device: place for place, sender in enumerate(self.senders)}

    def identity(self, number: int) -> MessageIdentity:
        """The identity of a message."""
        turn, place = divmod(number, len(self.senders))
        return MessageIdentity(self.senders[place].device, BOOT, FIRST_SEQ + turn)

    def number(self, identity: MessageIdentity) -> int | None:
        """Which message an identity means; None where it is none of ours."""
        place = self._place.get(identity.device)
        if place is None or identity.boot != BOOT or identity.seq < FIRST_SEQ:
            return None
        return (identity.seq - FIRST_SEQ) * len(self.senders) + place

    def readings_per_message(self) -> float:
        """On average."""
        return sum(sender.readings for sender in self.senders) / len(self.senders)

    def configuration(self) -> Configuration:
        """The site of these devices, and its rules."""
        phones, controllers, gateways = self._counts
        site = Site(
            id=SITE,
            name=same("Bench"),
            timezone="Asia/Shanghai",
            zones=(Zone(id=ZONE, name=same("Hall")),),
            checkpoints=tuple(
                Checkpoint(id=_checkpoint(phone, stop), name=same("Stop"), zone=ZONE)
                for phone in range(phones)
                for stop in range(STOPS)
            ),
            doors=tuple(Door(id=f"d{number:03d}", name=same("Door"), zone=ZONE) for number in range(controllers)),
            equipment=tuple(
                Equipment(id=f"m{number:03d}", name=same("Machine"), zone=ZONE, equipment_class="pump")
                for number in range(gateways)
            ),
            points=tuple(
                Point(id=point, name=same("Value"), equipment=f"m{number:03d}", unit="A")
                for number in range(gateways)
                for point in _points(number, self._width)
            ),
            devices=tuple(_devices(phones, controllers, gateways, self._width)),
            tours=tuple(_tour(number) for number in range(phones)),
        )
        return Configuration(sites=(site,), rules=tuple(_rules(site)))


def _sizes(payload: Payload) -> tuple[int, int, int, int]:
    """Phones, controllers, gateways, and readings of one message."""
    match payload:
        case Payload.SCANS:
            return PHONES, 0, 0, 0
        case Payload.DOORS:
            return 0, CONTROLLERS, 0, 0
        case Payload.READINGS50:
            return 0, 0, GATEWAYS, 50
        case Payload.MIXED:
            return MIXED["phones"], MIXED["controllers"], MIXED["gateways"], 10


def _phone(number: int) -> Sender:
    bodies = [
        {"officer": f"o{number:03d}", "checkpoint": _checkpoint(number, stop), "method": "nfc", "battery": 80.0}
        for stop in range(STOPS)
    ]
    return _sender(f"phone{number:03d}", "scan", bodies)


def _controller(number: int) -> Sender:
    door = {"door": f"d{number:03d}"}
    bodies = [
        door | {"event": "granted", "person": f"p{number:03d}", "direction": "in"},
        door | {"event": "opened"},
        door | {"event": "closed"},
    ]
    return _sender(f"ctl{number:03d}", "access", bodies)


def _gateway(number: int, width: int) -> Sender:
    points = _points(number, width)
    bodies = [
        {"points": points, "values": [round(20.0 + math.sin(number + place + turn), 3) for place in range(width)]}
        for turn in range(CYCLE)
    ]
    return _sender(f"gw{number:03d}", "readings", bodies, readings=width)


def _sender(device: str, kind: str, bodies: Sequence[Mapping[str, object]], readings: int = 0) -> Sender:
    made = tuple(
        b'{"device":"%s","boot":"%s","seq":%%d,"at":%%d,%s' % (device.encode(), BOOT.encode(), _inside(body))
        for body in bodies
    )
    return Sender(device, f"{TOPIC_ROOT}/{SITE}/{device}/{kind}", made, readings)


def _inside(body: Mapping[str, object]) -> bytes:
    """The body's own keys, up to its closing brace."""
    return msgspec.json.encode(body)[1:]


def _checkpoint(phone: int, stop: int) -> str:
    return f"c{phone:03d}-{stop}"


def _points(gateway: int, width: int) -> list[str]:
    return [f"v{gateway:03d}-{place:02d}" for place in range(width)]


def _devices(phones: int, controllers: int, gateways: int, width: int) -> Sequence[Device]:
    named = same("Device")
    return [
        *(Device(id=f"phone{number:03d}", name=named, kind=DeviceKind.PHONE) for number in range(phones)),
        *(
            Device(id=f"ctl{number:03d}", name=named, kind=DeviceKind.CONTROLLER, doors=(f"d{number:03d}",))
            for number in range(controllers)
        ),
        *(
            Device(id=f"gw{number:03d}", name=named, kind=DeviceKind.GATEWAY, points=tuple(_points(number, width)))
            for number in range(gateways)
        ),
    ]


def _tour(number: int) -> Tour:
    stops = tuple(
        TourStop(checkpoint=_checkpoint(number, stop), due_seconds=60.0 * (stop + 1)) for stop in range(STOPS)
    )
    # Scans of a run count from an hour before its start: so there is an open run whenever the load begins.
    return Tour(id=f"t{number:03d}", name=same("Round"), stops=stops, every_seconds=3600.0, early_seconds=3600.0)


def _rules(site: Site) -> Sequence[RuleSpec]:
    rules: list[RuleSpec] = []
    if site.tours:
        rules.append(_rule("missed", "missed_checkpoint"))
    if site.doors:
        rules += [_rule("forced", "door_forced"), _rule("held", "door_held")]
    if site.points:
        limit = _rule("limit", "limit", {"low": 5.0, "high": 60.0, "deadband": 1.0, "on_delay_seconds": 30.0})
        rules.append(replace(limit, subjects=tuple(point.id for point in site.points)))
    return rules


def _rule(name: str, kind: str, parameters: dict[str, float | int | str | bool] | None = None) -> RuleSpec:
    return RuleSpec(
        id=name,
        kind=kind,
        site=SITE,
        name=same(name),
        priority=Priority.LOW,
        fault=f"bench.{name}",
        parameters=parameters or {},
    )
