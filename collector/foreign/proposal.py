"""What one would write to map the devices that nobody has mapped: YAML, ready but for the names of one's own things."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from collector.foreign.mapping import ForeignDevice, device_id
from collector.foreign.sources import TOKEN
from collector.foreign.unmapped import UnmappedDevice, UnmappedField
from collector.formats.fields import number_of
from collector.formats.report import Format
from collector.formats.table import FORMATS

FILL_IN: Final = "FILL-IN"
"""Stands where only the owner knows: it is the id of nothing, so that `vigil check` points at each."""

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9]|[A-Za-z]")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null"})
_MOST_POINTS: Final = 16
# Sent by nearly every device, and watched by hardly anybody.
_USUAL: Final = re.compile(
    r"(?:.*\.)?(?:linkquality|LinkQuality|rssi|RSSI|snr|SNR|voltage|Endpoint|Id|id|device_temperature)"
)


def proposal(devices: Sequence[UnmappedDevice]) -> str:
    """Give a `foreign:` section for all of them; those that are mapped already only add their tags."""
    lines = ["foreign:"]
    for form, topic in dict.fromkeys((each.format, each.topic) for each in devices):
        mine = [each for each in devices if (each.format, each.topic) == (form, topic)]
        lines.append(f"  - format: {form}")
        if topic != (FORMATS[form].base or ""):
            lines.append(f"    topic: {_written(topic)}")
        tags = sorted({field.name for each in mine for field in each.fields if field.name.startswith(TOKEN)})
        if tags:
            lines += ["    tags:", *(f"      {_written(tag)}: {FILL_IN}" for tag in tags)]
        unmapped = [each for each in mine if not each.is_mapped]
        if unmapped:
            lines.append("    devices:")
        for each in unmapped:
            lines += [f"      {line}" for line in device_lines(each)]
    return "\n".join(lines) + "\n" if len(lines) > 1 else ""


def device_lines(device: UnmappedDevice) -> list[str]:
    """Give the entry of one device."""
    own = [f"  device: {FILL_IN}"] if device_id(device.name, ForeignDevice()) is None else []
    says = [*own, *_said(device.fields, FORMATS[device.format])]
    return [f"{_written(device.name)}:", *says] if says else [f"{_written(device.name)}: {{}}"]


def _said(fields: Sequence[UnmappedField], form: Format) -> Iterator[str]:
    names = [field.name for field in fields]
    if any(name in form.contacts or name.startswith("(door)") for name in names):
        yield f"  door: {FILL_IN}"
    if any(name == "(tag)" for name in names):
        yield f"  checkpoint: {FILL_IN}"
    if any(name == "(position)" or name.startswith("(region)") for name in names):
        yield f"  person: {FILL_IN}"
    regions = [name.removeprefix("(region) ") for name in names if name.startswith("(region) ")]
    if regions:
        yield "  regions:"
        yield from (f"    {_written(region)}: {FILL_IN}" for region in regions)
    points = [field.name for field in fields if _is_point(field, form)]
    if points:
        yield "  points:"
        yield from (f"    {_written(name)}: {FILL_IN}" for name in points[:_MOST_POINTS])


def _is_point(field: UnmappedField, form: Format) -> bool:
    is_number = not isinstance(field.sample, bool) and number_of(field.sample) is not None
    own = field.name.startswith(("(", TOKEN)) or field.name in form.contacts
    return is_number and not own and _USUAL.fullmatch(field.name) is None


def _written(text: str) -> str:
    """Give a text as YAML reads it back: in quotes unless it is a plain word. JSON's quotes are YAML's."""
    plain = _PLAIN.fullmatch(text) is not None and text.casefold() not in _WORDS and ": " not in text
    return text if plain else json.dumps(text, ensure_ascii=False)
