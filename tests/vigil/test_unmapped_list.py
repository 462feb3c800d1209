"""The list of unmapped devices outlives a restart, and `vigil map` shows it."""

import json
from pathlib import Path

import pytest

from collector.foreign.unmapped import UnmappedDevices
from collector.formats.report import Report, Value
from tests.collector.building import NOW
from vigil.cli import app
from vigil.unmapped_list import UnmappedList, read_unmapped


def heard(*names: str) -> UnmappedDevices:
    devices = UnmappedDevices()
    for name in names:
        report = Report(device=name, said=[Value("contact", True), Value("temperature", 21.5)])
        devices.note("zigbee2mqtt", "zigbee2mqtt", f"zigbee2mqtt/{name}", report, NOW)
    return devices


def refuse(where: str, what: str) -> None:
    pytest.fail(f"{where}: {what}")


def test_what_was_known_is_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "unmapped.json"
    first = UnmappedList(path, heard("gate"), refuse)
    first.start()
    first.stop()
    assert path.stat().st_mode & 0o077 == 0
    again = UnmappedDevices()
    UnmappedList(path, again, refuse)
    assert [(each.name, each.messages) for each in again.known()] == [("gate", 1)]


def test_nothing_is_written_where_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "unmapped.json"
    UnmappedList(path, UnmappedDevices(), refuse).write()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"\xff", b'{"a": 1}'])
def test_a_damaged_file_is_an_empty_list(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "unmapped.json"
    path.write_bytes(content)
    assert read_unmapped(path) == []


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    keeper = UnmappedList(tmp_path / "gone" / "unmapped.json", heard("gate"), lambda where, what: told.append(where))
    keeper.start()
    keeper.stop()
    assert told == ["unmapped devices"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    UnmappedList(tmp_path / "unmapped.json", heard("gate", "porch"), refuse).write()
    (tmp_path / "journal").mkdir()
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        app(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_map_lists_devices_and_proposes_a_mapping(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "map", "--data", str(data))
    assert "gate" in said
    assert "contact=True" in said
    assert "door: FILL-IN" in said


def test_map_gives_yaml_alone_and_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "map", "--data", str(data), "--yaml").startswith("foreign:\n  - format: zigbee2mqtt\n")
    items = json.loads(run(capsys, "map", "--data", str(data), "--json"))
    assert [item["name"] for item in items] == ["gate", "porch"]
    assert run(capsys, "map", "--data", str(data), "--format", "shelly", "--yaml") == ""


def test_map_says_where_there_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journal").mkdir()
    assert "is mapped" in run(capsys, "map", "--data", str(tmp_path))
