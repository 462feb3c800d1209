"""A backup made beside a busy Vigil is one consistent whole; keys lie apart; nothing is overwritten or left half."""

import hashlib
import itertools
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from domain.instant import DAY
from domain.observations import AccessEvent, AccessKind
from domain.readings import readings_from
from domain.record import Body, Record
from journal.chain import Head, SegmentKind
from journal.sqlite_archive import SqliteArchive
from journal.sqlite_journal import SqliteJournal
from journal.sqlite_segments import read_head
from runtime.replay import compare
from stores.photos import PhotoFiles
from stores.state.opening import open_state_reader
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.samples import NOW
from tests.vigil.lived_data import JOURNAL_KEY, LivedData, urgency_of
from vigil.backing_up import copying, taking
from vigil.backing_up.copying import CannotCopy, copy_journal, copy_telemetry
from vigil.backing_up.manifest import DATA, read_manifest, require_intact
from vigil.backing_up.restoring import restore_backup
from vigil.backing_up.taking import CannotBackUp, take_backup
from vigil.commands.backup import run
from vigil.data_folder import DataFolder
from vigil.verifying.whole import journal_key, verify_data

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lived") / "data"
    with LivedData(root) as data:
        data.live()
    return root


@pytest.fixture
def folder(lived: Path, tmp_path: Path) -> DataFolder:
    shutil.copytree(lived, tmp_path / "data")
    return DataFolder(tmp_path / "data")


@contextmanager
def busy(root: Path) -> Iterator[Callable[[], int]]:
    """A process that lives in the folder until it is killed; gives how to ask up to which seq it has stored."""
    told: list[str] = []
    command = [sys.executable, "-m", "tests.vigil.busy_data", str(root)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    stdout = child.stdout
    os.set_blocking(stdout.fileno(), False)

    def stored() -> int:
        told.append("".join(iter(stdout.readline, "")))
        # What stands behind the last end of a line may be half of one.
        *whole, _ = "".join(told).split("\n")
        assert child.poll() is None, "the busy process ended"
        return int(whole[-1]) if whole else 0

    try:
        yield stored
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_SECONDS)
        stdout.close()


def test_a_backup_under_load_restores_to_one_history_that_goes_on(tmp_path: Path) -> None:
    with busy(tmp_path / "data") as stored:
        for number in range(3):
            before = stored()
            wait_until(lambda: stored() > before + 500, "the load")  # noqa: B023 - asked at once
            folder = DataFolder(tmp_path / "data")
            made = take_backup(folder, JOURNAL_KEY, tmp_path / f"b{number}", tmp_path / f"k{number}", "0")
            assert made.manifest.flaws == []
            assert before <= made.manifest.journal_seq
    for number in range(3):
        root = tmp_path / f"restored{number}"
        restored = restore_backup(tmp_path / f"b{number}", tmp_path / f"k{number}", root)
        verdict = restored.verdict
        assert verdict is not None
        assert verdict.flaws == []
        assert verdict.stored_seq <= verdict.state_seq <= verdict.journal_seq
        whole = {record.seq for record in records(root)}
        assert whole == set(range(1, verdict.journal_seq + 1)), "every record up to the last one"
    with LivedData(root, at=NOW + 30 * DAY) as data:
        data.live_on()
        said = data.effects()
        assert len({effect.id for effect in said}) == len(said)
    verdict = verify_data(DataFolder(root), JOURNAL_KEY)
    assert verdict.flaws == []
    archive = SqliteArchive(DataFolder(root).journal, JOURNAL_KEY)
    with open_state_reader(DataFolder(root).state) as reader:
        assert compare(archive, reader, verdict.state_seq).differences == ()
    archive.close()


def records(root: Path) -> list[Record]:
    archive = SqliteArchive(DataFolder(root).journal, JOURNAL_KEY)
    try:
        return list(archive.read(0, 1_000_000))
    finally:
        archive.close()


class Writer:
    """A journal of two kinds of segments that a test writes between the looks of a copy."""

    def __init__(self, folder: Path) -> None:
        self.at = NOW
        self.journal = SqliteJournal(folder, JOURNAL_KEY, lambda: self.at)

    def event(self) -> int:
        return self.put(AccessEvent(site="tower", door="front", kind=AccessKind.OPENED))

    def readings(self) -> int:
        return self.put(readings_from(["flow"], [self.at], [1.0], [0]))

    def put(self, body: Body) -> int:
        record = Record(seq=0, body=body, event_time=self.at, received_at=self.at, source="x", site="tower")
        return self.journal.append(record, urgency_of(record))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path / "journal")
    for _ in range(3):
        made.event()
        made.readings()
    yield made
    made.journal.close()


def copied(folder: Path) -> list[int]:
    archive = SqliteArchive(folder, JOURNAL_KEY)
    try:
        return [record.seq for record in archive.read(0, 1000)]
    finally:
        archive.close()


def first_times(action: Callable[[], object], times: int) -> Callable[[], None]:
    left = itertools.count(times, -1)

    def act() -> None:
        if next(left) > 0:
            action()

    return act


@pytest.mark.parametrize("times", [1, 2, 3])
def test_records_stored_between_the_views_leave_no_hole(writer: Writer, tmp_path: Path, times: int) -> None:
    def store() -> None:
        writer.event()
        writer.readings()
        writer.event()

    copy_journal(tmp_path / "journal", JOURNAL_KEY, tmp_path / "copy", moment=first_times(store, times))
    seqs = copied(tmp_path / "copy")
    assert seqs == list(range(1, len(seqs) + 1))


def test_without_the_second_look_there_would_be_a_hole(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: the segments are viewed one after the other, whatever happens between."""
    seen: dict[str, Head] = {}

    def blind(connection: sqlite3.Connection, path: Path) -> Head:
        return seen.setdefault(path.name, read_head(connection, path))

    monkeypatch.setattr(copying, "read_head", blind)

    def store() -> None:
        writer.event()
        writer.readings()

    copy_journal(tmp_path / "journal", JOURNAL_KEY, tmp_path / "copy", moment=first_times(store, 1))
    seqs = copied(tmp_path / "copy")
    assert seqs != list(range(1, len(seqs) + 1))


def test_a_new_day_between_the_views_is_met_with_a_new_look(writer: Writer, tmp_path: Path) -> None:
    def next_day() -> None:
        writer.at += DAY
        writer.event()
        writer.readings()

    copy_journal(tmp_path / "journal", JOURNAL_KEY, tmp_path / "copy", moment=first_times(next_day, 1))
    assert copied(tmp_path / "copy") == list(range(1, 9))


def test_retention_between_the_views_is_met_with_a_new_look(writer: Writer, tmp_path: Path) -> None:
    writer.at += DAY
    writer.event()
    writer.readings()

    def retire() -> None:
        for kind in SegmentKind:
            writer.journal.retire(kind, writer.at)

    copy_journal(tmp_path / "journal", JOURNAL_KEY, tmp_path / "copy", moment=first_times(retire, 1))
    assert copied(tmp_path / "copy") == [7, 8]


def test_a_journal_that_changes_at_every_look_is_not_copied_for_ever(writer: Writer, tmp_path: Path) -> None:
    with pytest.raises(CannotCopy, match="changed at every look"):
        copy_journal(tmp_path / "journal", JOURNAL_KEY, tmp_path / "copy", moment=first_times(writer.event, 10_000))


def test_a_segment_that_is_no_database_is_named(writer: Writer, tmp_path: Path) -> None:
    writer.journal.close()
    next((tmp_path / "journal").glob("events-*.sqlite")).write_bytes(b"x" * 5000)
    with pytest.raises(CannotCopy, match="run `vigil verify`"):
        copy_journal(tmp_path / "journal", JOURNAL_KEY, tmp_path / "copy")


def test_the_manifest_names_every_file_with_its_checksum_and_how_far_each_part_reaches(
    folder: DataFolder, tmp_path: Path
) -> None:
    made = take_backup(folder, journal_key(folder), tmp_path / "backup", tmp_path / "keys", "0.1.0")
    manifest = read_manifest(tmp_path / "backup")
    assert manifest == made.manifest or msgspec.structs.replace(manifest, seal="") == made.manifest
    require_intact(tmp_path / "backup", manifest, journal_key(folder))
    for entry in manifest.files:
        content = (tmp_path / "backup" / DATA / entry.path).read_bytes()
        assert (entry.size, entry.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    names = {entry.path.split("/")[0] for entry in manifest.files}
    assert names == {"journal", "people.sqlite", "snapshots", "state.sqlite", "telemetry"}
    assert manifest.journal_seq == manifest.state_seq == manifest.stored_seq > 0
    assert {head.segment for head in manifest.heads} == {path.name for path in folder.journal.glob("*.sqlite")}


def test_pictures_come_back_without_the_one_that_was_being_written(folder: DataFolder, tmp_path: Path) -> None:
    photos = PhotoFiles(folder.photos)
    reference = photos.put(b"\xff\xd8\xff a picture", NOW)
    half = next(folder.photos.glob("*")) / f".{reference}.0123"
    half.write_bytes(b"\xff\xd8\xff")
    take_backup(folder, JOURNAL_KEY, tmp_path / "backup", tmp_path / "keys", "9.9")
    restore_backup(tmp_path / "backup", tmp_path / "keys", tmp_path / "restored")
    restored = DataFolder(tmp_path / "restored")
    assert PhotoFiles(restored.photos).get(reference) == photos.get(reference) is not None
    assert [path.name for path in restored.photos.rglob("*") if path.is_file()] == [reference]


def test_keys_lie_apart_and_everything_is_for_its_owner_only(folder: DataFolder, tmp_path: Path) -> None:
    take_backup(folder, journal_key(folder), tmp_path / "backup", tmp_path / "keys", "0")
    secret = folder.journal_key.read_bytes().strip()
    for path in (tmp_path / "backup").rglob("*"):
        assert path.is_dir() or secret not in path.read_bytes()
    assert (tmp_path / "keys" / "keys" / "journal.key").read_bytes() == folder.journal_key.read_bytes()
    assert (tmp_path / "keys" / "broker" / "passwords.json").exists()
    for path in [tmp_path / "backup", *(tmp_path / "backup").rglob("*"), *(tmp_path / "keys").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("there", ["backup", "keys"])
def test_nothing_is_overwritten(folder: DataFolder, tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    with pytest.raises(CannotBackUp, match=f"{there} exists, and a backup overwrites nothing"):
        take_backup(folder, journal_key(folder), tmp_path / "backup", tmp_path / "keys", "0")


def test_a_backup_that_fails_leaves_nothing(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taking, "copy_journal", full)
    with pytest.raises(CannotBackUp, match="No space left"):
        take_backup(folder, journal_key(folder), tmp_path / "backups" / "b", None, "0")
    assert list((tmp_path / "backups").iterdir()) == []


def test_damaged_telemetry_is_left_out_and_told(folder: DataFolder, tmp_path: Path) -> None:
    victim = next(folder.telemetry.glob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    made = take_backup(folder, journal_key(folder), tmp_path / "backup", None, "0")
    assert made.manifest.flaws == [f"telemetry, {victim.name}: damaged, left out"]
    assert not (tmp_path / "backup" / DATA / "telemetry" / victim.name).exists()


def test_segments_merged_meanwhile_are_looked_for_again(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next(folder.telemetry.glob("*.parquet"))
    copyfile = shutil.copyfile
    later = folder.telemetry / "later"

    def merging(source: Path, target: Path) -> None:
        if not later.exists():
            later.touch()
            # What was listed is gone, and something larger stands in its place.
            first.rename(first.with_name(f"{first.name[:17]}{50:016d}{first.name[33:]}"))
        copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", merging)
    assert copy_telemetry(folder.telemetry, tmp_path / "copy") == []
    assert [path.name[17:33] for path in (tmp_path / "copy").iterdir()] == [f"{50:016d}"]


def test_flaws_are_told_and_do_not_prevent_the_backup(
    folder: DataFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(folder.state)) as connection, connection:
        connection.execute("DELETE FROM door")
    assert run(str(folder.root), tmp_path / "backup", keys=None, leave_keys=False, as_json=True) == 1
    said = msgspec.json.decode(capsys.readouterr().out)
    assert said["keys"] == f"{tmp_path / 'backup'}.keys"
    assert any("is missing: the effects tell of it" in flaw for flaw in said["flaws"])


def test_what_cannot_be_read_at_all_is_not_backed_up(folder: DataFolder, tmp_path: Path) -> None:
    folder.people.write_bytes(folder.people.read_bytes()[:5000])
    with pytest.raises(CannotCopy, match=r"people.sqlite cannot be copied.*run `vigil verify`"):
        take_backup(folder, journal_key(folder), tmp_path / "backup", None, "0")
    assert not (tmp_path / "backup").exists()


def test_the_command_says_that_keys_lie_apart_or_are_missing(
    folder: DataFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(folder.root), tmp_path / "one", keys=None, leave_keys=False, as_json=False) == 0
    assert "Keep them apart" in capsys.readouterr().out
    assert run(str(folder.root), tmp_path / "two", keys=None, leave_keys=True, as_json=False) == 0
    assert "Keys are NOT backed up" in capsys.readouterr().out
    assert not (tmp_path / "two.keys").exists()
