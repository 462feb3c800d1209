"""The map that says what a recorded CSV means: which column is the time, and which are points or passes.

site: lab                      # the site whose devices speak
zone: Europe/Moscow            # of times that name no offset
delimiter: ";"                 # absent: found out from the header
time:
  column: datetime
  formats: ["%Y-%m-%d %H:%M:%S"]   # of strptime, or iso, seconds, milliseconds (since 1970); absent: iso
readings:                      # either: each row is one message of one gateway
  device: gw-loop
  points: {flow: Volume Flow RateRMS}      # point id: column
scans:                         # or: each row is one scan
  checkpoint: gate-name        # the column with the checkpoint
  officer: car-id
  device: reader-{checkpoint}  # the device that sends it; {checkpoint} and {officer} are filled in
  method: ble
  rename: {gate0: cp-north}    # checkpoint ids that differ from the file's; absent: as they are
  only: {car-type: [2P]}       # rows to take, by column; absent: all
"""

import re
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from msgspec import Struct

from domain.errors import VigilError
from domain.identity import is_id
from domain.observations import ScanMethod

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class RecordingRefused(VigilError):
    """A recording or its map that cannot be used at all; names the file, the line and the remedy."""


class TimeColumn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a row's time stands and how it is written; formats are tried in turn."""

    column: str
    formats: tuple[str, ...] = ("iso",)


class ReadingsMap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Columns that hold the points of one gateway: `points` maps point id to column."""

    device: str
    points: dict[str, str]


class ScansMap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Columns of passes: who was where. `device` may hold `{checkpoint}` and `{officer}`."""

    checkpoint: str
    officer: str
    device: str
    method: ScanMethod = ScanMethod.NFC
    rename: dict[str, str] = {}
    only: dict[str, tuple[str, ...]] = {}


class RecordingMap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole map; exactly one of `readings` and `scans`."""

    site: str
    time: TimeColumn
    zone: str = "UTC"
    delimiter: str | None = None
    encoding: str = "utf-8-sig"
    readings: ReadingsMap | None = None
    scans: ScansMap | None = None

    def columns(self) -> list[str]:
        """The columns that the file must have."""
        wanted = [self.time.column]
        if self.readings is not None:
            wanted += self.readings.points.values()
        if self.scans is not None:
            wanted += [self.scans.checkpoint, self.scans.officer, *self.scans.only]
        return wanted


def load_map(path: Path) -> RecordingMap:
    """Read and check a map.

    Raises:
        RecordingRefused: it is no map; names file, line and what is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        mapping = msgspec.convert(yaml.safe_load(text), RecordingMap)
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingRefused(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RecordingRefused(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise RecordingRefused(f"{path}: not YAML: {error}") from error
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise RecordingRefused(f"{path}:{_line(tree, where.strip('`'))}: {what}") from error
    for where, what in _faults(mapping):
        raise RecordingRefused(f"{path}:{_line(tree, where)}: {what}")
    return mapping


def _faults(mapping: RecordingMap) -> list[tuple[str, str]]:
    """Where and what, of all that the types cannot say."""
    found = []
    if (mapping.readings is None) == (mapping.scans is None):
        found.append(("$", "give exactly one of 'readings' and 'scans'"))
    if not is_id(mapping.site):
        found.append(("$.site", f"site '{mapping.site}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -"))
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        found.append(("$.delimiter", f"delimiter '{mapping.delimiter}' must be one character"))
    if not mapping.time.formats:
        found.append(("$.time.formats", "'formats' is empty: leave it out for ISO times"))
    try:
        ZoneInfo(mapping.zone)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(("$.zone", f"zone '{mapping.zone}' is unknown: write it like Asia/Shanghai"))
    try:
        "".encode(mapping.encoding)
    except LookupError:
        found.append(("$.encoding", f"encoding '{mapping.encoding}' is unknown: write it like utf-8 or gb18030"))
    if mapping.readings is not None:
        found += _readings_faults(mapping.readings)
    return found


def _readings_faults(readings: ReadingsMap) -> list[tuple[str, str]]:
    found = []
    if not is_id(readings.device):
        found.append(("$.readings.device", f"device '{readings.device}' is not an id"))
    if not readings.points:
        found.append(("$.readings.points", "'points' is empty: map at least one point id to a column"))
    bad = [point for point in readings.points if not is_id(point)]
    found += [("$.readings.points", f"point '{point}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -") for point in bad]
    return found


def _line(node: Any, where: str) -> int:  # noqa: ANN401 - PyYAML's nodes have no types
    """The line of a path as msgspec writes it (`$.time.formats[0]`), as far as the tree goes."""
    for match in _STEP.finditer(where):
        name, index = match.groups()
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == name), node)
        elif isinstance(node, yaml.SequenceNode) and index is not None and index.isdigit():
            node = node.value[int(index)]
    return 1 if node is None else int(node.start_mark.line) + 1
