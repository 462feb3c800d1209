"""Recorded CSV files as columns of readings, a bounded part at a time, in the order of the file.

Parts whose cells are all plain numbers are read by numpy at once, the others cell by cell. What cannot be used is
counted and told, never dropped in silence: rows without a readable time, and cells that are no numbers (these are
readings of bad quality). Empty cells are no readings.
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
from domain.instant import Instant
from domain.readings import Qualities, Quality, Times, Values
from rules.segments import Mask
from simulators.recording import parse_time, sniff_delimiter
from simulators.recording_map import RecordingMap, RecordingRefused

CELLS_PER_PART: Final = 500_000
_NO_VALUE: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
_LARGEST: Final = float(2**53 - 1)
"""Beyond this readers of JSON begin to round (docs/native-format.md)."""


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


class RecordedColumns:
    """One file with its map; `flaws` says what could not be used in what was read."""

    def __init__(self, path: Path, mapping: RecordingMap) -> None:
        """Read nothing yet.

        Raises:
            RecordingRefused: the map is not one of readings, or the file cannot be read.
        """
        if mapping.readings is None:
            raise RecordingRefused(f"{path}: the map has no 'readings': `vigil judge` judges readings only")
        self._path, self._map = path, mapping
        self._columns = list(mapping.readings.points.values())
        self._zone = ZoneInfo(mapping.zone)
        self._flaws: dict[str, Flaw] = {}
        try:
            self.bytes = path.stat().st_size
        except OSError as error:
            raise RecordingRefused(f"{path}: cannot be read: {error.strerror}") from error

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What could not be used."""
        return tuple(self._flaws.values())

    def parts(self) -> Iterator[Part]:
        """The readings, row by row, points in the order of the map.

        Raises:
            RecordingRefused: the file cannot be read, or lacks a column.
        """
        try:
            with self._path.open(encoding=self._map.encoding, errors="replace", newline="") as file:
                yield from self._parts(file)
        except OSError as error:
            raise RecordingRefused(f"{self._path}: cannot be read: {error.strerror}") from error

    def _parts(self, file: TextIO) -> Iterator[Part]:
        header = file.readline()
        delimiter = self._map.delimiter or sniff_delimiter(header, self._map.columns())
        names = next(csv.reader([header], delimiter=delimiter), [])
        missing = [column for column in self._map.columns() if column not in names]
        if missing:
            raise RecordingRefused(f"{self._path}:1: no column '{missing[0]}' among {names}: mend the map")
        places = [names.index(column) for column in self._columns]
        time_place = names.index(self._map.time.column)
        first, position = 2, len(header)
        while lines := list(islice(file, max(1, CELLS_PER_PART // len(places)))):
            position += sum(map(len, lines))
            yield self._part(lines, first, delimiter, (len(names), time_place, places), position)
            first += len(lines)

    def _part(
        self, lines: list[str], first: int, delimiter: str, form: tuple[int, int, list[int]], position: int
    ) -> Part:
        _, time_place, places = form
        table = None
        if not any('"' in line for line in lines):
            try:
                table = np.loadtxt(lines, delimiter=delimiter, usecols=places, ndmin=2, comments=None)
            except ValueError:
                table = None
        if table is not None and table.shape[0] == len(lines):
            moments = [line.split(delimiter, time_place + 1)[time_place] for line in lines]
            is_given: Mask = np.ones(table.shape, dtype=np.bool_)
        else:
            table, is_given, moments = self._cells(lines, first, delimiter, form)
        at, is_dated = self._times(moments, first)
        if bool(is_dated.all()) and bool(is_given.all()):
            row, point = np.repeat(np.arange(at.size), len(places)), np.tile(np.arange(len(places)), at.size)
        else:
            row, point = np.nonzero(is_given & is_dated[:, np.newaxis])
        values = table[row, point]
        is_good = np.abs(values) <= _LARGEST
        for number in row[np.isinf(values)].tolist():
            self._note(first + number, "a value that is not finite: a reading of bad quality")
        quality = np.where(is_good, Quality.GOOD, Quality.BAD).astype(np.uint8)
        return Part(row + first, point, at[row], np.where(is_good, values, np.nan), quality, position)

    def _cells(
        self, lines: Sequence[str], first: int, delimiter: str, form: tuple[int, int, list[int]]
    ) -> tuple[Values, Mask, list[str]]:
        """The same cell by cell: values (NaN: no number), where there is any, and the times' texts."""
        width, time_place, places = form
        table = np.full((len(lines), len(places)), np.nan)
        is_given = np.zeros(table.shape, dtype=np.bool_)
        moments = [""] * len(lines)
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter)):
            if number >= len(lines) or not cells:
                continue
            cells = cells[1:] if len(cells) == width + 1 else cells  # noqa: PLW2901 - row names that R writes in front
            if len(cells) != width:
                self._note(first + number, f"a row that has not the header's {width} cells: left out")
                continue
            moments[number] = cells[time_place]
            for column, place in enumerate(places):
                text = cells[place].strip()
                if text.lower() in _NO_VALUE:
                    continue
                is_given[number, column] = True
                table[number, column] = self._number(text, first + number, self._columns[column])
        return table, is_given, moments

    def _number(self, text: str, line: int, column: str) -> float:
        try:
            return float(text)
        except ValueError:
            self._note(line, f"text in column '{column}' that is no number: a reading of bad quality")
            return math.nan

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
