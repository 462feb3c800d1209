"""A demo leaves nothing behind; what a killed one left, the next one removes."""

from pathlib import Path

import pytest

from vigil.demo_folder import PREFIX, DemoFolderInUse, demo_folder


@pytest.fixture(autouse=True)
def _temporary_files_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_temporary_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with demo_folder(None) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(PREFIX)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_demo_left_is_removed_and_one_that_runs_is_left_alone(tmp_path: Path) -> None:
    dead = tmp_path / f"{PREFIX}dead"
    (dead / "broker").mkdir(parents=True)
    stranger = tmp_path / "other"
    stranger.mkdir()
    with demo_folder(None) as running, demo_folder(None) as folder:
        assert not dead.exists()
        assert running.exists()
        assert folder.exists()
    assert list(tmp_path.iterdir()) == [stranger]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(kept)
    with demo_folder(None):
        assert kept.exists()
    assert list(kept.iterdir()) == []


def test_a_named_folder_is_kept_and_must_be_empty(tmp_path: Path) -> None:
    named = tmp_path / "mine"
    with demo_folder(str(named)) as folder:
        assert folder == named
        named.mkdir(exist_ok=True)
        (named / "journal").touch()
    assert named.exists()
    with pytest.raises(DemoFolderInUse, match="mine holds data already: give an empty folder"), demo_folder(str(named)):
        pass
