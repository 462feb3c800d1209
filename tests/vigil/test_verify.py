"""Whatever is not as it was written turns `vigil verify` red, with its place; a sound folder is green, also in use."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from domain.alarm import Alarm
from domain.effects import AlarmChanged, Effect
from domain.instant import DAY
from journal.chain import load_chain, save_chain
from stores.migrating import SchemaUnknown
from stores.snapshots import SnapshotFiles
from tests.brokers import wait_until
from tests.vigil.lived_data import LivedData
from tests.vigil.running_service import one_sentence, vigil_here
from vigil.backing_up.taking import take_backup
from vigil.commands.verify import existing_folder, read_heads, run
from vigil.data_folder import DataFolder
from vigil.verifying.flaw import Flaw
from vigil.verifying.whole import CannotCompare, NothingToVerify, differences_from_journal, journal_key, verify_data


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lived") / "data"
    with LivedData(root) as data:
        data.live()
        # Before the clock moves on: whether one segment or two hold the two days would be a matter of luck.
        data.historian.flush()
        data.clock.at += DAY
        data.live_on()
    return root


@pytest.fixture
def folder(lived: Path, tmp_path: Path) -> DataFolder:
    shutil.copytree(lived, tmp_path / "data")
    return DataFolder(tmp_path / "data")


def flaws(folder: DataFolder) -> list[Flaw]:
    return verify_data(folder, journal_key(folder), read_heads(folder.heads, required=False)).flaws


def test_a_sound_folder_has_no_flaws(folder: DataFolder) -> None:
    verdict = verify_data(folder, journal_key(folder))
    assert verdict.flaws == []
    assert verdict.state_seq == verdict.journal_seq == verdict.records > 10
    assert verdict.effects > 15
    assert verdict.segments >= 1
    assert differences_from_journal(folder, journal_key(folder), verdict.state_seq) == []


def test_looking_changes_nothing(folder: DataFolder) -> None:
    before = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
    flaws(folder)
    assert {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()} == before


def execute(path: Path, *statements: str, **values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            changed = connection.execute(statement, values if ":" in statement else {}).rowcount
            assert changed != 0, f"{statement} touched nothing"


def segment(folder: DataFolder, kind: str = "events") -> Path:
    return min(folder.journal.glob(f"{kind}-*.sqlite"))


def edit_a_record(folder: DataFolder) -> None:
    with closing(sqlite3.connect(segment(folder))) as connection, connection:
        last_seq, block = connection.execute(
            "SELECT last_seq, records FROM blocks WHERE instr(records, CAST('gate' AS BLOB))"
        ).fetchone()
        edited = block.replace(b"gate", b"roof")
        connection.execute("UPDATE blocks SET records = ? WHERE last_seq = ?", (edited, last_seq))


def swap_two_blocks(folder: DataFolder) -> None:
    with closing(sqlite3.connect(segment(folder))) as connection, connection:
        rows = connection.execute("SELECT last_seq, records FROM blocks ORDER BY last_seq LIMIT 2 OFFSET 2").fetchall()
        (first, one), (second, other) = rows
        connection.executemany("UPDATE blocks SET records = ? WHERE last_seq = ?", [(other, first), (one, second)])


def restamp(folder: DataFolder) -> None:
    """Delete a record and write the whole chain anew, without the key."""
    execute(segment(folder), "DELETE FROM blocks WHERE last_seq = 3")
    save_chain(folder.journal, b"x" * 32, load_chain(folder.journal, journal_key(folder)))


LAST_BLOCK = "DELETE FROM blocks WHERE last_seq = (SELECT max(last_seq) FROM blocks)"
JOURNAL_DAMAGE: dict[str, Callable[[DataFolder], object]] = {
    "edit": edit_a_record,
    "reorder": swap_two_blocks,
    "delete": lambda folder: execute(segment(folder), "DELETE FROM blocks WHERE last_seq = 3"),
    "truncate": lambda folder: execute(
        segment(folder), LAST_BLOCK, "UPDATE head SET last_seq = (SELECT max(last_seq) FROM blocks), count = count - 1"
    ),
    "restamp": restamp,
    "a segment is gone": lambda folder: segment(folder, "readings").unlink(),
    "no database": lambda folder: segment(folder).write_bytes(b"SQLite format 3\0" + bytes(5000)),
}


@pytest.mark.parametrize("damage", JOURNAL_DAMAGE)
def test_damage_to_the_journal_shows(folder: DataFolder, damage: str) -> None:
    JOURNAL_DAMAGE[damage](folder)
    found = flaws(folder)
    assert found
    assert {flaw.thing for flaw in found} == {"journal"}
    assert all(flaw.place and flaw.what and flaw.remedy for flaw in found)


def test_an_older_copy_of_the_whole_journal_shows_against_the_heads_of_a_backup(
    folder: DataFolder, tmp_path: Path
) -> None:
    shutil.copytree(folder.journal, tmp_path / "older")
    with LivedData(folder.root) as data:
        data.live_on()
    take_backup(folder, journal_key(folder), tmp_path / "backup", None, "0")
    assert flaws(folder) == []
    shutil.rmtree(folder.journal)
    shutil.copytree(tmp_path / "older", folder.journal)
    whats = [flaw.what for flaw in flaws(folder)]
    assert any("witnessed" in what for what in whats)
    assert any("and the journal ends at seq" in what for what in whats)


def alarm_body(folder: DataFolder) -> tuple[str, Alarm]:
    with closing(sqlite3.connect(folder.state)) as connection:
        alarm_id, body = connection.execute("SELECT id, body FROM alarm LIMIT 1").fetchone()
    return alarm_id, msgspec.msgpack.decode(body, type=Alarm)


def edit_an_alarm(folder: DataFolder) -> None:
    alarm_id, alarm = alarm_body(folder)
    edited = msgspec.structs.replace(alarm, acknowledged_by="somebody else")
    execute(
        folder.state, "UPDATE alarm SET body = :body WHERE id = :id", id=alarm_id, body=msgspec.msgpack.encode(edited)
    )


STATE_DAMAGE: dict[str, tuple[Callable[[DataFolder], object], str]] = {
    "edit of a read model": (edit_an_alarm, "is not what its effects say"),
    "a column that is not its body's": (
        lambda folder: execute(folder.state, "UPDATE alarm SET standing = 1 - standing"),
        "is not what its effects say",
    ),
    "a row is gone": (lambda folder: execute(folder.state, "DELETE FROM door"), "is missing: the effects tell of it"),
    "a row too many": (
        lambda folder: execute(folder.state, "UPDATE door SET id = 'made-up' WHERE id = 'front'"),
        "stands there and no effect tells of it",
    ),
    "a body that is none": (
        lambda folder: execute(folder.state, "UPDATE device SET body = x'c1'"),
        "cannot be read",
    ),
    "an effect is gone": (
        lambda folder: execute(folder.state, "DELETE FROM effect WHERE position = 5"),
        "positions 5 to 5 are missing",
    ),
    "the last effects are gone": (
        lambda folder: execute(folder.state, "DELETE FROM effect WHERE position > 10"),
        "ends at position 10",
    ),
    "an effect's column": (
        lambda folder: execute(folder.state, "UPDATE effect SET at = at + 1 WHERE position = 5"),
        "column at says",
    ),
    "effects in another order": (
        lambda folder: execute(
            folder.state,
            "UPDATE effect SET position = -1 WHERE position = 4",
            "UPDATE effect SET position = 4 WHERE position = 8",
            "UPDATE effect SET position = 8 WHERE position = -1",
        ),
        "follows upon effect",
    ),
    "an effect that is none": (
        lambda folder: execute(folder.state, "UPDATE effect SET body = x'00' WHERE position = 5"),
        "effect at position 5",
    ),
    "ahead of the journal": (
        lambda folder: execute(folder.state, "UPDATE partition SET last_seq = 999"),
        "reaches to seq 999, and the journal ends at seq",
    ),
}


@pytest.mark.parametrize("damage", STATE_DAMAGE)
def test_damage_to_the_state_shows(folder: DataFolder, damage: str) -> None:
    inflict, said = STATE_DAMAGE[damage]
    inflict(folder)
    found = flaws(folder)
    assert {flaw.thing for flaw in found} == {"state"}
    assert any(said in str(flaw) for flaw in found), found


def test_an_effect_whose_cause_the_journal_does_not_have_shows(folder: DataFolder) -> None:
    with LivedData(folder.root) as data:
        epoch = data.loop.epoch
        data.loop.stop()
        last = data.state.writer.last_seq()
        effect = data.effects()[-1]
        execute(folder.state, "UPDATE partition SET last_seq = 500")
    invented = msgspec.structs.replace(effect, cause=400, n=0)
    assert epoch > 1
    assert last < 400
    with closing(sqlite3.connect(folder.state)) as connection, connection:
        connection.execute(
            "UPDATE effect SET cause = 400, n = 0, body = ? WHERE position = (SELECT max(position) FROM effect)",
            (msgspec.msgpack.encode(invented),),
        )
    assert any("effects name 1 records as causes that are not there" in flaw.what for flaw in flaws(folder))


def test_a_changed_history_that_agrees_with_itself_shows_when_the_journal_is_judged_again(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.state)) as connection, connection:
        for position, body in connection.execute(
            "SELECT position, body FROM effect WHERE type = 'alarm_changed'"
        ).fetchall():
            effect = msgspec.msgpack.decode(body, type=Effect)
            if isinstance(effect.body, AlarmChanged) and effect.body.comment == "on my way":
                edited = msgspec.structs.replace(effect, body=msgspec.structs.replace(effect.body, comment="never"))
                connection.execute(
                    "UPDATE effect SET body = ? WHERE position = ?", (msgspec.msgpack.encode(edited), position)
                )
    verdict = verify_data(folder, journal_key(folder))
    assert verdict.flaws == [], "the read models do not show it"
    (flaw,) = differences_from_journal(folder, journal_key(folder), verdict.state_seq)
    assert flaw.what == "is not what the journal leads to"


def test_a_journal_of_another_engine_is_not_compared(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigil.verifying.whole.engine_identity", lambda: {"release": "9.9"})
    with pytest.raises(CannotCompare, match="another engine version"):
        differences_from_journal(folder, journal_key(folder), 5)


def flip(path: Path, place: int = -40) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def add_a_newer_snapshot(folder: DataFolder) -> None:
    files = SnapshotFiles(folder.snapshots)
    newest = files.newest("real", 10**9)
    assert newest is not None
    files.save(msgspec.structs.replace(newest, seq=newest.seq + 5))


def claim_more(folder: DataFolder) -> None:
    """Let a segment's name say that it holds more than the journal has."""
    path = max(folder.telemetry.glob("*.parquet"))
    path.rename(path.with_name(f"{path.name[:17]}{999:016d}{path.name[33:]}"))


def lose_one(folder: DataFolder) -> None:
    parts = sorted(folder.telemetry.glob("*.parquet"))
    assert len(parts) > 1
    parts[0].unlink()


def spoil_pages(folder: DataFolder) -> None:
    content = bytearray(folder.people.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    folder.people.write_bytes(content)


FILE_DAMAGE: dict[str, tuple[str, Callable[[DataFolder], object], str]] = {
    "a bit of a snapshot": (
        "snapshots",
        lambda folder: flip(min(folder.snapshots.glob("*/*"))),
        "is not what was written",
    ),
    "a snapshot cut short": (
        "snapshots",
        lambda folder: min(folder.snapshots.glob("*/*")).write_bytes(b"vigil"),
        "is not what was written",
    ),
    "a snapshot of another history": ("snapshots", add_a_newer_snapshot, "of another history"),
    "a bit of a telemetry segment": (
        "telemetry",
        lambda folder: flip(min(folder.telemetry.glob("*.parquet"))),
        "size or checksum differ",
    ),
    "a lost telemetry segment": ("telemetry", lose_one, "are missing"),
    "telemetry beyond the journal": ("telemetry", claim_more, "reaches to seq 999"),
    "pages of people": ("people", spoil_pages, ""),
    "people cut short": ("people", lambda folder: folder.people.write_bytes(folder.people.read_bytes()[:5000]), ""),
    "no people": ("people", lambda folder: folder.people.unlink(), "unable to open"),
}


@pytest.mark.parametrize("damage", FILE_DAMAGE)
def test_damage_to_a_file_shows(folder: DataFolder, damage: str) -> None:
    thing, inflict, said = FILE_DAMAGE[damage]
    inflict(folder)
    found = flaws(folder)
    assert {flaw.thing for flaw in found} == {thing}
    assert any(said in flaw.what for flaw in found), found


def test_pages_of_the_state_that_were_flipped_show(folder: DataFolder) -> None:
    content = bytearray(folder.state.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096] ^= 0x0A
    folder.state.write_bytes(content)
    assert {flaw.thing for flaw in flaws(folder)} == {"state"}


def test_a_state_of_another_release_is_not_judged(folder: DataFolder) -> None:
    execute(folder.state, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaUnknown, match="has schema 9999, this release judges"):
        flaws(folder)


@pytest.fixture
def busy(lived: Path, tmp_path: Path) -> Iterator[LivedData]:
    """A folder in use, with something coming in all the time."""
    shutil.copytree(lived, tmp_path / "data")
    stop = threading.Event()
    with LivedData(tmp_path / "data") as data:

        def feed() -> None:
            while not stop.is_set():
                data.live_on()

        feeder = threading.Thread(target=feed)
        feeder.start()
        yield data
        stop.set()
        feeder.join()


def test_a_folder_in_use_is_judged_as_it_stands(busy: LivedData) -> None:
    reached = [verify_data(busy.folder, journal_key(busy.folder))]

    def moved_on() -> bool:
        reached.append(verify_data(busy.folder, journal_key(busy.folder)))
        return len(reached) > 4 and reached[-1].journal_seq > reached[0].journal_seq

    wait_until(moved_on, "the folder to be written to between two verdicts")
    assert [verdict.flaws for verdict in reached] == [[]] * len(reached)


def test_the_command_says_what_it_found(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(folder.root), heads=None, replay=True, as_json=True) == 0
    said = msgspec.json.decode(capsys.readouterr().out)
    assert (said["ok"], said["flaws"], said["witnesses"]) == (True, [], 0)
    edit_an_alarm(folder)
    assert run(str(folder.root), heads=None, replay=False, as_json=True) == 1
    (flaw,) = msgspec.json.decode(capsys.readouterr().out)["flaws"]
    assert flaw["thing"] == "state"
    assert run(str(folder.root), heads=None, replay=False, as_json=False) == 1
    assert "Remedy: stop Vigil and restore a backup" in capsys.readouterr().out


def test_without_a_journal_or_its_key_there_is_nothing_to_judge_and_nothing_is_made(
    folder: DataFolder, tmp_path: Path
) -> None:
    with pytest.raises(NothingToVerify, match="holds no journal"):
        existing_folder(str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
    folder.journal_key.unlink()
    answer = vigil_here("verify", "--data", str(folder.root), cwd=tmp_path)
    assert answer.returncode == 2
    assert one_sentence(answer.stderr)
    assert "put back the key" in answer.stderr
    assert not folder.journal_key.exists()


def test_heads_that_are_none_are_refused(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "heads").write_text("{}")
    answer = vigil_here("verify", "--data", str(folder.root), "--heads", str(tmp_path / "heads"), cwd=tmp_path)
    assert answer.returncode == 2
    assert "holds no heads" in answer.stderr
