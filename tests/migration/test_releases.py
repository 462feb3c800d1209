"""What every earlier release wrote, this one opens, brings up to date, judges on from, and finds sound."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.instant import DAY
from journal.sqlite_archive import SqliteArchive
from runtime.engine_identity import engine_identity
from runtime.replay import compare
from stores.migrating import HEADS
from stores.state.opening import open_state_reader, open_state_store
from tests.migration.write_data import RELEASES, shrink, write
from tests.samples import NOW
from tests.vigil.lived_data import LivedData
from vigil.backing_up.restoring import keys_beside, restore_backup
from vigil.backing_up.taking import take_backup
from vigil.data_folder import DataFolder
from vigil.verifying.databases import one_view
from vigil.verifying.whole import journal_key, verify_data

WRITTEN = sorted(path.name for path in RELEASES.iterdir() if path.is_dir() and path.name[0].isdigit())


@pytest.fixture(params=WRITTEN)
def release(request: pytest.FixtureRequest) -> Path:
    return RELEASES / str(request.param)


@pytest.fixture
def folder(release: Path, tmp_path: Path) -> DataFolder:
    shutil.copytree(release / "data", tmp_path / "data")
    folder = DataFolder(tmp_path / "data")
    for path in folder.keys.iterdir():
        path.chmod(0o600)  # a checkout does not keep it
    return folder


def expected(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((release / "expected.json").read_bytes())
    return found


def unexpected(data: LivedData) -> list[tuple[str, str]]:
    """Faults, but for snapshots of an older engine: they are passed over, and the journal says it all again."""
    return [fault for fault in data.faults if fault[0] != "snapshot"]


def test_there_is_a_folder_of_every_release_so_far() -> None:
    assert "0.1.0" in WRITTEN


@pytest.mark.parametrize("keep_snapshots", [True, False])
def test_it_is_opened_continued_and_sound(folder: DataFolder, release: Path, *, keep_snapshots: bool) -> None:
    before = expected(release)
    if not keep_snapshots:
        shutil.rmtree(folder.snapshots)
    with LivedData(folder.root, at=NOW + 3 * DAY) as data:
        assert len([effect for effect in data.effects() if effect.cause <= before["records"]]) == before["effects"]
        assert data.historian.series("flow", 0, 2**60, 1000).mean.tolist() == before["flow"]
        assert data.people.names(["li"]) == {"li": "Li"}
        data.send("panel", "access", boot="b9", door="front", event="opened")
        assert data.raised("forced") == [*before["alarms"], "front"]
        assert unexpected(data) == []
    with one_view(folder.state) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEADS["state"],)
    assert verify_data(folder, journal_key(folder)).flaws == []


def test_it_is_judged_again_and_says_the_same_where_the_engine_is_the_same(folder: DataFolder) -> None:
    open_state_store(folder.state).close()
    archive = SqliteArchive(folder.journal, journal_key(folder))
    with open_state_reader(folder.state) as reader:
        report = compare(archive, reader, archive.last_seq)
    archive.close()
    assert report.records == archive.last_seq
    assert report.effects > 0
    if all(identity == engine_identity() for identity in report.identities):
        assert report.differences == ()


def test_it_can_be_backed_up_before_it_is_brought_up_to_date_and_restored(folder: DataFolder, tmp_path: Path) -> None:
    """One makes a backup before an update, and may have to go back to it."""
    backup = tmp_path / "backup"
    take_backup(folder, journal_key(folder), backup, keys_beside(backup), "0")
    restored = restore_backup(backup, keys_beside(backup), tmp_path / "restored")
    assert restored.verdict is None or restored.verdict.flaws == []
    with LivedData(tmp_path / "restored", at=NOW + 3 * DAY) as data:
        data.live_on()
        assert unexpected(data) == []


def test_the_script_writes_what_lies_here(tmp_path: Path) -> None:
    write(tmp_path / "now")
    made = sorted(path.relative_to(tmp_path / "now").parts[1] for path in (tmp_path / "now").rglob("*.sqlite"))
    assert made == ["journal", "journal", "journal", "journal", "people.sqlite", "state.sqlite"]
    shrink(tmp_path / "now" / "data" / "state.sqlite")
    assert sum(path.stat().st_size for path in (tmp_path / "now").rglob("*") if path.is_file()) < 200_000
