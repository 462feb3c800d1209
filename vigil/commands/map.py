"""`vigil map`: which foreign devices send something that nobody has mapped, and a mapping to start from."""

import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from collector.foreign.proposal import FILL_IN, proposal
from collector.foreign.unmapped import UnmappedDevice, UnmappedField
from domain.instant import to_iso
from vigil.commands.quarantine import plain
from vigil.commands.verify import existing_folder
from vigil.unmapped_list import items_of, read_unmapped

_SHOWN_FIELDS = 6
_SHOWN_SAMPLE = 24


def run_map(data: str | None, *, form: str | None, as_yaml: bool, as_json: bool) -> int:
    """List the devices and propose their mapping; with `as_yaml` the mapping alone, to be put into a file."""
    devices = [each for each in read_unmapped(existing_folder(data).unmapped) if form in (None, each.format)]
    if as_json:
        sys.stdout.write(msgspec.json.encode(items_of(devices)).decode() + "\n")
        return 0
    if as_yaml:
        sys.stdout.write(proposal(devices))
        return 0
    console = Console(highlight=False, markup=False)
    if not devices:
        console.print("Every device that was heard on the mapped topics is mapped.")
        console.print(
            "A format is heard once it stands under `foreign:`, also without devices: `- format: zigbee2mqtt`."
        )
        return 0
    console.print(_table(devices))
    console.print(
        f"A mapping to start from; put the ids of your own things in place of {FILL_IN}, then `vigil check`:\n"
    )
    console.print(proposal(devices), soft_wrap=True)
    return 0


def _table(devices: Sequence[UnmappedDevice]) -> Table:
    table = Table("format", "device", "last heard", "messages", "what it sends")
    for each in devices:
        name = f"{each.name} (mapped, but these tags are not)" if each.is_mapped else each.name
        said = ", ".join(_shown(field) for field in each.fields[:_SHOWN_FIELDS])
        more = len(each.fields) - _SHOWN_FIELDS
        table.add_row(
            each.format,
            plain(name.encode()),
            to_iso(each.last_seen),
            str(each.messages),
            plain(said.encode()) + (f" and {more} more" if more > 0 else ""),
        )
    return table


def _shown(field: UnmappedField) -> str:
    return field.name if field.sample is None else f"{field.name}={str(field.sample)[:_SHOWN_SAMPLE]}"
