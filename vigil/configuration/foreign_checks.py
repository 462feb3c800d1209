"""Checks the mapping of devices of other makers: against the sites, and its blocks against each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from collector.foreign.mapping import DoorField, ForeignDevice, ForeignFormat, PointField, device_id, overlap
from collector.formats.report import Format
from collector.formats.table import FORMATS
from domain.directory import SENDS, MessageKind
from domain.problem import Path, Problem
from domain.schedule import is_timezone
from domain.site import Site
from domain.units import is_unit
from vigil.configuration.foreign import ForeignPart
from vigil.configuration.reading import suggestion

_ANY_TOPIC: Final = "senml"
"""The one format without topics of its own: its topic may have wildcards."""


def check_foreign(parts: Sequence[ForeignPart], sites: Mapping[str, Site], *, all_read: bool) -> None:
    """Note every problem where it stands. A block without a site is at the only one there is.

    What may stand in a file that could not be read is not called missing.
    """
    only = next(iter(sites)) if len(sites) == 1 else ""
    known = ", ".join(sorted(sites)) or "none is configured"
    for part in parts:
        part.blocks = [(index, block if block.site else replace(block, site=only)) for index, block in part.blocks]
        for index, block in part.blocks:
            where: Path = ("foreign", index)
            if block.site in sites:
                for path, message, remedy in _check_block(block, sites[block.site]):
                    part.reader.say((*where, *path), message, remedy)
            elif all_read and block.site:
                what = f"site '{block.site[:80]}' is not configured"
                part.reader.say((*where, "site"), what, f"Known sites: {known}.")
            elif all_read:
                part.reader.say(where, "nothing says at which site these are", f"Add `site:` with one of: {known}.")
    everywhere = [(part, index, block) for part in parts for index, block in part.blocks]
    for number, (path, message, remedy) in _check_together([block for *_, block in everywhere], sites):
        part, index, _ = everywhere[number]
        part.reader.say(("foreign", index, *path), message, remedy)


def _check_block(block: ForeignFormat, site: Site) -> Iterator[Problem]:
    """Find what is wrong with one block; paths begin below it. `site` is as its file says, without mapped devices."""
    form = FORMATS[block.format]
    yield from _check_topic(block, form)
    if block.timezone is not None and not is_timezone(block.timezone):
        message = f"time zone '{block.timezone[:64]}' is unknown"
        yield Problem(("timezone",), message, "Use an IANA name such as Asia/Shanghai.")
    if block.gateway is not None:
        yield from _missing(block.gateway, [each.id for each in site.devices], ("gateway",), "device")
    people = [each.id for each in site.people]
    checkpoints = [each.id for each in site.checkpoints]
    for tag, what in block.tags.items():
        yield from _missing(what, [*people, *checkpoints], ("tags", tag), "person or checkpoint")
    seen: dict[str, str] = {}
    for name, mapped in block.devices.items():
        where: Path = ("devices", name)
        made = device_id(name, mapped)
        if made is None:
            yield Problem(where, f"'{name[:64]}' makes no id", "Add `device:` with 1 to 64 of A-Z a-z 0-9 _ -.")
        elif seen.setdefault(made, name) != name:
            message = f"'{name[:64]}' and '{seen[made][:64]}' are both device '{made}'"
            yield Problem(where, message, "Give one of them another `device:`.")
        yield from _check_device(mapped, site, form, where)
        yield from _check_carried(made, mapped, site, where)


def _check_together(blocks: Sequence[ForeignFormat], sites: Mapping[str, Site]) -> Iterator[tuple[int, Problem]]:
    """Find what only shows between blocks: a topic that two formats claim, a device that is mapped twice."""
    owners = {device.id: site.id for site in sites.values() for device in site.devices}
    for number, block in enumerate(blocks):
        for name, mapped in block.devices.items():
            made = device_id(name, mapped) or ""
            owner = owners.setdefault(made, block.site)
            if owner != block.site:
                message = f"device '{made}' of site '{block.site}' is also a device of site '{owner}'"
                yield number, Problem(("devices", name), message, "Give it another `device:`.")
        for other in blocks[:number]:
            if (block.format, block.base) == (other.format, other.base):
                for name in sorted(set(block.devices) & set(other.devices)):
                    message = f"'{name[:64]}' is mapped twice"
                    yield number, Problem(("devices", name), message, "Keep one of the two.")
            elif pair := _clash(block, other):
                message = f"topic filters '{pair[0]}' ({block.format}) and '{pair[1]}' ({other.format}) overlap"
                yield number, Problem(("topic",), message, "Give one of them a topic of its own.")


def _check_topic(block: ForeignFormat, form: Format) -> Iterator[Problem]:
    topic = block.topic
    if topic is None:
        if form.base is None:
            message = f"{block.format} has no topics of its own"
            yield Problem((), message, "Add `topic:` with the topic, or the filter, that its messages come on.")
        return
    levels = topic.split("/")
    wild = block.format == _ANY_TOPIC
    bad = any(level.startswith("$") or (not wild and level in {"+", "#"}) for level in levels)
    if not topic or bad or levels[0].startswith("vigil") or (levels[0] in {"+", "#"} and len(levels) == 1):
        message = f"topic '{topic[:80]}' cannot be used"
        yield Problem(("topic",), message, "Write levels parted by '/', without wildcards, $ and Vigil's own topics.")
    elif topic.endswith("/") or topic.startswith("/"):
        yield Problem(("topic",), f"topic '{topic[:80]}' has an empty level", "Leave the outer '/' away.")
    elif block.format == "tasmota" and not {"%topic%", "%prefix%"} <= set(levels):
        message = f"topic '{topic[:80]}' lacks %topic% or %prefix%"
        yield Problem(("topic",), message, "Copy the FullTopic of the devices, such as %prefix%/%topic%.")


def _check_device(mapped: ForeignDevice, site: Site, form: Format, where: Path) -> Iterator[Problem]:
    doors = [each.id for each in site.doors]
    checkpoints = [each.id for each in site.checkpoints]
    if mapped.door is not None:
        yield from _missing(mapped.door, doors, (*where, "door"), "door")
        if not (form.contacts or form.names_doors):
            message = f"{form.name} does not say which field tells of a door"
            yield Problem((*where, "door"), message, "Use `doors: {FIELD: {door: ..., open_when: ...}}`.")
    for field, door in mapped.doors.items():
        yield from _missing(door.door, doors, (*where, "doors", field, "door"), "door")
        yield from _check_contact(field, door, form, (*where, "doors", field))
    for field, point in mapped.points.items():
        yield from _check_point(point, site, (*where, "points", field))
    for key, name, known, word in (
        ("checkpoint", mapped.checkpoint, checkpoints, "checkpoint"),
        ("person", mapped.person, [each.id for each in site.people], "person"),
    ):
        if name is not None:
            yield from _missing(name, known, (*where, key), word)
    for region, checkpoint in mapped.regions.items():
        yield from _missing(checkpoint, checkpoints, (*where, "regions", region), "checkpoint")
    if mapped.regions and mapped.person is None:
        yield Problem((*where, "regions"), "regions need a person", "Add `person:`, who carries the device.")
    if mapped.checkpoint is not None and mapped.person is not None:
        message = "a reader hangs at a checkpoint or is carried by a person, not both"
        yield Problem((*where, "person"), message, "Remove one of the two.")


def _check_contact(field: str, door: DoorField, form: Format, where: Path) -> Iterator[Problem]:
    if door.open_when is None and field not in form.contacts and not form.names_doors:
        message = f"nothing says which value of '{field[:64]}' means open"
        yield Problem(where, message, "Add `open_when:` with that value, such as true, 1 or open.")
    if isinstance(door.open_when, str) and door.closed_when is None:
        message = f"'{field[:64]}' is a text, of which any other than '{door.open_when[:32]}' would mean closed"
        yield Problem(where, message, "Add `closed_when:` with the text that means closed.")


def _check_point(field: PointField, site: Site, where: Path) -> Iterator[Problem]:
    units = {point.id: point.unit for point in site.points}
    yield from _missing(field.point, list(units), (*where, "point"), "point")
    if field.unit is None or field.point not in units:
        return
    is_converted = (field.scale, field.offset) != (1.0, 0.0)
    if not is_unit(field.unit) and not is_converted:
        message = f"'{field.unit[:32]}' is no unit that Vigil knows"
        remedy = "Use one such as degC, %RH, kPa, m3/h, A, kW or kWh, or add `scale:` to the device's own."
        yield Problem((*where, "unit"), message, remedy)
    elif field.unit != units[field.point] and not is_converted:
        message = f"the device measures in {field.unit}, point '{field.point}' is in {units[field.point]}"
        yield Problem((*where, "unit"), message, "Add `scale:` and, where needed, `offset:` to convert it.")


def _check_carried(made: str | None, mapped: ForeignDevice, site: Site, where: Path) -> Iterator[Problem]:
    carriers = {point: device.id for device in site.devices for point in device.points}
    for field, each in mapped.points.items():
        carrier = carriers.get(each.point, made)
        if carrier != made:
            message = f"point '{each.point}' is carried by device '{carrier}' already"
            yield Problem((*where, "points", field), message, "Let one device report each point.")
    listed = next((device for device in site.devices if device.id == made), None)
    if listed is None:
        return
    for kind, is_sent in (
        (MessageKind.ACCESS, bool(mapped.door or mapped.doors)),
        (MessageKind.READINGS, bool(mapped.points)),
        (MessageKind.SCAN, mapped.checkpoint is not None or mapped.person is not None),
    ):
        if is_sent and kind not in SENDS[listed.kind]:
            message = f"'{listed.id}' is a {listed.kind}, which may not send {kind}"
            yield Problem(where, message, "Make it a gateway, or leave it out of the site's devices.")


def _missing(name: str, known: Sequence[str], path: Path, word: str) -> Iterator[Problem]:
    if name not in known:
        remedy = suggestion(name, list(known)) if known else "None is configured at this site: add it."
        yield Problem(path, f"{word} '{name[:80]}' is not configured", remedy)


def _clash(block: ForeignFormat, other: ForeignFormat) -> tuple[str, str] | None:
    return next(
        (
            (one.topic_filter, two.topic_filter)
            for one in block.subscriptions
            for two in other.subscriptions
            if overlap(one.topic_filter, two.topic_filter)
        ),
        None,
    )
