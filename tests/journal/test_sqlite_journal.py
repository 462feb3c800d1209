import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from domain.instant import DAY
from domain.record import Urgency
from journal.chain import CHAIN_FILE, JournalDamaged, SegmentKind, load_chain, save_chain
from journal.group_writer import GROUP_RECORDS
from journal.ports import JournalUnavailable, Retired
from journal.sqlite_journal import RETENTION, SqliteJournal
from journal.sqlite_reader import IDLE_CONNECTIONS
from tests.brokers import PATIENCE_SECONDS
from tests.journal.journal_folder import FIRST_DAY, KEY, Clock, fill, open_journal, run_sql, segments
from tests.journal.record_samples import NOW, a_scan, some_readings


def seqs(journal: SqliteJournal, after: int = 0, limit: int = 1000) -> list[int]:
    return [record.seq for record in journal.read(after, limit)]


def test_each_day_has_a_segment_of_events_and_one_of_readings(tmp_path: Path) -> None:
    fill(tmp_path, days=2, per_day=2)
    assert segments(tmp_path) == [
        "events-2026-11-18.sqlite",
        "events-2026-11-19.sqlite",
        "readings-2026-11-18.sqlite",
        "readings-2026-11-19.sqlite",
    ]


def test_a_kind_without_records_has_no_segment(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.append(a_scan())
    assert segments(tmp_path) == [f"events-{FIRST_DAY}.sqlite"]


@pytest.mark.parametrize("limit", [1, 5, 24, 100])
def test_reading_runs_through_days_and_kinds_in_one_order(tmp_path: Path, limit: int) -> None:
    fill(tmp_path, days=3, per_day=4)
    with open_journal(tmp_path) as journal:
        found: list[int] = []
        while more := seqs(journal, found[-1] if found else 0, limit):
            found += more
        assert found == list(range(1, 25))


def test_a_clock_set_back_opens_no_older_segment(tmp_path: Path) -> None:
    clock = Clock()
    with open_journal(tmp_path, clock) as journal:
        journal.append(a_scan())
        clock.next_day(-1)
        assert journal.append(a_scan()) == 2
        assert segments(tmp_path) == [f"events-{FIRST_DAY}.sqlite"]
        clock.next_day(2)
        assert journal.append(a_scan()) == 3
        assert journal.verify() == []
    assert segments(tmp_path) == [f"events-{FIRST_DAY}.sqlite", "events-2026-11-19.sqlite"]


def test_a_large_backlog_is_stored_in_bounded_groups(tmp_path: Path) -> None:
    count = 3 * GROUP_RECORDS
    with open_journal(tmp_path) as journal:
        for number in range(count):
            journal.submit(a_scan(number), Urgency.EVENT, lambda _seq, _error: None)
        assert journal.append(a_scan(), Urgency.READING) == count + 1
        assert seqs(journal, limit=count + 5) == list(range(1, count + 2))


def test_retiring_deletes_closed_segments_of_its_kind_and_keeps_their_heads(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=3, per_day=1)
    with open_journal(tmp_path, clock) as journal:
        assert seqs(journal) == [1, 2, 3, 4, 5, 6]
        heads = journal.heads()
        assert journal.kept_after(0)
        assert journal.retired() == Retired()
        gone = journal.retire(SegmentKind.READINGS, NOW + DAY)
        assert not journal.kept_after(0), "a rebuild from the beginning would miss readings"
        assert journal.kept_after(journal.last_seq)
        assert gone == [f"readings-{FIRST_DAY}.sqlite"]
        assert journal.retired() == Retired(readings=2)
        assert seqs(journal) == [1, 3, 4, 5, 6]
        assert journal.record(2) is None
        assert journal.retire(SegmentKind.READINGS, NOW + DAY) == []
        assert len(journal.retire(SegmentKind.EVENTS, NOW + 1000 * DAY)) == 2, "the newest stays, whatever its age"
        assert seqs(journal) == [4, 5, 6]
        assert journal.retired() == Retired(readings=2, others=3)
        assert sorted(journal.heads(), key=str) == sorted(heads, key=str)
        assert journal.verify(heads) == []
    with open_journal(tmp_path, clock) as journal:
        assert journal.append(a_scan()) == 7
        assert journal.verify(heads) == []


def test_seqs_go_on_when_all_files_that_held_the_last_ones_are_retired(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=1, per_day=2)
    with open_journal(tmp_path, clock) as journal:
        clock.next_day()
        journal.append(a_scan())
        assert journal.last_seq == 5


def test_a_deletion_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    fill(tmp_path, days=2, per_day=1)
    doomed = tmp_path / f"readings-{FIRST_DAY}.sqlite"
    content = doomed.read_bytes()
    with open_journal(tmp_path) as journal:
        journal.retire(SegmentKind.READINGS, NOW + DAY)
    doomed.write_bytes(content)
    with open_journal(tmp_path) as journal:
        assert journal.verify() == []
    assert not doomed.exists()


def test_the_retention_is_the_designs() -> None:
    assert {kind: span // DAY for kind, span in RETENTION.items()} == {"events": 730, "readings": 30}


def test_two_writers_in_one_folder_are_refused(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path),
        pytest.raises(JournalUnavailable, match="in use: stop the other Vigil"),
        open_journal(tmp_path),
    ):
        pass
    with open_journal(tmp_path) as journal:
        assert journal.append(a_scan()) == 1


def test_another_process_is_refused_too(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from tests.journal.journal_folder import open_journal\n"
        "with open_journal(pathlib.Path(sys.argv[1])): pass\n"
    )
    with open_journal(tmp_path):
        refused = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert "in use: stop the other Vigil" in refused.stderr


def test_another_key_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, days=1)
    with pytest.raises(JournalDamaged, match="restore the key file"):
        SqliteJournal(tmp_path, b"x" * 32, Clock())


def test_segments_without_their_chain_file_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, days=1)
    (tmp_path / CHAIN_FILE).unlink()
    with pytest.raises(JournalDamaged, match=r"events-.* holds records, but the chain does not list it"):
        SqliteJournal(tmp_path, KEY, Clock())


def test_a_missing_newest_segment_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, days=2)
    (tmp_path / "readings-2026-11-19.sqlite").unlink()
    with pytest.raises(JournalDamaged, match=r"readings-2026-11-19.sqlite is missing"):
        SqliteJournal(tmp_path, KEY, Clock())


def test_a_segment_without_a_head_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, days=1)
    run_sql(tmp_path / f"events-{FIRST_DAY}.sqlite", "DELETE FROM head")
    with pytest.raises(JournalDamaged, match="has no head"):
        SqliteJournal(tmp_path, KEY, Clock())


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    fill(tmp_path, days=1)
    (tmp_path / f"events-{FIRST_DAY}.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalUnavailable, match="cannot be opened"):
        SqliteJournal(tmp_path, KEY, Clock())


def test_a_missing_closed_segment_is_said_by_the_read_that_needs_it(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=2, per_day=1)
    missing = tmp_path / f"events-{FIRST_DAY}.sqlite"
    missing.unlink()
    with open_journal(tmp_path, clock) as journal:
        with pytest.raises(JournalUnavailable, match=f"{missing.name} cannot be read"):
            journal.read(0, 10)
        assert seqs(journal, after=2) == [3, 4]
        assert not missing.exists(), "reading must not make an empty segment"


@pytest.mark.parametrize("content", [b"", None], ids=["empty file", "complete but unlisted"])
def test_a_segment_that_a_crash_left_without_records_is_taken_up(tmp_path: Path, content: bytes | None) -> None:
    clock = fill(tmp_path, days=1, per_day=1)
    chain = load_chain(tmp_path, KEY)
    clock.next_day()
    left = tmp_path / "events-2026-11-19.sqlite"
    if content is None:
        with open_journal(tmp_path, clock) as journal:
            journal.append(a_scan())
        run_sql(left, "DELETE FROM blocks")
        save_chain(tmp_path, KEY, chain)
    else:
        left.write_bytes(content)
    with open_journal(tmp_path, clock) as journal:
        assert journal.append(a_scan()) == 3
        assert journal.verify() == []


def test_reading_many_segments_keeps_few_files_open(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=IDLE_CONNECTIONS + 3, per_day=1)
    with open_journal(tmp_path, clock) as journal:
        assert len(seqs(journal)) == 2 * (IDLE_CONNECTIONS + 3)
        idle = journal._reader._connections._idle
        assert sum(map(len, idle.values())) <= IDLE_CONNECTIONS


def test_reading_a_closed_journal_says_so(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.append(a_scan())
    with pytest.raises(JournalUnavailable, match="is closed"):
        journal.read(0, 1)


def test_many_threads_read_while_one_retires_and_one_writes(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=6, per_day=5)
    errors: list[Exception] = []
    with open_journal(tmp_path, clock) as journal:

        def read_all() -> None:
            try:
                for _ in range(20):
                    found = seqs(journal)
                    assert found == sorted(found)
                    assert set(range(51, 61)) <= set(found)
            except Exception as error:
                errors.append(error)

        readers = [Thread(target=read_all) for _ in range(3)]
        for reader in readers:
            reader.start()
        for day in range(1, 6):
            journal.retire(SegmentKind.READINGS, NOW + day * DAY)
            journal.retire(SegmentKind.EVENTS, NOW + day * DAY)
            journal.append(some_readings())
        for reader in readers:
            reader.join(PATIENCE_SECONDS)
    assert errors == []
