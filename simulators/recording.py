"""A recorded CSV as the messages that its devices would have sent.

The file is read once, sorted by time (recorders' clocks jump, and rows of equal time keep their order), and given as
messages any number of times. A row that cannot be understood is reported with its line and left out; a cell without a
number becomes a reading without a value. Nothing here publishes: `simulators.publishing` does.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from domain.errors import InvalidTime
from domain.identity import is_id
from domain.instant import LATEST, MILLISECOND, SECOND, Instant, from_datetime, to_datetime, to_seconds
from domain.readings import Times, Values
from simulators.device import Message, SimulatedDevice
from simulators.recorded_cell import LARGEST, NO_VALUE, number_in, what_is_wrong
from simulators.recorded_text import Heading, open_recorded, read_heading
from simulators.recording_map import ReadingsMap, RecordingMap, RecordingRefused, ScansMap

_UNITS: Final = {"seconds": SECOND, "milliseconds": MILLISECOND}
"""Formats of times that are numbers since 1970."""

_OLDEST: Final[Instant] = 631_152_000 * SECOND
"""1990-01-01: recordings may be old, but seconds read as milliseconds lie in January 1970."""


class Problem(Struct, frozen=True):
    """Something in a file that could not be used: where, and what about it."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        """Write it as compilers do, so that editors jump to it."""
        return f"{self.file}:{self.line}: {self.what}"


ReportProblem = Callable[[Problem], None]


class RecordedRow(Struct, frozen=True):
    """One row: its time, its line in the file, and either values in the order of the map's points or who was where."""

    at: Instant
    line: int
    values: tuple[float | None, ...] = ()
    officer: str = ""
    checkpoint: str = ""


class Recording:
    """The usable rows of a file, by time; `first` and `last` are the times of its ends."""

    def __init__(self, mapping: RecordingMap, rows: Sequence[RecordedRow]) -> None:
        """Take rows sorted by time, at least one."""
        self._map = mapping
        self.rows = rows
        self.first: Instant = rows[0].at
        self.last: Instant = rows[-1].at

    def messages(self, boot: str, start: Instant | None = None, speed: float = 1.0) -> Iterator[Message]:
        """Give the messages in order of time; `boot` must be new for each play, or Vigil takes them for repeated.

        With `start` the first message happens then and the others follow in the recorded distances divided by `speed`:
        whoever plays faster on an unbent clock gives the same speed here, so that no message comes from the future.
        """
        devices: dict[str, SimulatedDevice] = {}
        for row in self.rows:
            at = row.at if start is None else start + round((row.at - self.first) / speed)
            name, kind, body = self._content(row)
            device = devices.setdefault(name, SimulatedDevice(self._map.site, name, boot))
            yield device.message(at, kind, body)

    def columns(self) -> Mapping[str, tuple[Times, Values]]:
        """Give each point's times and values, shape (n,), without the rows in which it has none."""
        if self._map.readings is None:
            return {}
        at = np.array([row.at for row in self.rows], np.int64)
        table = np.array([row.values for row in self.rows], np.float64)  # None becomes NaN
        known = ~np.isnan(table)
        return {
            point: (at[known[:, number]], table[known[:, number], number])
            for number, point in enumerate(self._map.readings.points)
        }

    def _content(self, row: RecordedRow) -> tuple[str, str, dict[str, object]]:
        """The device, the kind and the body of a row's message."""
        if self._map.readings is not None:
            points = list(self._map.readings.points)
            return self._map.readings.device, "readings", {"points": points, "values": list(row.values)}
        scans = _require_scans(self._map)
        body: dict[str, object] = {"officer": row.officer, "checkpoint": row.checkpoint, "method": scans.method.value}
        return _device_of(scans, row.officer, row.checkpoint), "scan", body


def read_recording(path: Path, mapping: RecordingMap, on_problem: ReportProblem) -> Recording:
    """Read a CSV with its map; rows that cannot be used are told to `on_problem`.

    Raises:
        RecordingRefused: the file cannot be read, lacks a column, or has no usable row.
    """
    problems: list[Problem] = []  # the first one

    def noting(problem: Problem) -> None:
        if not problems:
            problems.append(problem)
        on_problem(problem)

    with open_recorded(path, mapping.encoding) as file:
        heading = read_heading(path, file, mapping)
        parser = _RowParser(path, mapping, heading, noting)
        cells = _cells(path, file, heading.delimiter, noting)
        rows = [row for each, line in cells if (row := parser.row(each, line))]
    if not rows:
        why = (
            f"the first problem: {problems[0]}"
            if problems
            else "see `only` in the map, or what stands below the header"
        )
        raise RecordingRefused(f"{path}: no row could be used: {why}")
    _tell_of_clock(path, rows, on_problem)
    return Recording(mapping, sorted(rows, key=lambda row: row.at))


def _tell_of_clock(path: Path, rows: Sequence[RecordedRow], on_problem: ReportProblem) -> None:
    """Report the first row that is older than the one before it, and how many more there are."""
    back = [(before, row) for before, row in pairwise(rows) if row.at < before.at]
    if back:
        before, row = back[0]
        more = f", and {len(back) - 1} times more" if len(back) > 1 else ""
        what = f"the clock goes back by {to_seconds(before.at - row.at):g} s{more}: rows are taken in order of time"
        on_problem(Problem(str(path), row.line, what))


def parse_time(text: str, formats: Sequence[str], zone: ZoneInfo) -> Instant:
    """Read a time in the first format that fits; without an offset it is the zone's.

    Raises:
        InvalidTime: it fits none, does not exist in the zone, or lies outside 1990 to 2100.
    """
    for form in formats:
        try:
            if form in _UNITS:
                return _within_reason(text, float(text) * _UNITS[form])
            moment = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
        at = _within_reason(text, from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone)))
        # Of an hour that came twice the first is meant; one that the clocks skipped never was.
        if moment.tzinfo is None and to_datetime(at).astimezone(zone).replace(tzinfo=None) != moment:
            raise InvalidTime(
                f"time {moment} does not exist in {zone.key}: clocks were put forward over it; "
                "where the recorder's were not, write `zone: Etc/GMT+5` (for UTC-5) in the map"
            )
        return at
    raise InvalidTime(f"time '{text[:64]}' fits none of {list(formats)}: write its form under `formats` in the map")


def _within_reason(text: str, at: float) -> Instant:
    if not _OLDEST <= at <= LATEST:
        raise InvalidTime(f"time '{text[:64]}' lies outside 1990 to 2100: is the format right, or its unit?")
    return round(at)


class _RowParser:
    """Turns cells into rows by one map."""

    def __init__(self, path: Path, mapping: RecordingMap, heading: Heading, on_problem: ReportProblem) -> None:
        self._path = path
        self._map = mapping
        self._zone = ZoneInfo(mapping.zone)
        self._width = len(heading.names)
        self._place = heading.places
        self._on_problem = on_problem

    def row(self, cells: list[str], line: int) -> RecordedRow | None:
        """One row, or None where there is nothing in it to use."""
        # R writes row names in front without a header for them.
        cells = cells[1:] if len(cells) == self._width + 1 else cells
        if len(cells) != self._width:
            self._report(line, f"{len(cells)} cells, the header has {self._width}")
            return None
        try:
            at = parse_time(self._cell(cells, self._map.time.column), self._map.time.formats, self._zone)
        except InvalidTime as error:
            self._report(line, str(error))
            return None
        if self._map.readings is not None:
            return RecordedRow(at, line, values=self._values(cells, line, self._map.readings))
        return self._scan(cells, at, line, _require_scans(self._map))

    def _values(self, cells: list[str], line: int, readings: ReadingsMap) -> tuple[float | None, ...]:
        return tuple(self._number(self._cell(cells, column), column, line) for column in readings.points.values())

    def _number(self, text: str, column: str, line: int) -> float | None:
        if not text or text.lower() in NO_VALUE:
            return None
        try:
            number = number_in(text, self._map.decimal)
        except ValueError:
            number = math.nan
        if not abs(number) <= LARGEST:
            what = what_is_wrong(text, self._map.decimal)
            self._report(line, f"column '{column}': {what}: sent as no value")
            return None
        return number

    def _scan(self, cells: list[str], at: Instant, line: int, scans: ScansMap) -> RecordedRow | None:
        if any(self._cell(cells, column) not in wanted for column, wanted in scans.only.items()):
            return None
        officer, told = self._cell(cells, scans.officer), self._cell(cells, scans.checkpoint)
        checkpoint = scans.rename.get(told, told)
        for what, text in (
            ("officer", officer),
            ("checkpoint", checkpoint),
            ("device", _device_of(scans, officer, checkpoint)),
        ):
            if not is_id(text):
                self._report(line, f"{what} '{text[:80]}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -")
                return None
        return RecordedRow(at, line, officer=officer, checkpoint=checkpoint)

    def _cell(self, cells: list[str], column: str) -> str:
        return cells[self._place[column]].strip()

    def _report(self, line: int, what: str) -> None:
        self._on_problem(Problem(str(self._path), line, what))


def _cells(
    path: Path, lines: Iterator[str], delimiter: str, on_problem: ReportProblem
) -> Iterator[tuple[list[str], int]]:
    """The cells of each row after the header with the line it ends on; what the CSV reader refuses is left out."""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            on_problem(Problem(str(path), reader.line_num + 1, f"not CSV: {error}"))
            continue
        if cells:
            yield cells, reader.line_num + 1


def _device_of(scans: ScansMap, officer: str, checkpoint: str) -> str:
    return scans.device.replace("{checkpoint}", checkpoint).replace("{officer}", officer)


def _require_scans(mapping: RecordingMap) -> ScansMap:
    if mapping.scans is None:
        raise RecordingRefused("the map has neither 'readings' nor 'scans': load it with load_map, which checks that")
    return mapping.scans
