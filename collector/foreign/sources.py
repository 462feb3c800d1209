"""The mapping seen from a message's side: which format a topic is in, and what is known of the device it names."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from collector.credentials import CredentialKey
from collector.foreign.mapping import ONLY_DOOR, DoorField, ForeignDevice, ForeignFormat, PointField, device_id, matches
from collector.formats.report import Carries, Format
from collector.formats.table import FORMATS
from domain.record import Urgency

TOKEN: Final = "token:"  # noqa: S105 - a word of the mapping, no secret
"""Before a tag's token, which stands in the mapping where nobody wants to write the number down."""


class MappedDevice(Struct, frozen=True, kw_only=True):
    """One device with everything that is configured about it. `tags` are by token."""

    site: str
    device: str
    points: Mapping[str, PointField]
    doors: Mapping[str, DoorField]
    checkpoint: str | None
    person: str | None
    regions: Mapping[str, str]
    tags: Mapping[str, str]


class Source(Struct, frozen=True, kw_only=True):
    """One format below one topic, with all devices that are mapped there, whatever their site."""

    format: Format
    base: str
    timezone: str | None
    filters: tuple[str, ...]
    devices: Mapping[str, MappedDevice]


def tag_number(text: str) -> str:
    """One spelling for a tag's number, whatever stands between its digits."""
    return re.sub(r"[\s:.-]+", "", text).upper()


def tag_token(key: CredentialKey, text: str) -> str:
    """The token of a tag that the mapping names by number or by token."""
    return text.removeprefix(TOKEN) if text.startswith(TOKEN) else key.token("card", tag_number(text))


def sources_of(mapping: Iterable[ForeignFormat], key: CredentialKey) -> list[Source]:
    """Put together what is configured about one format and topic in several places."""
    together: dict[tuple[str, str], list[ForeignFormat]] = {}
    for each in mapping:
        together.setdefault((each.format, each.base), []).append(each)
    return [_source(parts, key) for parts in together.values()]


def foreign_filters(mapping: Iterable[ForeignFormat], urgency: Urgency) -> tuple[str, ...]:
    """The filters of one session, each once.

    What mixes events and readings goes with the events, unless only points are mapped in it.
    """
    together: dict[tuple[str, str], list[ForeignFormat]] = {}
    for each in mapping:
        together.setdefault((each.format, each.base), []).append(each)
    found: dict[str, None] = {}
    for parts in together.values():
        mixed = Urgency.READING if all(part.maps_only_points for part in parts) else Urgency.EVENT
        for part in parts:
            for subscription in part.subscriptions:
                where = {Carries.EVENTS: Urgency.EVENT, Carries.READINGS: Urgency.READING, Carries.MIXED: mixed}
                if where[subscription.carries] is urgency:
                    found[subscription.topic_filter] = None
    return tuple(found)


class Sources:
    """Finds the source of a topic."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Keep them in order."""
        self._sources = tuple(sources)

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources)

    def find(self, topic: str) -> Source | None:
        """The source whose filters bring this topic; None where nothing is mapped there."""
        return next(
            (source for source in self._sources if any(matches(each, topic) for each in source.filters)),
            None,
        )


def _source(parts: Sequence[ForeignFormat], key: CredentialKey) -> Source:
    first, form = parts[0], FORMATS[parts[0].format]
    return Source(
        format=form,
        base=first.base,
        timezone=next((part.timezone for part in parts if part.timezone is not None), None),
        filters=tuple(dict.fromkeys(each.topic_filter for part in parts for each in part.subscriptions)),
        devices={
            name: _mapped(part, name, mapped, form, key)
            for part in parts
            for name, mapped in (_gateway(part, form) | part.devices).items()
        },
    )


def _gateway(part: ForeignFormat, form: Format) -> dict[str, ForeignDevice]:
    if not form.gateway or part.gateway is None:
        return {}
    return {form.gateway: ForeignDevice(device=part.gateway)}


def _mapped(part: ForeignFormat, name: str, mapped: ForeignDevice, form: Format, key: CredentialKey) -> MappedDevice:
    doors = {field: _with_default(form, field, door) for field, door in mapped.doors.items()}
    if mapped.door is not None:
        doors |= {
            field: DoorField(door=mapped.door, open_when=opens)
            for field, opens in form.contacts.items()
            if field not in doors
        }
        doors[ONLY_DOOR] = DoorField(door=mapped.door)
    return MappedDevice(
        site=part.site,
        device=device_id(name, mapped) or name,
        points=mapped.points,
        doors=doors,
        checkpoint=mapped.checkpoint,
        person=mapped.person,
        regions=mapped.regions,
        tags={tag_token(key, tag): what for tag, what in part.tags.items()},
    )


def _with_default(form: Format, field: str, door: DoorField) -> DoorField:
    if door.open_when is not None or field not in form.contacts:
        return door
    return DoorField(door=door.door, open_when=form.contacts[field])
