"""What is configured about devices of other makers: who they are here, and what their fields mean.

It stands apart from the site model, which goes into the journal: it may name tags by their numbers.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from collector.formats.report import Subscription
from collector.formats.table import FORMATS
from domain.identity import is_id
from domain.text import Text

ONLY_DOOR: Final = ""
"""Stands for the door of a device that has one: whatever the device calls it is this."""

_ID_LENGTH: Final = 64
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_-]+")

Word = bool | int | float | str


class PointField(Struct, frozen=True, kw_only=True):
    """A field that is a point: the value times `scale` plus `offset`, in the point's unit.

    `unit` is what the device measures in, where that is not the point's unit; then `scale` or `offset` must be given,
    and it may be a word of the device's that Vigil does not know.
    """

    point: str
    unit: str | None = None
    scale: float = 1.0
    offset: float = 0.0


class DoorField(Struct, frozen=True, kw_only=True):
    """A field that tells whether a door is open. For fields that the format knows, `open_when` need not be given.

    A truth or a number that is not `open_when` means closed; with a text `closed_when` must be given too, and any other
    text is unknown.
    """

    door: str
    open_when: Word | None = None
    closed_when: Word | None = None


class ForeignDevice(Struct, frozen=True, kw_only=True):
    """One device of another maker.

    It reports as the device `device` of the site, which need not be listed there; without one its own name is the id.
    `door` is the one door it has; `doors` are several, by field or by the controller's own name. A reader that hangs at
    a `checkpoint` reads the tags of people, one that a `person` carries reads the tags of checkpoints, and `regions`
    of a phone are checkpoints by the region's name.
    """

    device: str | None = None
    name: Text | None = None
    report_seconds: float | None = None
    door: str | None = None
    doors: dict[str, DoorField] = {}
    points: dict[str, PointField] = {}
    checkpoint: str | None = None
    person: str | None = None
    regions: dict[str, str] = {}


class ForeignFormat(Struct, frozen=True, kw_only=True):
    """Devices that speak one format below one topic, at one site.

    `gateway` is the device of the site that brings the messages, where there is one: its credential may publish them.
    `timezone` is the zone of times that name none. `tags` says whose or what a tag is: a person or a checkpoint, by the
    tag's number or by the `token:` under which Vigil shows it.
    """

    format: str
    site: str
    topic: str | None = None
    gateway: str | None = None
    timezone: str | None = None
    tags: dict[str, str] = {}
    devices: dict[str, ForeignDevice] = {}

    @property
    def base(self) -> str:
        """The topic that all of its messages are below."""
        found = FORMATS[self.format].base if self.topic is None else self.topic
        return found or ""

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        """The filters that bring its messages."""
        return FORMATS[self.format].subscriptions(self.base, tuple(self.devices))

    @property
    def senders(self) -> frozenset[str]:
        """The devices of the site whose messages these are."""
        own = {device_id(name, device) for name, device in self.devices.items()}
        return frozenset(each for each in (*own, self.gateway) if each is not None)

    @property
    def maps_only_points(self) -> bool:
        """Whether nothing of it is more urgent than a reading."""
        return all(
            not (each.door or each.doors or each.checkpoint or each.person or each.regions)
            for each in self.devices.values()
        )


def device_id(name: str, mapped: ForeignDevice) -> str | None:
    """The id that a device has here; None where its name makes none."""
    if mapped.device is not None:
        return mapped.device
    made = _NO_ID.sub("-", name).strip("-")[:_ID_LENGTH]
    return made if is_id(made) else None


def overlap(one: str, other: str) -> bool:
    """Tell whether a topic can match both filters."""
    return _overlap(one.split("/"), other.split("/"))


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether a topic matches a filter."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(w in ("+", level) for w, level in zip(wanted, levels, strict=True))


def _overlap(one: list[str], other: list[str]) -> bool:
    for place in range(max(len(one), len(other))):
        left = one[place] if place < len(one) else None
        right = other[place] if place < len(other) else None
        if "#" in (left, right):
            return True
        if left is None or right is None or (left != right and "+" not in (left, right)):
            return left == right
    return True
