"""Reads a log of passes: each row becomes a pass, or is told with its line and what is wrong. None is dropped."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.errors import VigilError
from domain.instant import Instant, from_datetime
from simulators.recorded_text import open_recorded
from simulators.recording_map import RecordingRefused
from vigil.passes.pass_map import PassMapping


class PassLogUnreadable(VigilError):
    """The file is no log: missing, not UTF-8, empty, or without a column that the mapping names."""


class Pass(NamedTuple):
    """Somebody or something passed a checkpoint."""

    line: int
    at: Instant
    who: str
    kind: str
    checkpoint: str


class BadRow(Struct, frozen=True):
    """A row that could not be judged."""

    line: int
    reason: str


class PassLog(Struct, frozen=True, kw_only=True):
    """What a file held: `rows` are all of its rows but the header."""

    rows: int
    passes: tuple[Pass, ...]
    bad_rows: tuple[BadRow, ...]


def read_pass_log(path: Path, mapping: PassMapping) -> PassLog:
    """Read a log.

    Raises:
        PassLogUnreadable: it cannot be read at all.
    """
    try:
        with open_recorded(path, mapping.encoding, "strict") as file:
            return _read(csv.reader(file, delimiter=mapping.delimiter, strict=True), path, mapping)
    except RecordingRefused as error:
        raise PassLogUnreadable(str(error)) from error
    except UnicodeDecodeError as error:
        what = f"{path} is not {mapping.encoding} (byte 0x{error.object[error.start]:02x})"
        raise PassLogUnreadable(f"{what}: write its `encoding` in the mapping, such as gb18030") from error
    except csv.Error as error:
        raise PassLogUnreadable(f"{path} is no CSV: {error}") from error


def _read(reader: "Iterator[list[str]]", path: Path, mapping: PassMapping) -> PassLog:
    header = next(reader, None)
    if header is None:
        raise PassLogUnreadable(f"{path} is empty: its first row names the columns")
    columns = mapping.columns
    wanted = [columns.time, columns.who, columns.checkpoint, *([columns.kind] if columns.kind is not None else [])]
    missing = [name for name in wanted if name not in header]
    if missing:
        raise PassLogUnreadable(f"{path} has no column {', '.join(missing)}: its columns are {', '.join(header)}")
    rows = _Rows(mapping, [header.index(name) for name in wanted], len(header))
    lines = getattr(reader, "line_num", 0)
    count = 0
    for cells in reader:
        first_line, lines = lines + 1, getattr(reader, "line_num", 0)
        count += 1
        rows.take(first_line, cells)
    return PassLog(rows=count, passes=tuple(rows.passes), bad_rows=tuple(rows.bad))


class _Rows:
    def __init__(self, mapping: PassMapping, places: Sequence[int], width: int) -> None:
        self._mapping = mapping
        self._zone = ZoneInfo(mapping.timezone)
        self._places = places
        self._width = width
        self._checkpoints = frozenset(mapping.checkpoints)
        self._kinds = frozenset(mapping.kinds)
        self._seen: dict[tuple[Instant, str, str, str], int] = {}
        self.passes: list[Pass] = []
        self.bad: list[BadRow] = []

    def take(self, line: int, cells: list[str]) -> None:
        try:
            self.passes.append(self._pass(line, cells))
        except ValueError as error:
            self.bad.append(BadRow(line, str(error)))

    def _pass(self, line: int, cells: list[str]) -> Pass:
        if len(cells) != self._width:
            raise ValueError(f"{len(cells)} cells instead of {self._width}")
        time, who, checkpoint, *kinds = (cells[place].strip() for place in self._places)
        kind = kinds[0] if kinds else ""
        for name, value in (("who", who), ("checkpoint", checkpoint), *(("kind", each) for each in kinds)):
            if not value or not value.isprintable():
                raise ValueError(f"{name} is empty or holds control characters")
        if self._checkpoints and checkpoint not in self._checkpoints:
            raise ValueError(f"checkpoint '{checkpoint[:80]}' is not listed in the mapping")
        if self._kinds and kind not in self._kinds:
            raise ValueError(f"kind '{kind[:80]}' is not listed in the mapping")
        at = self._instant(time)
        before = self._seen.setdefault((at, who, kind, checkpoint), line)
        if before != line:
            raise ValueError(f"the same as line {before}")
        return Pass(line, at, who, kind, checkpoint)

    def _instant(self, text: str) -> Instant:
        written = self._mapping.time_format
        try:
            # Without an offset it is the site's own time, which is told to it below.
            moment = datetime.fromisoformat(text) if written is None else datetime.strptime(text, written)  # noqa: DTZ007
        except ValueError:
            raise ValueError(f"'{text[:40]}' is no time") from None
        if moment.tzinfo is not None:
            return from_datetime(moment.astimezone(UTC))
        local = moment.replace(tzinfo=self._zone)
        if local.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != moment:
            raise ValueError(f"{text[:40]} is a time that the clocks skip in {self._mapping.timezone}")
        return from_datetime(local.astimezone(UTC))
