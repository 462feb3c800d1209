"""A restore takes a sound backup into an empty folder, or nothing; what follows is judged once and sent again."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from domain.instant import DAY, SECOND
from stores.migrating import SchemaUnknown
from stores.snapshots import SnapshotFiles
from tests.samples import NOW
from tests.vigil.lived_data import LivedData
from tests.vigil.running_service import one_sentence, vigil_here
from vigil.backing_up.manifest import DATA, MANIFEST, BackupDamaged, read_manifest
from vigil.backing_up.restoring import CannotRestore, keys_beside, restore_backup
from vigil.backing_up.taking import take_backup
from vigil.commands.restore import run
from vigil.data_folder import DataFolder
from vigil.verifying.whole import journal_key, verify_data


def back_up(root: Path, backup: Path) -> None:
    folder = DataFolder(root)
    take_backup(folder, journal_key(folder), backup, keys_beside(backup), "0.1.0")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a backup beside it."""
    root = tmp_path_factory.mktemp("original") / "data"
    with LivedData(root) as data:
        data.live()
    back_up(root, root.with_name("backup"))
    return root


@pytest.fixture
def backup(original: Path, tmp_path: Path) -> Path:
    for name in ("backup", "backup.keys"):
        shutil.copytree(original.with_name(name), tmp_path / name)
    return tmp_path / "backup"


def restore(backup: Path) -> DataFolder:
    root = backup.with_name("restored")
    verdict = restore_backup(backup, keys_beside(backup), root).verdict
    assert verdict is not None
    assert verdict.flaws == []
    return DataFolder(root)


def test_what_is_restored_is_what_was_backed_up_and_sound(original: Path, backup: Path) -> None:
    folder = restore(backup)
    verdict = verify_data(folder, journal_key(folder))
    assert verdict.flaws == []
    with LivedData(original) as before, LivedData(folder.root) as after:
        assert after.effects()[:10] == before.effects()[:10]
        assert after.people.names(["li"]) == {"li": "Li"}
    assert (folder.broker / "passwords.json").exists()
    assert folder.heads.exists(), "the backup's heads witness for the restored journal"


def test_after_a_restore_the_engine_goes_on_and_judges_nothing_twice(backup: Path) -> None:
    folder = restore(backup)
    with LivedData(folder.root, at=NOW + DAY) as data:
        said = len(data.effects())
        data.live_on()
        effects = data.effects()
        assert len(effects) > said
        assert len({effect.id for effect in effects}) == len(effects)
        assert data.faults == []
    assert verify_data(folder, journal_key(folder)).flaws == []


def test_records_the_state_had_not_come_to_are_judged_after_the_restore(tmp_path: Path) -> None:
    with LivedData(tmp_path / "data") as data:
        data.live()
        data.loop.stop()
        (seq,) = data.send("panel", "access", door="server", event="opened")
    back_up(tmp_path / "data", tmp_path / "backup")
    manifest = read_manifest(tmp_path / "backup")
    assert manifest.state_seq < manifest.journal_seq == seq
    folder = restore(tmp_path / "backup")
    with LivedData(folder.root, at=NOW + DAY) as data:
        assert seq in {effect.cause for effect in data.effects()}


def test_messages_sent_since_the_backup_go_out_again_under_the_same_ids(tmp_path: Path) -> None:
    with LivedData(tmp_path / "data") as data:
        data.live()
        data.send("panel", "access", door="server", event="opened")
        data.settle()
        back_up(tmp_path / "data", tmp_path / "backup")
        now = data.clock.at + SECOND
        sent = data.state.outbox.claim_messages(data.loop.epoch, "console", 100, now)
        assert sent
        for claimed in sent:
            data.state.outbox.mark_sent(claimed.message.id, now)
    folder = restore(tmp_path / "backup")
    with LivedData(folder.root, at=NOW + DAY) as data:
        again = data.state.outbox.claim_messages(data.loop.epoch, "console", 100, NOW + 2 * DAY)
    assert [claimed.message.id for claimed in again][: len(sent)] == [claimed.message.id for claimed in sent]


def test_snapshots_younger_than_the_state_are_not_restored(tmp_path: Path) -> None:
    """As if the state had been copied long before: an engine must not wake up in a history that is abandoned."""
    with LivedData(tmp_path / "data") as data:
        data.live()
    files = SnapshotFiles(tmp_path / "data" / "snapshots")
    newest = files.newest("real", 10**9)
    assert newest is not None
    younger = msgspec.structs.replace(newest, seq=newest.seq + 7)
    files.save(younger)
    back_up(tmp_path / "data", tmp_path / "backup")
    assert read_manifest(tmp_path / "backup").flaws, "told when it was made"
    assert SnapshotFiles(tmp_path / "backup" / DATA / "snapshots").newest("real", 10**9) == younger
    folder = restore(tmp_path / "backup")
    assert SnapshotFiles(folder.snapshots).newest("real", 10**9) == newest


def test_a_data_folder_with_anything_in_it_is_refused(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "note").touch()
    with pytest.raises(CannotRestore, match="is not empty, and a restore overwrites nothing"):
        restore(backup)
    assert [path.name for path in (tmp_path / "restored").iterdir()] == ["note"]


def test_an_empty_folder_will_do(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    assert sorted(path.name for path in restore(backup).root.iterdir()) == [
        "broker",
        "heads.json",
        "journal",
        "keys",
        "people.sqlite",
        "snapshots",
        "state.sqlite",
        "telemetry",
    ]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edit_manifest(backup: Path) -> None:
    path = backup / MANIFEST
    path.write_text(path.read_text().replace('"release": "0.1.0"', '"release": "0.2.0"'))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit of the state": (lambda backup: flip(backup / DATA / "state.sqlite"), "state.sqlite is not what was copied"),
    "a bit of a segment": (lambda backup: flip(next((backup / DATA / "journal").glob("events*"))), "events-"),
    "a file is gone": (lambda backup: (backup / DATA / "people.sqlite").unlink(), "people.sqlite is missing"),
    "a file too many": (lambda backup: (backup / DATA / "extra").touch(), "extra does not belong to it"),
    "an edited manifest": (edit_manifest, "does not bear this key's seal"),
    "no manifest": (lambda backup: (backup / MANIFEST).unlink(), "no backup, or an unfinished one"),
    "a broken manifest": (lambda backup: (backup / MANIFEST).write_text("{"), "is damaged"),
    "a manifest of the future": (
        lambda backup: (backup / MANIFEST).write_text(
            (backup / MANIFEST).read_text().replace('"format": 1', '"format": 2')
        ),
        "has format 2",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_and_nothing_is_written(backup: Path, damage: str) -> None:
    inflict, said = DAMAGE[damage]
    inflict(backup)
    with pytest.raises(BackupDamaged, match=said):
        restore(backup)
    assert not backup.with_name("restored").exists()


def test_keys_of_another_installation_are_refused(backup: Path) -> None:
    (keys_beside(backup) / "keys" / "journal.key").write_text("ab" * 32)
    with pytest.raises(BackupDamaged, match="give the keys that belong to this backup"):
        restore(backup)


def test_without_keys_nothing_is_restored(backup: Path) -> None:
    shutil.rmtree(keys_beside(backup))
    with pytest.raises(CannotRestore, match=r"lacks broker/passwords.json.*--keys"):
        restore(backup)
    assert not keys_beside(backup).exists()


def made_by_schema(root: Path, schema: str, backup: Path) -> Path:
    with LivedData(root) as data:
        data.live()
    with closing(sqlite3.connect(root / "state.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    back_up(root, backup)
    return backup


def test_a_backup_of_an_older_release_is_restored_and_verified_after_the_next_start(tmp_path: Path) -> None:
    backup = made_by_schema(tmp_path / "data", "0000", tmp_path / "backup")
    restored = restore_backup(backup, keys_beside(backup), tmp_path / "restored")
    assert restored.verdict is None
    assert "start `vigil serve` once" in restored.unjudged


def test_a_backup_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    backup = made_by_schema(tmp_path / "data", "9999", tmp_path / "backup")
    with pytest.raises(SchemaUnknown, match=r"release 0.1.0 with schema 9999.*restore it with that release"):
        restore_backup(backup, keys_beside(backup), tmp_path / "restored")
    assert list((tmp_path / "restored").iterdir()) == []


def test_the_command_restores_and_says_how_to_go_on(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = backup.with_name("restored")
    assert run(backup, str(root), keys=None, as_json=False) == 0
    assert f"`vigil serve --data {root}` goes on from there" in capsys.readouterr().out
    again = vigil_here("restore", str(backup), "--data", str(root), cwd=backup.parent)
    assert again.returncode == 2
    assert one_sentence(again.stderr)
    assert run(backup, str(root.with_name("other")), keys=None, as_json=True) == 0
    assert msgspec.json.decode(capsys.readouterr().out)["ok"] is True
