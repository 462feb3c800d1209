"""The map that says what a recorded CSV means: which column is the time, and which are points or passes.

site: lab                      # the site whose devices speak
zone: Europe/Moscow            # of times that name no offset
delimiter: ";"                 # absent: found out from the header
decimal: ","                   # absent: "."
encoding: gb18030              # as Excel in Chinese writes; absent: UTF-8
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

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from domain.identity import is_id
from domain.observations import ScanMethod
from domain.schedule import is_timezone

Path_ = tuple[str | int, ...]
"""Keys and places in lists, from the top of the map down."""

NUMERIC_FORMATS: Final = ("seconds", "milliseconds")

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")

_UNKNOWN: Final = re.compile(r"unknown field `([^`]*)`")


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
    decimal: str = "."
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


def read_map(value: object, line: Callable[[Path_], int], shown: str) -> RecordingMap:
    """Check a map that was read from a file; `line` gives the line of a part, `shown` is how errors name the file.

    Raises:
        RecordingRefused: it is no map; names file, line and what is wrong.
    """
    if not isinstance(value, dict):
        raise RecordingRefused(f"{shown}:1: the file is no map: begin it with `site:`, `time:` and `readings:`")
    try:
        mapping = msgspec.convert(value, RecordingMap)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        unknown = _UNKNOWN.search(what)
        place = (*_path(where), unknown[1]) if unknown else _path(where)
        raise RecordingRefused(f"{shown}:{line(place)}: {what}: see docs/recordings.md for the form") from error
    for place, fault in _faults(mapping):
        raise RecordingRefused(f"{shown}:{line(place)}: {fault}")
    return mapping


def _faults(mapping: RecordingMap) -> Iterator[tuple[Path_, str]]:
    """Where and what, of all that the types cannot say."""
    if (mapping.readings is None) == (mapping.scans is None):
        yield (), "give exactly one of 'readings' and 'scans'"
    if not is_id(mapping.site):
        yield ("site",), f"site '{mapping.site[:80]}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -"
    delimiter = mapping.delimiter
    if delimiter is not None and (len(delimiter) != 1 or delimiter.isalnum() or delimiter in '\r\n\0"'):
        yield ("delimiter",), f"delimiter {delimiter[:16]!r} must be one character, such as ',' or ';'"
    if mapping.decimal not in {".", ","}:
        yield ("decimal",), f"decimal '{mapping.decimal[:16]}' must be '.' or ','"
    if not is_timezone(mapping.zone):
        yield ("zone",), f"zone '{mapping.zone[:64]}' is unknown: write it like Asia/Shanghai"
    if not is_text_encoding(mapping.encoding):
        yield ("encoding",), f"encoding '{mapping.encoding[:64]}' is unknown: write it like utf-8 or gb18030"
    yield from _format_faults(mapping.time.formats)
    if mapping.readings is not None:
        yield from _readings_faults(mapping.readings, mapping.time.column)


def is_text_encoding(name: str) -> bool:
    """Tell whether files can be read in this encoding."""
    try:
        return io.TextIOWrapper(io.BytesIO("a".encode(name)), encoding=name, errors="replace").read() == "a"
    except (LookupError, UnicodeError, ValueError):
        return False


def is_time_format(form: str) -> bool:
    """Tell whether `strptime` can read times in this format."""
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        return "does not match" in str(error)
    except re.error:
        return False  # a directive stands twice
    return bool(form)


def _format_faults(formats: tuple[str, ...]) -> Iterator[tuple[Path_, str]]:
    """Formats that `strptime` would choke on. Whatever it takes it reads in linear time: each directive is bounded."""
    if not formats:
        yield ("time", "formats"), "'formats' is empty: leave it out for ISO times"
    for place, form in enumerate(formats):
        if form != "iso" and form not in NUMERIC_FORMATS and not is_time_format(form):
            remedy = "write iso, seconds, milliseconds or directives such as %Y-%m-%d %H:%M:%S, each once"
            yield ("time", "formats", place), f"format '{form[:64]}' cannot be used: {remedy}"


def _readings_faults(readings: ReadingsMap, time_column: str) -> Iterator[tuple[Path_, str]]:
    where: Path_ = ("readings", "points")
    if not is_id(readings.device):
        yield ("readings", "device"), f"device '{readings.device[:80]}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -"
    if not readings.points:
        yield where, "'points' is empty: map at least one point id to a column"
    times = Counter(readings.points.values())
    for point, column in readings.points.items():
        if not is_id(point):
            yield (*where, point), f"point '{point[:80]}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -"
        if column == time_column:
            yield (*where, point), f"column '{column[:80]}' holds the time: map point '{point}' to another"
        elif times[column] > 1:
            yield (*where, point), f"column '{column[:80]}' is mapped to several points: give each its own"


def _path(where: str) -> Path_:
    """The keys and places of a path as msgspec writes it, such as `$.time.formats[0]`."""
    steps = _STEP.findall(where.strip("`"))
    return tuple(int(place) if place.isdigit() else name for name, place in steps if name or place.isdigit())
