"""A recorded CSV is opened as what it is, or refused with file, line and remedy: nothing hangs or fills memory."""

import os
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.errors import InvalidTime
from simulators.recorded_text import LONGEST_LINE, open_recorded, read_heading, sniff_delimiter
from simulators.recording import parse_time
from simulators.recording_map import ReadingsMap, RecordingMap, RecordingRefused, TimeColumn, is_time_format

SOON_SECONDS = 5.0
"""Well beyond what any of these takes; a pattern that backtracks would need minutes."""


def mapped(column: str = "Flow", encoding: str = "utf-8-sig") -> RecordingMap:
    readings = ReadingsMap(device="gw", points={"flow": column})
    return RecordingMap(site="hq", time=TimeColumn(column="when"), readings=readings, encoding=encoding)


def read_all(path: Path, mapping: RecordingMap) -> list[str]:
    with open_recorded(path, mapping.encoding) as file:
        read_heading(path, file, mapping)
        return list(file)


def refusal(path: Path, mapping: RecordingMap) -> str:
    with pytest.raises(RecordingRefused) as refused:
        read_all(path, mapping)
    return str(refused.value).removeprefix(str(path))


ROWS = "when,Flow\n2026-01-01T00:00Z,1\n"
CHINESE = ROWS.replace("Flow", "流量")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ":1: the file is empty"),
        (b"  \n1,2\n", ":1: the file is empty"),
        (ROWS.encode("utf-16"), ":1: is UTF-16, read as utf-8-sig: write `encoding: utf-16` in the map"),
        (ROWS.encode("utf-16-be"), ":1: holds zero bytes"),
        (CHINESE.encode("gb18030"), "they may be gb18030: then write `encoding: gb18030` in the map"),
        ("when,Temé,Flow\n".encode("latin-1"), "are not utf-8-sig: export it as UTF-8"),
        (b"PK\x03\x04" + bytes(100), ": is an Excel workbook or a zip archive, not CSV: export it as CSV"),
        (b"\x1f\x8b" + bytes(100), ": is gzip, not CSV"),
        (b"2026-01-01T00:00Z,1\n", ":1: no column 'when' among '2026-01-01T00:00Z', '1': mend the map"),
        (b"When,Flow\n", ":1: no column 'when' among 'When', 'Flow': write it 'When' in the map"),
        (b"when,Flow,Flow\n", ":1: column 'Flow' stands twice, in cells 2 and 3: rename one of them"),
        (ROWS.encode() + b"x" * (2 * LONGEST_LINE), ":3: a line is longer than 1048576 bytes"),
        (b"x" * (2 * LONGEST_LINE), ":1: a line is longer than 1048576 bytes"),
        (b",".join(b"c%d" % number for number in range(50_000)), "and 49992 more: mend the map"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:24],
)
def test_what_is_no_such_csv_is_refused_with_its_remedy(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    assert said in refusal(path, mapped())


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.encode("gbk"), "gbk"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.replace("\n", "\r\n").encode(), "utf-8-sig"),
        (CHINESE.replace("\n", "\r").encode(), "utf-8-sig"),
        (CHINESE.replace("流量", " 流量 ").encode(), "utf-8-sig"),
    ],
)
def test_encodings_marks_and_line_ends_are_read_as_the_map_says(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    mapping = mapped("流量", encoding=encoding)
    with open_recorded(path, encoding) as file:
        heading = read_heading(path, file, mapping)
        assert (heading.delimiter, heading.places) == (",", {"when": 0, "流量": 1})
        assert [line.rstrip() for line in file] == ["2026-01-01T00:00Z,1"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_wide_encoding_that_the_file_is_not_in_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    said = refusal(path, mapped(encoding=encoding))
    assert f"the columns' names are not {encoding}: they may be utf-8: then write `encoding: utf-8` in the map" in said


def test_a_character_that_the_look_ahead_cuts_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(("when,Flow," + "流" * 100_000 + "\n").encode())
    with open_recorded(path, "utf-8-sig") as file:
        assert read_heading(path, file, mapped()).names[:2] == ["when", "Flow"]


def test_a_pipe_nobody_writes_into_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "the file is empty" in refusal(tmp_path / "pipe", mapped())


@pytest.mark.parametrize("name", ["folder", "nothing"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    assert refusal(tmp_path / name, mapped()).startswith(": cannot be read: ")


def test_an_endless_device_is_refused_and_fills_no_memory() -> None:
    assert "holds zero bytes" in refusal(Path("/dev/zero"), mapped())


def test_a_header_of_any_width_can_be_tried_under_any_delimiter() -> None:
    assert sniff_delimiter(",".join(["when", "Flow", *(f"c{number}" for number in range(40_000))]), ["when"]) == ","


FORMATS = (
    "%Y %m %d %H %M %S %f %j %p %a x",
    "%d.%m.%Y %H:%M",
    "%A, %d. %B %Y %I:%M:%S %p %z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_of_times_can_be_made_to_take_long(form: str) -> None:
    """The only patterns that a user writes; each directive takes a bounded number of characters."""
    assert is_time_format(form)
    begun = time.process_time()
    for text in (" " * 200_000 + "x", "1 " * 100_000, "2026 " + "\t\n " * 100_000, "0" * 300_000, "AM" * 100_000):
        with pytest.raises(InvalidTime):
            parse_time(text, [form], ZoneInfo("UTC"))
    assert time.process_time() - begun < SOON_SECONDS
