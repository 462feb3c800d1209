"""An engine comes back from the newest snapshot that can be used, from older ones, or from the journal alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.effects import AlarmChange
from domain.observations import AccessKind
from runtime.recovery import HistoryMismatch
from tests.runtime.bench_of_parts import Workbench


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Workbench]:
    """Two snapshots and a standing alarm, stopped."""
    bench = Workbench(tmp_path)
    bench.start()
    bench.door(AccessKind.OPENED)
    bench.settle()
    bench.clock.move(1.0)
    bench.restart()
    bench.loop.stop()
    yield bench
    bench.close()


def snapshots(bench: Workbench) -> list[Path]:
    return sorted(bench.folder.rglob("*.snapshot"))


def goes_on(bench: Workbench) -> None:
    """The alarm that stood is cleared by the engine that came back."""
    bench.clock.move(1.0)
    bench.loop = bench.new_loop()
    bench.start()
    bench.door(AccessKind.CLOSED)
    bench.settle()
    assert [change for change, _ in bench.alarm_changes()] == [AlarmChange.RAISED, AlarmChange.CLEARED]


def test_from_the_newest_snapshot(lived: Workbench) -> None:
    assert len(snapshots(lived)) == 2
    goes_on(lived)


def test_a_damaged_snapshot_is_passed_over_for_an_older_one(lived: Workbench) -> None:
    newest = snapshots(lived)[-1]
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    goes_on(lived)


def test_a_snapshot_of_another_version_is_told_and_the_journal_says_it_again(
    lived: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.engine_state.SNAPSHOT_VERSION", 99)
    goes_on(lived)
    told = [what for where, what in lived.faults if where == "snapshot"]
    assert len(told) == 2
    assert "is passed over" in told[0]


def test_a_journal_that_lost_its_beginning_is_no_ground_to_rebuild_on(
    lived: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in snapshots(lived):
        path.unlink()
    monkeypatch.setattr(lived.journal, "kept_after", lambda seq: seq > 1)
    lived.loop = lived.new_loop()
    with pytest.raises(HistoryMismatch, match="restore the folder from a backup"):
        lived.loop.start()
