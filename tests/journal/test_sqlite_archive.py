from pathlib import Path

import pytest

from domain.instant import DAY
from journal.chain import CHAIN_FILE, JournalDamaged, SegmentKind
from journal.ports import JournalReader, Retired
from journal.sqlite_archive import SqliteArchive
from tests.journal.journal_folder import KEY, fill, open_journal
from tests.journal.record_samples import NOW, a_scan, some_readings


def test_it_reads_what_was_there_beside_a_writer(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=2, per_day=2)
    with open_journal(tmp_path, clock) as journal:
        journal.append(some_readings())
        archive = SqliteArchive(tmp_path, KEY)
        reader: JournalReader = archive
        journal.append(a_scan())
        assert reader.last_seq == 9
        assert list(reader.read(0, 100)) == list(journal.read(0, 9))
        assert [record.seq for record in reader.read(7, 1)] == [8]
        assert reader.record(9) == journal.record(9)
        assert reader.record(10) is None
        assert reader.wait(8, 60.0)
        assert not reader.wait(9, 60.0)
        assert journal.append(a_scan()) == 11
        archive.close()


def test_it_goes_round_what_is_retired_meanwhile(tmp_path: Path) -> None:
    clock = fill(tmp_path, days=2, per_day=2)
    archive = SqliteArchive(tmp_path, KEY)
    with open_journal(tmp_path, clock) as journal:
        journal.retire(SegmentKind.READINGS, NOW + DAY)
        assert [record.seq for record in archive.read(0, 100)] == [1, 3, 5, 6, 7, 8]
        assert archive.retired() == journal.retired() == Retired(readings=4)
    archive.close()


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged, match=f"holds no journal: name the folder that holds {CHAIN_FILE}"):
        SqliteArchive(tmp_path, KEY)


def test_another_key_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, days=1)
    with pytest.raises(JournalDamaged, match="restore the key file"):
        SqliteArchive(tmp_path, b"x" * 32)
