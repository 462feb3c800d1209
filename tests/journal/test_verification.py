"""Every way to tamper with a journal shows, done with no more than a SQLite program and an editor."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.instant import DAY
from journal.chain import CHAIN_FILE, SegmentKind
from journal.verification import Problem, verify
from tests.journal.journal_folder import FIRST_DAY, KEY, fill, open_journal, run_sql
from tests.journal.record_samples import NOW, a_scan

OLD = f"events-{FIRST_DAY}.sqlite"
NEWEST = "events-2026-11-20.sqlite"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untouched")
    fill(folder, days=3, per_day=4)
    assert verify(folder, KEY) == []
    return folder


@pytest.fixture
def folder(untouched: Path, tmp_path: Path) -> Path:
    """Three days of events and readings, this test's to spoil."""
    return shutil.copytree(untouched, tmp_path / "journal")


EDIT = (
    "UPDATE blocks SET records = zeroblob(length(records))"
    " WHERE last_seq = (SELECT last_seq FROM blocks LIMIT 1 OFFSET 1)"
)
DELETE = "DELETE FROM blocks WHERE last_seq = (SELECT last_seq FROM blocks LIMIT 1 OFFSET 1)"
TRUNCATE = "DELETE FROM blocks WHERE last_seq = (SELECT max(last_seq) FROM blocks)"
EMPTY = "DELETE FROM blocks"
TRUNCATE_WITH_HEAD = (
    TRUNCATE,
    "UPDATE head SET last_seq = (SELECT max(last_seq) FROM blocks), count = count - 1",
)
REORDER = (
    "CREATE TEMP TABLE two AS SELECT last_seq, records FROM blocks ORDER BY last_seq LIMIT 2",
    """
    UPDATE blocks SET records = (SELECT records FROM two WHERE two.last_seq <> blocks.last_seq)
    WHERE last_seq IN (SELECT last_seq FROM two)
    """,
)
RENUMBER = "UPDATE blocks SET first_seq = 500, last_seq = 500 WHERE last_seq = (SELECT max(last_seq) FROM blocks)"
OVERLAP = "UPDATE blocks SET first_seq = 1 WHERE last_seq = (SELECT max(last_seq) FROM blocks)"
INSERT = "INSERT INTO blocks (first_seq, last_seq, records) SELECT 900, 900, records FROM blocks LIMIT 1"
RESTAMP = "UPDATE head SET digest = '" + "ab" * 32 + "'"
RECOUNT = "UPDATE head SET count = count + 1"


@pytest.mark.parametrize("name", [OLD, NEWEST], ids=["closed", "open"])
@pytest.mark.parametrize(
    "statements",
    [
        (EDIT,),
        (DELETE,),
        (TRUNCATE,),
        (EMPTY,),
        TRUNCATE_WITH_HEAD,
        REORDER,
        (RENUMBER,),
        (OVERLAP,),
        (INSERT,),
        (RESTAMP,),
        (RECOUNT,),
        ("DELETE FROM head",),
        ("DROP TABLE blocks",),
    ],
    ids=[
        "edit",
        "delete",
        "truncate",
        "empty",
        "truncate with head",
        "reorder",
        "renumber",
        "overlap",
        "insert",
        "restamp",
        "recount",
        "headless",
        "no table",
    ],
)
def test_tampering_shows(folder: Path, name: str, statements: tuple[str, ...]) -> None:
    before = (folder / name).read_bytes()
    run_sql(folder / name, *statements)
    assert (folder / name).read_bytes() != before
    assert {problem.file for problem in verify(folder, KEY)} == {name}


def test_tampering_beside_a_running_writer_shows_and_stops_it(folder: Path) -> None:
    with open_journal(folder) as journal:
        journal.append(a_scan())
        run_sql(folder / NEWEST, RESTAMP)
        assert [problem.file for problem in journal.verify()] == [NEWEST]
        with pytest.raises(Exception, match="changed by somebody else"):
            journal.append(a_scan())


def test_a_journal_restamped_with_another_key_shows(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert [problem.file for problem in verify(folder, b"x" * 32)] == [CHAIN_FILE]
    forged = tmp_path_factory.mktemp("forged")
    with open_journal(forged) as journal:
        journal._segments._key = b"x" * 32
        journal.append(a_scan())
    shutil.copy(forged / OLD, folder / OLD)
    assert {problem.file for problem in verify(folder, KEY)} == {OLD}


def test_a_segment_written_with_our_key_elsewhere_shows(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    fill(other, days=3, per_day=5)
    shutil.copy(other / NEWEST, folder / NEWEST)
    assert {problem.file for problem in verify(folder, KEY)} == {NEWEST}


def test_segments_put_in_each_others_place_show(folder: Path) -> None:
    middle = "events-2026-11-19.sqlite"
    (folder / OLD).rename(folder / "kept")
    (folder / middle).rename(folder / OLD)
    (folder / "kept").rename(folder / middle)
    assert {problem.file for problem in verify(folder, KEY)} == {OLD, middle}


@pytest.mark.parametrize("name", [OLD, NEWEST])
def test_a_deleted_segment_shows(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert verify(folder, KEY) == [Problem(name, "is missing")]


def test_a_segment_that_nobody_listed_shows(folder: Path) -> None:
    shutil.copy(folder / OLD, folder / "events-2020-01-01.sqlite")
    assert verify(folder, KEY) == [Problem("events-2020-01-01.sqlite", "is not in the chain")]


def test_an_unlisted_file_that_is_no_segment_shows(folder: Path) -> None:
    (folder / "events-2020-01-01.sqlite").write_bytes(b"x" * 5000)
    (problem,) = verify(folder, KEY)
    assert problem.what.startswith("is not in the chain and cannot be read")


def test_an_empty_segment_that_a_crash_left_is_no_problem(folder: Path) -> None:
    shutil.copy(folder / OLD, folder / "events-2026-11-21.sqlite")
    run_sql(folder / "events-2026-11-21.sqlite", EMPTY)
    (folder / "readings-2026-11-21.sqlite").touch()
    assert verify(folder, KEY) == []


def test_a_missing_chain_shows(folder: Path) -> None:
    (folder / CHAIN_FILE).unlink()
    assert len(verify(folder, KEY)) == 6


@pytest.mark.parametrize("damage", [lambda old: old[:5000], lambda old: old[:4096] + b"\xff" * 4096 + old[8192:]])
def test_a_damaged_file_shows(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    path = folder / OLD
    path.write_bytes(damage(path.read_bytes()))
    assert {problem.file for problem in verify(folder, KEY)} == {OLD}


def test_an_old_copy_of_the_whole_folder_needs_a_witness(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("old") / "copy"
    shutil.copytree(folder, copy)
    with open_journal(folder) as journal:
        journal.append(a_scan())
        witnesses = journal.heads()
        assert journal.verify(witnesses) == []
    assert verify(copy, KEY) == []
    (problem,) = verify(copy, KEY, witnesses)
    assert problem == Problem(NEWEST, "was witnessed up to seq 25, where it has no commit")


def test_another_history_made_with_our_key_needs_a_witness(tmp_path: Path) -> None:
    with open_journal(tmp_path / "told") as journal:
        journal.append(a_scan(1))
        witnesses = journal.heads()
    with open_journal(tmp_path / "found") as journal:
        journal.append(a_scan(2))
        assert journal.verify() == []
        assert journal.verify(witnesses) == [Problem(OLD, "differs up to seq 1 from what was witnessed")]


def test_witnesses_of_retired_segments_still_count(folder: Path) -> None:
    with open_journal(folder) as journal:
        witnesses = journal.heads()
        journal.retire(SegmentKind.EVENTS, NOW + 9 * DAY)
        assert journal.verify(witnesses) == []
