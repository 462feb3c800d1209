"""Reads `foreign:`, the mapping of devices of other makers, and adds the devices to the sites.

A device that is mapped need not be listed at its site as well: it becomes one of the site's devices, which carries what
the mapping says. So every other part of Vigil sees it as a device like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from collector.foreign.mapping import ForeignDevice, ForeignFormat, device_id
from collector.formats.table import FORMATS
from domain.site import Device, DeviceKind, Site
from domain.text import same
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.yaml_tree import Value


class ForeignPart(Struct):
    """What one file maps: each block with its place in the file's list. A block's site is empty where it names none."""

    reader: Reader
    blocks: list[tuple[int, ForeignFormat]]


def read_foreign(reader: Reader, value: Value, home: str | None) -> ForeignPart:
    """Read the list; `home` is the site of the file, for blocks that name none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        reader.say(("foreign",), "foreign formats are a list", "Begin each with `- format: ...`.")
        return ForeignPart(reader, [])
    found: list[tuple[int, ForeignFormat]] = []
    for index, each in enumerate(value):
        written = each
        if isinstance(written, Mapping):
            written = {"site": home or "", **written, "devices": _spelled_out(written.get("devices", {}))}
        block = reader.struct(ForeignFormat, written, ("foreign", index))
        if block is not None and block.format not in FORMATS:
            what = f"format '{block.format[:80]}' is not known"
            reader.say(("foreign", index, "format"), what, suggestion(block.format, sorted(FORMATS)))
        elif block is not None:
            found.append((index, block))
    return ForeignPart(reader, found)


def with_devices(site: Site, blocks: Sequence[ForeignFormat]) -> Site:
    """Add to a site the devices that are mapped there, and to those it lists what the mapping lets them carry."""
    devices = {device.id: device for device in site.devices}
    for block in blocks:
        for name, mapped in block.devices.items():
            made = device_id(name, mapped)
            if block.site == site.id and made is not None:
                devices[made] = _extended(devices.get(made) or _device(made, name, mapped), mapped)
    return replace(site, devices=tuple(devices.values()))


def with_units(block: ForeignFormat, site: Site | None) -> ForeignFormat:
    """Say with each field which unit is expected: the point's, unless the mapping says another."""
    units = {} if site is None else {point.id: point.unit for point in site.points}
    devices = {
        name: replace(
            mapped,
            points={
                field: each if each.unit is not None else replace(each, unit=units.get(each.point))
                for field, each in mapped.points.items()
            },
        )
        for name, mapped in block.devices.items()
    }
    return replace(block, devices=devices)


def _spelled_out(devices: Value) -> Any:  # noqa: ANN401 - whatever was written, for the reader to judge
    """Write short forms out: `temperature: roof-t` is `temperature: {point: roof-t}`."""
    if not isinstance(devices, Mapping):
        return devices
    return {name: _spelled(device) for name, device in devices.items()}


def _spelled(device: Value) -> Value:
    if device is None:
        return {}
    if not isinstance(device, Mapping):
        return device
    long = dict(device)
    for key, inner in (("points", "point"), ("doors", "door")):
        fields = device.get(key)
        if isinstance(fields, Mapping):
            long[key] = {field: {inner: said} if isinstance(said, str) else said for field, said in fields.items()}
    return long


def _device(made: str, name: str, mapped: ForeignDevice) -> Device:
    kinds = [
        kind
        for kind, is_so in (
            (DeviceKind.CONTROLLER, bool(mapped.door or mapped.doors)),
            (DeviceKind.READER, mapped.checkpoint is not None),
            (DeviceKind.PHONE, mapped.person is not None),
            (DeviceKind.SENSOR, bool(mapped.points)),
        )
        if is_so
    ]
    if kinds == [DeviceKind.CONTROLLER, DeviceKind.SENSOR]:
        kinds = [DeviceKind.CONTROLLER]
    kind = kinds[0] if len(kinds) == 1 else DeviceKind.GATEWAY if kinds else DeviceKind.SENSOR
    return Device(id=made, name=mapped.name or same(name), kind=kind, report_seconds=mapped.report_seconds)


def _extended(device: Device, mapped: ForeignDevice) -> Device:
    doors = [each.door for each in mapped.doors.values()] + ([mapped.door] if mapped.door else [])
    points = [each.point for each in mapped.points.values()]
    checkpoints = [mapped.checkpoint] if mapped.checkpoint else []
    return replace(
        device,
        doors=tuple(dict.fromkeys((*device.doors, *doors))),
        points=tuple(dict.fromkeys((*device.points, *points))),
        checkpoints=tuple(dict.fromkeys((*device.checkpoints, *checkpoints))),
        report_seconds=mapped.report_seconds if mapped.report_seconds is not None else device.report_seconds,
    )
