"""`vigil raw`: what made no record is decoded again after the mapping was mended, once."""

import json
from pathlib import Path

import pytest

from collector.credentials import CredentialKey
from collector.raw_copies import RawCopies, RawCopy
from domain.observations import AccessEvent
from journal.chain import load_or_create_key
from journal.sqlite_journal import SqliteJournal
from tests.collector.building import NOW
from tests.vigil.running_service import write_site
from vigil.cli import app
from vigil.data_folder import DataFolder

FOREIGN = "foreign:\n  - format: zigbee2mqtt\n    devices:\n      back: {door: d-1}\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        app(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    (write_site(tmp_path / "config") / "foreign.yaml").write_text(FOREIGN)
    folder = DataFolder(tmp_path / "data")
    folder.make_keys_folder()
    journal = SqliteJournal(folder.journal, load_or_create_key(folder.journal_key), lambda: NOW)
    journal.close()
    copies = RawCopies(folder.raw, CredentialKey.load_or_create(folder.credential_key))
    for topic, made in (("zigbee2mqtt/back", 0), ("zigbee2mqtt/back", 1), ("zigbee2mqtt/lamp", 0)):
        copies.keep(RawCopy(at=NOW, topic=topic, payload=b'{"contact": false}', made=made))
    copies.close()
    return folder


def test_replay_gives_records_for_what_made_none_and_only_once(
    folder: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("raw", "replay", "--data", str(folder.root), "--config", str(folder.root.parent / "config"), "--json")
    assert json.loads(run(capsys, *asked)) == {"replayed": 1, "still_nothing": 1, "records": 1}
    assert json.loads(run(capsys, *asked)) == {"replayed": 0, "still_nothing": 1, "records": 0}
    journal = SqliteJournal(folder.journal, load_or_create_key(folder.journal_key), lambda: NOW)
    try:
        (record,) = journal.read(0, 10)
    finally:
        journal.close()
    assert isinstance(record.body, AccessEvent)
    assert (record.body.door, record.received_at, record.decoder) == ("d-1", NOW, "zigbee2mqtt/1")


def test_list_shows_them(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert "zigbee2mqtt/lamp (0 records)" in run(capsys, "raw", "list", "--data", str(folder.root))
    shown = json.loads(run(capsys, "raw", "list", "--data", str(folder.root), "--limit", "1", "--json"))
    assert [(each["topic"], each["made"]) for each in shown] == [("zigbee2mqtt/lamp", 0)]
