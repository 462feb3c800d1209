"""The data folder: private, and with a token that is made once."""

import hashlib
import stat
from pathlib import Path

import pytest

from vigil.data_folder import DataFolder, DataFolderUnusable, keep_token, load_or_create_token


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.make_keys_folder()
    return made


def test_only_the_owner_may_look_inside(folder: DataFolder) -> None:
    for path in (folder.root, folder.token_digest.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_token_is_shown_once_and_only_its_digest_is_kept(folder: DataFolder) -> None:
    first = load_or_create_token(folder)
    assert first.made is not None
    assert len(first.made) >= 22, "128 bits need 22 characters"
    assert first.digest == hashlib.sha256(first.made.encode()).hexdigest()
    keep_token(folder, first)
    again = load_or_create_token(folder)
    assert (again.digest, again.made) == (first.digest, None)
    assert first.made not in folder.token_digest.read_text()
    assert stat.S_IMODE(folder.token_digest.stat().st_mode) == 0o600


def test_a_damaged_digest_is_refused_with_a_remedy(folder: DataFolder) -> None:
    folder.token_digest.write_text("nonsense")
    with pytest.raises(DataFolderUnusable, match="delete it to have a new token made"):
        load_or_create_token(folder)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataFolderUnusable, match="Give another with --data"):
        DataFolder(tmp_path / "data")


def test_a_start_that_fails_before_the_token_was_shown_makes_another(folder: DataFolder) -> None:
    unseen = load_or_create_token(folder)
    again = load_or_create_token(folder)
    assert again.made is not None
    assert again.made != unseen.made
