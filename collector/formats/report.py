"""What a message of another maker's device says, in words that all formats share.

A decoder gives `Report`s, each about one device under the name its own format knows it by. Nothing here knows a site.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from collector.refusal import Reason
from domain.instant import Instant
from domain.observations import AccessKind, GeoPosition

KIBIBYTE: Final = 1024

Scalar = bool | int | float | str | None


class Value(Struct, frozen=True, gc=False):
    """One named value. None says that the device has none at present. `at` is the value's own time where it has one.

    `unit` is the unit, where the message itself names one: Vigil's word for it, or else the device's own.
    """

    field: str
    value: Scalar
    unit: str = ""
    at: Instant | None = None


class Link(Struct, frozen=True, gc=False):
    """Whether the device is in touch; `battery` in percent."""

    online: bool
    reason: str | None = None
    battery: float | None = None


class Tag(Struct, frozen=True, gc=False):
    """A tag was held at the reader. `authentic` is false where the reader found that its keys are wrong."""

    number: str
    authentic: bool = True


class DoorEvent(Struct, frozen=True, kw_only=True, gc=False):
    """What a door controller says; `door` is its own name for the door, empty where it has one only."""

    kind: AccessKind
    door: str = ""
    number: str | None = None
    reason: str | None = None


class Fix(Struct, frozen=True, gc=False):
    """Where the device is; `battery` in percent."""

    position: GeoPosition
    battery: float | None = None


class Crossing(Struct, frozen=True, gc=False):
    """The device entered or left a region that has this name on it."""

    region: str
    entered: bool
    position: GeoPosition | None = None


Saying = Value | Link | Tag | DoorEvent | Fix | Crossing


class Report(Struct, frozen=True, kw_only=True):
    """What one message says about one device.

    `device` is its name in its own format. `at` is the time the device claims; `key` makes the message the same one
    when it comes again, in the one format that has such a thing. `lost` counts messages of this device that were sent
    before this one and never came. `aside` is why a part of the message cannot be understood, and goes to quarantine.
    `reply` is a message that the device should get, as topic and payload.
    """

    device: str
    said: Sequence[Saying]
    at: Instant | None = None
    key: str | None = None
    lost: int = 0
    aside: tuple[Reason, str] | None = None
    reply: tuple[str, bytes] | None = None


class Arrival(NamedTuple):
    """One message as it came, below the topic that the mapping says; `timezone` is what it says of local times."""

    topic: str
    base: str
    payload: bytes
    received_at: Instant
    timezone: str | None = None

    @property
    def path(self) -> list[str]:
        """The levels of the topic below the base."""
        return (self.topic[len(self.base) + 1 :] if self.base else self.topic).split("/")


class Carries(StrEnum):
    """What a filter brings, which says in which session it belongs."""

    EVENTS = "events"
    READINGS = "readings"
    MIXED = "mixed"


class Subscription(NamedTuple):
    """An MQTT filter and what it brings."""

    topic_filter: str
    carries: Carries = Carries.MIXED


Decode = Callable[[Arrival], Sequence[Report]]
"""Gives what a message says, nothing where it says nothing about a device. Raises `Refused` where it cannot be read."""


class Format(Struct, frozen=True, kw_only=True):
    """One format. To add one: a module that makes this, a line in `collector.formats.table`, and its test.

    `decoder` gives a decoder with a memory of its own, where the format needs one. `subscriptions` gets the base topic
    and the names of the mapped devices. `base` is the topic that the maker's software uses by default, None where the
    mapping must say it. `contacts` are fields that tell of a door and the value that means open: a contact that is not
    `open` by this table or by the mapping is closed. `gateway` is the name under which the software that brings the
    messages reports about itself; `names_doors` says that controllers have names of their own for their doors.
    """

    name: str
    version: int
    summary: str
    decoder: Callable[[], Decode]
    subscriptions: Callable[[str, Sequence[str]], Sequence[Subscription]]
    base: str | None
    contacts: Mapping[str, Scalar] = {}
    gateway: str = ""
    names_doors: bool = False
    most_bytes: int = 64 * KIBIBYTE

    @property
    def decoded_by(self) -> str:
        """The decoder's name and version, as records carry it."""
        return f"{self.name}/{self.version}"
