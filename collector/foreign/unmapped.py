"""Who else speaks on the mapped topics: devices that nobody has mapped, with what they send, in bounded memory.

Their messages are kept nowhere else but in the raw copies (`collector.raw`); here stands what one needs to map them.
"""

import threading
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from collector.foreign.sources import TOKEN
from collector.formats.report import Crossing, DoorEvent, Fix, Link, Report, Saying, Scalar, Tag, Value
from domain.instant import Instant

MOST_DEVICES: Final = 500
MOST_FIELDS: Final = 64
_SHOWN: Final = 64


class UnmappedField(Struct, kw_only=True):
    """One thing that a device says: the last value, and how often it came."""

    name: str
    sample: Scalar
    count: int = 0


class UnmappedDevice(Struct, kw_only=True):
    """A device that is not mapped, by the name its format has for it; or one that is, and read tags that are not."""

    format: str
    topic: str
    name: str
    first_seen: Instant
    last_seen: Instant
    messages: int = 0
    is_mapped: bool = False
    last_topic: str = ""
    fields: list[UnmappedField] = []


class UnmappedDevices:
    """Remembers unmapped devices; any thread may ask and tell."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._lock = threading.Lock()
        self._devices: dict[tuple[str, str, str], UnmappedDevice] = {}
        self._left_off = 0

    def note(
        self, form: str, base: str, topic: str, report: Report, received_at: Instant, tokens: Sequence[str] = ()
    ) -> None:
        """Remember what an unmapped device said; when too many are known, the one unheard for longest goes.

        `tokens` stand for the numbers of the tags it read.
        """
        said = [*(_shown(each) for each in report.said), *((f"{TOKEN}{token}", None) for token in tokens)]
        self._note(form, base, topic, report.device, said, received_at)

    def note_tags(self, form: str, base: str, topic: str, report: Report, tokens: Sequence[str], at: Instant) -> None:
        """Remember tags that a mapped reader saw and nobody has mapped."""
        said = [(f"{TOKEN}{token}", None) for token in tokens]
        self._note(form, base, topic, report.device, said, at, is_mapped=True)

    def known(self) -> Sequence[UnmappedDevice]:
        """Everything remembered, by format, topic and name."""
        with self._lock:
            return [_copy(self._devices[key]) for key in sorted(self._devices)]

    def restore(self, devices: Sequence[UnmappedDevice]) -> None:
        """Take back what `known` gave before."""
        with self._lock:
            for device in sorted(devices, key=lambda each: each.last_seen)[-MOST_DEVICES:]:
                self._devices.setdefault((device.format, device.topic, device.name), device)

    @property
    def left_off(self) -> int:
        """How many devices had to be forgotten for others."""
        return self._left_off

    def _note(
        self,
        form: str,
        base: str,
        topic: str,
        device: str,
        said: Sequence[tuple[str, Scalar]],
        at: Instant,
        *,
        is_mapped: bool = False,
    ) -> None:
        key = (form, base, device[:256])
        with self._lock:
            found = self._devices.pop(key, None)
            if found is None:
                found = UnmappedDevice(format=form, topic=base, name=key[2], first_seen=at, last_seen=at)
                if len(self._devices) >= MOST_DEVICES:
                    del self._devices[next(iter(self._devices))]
                    self._left_off += 1
            # Last in the order of the dictionary: whoever was heard last.
            self._devices[key] = found
            found.last_seen, found.last_topic, found.messages = at, topic[:512], found.messages + 1
            found.is_mapped = is_mapped
            fields = {field.name: field for field in found.fields}
            for name, sample in said:
                field = fields.get(name)
                if field is None and len(fields) < MOST_FIELDS:
                    field = fields[name] = UnmappedField(name=name, sample=sample)
                if field is not None:
                    field.sample, field.count = sample, field.count + 1
            found.fields = list(fields.values())


def _copy(device: UnmappedDevice) -> UnmappedDevice:
    return UnmappedDevice(
        format=device.format,
        topic=device.topic,
        name=device.name,
        first_seen=device.first_seen,
        last_seen=device.last_seen,
        messages=device.messages,
        is_mapped=device.is_mapped,
        last_topic=device.last_topic,
        fields=[UnmappedField(name=each.name, sample=each.sample, count=each.count) for each in device.fields],
    )


def _shown(saying: Saying) -> tuple[str, Scalar]:
    """Give what one says under a name; numbers of tags and places of people are not shown."""
    match saying:
        case Value(field=field, value=value):
            return field, value[:_SHOWN] if isinstance(value, str) else value
        case Link(online=online):
            return "(online)", online
        case Tag():
            return "(tag)", "a tag was read"
        case DoorEvent(kind=kind, door=door):
            return f"(door) {door}".strip(), str(kind)
        case Fix():
            return "(position)", None
        case Crossing(region=region, entered=entered):
            return f"(region) {region}"[:_SHOWN], "enter" if entered else "leave"
