"""Quarantined messages can be looked at while Vigil runs, and replayed after a fix without counting anything twice."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.configuration import Configuration
from domain.effects import ENGINE_FAULT, DuplicateIgnored, QuarantineAdded, ScanJudged
from domain.instant import MILLISECOND
from domain.observations import Quarantined
from domain.record import Record, Urgency
from journal.chain import load_or_create_key
from journal.sqlite_journal import SqliteJournal
from tests.rules.estate import SITE, changed_site, configured
from tests.runtime.poison import POISON, plant
from tests.samples import NOW
from tests.vigil.lived_data import LivedData
from tests.vigil.running_service import one_sentence, vigil, vigil_here
from vigil.commands.quarantine import NothingQuarantined, ServiceRuns, plain, run_list, run_replay, run_show
from vigil.data_folder import DataFolder
from vigil.quarantine_replay import Fate, Replayed, replay_quarantined
from vigil.verifying.whole import journal_key, verify_data

UNKNOWN_PHONE = configured(site=changed_site("devices", "phone", id="another"))
ONE_POINT = configured(site=changed_site("devices", "gateway", points=("flow",)))
NO_POINT = configured(site=changed_site("devices", "gateway", points=("other",)))
CONFIG = """\
site:
  id: tower
  name: Tower
  timezone: Asia/Shanghai
  zones: [{id: ground, name: Ground}]
  checkpoints: [{id: gate, zone: ground, name: Gate}]
  devices: [{id: phone, kind: phone, name: Phone}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


def quarantined(data: LivedData) -> list[int]:
    data.settle()
    return [effect.cause for effect in data.effects() if isinstance(effect.body, QuarantineAdded)]


def replayed(root: Path, configuration: Configuration, *seqs: int, parked: tuple[int, ...] = ()) -> list[Replayed]:
    """Replay while nothing runs, as the command does."""
    with LivedData(root, configuration=configuration) as data:
        return replay_quarantined(data.journal, data.decoder, data.directory, seqs, parked)


def fates(answers: list[Replayed]) -> list[Fate]:
    return [answer.fate for answer in answers]


def flows(root: Path, configuration: Configuration) -> dict[str, list[float]]:
    with LivedData(root, configuration=configuration) as data:
        data.settle()
        return {
            point: data.historian.series(point, 0, 2**60, 1000).mean.tolist() for point in ("flow", "heat", "level")
        }


def test_a_message_of_a_device_that_was_unknown_counts_once_it_is_listed(root: Path) -> None:
    with LivedData(root, configuration=UNKNOWN_PHONE) as data:
        data.send("phone", "scan", officer="li", checkpoint="gate", method="nfc")
        (seq,) = quarantined(data)
    assert fates(replayed(root, UNKNOWN_PHONE, seq)) == [Fate.REFUSED]
    (answer,) = replayed(root, configured(), seq)
    assert (answer.fate, len(answer.records)) == (Fate.REPLAYED, 1)
    assert fates(replayed(root, configured(), seq)) == [Fate.ALREADY]
    with LivedData(root) as data:
        scans = [effect for effect in data.effects() if isinstance(effect.body, ScanJudged)]
        assert [effect.body.scanned_at for effect in scans] == [NOW]  # type: ignore[union-attr]
        record = data.journal.record(answer.records[0])
        assert record is not None
        assert (record.cause, record.received_at, record.source) == (seq, NOW, "phone")
    folder = DataFolder(root)
    assert verify_data(folder, journal_key(folder)).flaws == []


def test_a_message_that_the_device_has_sent_again_since_is_a_duplicate(root: Path) -> None:
    scan: dict[str, Any] = {"officer": "li", "checkpoint": "gate", "method": "nfc"}
    with LivedData(root, configuration=UNKNOWN_PHONE) as data:
        data.send("phone", "scan", **scan)
        (seq,) = quarantined(data)
    with LivedData(root) as data:
        data.send("phone", "scan", seq=1, **scan)
    replayed(root, configured(), seq)
    with LivedData(root) as data:
        bodies = [effect.body for effect in data.effects()]
    assert sum(isinstance(body, ScanJudged) for body in bodies) == 1
    assert sum(isinstance(body, DuplicateIgnored) for body in bodies) == 1


def test_of_a_partly_accepted_message_only_the_rest_is_taken(root: Path) -> None:
    with LivedData(root, configuration=ONE_POINT) as data:
        at = [NOW // MILLISECOND - 1, NOW // MILLISECOND, NOW // MILLISECOND]
        data.send("gateway", "readings", points=["flow", "heat", "flow"], values=[1.0, 20.0, 2.0], at=at)
        (seq,) = quarantined(data)
    assert flows(root, ONE_POINT) == {"flow": [1.0, 2.0], "heat": [], "level": []}
    assert fates(replayed(root, ONE_POINT, seq)) == [Fate.ALREADY]
    assert fates(replayed(root, configured(), seq)) == [Fate.REPLAYED]
    assert fates(replayed(root, configured(), seq)) == [Fate.ALREADY]
    assert flows(root, configured()) == {"flow": [1.0, 2.0], "heat": [20.0], "level": []}


def test_of_a_message_with_two_values_at_one_time_nothing_is_left_to_take(root: Path) -> None:
    with LivedData(root) as data:
        data.send("gateway", "readings", points=["flow", "flow"], values=[1.0, 2.0])
        (seq,) = quarantined(data)
    assert flows(root, configured())["flow"] == [1.0, 2.0]
    assert fates(replayed(root, configured(), seq)) == [Fate.ALREADY]
    assert flows(root, configured())["flow"] == [1.0, 2.0]


def test_what_a_device_wrote_is_no_markup_in_the_list(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with LivedData(root) as data:
        data.raw("vigil/v1/tower/phone/scan", b'{"device": "phone", "boot": "b", "seq": 1, "[/b]": 1}')
        quarantined(data)
    assert run_list(str(root), reason=None, limit=10, as_json=False) == 0
    assert "[/b]" in capsys.readouterr().out


def with_level() -> Configuration:
    gateway = next(device for device in SITE.devices if device.id == "gateway")
    level = msgspec.structs.replace(SITE.points[0], id="level")
    devices = tuple(
        msgspec.structs.replace(gateway, points=("flow", "heat", "level")) if device.id == "gateway" else device
        for device in SITE.devices
    )
    return configured(site=msgspec.structs.replace(SITE, points=(*SITE.points, level), devices=devices))


def test_points_that_are_listed_one_after_the_other_come_in_one_after_the_other(root: Path) -> None:
    with LivedData(root, configuration=NO_POINT) as data:
        data.send("gateway", "readings", points=["flow", "heat", "level"], values=[1.0, 20.0, 3.0])
        (seq,) = quarantined(data)
    for configuration in (ONE_POINT, configured()):
        (answer,) = replayed(root, configuration, seq)
        assert answer.fate is Fate.REPLAYED
        assert "the rest is refused again (unlisted_points" in answer.detail
    assert fates(replayed(root, with_level(), seq)) == [Fate.REPLAYED]
    assert fates(replayed(root, with_level(), seq)) == [Fate.ALREADY]
    assert flows(root, with_level()) == {"flow": [1.0], "heat": [20.0], "level": [3.0]}


def test_a_partly_accepted_message_that_was_delivered_twice_is_completed_once(root: Path) -> None:
    with LivedData(root, configuration=ONE_POINT) as data:
        for _ in range(2):
            data.send("gateway", "readings", seq=1, points=["flow", "heat"], values=[1.0, 20.0])
            data.clock.race(5.0)
            data.clock.at -= 5_000_000  # the same claimed time again
        seqs = quarantined(data)
    assert len(seqs) == 2
    assert fates(replayed(root, configured(), *seqs)) == [Fate.REPLAYED, Fate.ALREADY]
    assert fates(replayed(root, configured(), seqs[1])) == [Fate.ALREADY]
    assert flows(root, configured())["heat"] == [20.0]


def test_what_was_masked_or_cut_cannot_be_replayed(root: Path) -> None:
    with LivedData(root, configuration=UNKNOWN_PHONE) as data:
        data.send("nobody", "access", door="front", event="granted", credential={"kind": "card", "number": "4711"})
        data.raw("vigil/v1/tower/phone/scan", b'{"officer":"' + b"x" * 10_000 + b'"}')
        seqs = quarantined(data)
    answers = replayed(root, configured(), *seqs)
    assert fates(answers) == [Fate.IMPOSSIBLE, Fate.IMPOSSIBLE]
    assert "credential numbers in it were masked" in answers[0].detail
    assert "only 8192 of its 10014 bytes were kept" in answers[1].detail


def test_a_record_that_was_passed_over_is_appended_as_it_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as defect, LivedData(root) as data:
        plant(defect)
        data.send("panel", "access", door="front", event="opened", reader=POISON)
        (seq,) = quarantined(data)
    assert "was not quarantined" in replayed(root, configured(), seq)[0].detail
    assert fates(replayed(root, configured(), seq, parked=(seq,))) == [Fate.REPLAYED]
    assert fates(replayed(root, configured(), seq, parked=(seq,))) == [Fate.ALREADY]
    with LivedData(root) as data:
        assert len(data.raised("forced")) == 1


def test_commands_and_what_is_not_there_are_not_replayed(root: Path) -> None:
    with LivedData(root) as data:
        data.settle()
    answers = replayed(root, configured(), 1, 999, parked=(1,))
    assert fates(answers) == [Fate.IMPOSSIBLE, Fate.IMPOSSIBLE]
    assert answers[0].detail == "engine_started belongs to its own time: ask for it again"
    assert "does not have it" in answers[1].detail


def test_a_retained_message_stays_refused(root: Path) -> None:
    body = Quarantined(
        topic="vigil/v1/tower/phone/scan", payload=b"{}", size=2, reason="retained", detail="", site="tower"
    )
    with LivedData(root) as data:
        record = Record(seq=0, body=body, event_time=NOW, received_at=NOW, source="phone", site="tower")
        seq = data.journal.append(record, Urgency.EVENT)
        (answer,) = replay_quarantined(data.journal, data.decoder, data.directory, [seq])
    assert (answer.fate, answer.detail.split(":")[0]) == (Fate.REFUSED, "retained")


def test_the_list_and_a_message_can_be_seen_while_vigil_runs(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with LivedData(root) as data:
        data.raw("vigil/v1/tower/phone/scan", b"{\x1b[2Jno json\xff")
        data.send("panel", "access", door="front", event="opened", reader=POISON)
        broken, parked = quarantined(data)
        assert run_list(str(root), reason=None, limit=10, as_json=True) == 0
        listed = msgspec.json.decode(capsys.readouterr().out)
        assert [(entry["seq"], entry["reason"]) for entry in listed] == [
            (parked, ENGINE_FAULT),
            (broken, "not_utf8"),
        ]
        assert run_list(str(root), reason=ENGINE_FAULT, limit=10, as_json=False) == 0
        assert "not_utf8" not in capsys.readouterr().out
        assert run_list(str(root), reason="oversize", limit=10, as_json=False) == 0
        assert "Nothing is in quarantine as 'oversize'." in capsys.readouterr().out
        assert run_show(str(root), broken, as_json=False) == 0
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert r"{\x1b[2Jno json\xff" in said
        assert run_show(str(root), broken, as_json=True) == 0
        shown = msgspec.json.decode(capsys.readouterr().out)
        assert base64.b64decode(shown["payload_base64"]) == b"{\x1b[2Jno json\xff"
        assert shown["replay"] == "possible"
        assert run_show(str(root), parked, as_json=True) == 0
        shown = msgspec.json.decode(capsys.readouterr().out)
        assert (shown["type"], shown["reason"]) == ("access_event", ENGINE_FAULT)
        assert POISON in shown["body"]
        with pytest.raises(NothingQuarantined, match=r"record 1 \(engine_started\) was not quarantined"):
            run_show(str(root), 1, as_json=False)
        with pytest.raises(NothingQuarantined, match="has no record 99"):
            run_show(str(root), 99, as_json=False)


def test_a_limit_ends_the_list(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with LivedData(root) as data:
        for _ in range(5):
            data.raw("nonsense", b"")
        seqs = quarantined(data)
    run_list(str(root), reason=None, limit=2, as_json=True)
    assert [entry["seq"] for entry in msgspec.json.decode(capsys.readouterr().out)] == [seqs[4], seqs[3]]


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "site.yaml").write_text(CONFIG)
    return str(tmp_path / "config")


def test_the_command_replays_by_reason_or_seq(root: Path, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    with LivedData(root, configuration=UNKNOWN_PHONE) as data:
        data.send("phone", "scan", officer="li", checkpoint="gate", method="nfc")
        data.raw("nonsense", b"")
        scan, nonsense = quarantined(data)
    assert run_replay(str(root), config, [], reason="unknown_device", as_json=True) == 0
    (answer,) = msgspec.json.decode(capsys.readouterr().out)
    assert (answer["seq"], answer["fate"]) == (scan, "replayed")
    assert run_replay(str(root), config, [nonsense], reason=None, as_json=False) == 1
    said = capsys.readouterr().out
    assert f"{nonsense}: refused again: bad_topic" in said
    assert "Nothing was appended." in said
    with pytest.raises(NothingQuarantined, match="nothing is quarantined for the reason 'no_such'"):
        run_replay(str(root), config, [], reason="no_such", as_json=False)


def test_while_vigil_runs_a_replay_says_what_to_do(root: Path, config: str, tmp_path: Path) -> None:
    with LivedData(root) as data:
        data.raw("nonsense", b"")
        (seq,) = quarantined(data)
        with pytest.raises(ServiceRuns, match="stop `vigil serve`"):
            run_replay(str(root), config, [seq], reason=None, as_json=False)
        answer = vigil("quarantine", "replay", str(seq), "--data", str(root), "--config", config, cwd=tmp_path)
    assert answer.returncode == 2
    assert one_sentence(answer.stderr)
    assert vigil_here("quarantine", "replay", "--data", str(root), cwd=tmp_path).returncode == 2


def test_the_journal_is_free_again_afterwards(root: Path, config: str) -> None:
    with LivedData(root) as data:
        data.raw("nonsense", b"")
        (seq,) = quarantined(data)
    run_replay(str(root), config, [seq], reason=None, as_json=True)
    folder = DataFolder(root)
    SqliteJournal(folder.journal, load_or_create_key(folder.journal_key), lambda: NOW).close()


def test_bytes_from_outside_do_nothing_to_a_terminal() -> None:
    assert plain("门\x1b[0m\n".encode()) == r"门\x1b[0m\n"
