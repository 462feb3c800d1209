"""Recorded CSV files as columns of readings, a bounded part at a time, in the order of the file.

Plain numbers are read many at once (`vigil.judging.plain_cells`), everything else cell by cell. What cannot be used is
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
from vigil.judging.plain_cells import read_plain

CELLS_PER_PART: Final = 100_000
"""So many stay in the processor's cache while they are read and judged."""
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
        table, is_given, moments = self._plain(lines, first, delimiter, form) or self._cells(
            lines, first, delimiter, form
        )
        at, is_dated = self._times(moments, first)
        if bool(is_dated.all()) and bool(is_given.all()):
            row, point = np.repeat(np.arange(at.size), table.shape[1]), np.tile(np.arange(table.shape[1]), at.size)
            values = table.ravel()
        else:
            row, point = np.nonzero(is_given & is_dated[:, np.newaxis])
            values = table[row, point]
        quality = np.full(values.size, Quality.GOOD, dtype=np.uint8)
        bad = np.flatnonzero(~(np.abs(values) <= _LARGEST))  # NaN is not
        if bad.size:
            for number in row[bad[np.isinf(values[bad])]].tolist():
                self._note(first + number, "a value that is not finite: a reading of bad quality")
            quality[bad], values[bad] = Quality.BAD, np.nan
        return Part(row + first, point, at[row], values, quality, position)

    def _plain(
        self, lines: Sequence[str], first: int, delimiter: str, form: tuple[int, int, list[int]]
    ) -> tuple[Values, Mask, list[str]] | None:
        """Values, where there is any, and the times' texts; None where the lines are not of one form."""
        cells = read_plain(lines, delimiter, *form)
        if cells is None:
            return None
        is_given = np.ones_like(cells.are_plain)
        for line, column in np.argwhere(~cells.are_plain).tolist():
            is_given[line, column], cells.values[line, column] = self._cell(
                cells.text(line, column), first + line, column
            )
        return cells.values, is_given, cells.moments

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
                is_given[number, column], table[number, column] = self._cell(cells[place], first + number, column)
        return table, is_given, moments

    def _cell(self, text: str, line: int, column: int) -> tuple[bool, float]:
        """Whether a cell holds a value, and which (NaN: no number)."""
        text = text.strip()
        if text.lower() in _NO_VALUE:
            return False, math.nan
        try:
            return True, float(text)
        except ValueError:
            self._note(line, f"text in column '{self._columns[column]}' that is no number: a reading of bad quality")
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
