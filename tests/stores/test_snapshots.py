"""What snapshot files do when the disk spoils or refuses them."""

from pathlib import Path

import pytest

from domain.errors import InvalidId
from stores.ports import Snapshot, StoreUnavailable
from stores.snapshots import SnapshotFiles
from tests.samples import NOW


def a_snapshot(seq: int, lane: str = "real") -> Snapshot:
    return Snapshot(seq=seq, version=1, identity="engine-1", taken_at=NOW, state=b"state" * 500, lane=lane)


@pytest.fixture
def newest_file(tmp_path: Path) -> Path:
    files = SnapshotFiles(tmp_path)
    files.save(a_snapshot(1))
    files.save(a_snapshot(2))
    return max((tmp_path / "real").iterdir())


@pytest.mark.parametrize("where", [0, 20, 60, 1500, -1])
def test_a_spoilt_byte_makes_the_one_before_the_newest(tmp_path: Path, newest_file: Path, where: int) -> None:
    content = bytearray(newest_file.read_bytes())
    content[where] ^= 0x10
    newest_file.write_bytes(content)
    assert SnapshotFiles(tmp_path).newest("real", 9) == a_snapshot(1)


@pytest.mark.parametrize("length", [0, 5, 17, 48, 49, 100])
def test_a_shortened_file_is_passed_over(tmp_path: Path, newest_file: Path, length: int) -> None:
    newest_file.write_bytes(newest_file.read_bytes()[:length])
    assert SnapshotFiles(tmp_path).newest("real", 9) == a_snapshot(1)


def test_what_a_kill_left_half_written_is_neither_read_nor_in_the_way(tmp_path: Path, newest_file: Path) -> None:
    half = newest_file.with_name("new.part")
    half.write_bytes(newest_file.read_bytes()[:100])
    files = SnapshotFiles(tmp_path)
    assert files.newest("real", 9) == a_snapshot(2)
    files.save(a_snapshot(3))
    assert files.newest("real", 9) == a_snapshot(3)
    assert not half.exists()


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path, newest_file: Path) -> None:
    stranger = newest_file.with_name("notes.snapshot")
    stranger.write_text("not ours")
    files = SnapshotFiles(tmp_path)
    for seq in range(3, 9):
        files.save(a_snapshot(seq))
    assert files.newest("real", 9) == a_snapshot(8)
    assert stranger.read_text() == "not ours"
    assert len(list(newest_file.parent.iterdir())) == 4


def test_a_disk_that_refuses_is_unavailable_and_earlier_ones_stay(
    tmp_path: Path, newest_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    files = SnapshotFiles(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(StoreUnavailable, match="No space left"):
            files.save(a_snapshot(3))
    assert files.newest("real", 9) == a_snapshot(2)


def test_a_lane_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidId):
        SnapshotFiles(tmp_path).newest("../real", 9)
