"""What every `SnapshotStore` must do, whatever holds the data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stores.ports import Snapshot, SnapshotStore
from stores.snapshots import SnapshotFiles
from tests.samples import NOW

ADAPTERS: dict[str, Callable[[Path], SnapshotStore]] = {"files": SnapshotFiles}


@pytest.fixture(params=sorted(ADAPTERS))
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> SnapshotStore:
    return ADAPTERS[request.param](tmp_path)


def a_snapshot(seq: int, lane: str = "real") -> Snapshot:
    state = bytes([seq % 256]) * 3000
    return Snapshot(seq=seq, version=1, identity="engine-1", taken_at=NOW + seq, state=state, lane=lane)


def test_there_is_none_at_first(snapshots: SnapshotStore) -> None:
    assert snapshots.newest("real", 100) is None


def test_the_newest_up_to_a_seq_is_given_back_whole(snapshots: SnapshotStore) -> None:
    for seq in (5, 10, 20):
        snapshots.save(a_snapshot(seq))
    assert snapshots.newest("real", 100) == a_snapshot(20)
    assert snapshots.newest("real", 20) == a_snapshot(20)
    assert snapshots.newest("real", 19) == a_snapshot(10)
    assert snapshots.newest("real", 4) is None


def test_the_last_three_are_kept(snapshots: SnapshotStore) -> None:
    for seq in (9, 10, 99, 100):
        snapshots.save(a_snapshot(seq))
    assert snapshots.newest("real", 10) == a_snapshot(10)
    assert snapshots.newest("real", 9) is None


def test_lanes_do_not_see_or_displace_each_other(snapshots: SnapshotStore) -> None:
    snapshots.save(a_snapshot(1))
    for seq in (2, 3, 4, 5):
        snapshots.save(a_snapshot(seq, "drill-1"))
    assert snapshots.newest("real", 100) == a_snapshot(1)
    assert snapshots.newest("drill-1", 100) == a_snapshot(5, "drill-1")
    assert snapshots.newest("drill-2", 100) is None


def test_saving_the_same_seq_again_replaces_it(snapshots: SnapshotStore) -> None:
    snapshots.save(a_snapshot(5))
    again = Snapshot(seq=5, version=2, identity="engine-2", taken_at=NOW, state=b"again")
    snapshots.save(again)
    assert snapshots.newest("real", 5) == again


def test_snapshots_of_an_abandoned_future_go_when_the_past_is_saved_anew(snapshots: SnapshotStore) -> None:
    for seq in (10, 20, 30):
        snapshots.save(a_snapshot(seq))
    snapshots.save(a_snapshot(15))
    assert snapshots.newest("real", 100) == a_snapshot(15)
    assert snapshots.newest("real", 14) == a_snapshot(10)
