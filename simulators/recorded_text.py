"""Opens a recorded CSV as text, and finds its columns, so that no file can hang, fill the memory or be misread unsaid.

A file in another encoding than the map says is refused as long as its first line shows it; what comes later is read
with marks in the place of bytes that mean nothing, and whoever reads tells of them.
"""

import codecs
import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from msgspec import Struct

from simulators.recording_map import RecordingMap, RecordingRefused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE: Final = 1 << 20
"""Bytes; a header of 1,000 columns has some ten thousand."""

NO_TEXT: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for bytes that are no text in the file's encoding."""

_BYTE_ORDER_MARK: Final = "\ufeff"
_BUFFER: Final = 1 << 17
_DELIMITERS: Final = ";\t|,"
"""In order of trust: a comma also stands in numbers and texts."""

_SHOWN: Final = 8
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_OTHERS: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "Parquet"),
)
_GUESSES: Final = ("utf-8", "gb18030")


class Heading(Struct, frozen=True):
    """What the first line says: how cells are parted, the columns' names, and the place of each column of the map."""

    delimiter: str
    names: Sequence[str]
    places: dict[str, int]
    length: int


@contextmanager
def open_recorded(path: Path, encoding: str, errors: str = "replace") -> Iterator[TextIO]:
    """Open a file to be read line by line; line ends stay as they are. `errors`: what is done with bytes of no text.

    Raises:
        RecordingRefused: it cannot be read, is no text in that encoding, or, while it is read, holds an endless line.
    """
    try:
        # A pipe that nobody writes into is empty, and not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(descriptor, True)
        with io.BufferedReader(_BoundedLines(io.FileIO(descriptor), path), _BUFFER) as raw:
            _require_encoding(path, raw.peek(_BUFFER), encoding)
            with io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as file:
                yield file
    except UnicodeDecodeError:
        raise
    except UnicodeError as error:
        raise RecordingRefused(f"{path}: is not {encoding}: {error}: write its `encoding` in the map") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise RecordingRefused(f"{path}: cannot be read: {why}: give a CSV file that this user may read") from error


def read_heading(path: Path, file: TextIO, mapping: RecordingMap) -> Heading:
    """Read the first line.

    Raises:
        RecordingRefused: there is none, it lacks a column of the map, or names one twice.
    """
    header = file.readline().removeprefix(_BYTE_ORDER_MARK)
    if not header.strip():
        raise RecordingRefused(f"{path}:1: the file is empty: its first line must name the columns")
    wanted = mapping.columns()
    delimiter = mapping.delimiter or sniff_delimiter(header, wanted)
    names = [name.strip() for name in _cells(header, delimiter)]
    places: dict[str, int] = {}
    for column in wanted:
        found = [place for place, name in enumerate(names) if name == column.strip()]
        if not found:
            raise RecordingRefused(f"{path}:1: no column '{column}' among {_listed(names)}: {_hint(column, names)}")
        if len(found) > 1:
            cells = " and ".join(str(place + 1) for place in found)
            raise RecordingRefused(f"{path}:1: column '{column}' stands twice, in cells {cells}: rename one of them")
        places[column] = found[0]
    return Heading(delimiter, names, places, len(header))


def sniff_delimiter(header: str, wanted: Sequence[str]) -> str:
    """Find the delimiter under which the header has the wanted columns; `,` where none is better than it."""

    def hits(delimiter: str) -> int:
        names = {name.strip() for name in _cells(header, delimiter)}
        return sum(column.strip() in names for column in wanted)

    return max(reversed(_DELIMITERS), key=hits)


def _cells(header: str, delimiter: str) -> list[str]:
    """The cells of the first line; none where they cannot be told apart."""
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name[:64]}'" for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _hint(column: str, names: Sequence[str]) -> str:
    alike = [name for name in names if name.casefold() == column.strip().casefold()]
    if alike:
        return f"write it '{alike[0][:64]}' in the map"
    return "mend the map, its delimiter or its encoding; the first line must name the columns"


def _require_encoding(path: Path, begin: bytes, encoding: str) -> None:
    """Refuse what is visibly something else than text in the map's encoding."""
    for mark, what in _OTHERS:
        if begin.startswith(mark):
            raise RecordingRefused(f"{path}: is {what}, not CSV: export it as CSV")
    is_wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    if not is_wide and begin.startswith(_UTF_16_MARKS):
        raise RecordingRefused(f"{path}:1: is UTF-16, read as {encoding}: write `encoding: utf-16` in the map")
    line, line_end, _ = begin.partition(b"\n")
    if not is_wide and b"\0" in line:
        raise RecordingRefused(
            f"{path}:1: holds zero bytes, as UTF-16 does: write `encoding: utf-16-le` in the map, or export it as UTF-8"
        )
    if not _reads(line, encoding, is_whole=bool(line_end) and not is_wide):
        fits = next((guess for guess in _GUESSES if _reads(line, guess, is_whole=bool(line_end))), None)
        what = f"they may be {fits}: then write `encoding: {fits}` in the map" if fits else "export it as UTF-8"
        raise RecordingRefused(f"{path}:1: the columns' names are not {encoding}: {what}")


def _reads(line: bytes, encoding: str, *, is_whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(line, final=is_whole)
    except UnicodeError:
        return False
    return True


class _BoundedLines(io.RawIOBase):
    """A file's bytes, refused as soon as one of its lines is longer than `LONGEST_LINE`."""

    def __init__(self, file: io.FileIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._line = 1
        self._since_line_end = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = self._file.readinto(buffer) or 0
        read = memoryview(buffer)[:count].tobytes()
        end = max(read.rfind(b"\n"), read.rfind(b"\r"))
        self._since_line_end = count - end - 1 if end >= 0 else self._since_line_end + count
        self._line += read.count(b"\n")
        if self._since_line_end > LONGEST_LINE:
            raise RecordingRefused(
                f"{self._path}:{self._line}: a line is longer than {LONGEST_LINE} bytes: is it CSV, with line ends?"
            )
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
