"""Recorded CSV files as columns of readings, a bounded part at a time, in the order of the file.

Plain numbers are read many at once (`vigil.judging.plain_cells`), everything else cell by cell. What cannot be used is
counted and told, never dropped in silence: rows without a readable time, and cells that are no numbers (these are
readings of bad quality). So are two different values of one point at one time, of which each is judged. Empty cells are
no readings. Spans without rows are told too, as what they are: nothing is wrong with the file.
"""

import csv
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, TextIO
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from domain.errors import InvalidTime
from domain.instant import Duration, Instant
from domain.readings import Qualities, Quality, Times, Values
from rules.segments import Mask
from simulators.recorded_cell import LARGEST, NO_VALUE, number_in, what_is_wrong
from simulators.recorded_text import Heading, open_recorded, read_heading
from simulators.recording import parse_time
from simulators.recording_map import RecordingMap, RecordingRefused
from vigil.judging.plain_cells import read_plain

CELLS_PER_PART: Final = 100_000
"""So many stay in the processor's cache while they are read and judged."""


class Part(Struct, frozen=True):
    """Consecutive readings as columns of length n: the line of the file each stands in, and its point's place."""

    line: Times
    point: Times
    at: Times
    values: Values
    quality: Qualities
    ends_at_byte: int


class Flaw(Struct, kw_only=True):
    """Something in a file that could not be used, the first line it stands in, and how often."""

    file: str
    line: int
    what: str
    times: int = 0


class Gap(Struct, kw_only=True):
    """The longest span of a file without rows, the line after it, and how many there are; times in microseconds."""

    file: str
    line: int
    since: Instant
    until: Instant
    times: int


class RecordedColumns:
    """One file with its map; `flaws` says what could not be used in what was read, `gap` where it says nothing."""

    def __init__(self, path: Path, mapping: RecordingMap, holds: Duration | None = None) -> None:
        """Read nothing yet. With `holds` a span without rows that is longer is a gap.

        Raises:
            RecordingRefused: the map is not one of readings, or the file cannot be read.
        """
        if mapping.readings is None:
            raise RecordingRefused(f"{path}: the map has no 'readings': `vigil judge` judges readings only")
        self._path, self._map = path, mapping
        self._columns = list(mapping.readings.points.values())
        self._zone = ZoneInfo(mapping.zone)
        self._flaws: dict[str, Flaw] = {}
        self._holds = holds
        self._latest: Instant | None = None
        self._newest: tuple[Instant, Values, Mask] | None = None
        self._readings = 0
        self.gap: Gap | None = None
        try:
            self.bytes = path.stat().st_size
        except OSError as error:
            raise RecordingRefused(
                f"{path}: cannot be read: {error.strerror}: give a CSV file that is there"
            ) from error

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What could not be used."""
        return tuple(self._flaws.values())

    def parts(self) -> Iterator[Part]:
        """The readings, row by row, points in the order of the map.

        Raises:
            RecordingRefused: the file cannot be read, or lacks a column.
        """
        with open_recorded(self._path, self._map.encoding) as file:
            yield from self._parts(file)
        if not self._readings:
            self._note(1, "no row has a reading that could be used: see the other flaws, or the map")

    def _parts(self, file: TextIO) -> Iterator[Part]:
        heading = read_heading(self._path, file, self._map)
        first, position = 2, heading.length
        while lines := list(islice(file, max(1, CELLS_PER_PART // len(self._columns)))):
            position += sum(map(len, lines))
            part = self._part(lines, first, heading, position)
            self._readings += part.at.size
            yield part
            first += len(lines)

    def _part(self, lines: list[str], first: int, heading: Heading, position: int) -> Part:
        table, is_given, moments = self._plain(lines, first, heading) or self._cells(lines, first, heading)
        at, is_dated = self._times(moments, first)
        self._look_for_gaps(at[is_dated], np.flatnonzero(is_dated) + first)
        self._look_for_doubles(at, is_given & is_dated[:, np.newaxis], table, first)
        if bool(is_dated.all()) and bool(is_given.all()):
            row, point = np.repeat(np.arange(at.size), table.shape[1]), np.tile(np.arange(table.shape[1]), at.size)
            values = table.ravel()
        else:
            row, point = np.nonzero(is_given & is_dated[:, np.newaxis])
            values = table[row, point]
        quality = np.full(values.size, Quality.GOOD, dtype=np.uint8)
        bad = np.flatnonzero(~(np.abs(values) <= LARGEST))  # NaN is not
        if bad.size:
            for number in row[bad[~np.isnan(values[bad])]].tolist():
                self._note(first + number, f"a value that is not finite, or beyond {LARGEST:.0f}: of bad quality")
            quality[bad], values[bad] = Quality.BAD, np.nan
        return Part(row + first, point, at[row], values, quality, position)

    def _look_for_gaps(self, at: Times, line: Times) -> None:
        """Keep the longest span without rows that is longer than any value holds, and count them."""
        if self._holds is None or not at.size:
            return
        before = np.append(at[0] if self._latest is None else self._latest, at[:-1])
        self._latest = int(at[-1])
        silent = at - before
        for place in np.flatnonzero(silent > self._holds).tolist():
            since, until, times = int(before[place]), int(at[place]), 1
            if self.gap is not None:
                times += self.gap.times
                if until - since <= self.gap.until - self.gap.since:
                    self.gap.times = times
                    continue
            self.gap = Gap(file=str(self._path), line=int(line[place]), since=since, until=until, times=times)

    def _look_for_doubles(self, at: Times, is_given: Mask, table: Values, first: int) -> None:
        """Tell of rows that have the time of the row before them and another value."""
        pairs = [(place - 1, place) for place in (np.flatnonzero(at[1:] == at[:-1]) + 1).tolist()]
        for before, place in pairs:
            self._compare(table[before], is_given[before], table[place], is_given[place], first + place)
        if at.size:
            if self._newest is not None and self._newest[0] == at[0]:
                self._compare(*self._newest[1:], table[0], is_given[0], first)
            self._newest = (int(at[-1]), table[-1].copy(), is_given[-1].copy())

    def _compare(self, value: Values, is_given: Mask, other: Values, is_other: Mask, line: int) -> None:
        for column in np.flatnonzero(is_given & is_other & (value != other)).tolist():
            what = f"another value in column '{self._columns[column]}' than the row before it with the same time"
            self._note(line, f"{what}: each is judged, in the order of the file", key=f"double {column}")

    def _plain(self, lines: Sequence[str], first: int, heading: Heading) -> tuple[Values, Mask, list[str]] | None:
        """Values, where there is any, and the times' texts; None where the lines are not of one form."""
        if self._map.decimal != ".":
            return None
        places = [heading.places[column] for column in self._columns]
        cells = read_plain(lines, heading.delimiter, len(heading.names), heading.places[self._map.time.column], places)
        if cells is None:
            return None
        is_given = np.ones_like(cells.are_plain)
        for line, column in np.argwhere(~cells.are_plain).tolist():
            is_given[line, column], cells.values[line, column] = self._cell(
                cells.text(line, column), first + line, column
            )
        return cells.values, is_given, cells.moments

    def _cells(self, lines: Sequence[str], first: int, heading: Heading) -> tuple[Values, Mask, list[str]]:
        """The same cell by cell: values (NaN: no number), where there is any, and the times' texts."""
        table = np.full((len(lines), len(self._columns)), np.nan)
        is_given = np.zeros(table.shape, dtype=np.bool_)
        moments = [""] * len(lines)
        for number, line in enumerate(lines):
            cells = self._row(line, first + number, heading)
            if cells is None:
                continue
            moments[number] = cells[heading.places[self._map.time.column]]
            for column, name in enumerate(self._columns):
                text = cells[heading.places[name]]
                is_given[number, column], table[number, column] = self._cell(text, first + number, column)
        return table, is_given, moments

    def _row(self, line: str, number: int, heading: Heading) -> list[str] | None:
        """The cells of a line. No cell has several lines here: a quote left open must not swallow the rest."""
        width = len(heading.names)
        try:
            cells = next(csv.reader((line,), delimiter=heading.delimiter, strict=True), [])
        except csv.Error as error:
            self._note(number, f"a row that is no CSV: left out (the first: {error})", key="csv")
            return None
        cells = cells[1:] if len(cells) == width + 1 else cells  # row names that R writes in front
        if cells and len(cells) != width:
            self._note(number, f"a row that has not the header's {width} cells: left out")
        return cells if len(cells) == width else None

    def _cell(self, text: str, line: int, column: int) -> tuple[bool, float]:
        """Whether a cell holds a value, and which (NaN: no number)."""
        text = text.strip()
        if not text:
            return False, math.nan
        if text.lower() in NO_VALUE:
            what = f"'{text}' in column '{self._columns[column]}': a reading of bad quality"
            self._note(line, what, key=f"none {column}")
            return True, math.nan
        try:
            return True, number_in(text, self._map.decimal)
        except ValueError:
            found = what_is_wrong(text, self._map.decimal)
            what = f"column '{self._columns[column]}': a reading of bad quality (the first: {found})"
            self._note(line, what, key=f"text {column}")
            return True, math.nan

    def _times(self, moments: Sequence[str], first: int) -> tuple[Times, Mask]:
        at = np.zeros(len(moments), dtype=np.int64)
        is_dated = np.ones(len(moments), dtype=np.bool_)
        for number, text in enumerate(moments):
            found = self._time(text.strip().strip('"'), first + number) if text else None
            if found is None:
                is_dated[number] = False
            else:
                at[number] = found
        return at, is_dated

    def _time(self, text: str, line: int) -> Instant | None:
        try:
            return parse_time(text, self._map.time.formats, self._zone)
        except InvalidTime as error:
            self._note(line, f"a row without a usable time: left out (the first: {error})", key="time")
            return None

    def _note(self, line: int, what: str, key: str = "") -> None:
        flaw = self._flaws.setdefault(key or what, Flaw(file=str(self._path), line=line, what=what))
        flaw.times += 1
