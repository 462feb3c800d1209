"""Maps of recordings: every mistake is told with file and line."""

from pathlib import Path

import pytest

from simulators.recording_map import RecordingRefused
from vigil.configuration.problem import ConfigurationInvalid
from vigil.recorded_map import load_map

GOOD = """\
site: lab
zone: Asia/Shanghai
time:
  column: when
readings:
  device: gw-1
  points:
    flow: Flow
"""
SCANS = """\
site: park
time: {column: when}
scans:
  checkpoint: gate
  officer: car
  device: reader-{checkpoint}
  only: {type: [2P]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_map_names_the_columns_it_needs(tmp_path: Path) -> None:
    assert load_map(write(tmp_path, GOOD)).columns() == ["when", "Flow"]
    assert load_map(write(tmp_path, SCANS)).columns() == ["when", "gate", "car", "type"]


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "simulators" / "maps").glob("*.yaml")), ids=str)
def test_the_maps_we_ship_are_right(path: Path) -> None:
    assert load_map(path).site


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("site: lab", "site: a b", 1, "site 'a b' is not an id"),
        ("site: lab\n", "", 1, "required field `site`"),
        ("zone: Asia/Shanghai", "zone: Asia/Atlantis", 2, "zone 'Asia/Atlantis' is unknown"),
        ("zone: Asia/Shanghai", "zone: ../../etc/passwd", 2, "is unknown"),
        ("zone: Asia/Shanghai", "delimiter: ';;'", 2, "must be one character"),
        ("zone: Asia/Shanghai", "encoding: klingon", 2, "encoding 'klingon' is unknown"),
        ("zone: Asia/Shanghai", "zones: UTC", 2, "unknown field `zones`"),
        ("column: when", "column: 17", 4, "Expected `str`, got `int`"),
        ("column: when", "column: when\n  formats: []", 5, "'formats' is empty"),
        ("column: when", "column: when\n  formats: [iso, 3]", 5, "Expected `str`, got `int`"),
        ("device: gw-1", "device: gw/1", 6, "device 'gw/1' is not an id"),
        ("    flow: Flow", "    'f#': Flow", 8, "point 'f#' is not an id"),
        ("\n    flow: Flow", " {}", 7, "'points' is empty"),
        ("readings:\n  device: gw-1\n  points:\n    flow: Flow\n", "", 1, "exactly one of"),
        ("zone: Asia/Shanghai", "zone: Europe", 2, "zone 'Europe' is unknown"),
        ("zone: Asia/Shanghai", "encoding: idna", 2, "encoding 'idna' is unknown"),
        ("zone: Asia/Shanghai", "encoding: hex", 2, "encoding 'hex' is unknown"),
        ("zone: Asia/Shanghai", "delimiter: '\"'", 2, "must be one character"),
        ("zone: Asia/Shanghai", "decimal: ';'", 2, "must be '.' or ','"),
        ("site: lab", "site: lab\nsite: other", 2, "'site' stands twice"),
        ("site: lab", "site: &a lab\nb: *a", 1, "anchor &a is not allowed"),
        ("site: lab", "site: " + "[" * 50_000, 1, "nested deeper than 32"),
        ("site: lab", "site: !!python/name:os.system ''", 1, "is not allowed"),
        ("column: when", 'column: when\n  formats: ["%Y-%Y"]', 5, "format '%Y-%Y' cannot be used"),
        ("column: when", 'column: when\n  formats: [iso, "%Q"]', 5, "format '%Q' cannot be used"),
        ("column: when", "column: when\n  formats: ['%']", 5, "format '%' cannot be used"),
        ("column: when", "column: when\n  formats: ['']", 5, "format '' cannot be used"),
        ("    flow: Flow", "    flow: Flow\n    other: Flow", 8, "mapped to several points"),
        ("    flow: Flow", "    flow: when", 8, "holds the time"),
        ("zone: Asia/Shanghai", "zone: [", 4, "did not find expected"),
        ("zone: Asia/Shanghai", "zone: \x01", 2, "forbidden character"),
        (GOOD, "", 1, "the file is no map"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, line: int | None, what: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises((RecordingRefused, ConfigurationInvalid)) as refused:
        load_map(path)
    assert what in str(refused.value)
    assert str(refused.value).startswith(f"{path}:{line}:" if line else f"{path}:")


def test_a_word_that_is_no_method_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, SCANS + "  method: telepathy\n")
    with pytest.raises(RecordingRefused, match=r"map.yaml:8: Invalid enum value 'telepathy'"):
        load_map(path)


def test_both_kinds_at_once_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + SCANS.partition("\n")[2].partition("\n")[2])
    with pytest.raises(RecordingRefused, match="exactly one of"):
        load_map(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "map.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationInvalid, match=r"cannot be read|is not UTF-8"):
        load_map(path)
