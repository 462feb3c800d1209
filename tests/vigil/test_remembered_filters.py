"""What the sessions had subscribed before is given back when the mapping changes."""

from pathlib import Path

from collector.settings import SessionSettings
from vigil.remembered_filters import with_forgotten


def test_filters_of_an_earlier_mapping_are_given_back_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.json"
    first = with_forgotten(path, SessionSettings(foreign_events=("zigbee2mqtt/#",)))
    assert first.forgotten == ("zigbee2mqtt/#",)
    second = with_forgotten(path, SessionSettings(foreign_readings=("a/+",)))
    assert second.forgotten == ("a/+", "zigbee2mqtt/#")
    assert with_forgotten(path, SessionSettings()).forgotten == ("a/+", "zigbee2mqtt/#")


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.json"
    path.write_bytes(b"\xff")
    assert with_forgotten(path, SessionSettings(foreign_events=("x",))).forgotten == ("x",)
    assert with_forgotten(path, SessionSettings()).forgotten == ("x",)


def test_nothing_mapped_leaves_no_file(tmp_path: Path) -> None:
    assert with_forgotten(tmp_path / "subscriptions.json", SessionSettings()).forgotten == ()
    assert not list(tmp_path.iterdir())
