"""`vigil bench ingest`: the load is what it says, the figures count what they say, and a loss shows."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from collector.message import MessageDecoder
from domain.directory import Directory
from domain.instant import MINUTE
from domain.observations import Quarantined
from domain.readings import Readings
from domain.record import ConfigurationChanged, Record, Urgency
from domain.site_checks import check_portfolio
from journal.memory import MemoryJournal
from rules.engine import Engine
from rules.settings import check_rule
from tests.brokers import RunningBroker
from tests.collector.building import KEY
from tests.samples import NOW
from vigil.benching import broker_limit, cpu, ingest
from vigil.benching.broker_limit import LimitResult
from vigil.benching.generator import Order, Progress, publish
from vigil.benching.ingest import IngestResult, Plan, measure
from vigil.benching.local_mosquitto import local_mosquitto
from vigil.benching.watching import Found, Looks, find_messages
from vigil.benching.workload import FIRST_SEQ, Payload, Workload
from vigil.broker_config import BrokerError
from vigil.cli import main

PAYLOADS = list(Payload)
MESSAGES = 3_000


def records_of(workload: Workload, count: int) -> Iterator[Record]:
    """The first messages, as the collector makes records of them."""
    decoder = MessageDecoder(KEY)
    directory = Directory(workload.configuration())
    for message in range(count):
        turn, place = divmod(message, len(workload.senders))
        sender = workload.senders[place]
        payload = sender.bodies[turn % len(sender.bodies)] % (FIRST_SEQ + turn, NOW // 1000 + message)
        yield from decoder.decode_message(
            sender.topic, payload, retain=False, received_at=NOW + message * 1000, directory=directory
        )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_message_of_a_load_is_believed_and_known_by_its_number(payload: Payload) -> None:
    workload = Workload(payload)
    records = list(records_of(workload, MESSAGES))
    assert not [record.body for record in records if isinstance(record.body, Quarantined)]
    identities = [record.identity for record in records]
    assert [identity and workload.number(identity) for identity in identities] == list(range(MESSAGES))
    assert [workload.identity(message) for message in range(MESSAGES)] == identities
    readings = sum(len(record.body) for record in records if isinstance(record.body, Readings))
    assert readings / MESSAGES == pytest.approx(workload.readings_per_message(), rel=0.02)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_site_of_a_load_is_valid(payload: Payload) -> None:
    configuration = Workload(payload).configuration()
    (site,) = configuration.sites
    assert check_portfolio(configuration.sites) == []
    assert [problem for rule in configuration.rules for problem in check_rule(rule, site)] == []


def test_foreign_identities_are_no_messages_of_the_load() -> None:
    workload = Workload(Payload.SCANS)
    ours = workload.identity(0)
    assert workload.number(msgspec.structs.replace(ours, device="stranger")) is None
    assert workload.number(msgspec.structs.replace(ours, boot="other")) is None
    assert workload.number(msgspec.structs.replace(ours, seq=1)) is None


@pytest.fixture
def journal() -> Iterator[MemoryJournal]:
    journal = MemoryJournal()
    yield journal
    journal.close()


def test_what_is_not_in_the_journal_is_missing_and_what_came_twice_is_counted(journal: MemoryJournal) -> None:
    workload = Workload(Payload.READINGS50)
    sent = list(records_of(workload, 10))
    for record in [*sent[:4], *sent[5:], sent[2]]:
        journal.append(record, Urgency.READING)
    found = find_messages(journal, 0, workload, 10)
    assert np.flatnonzero(found.seq == 0).tolist() == [4]
    assert (found.repeated, found.quarantined) == (1, 0)
    assert found.readings[found.seq > 0].tolist() == [50] * 9


def test_quarantined_messages_are_counted(journal: MemoryJournal) -> None:
    workload = Workload(Payload.SCANS)
    refused = MessageDecoder(KEY).decode_message(
        "vigil/v1/bench/phone001/scan",
        b"{",
        retain=False,
        received_at=NOW,
        directory=Directory(workload.configuration()),
    )
    journal.append(refused[0])
    assert find_messages(journal, 0, workload, 10).quarantined == 1


def test_a_seq_counts_from_the_first_look_that_reaches_it() -> None:
    looks = Looks(at=[10, 20, 30], stored=[1, 4, 6], judged=[0, 1, 4])
    seqs = np.array([1, 2, 4, 5, 7])
    assert looks.first_reaching(looks.stored, seqs).tolist() == [10, 20, 20, 30, 0]
    assert looks.first_reaching(looks.judged, seqs).tolist() == [20, 30, 30, 0, 0]


def test_the_time_of_a_stage_is_its_threads(bundled_broker: RunningBroker) -> None:
    before = cpu.stage_seconds()
    sum(range(1_000_000))
    spent = cpu.between(before, cpu.stage_seconds())
    assert spent[cpu.MEASURING] > 0
    assert all(each >= 0 for each in spent.values())
    assert bundled_broker.pid
    assert cpu.broker_seconds() is not None


def test_a_load_sends_at_its_rate_and_keeps_its_distance(any_broker: RunningBroker, tmp_path: Path) -> None:
    address = any_broker.devices
    order = Order(
        host=address.host,
        port=address.port,
        username=address.username,
        password=address.password,
        tls=False,
        payload=Payload.DOORS,
        seconds=0.5,
        rate=400.0,
        progress=str(tmp_path / "progress"),
        result="",
        links=3,
    )
    sent = publish(order)
    # A machine that is busy with other things may let it fall behind its rate at the end, and never ahead.
    assert 100 <= np.count_nonzero(sent.due) <= 200 + order.links
    assert np.array_equal(sent.due > 0, sent.acknowledged > 0)
    # Nobody judges: it must stop at its distance.
    sent = publish(msgspec.structs.replace(order, rate=None))
    assert np.count_nonzero(sent.due) <= 4096


def test_progress_is_shared(tmp_path: Path) -> None:
    ours, theirs = Progress(tmp_path / "progress"), Progress(tmp_path / "progress")
    ours.judged = 1 << 40
    assert theirs.judged == 1 << 40


def bench(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str, what: str = "ingest"
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["vigil", "bench", what, *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(str(ended.value.code)), out, err


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "WARM_UP_SECONDS", 0.3)


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("broker", ["bundled", "mosquitto"])
def test_the_whole_path_is_measured_and_loses_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, broker: str
) -> None:
    arguments = ("--seconds", "2", "--broker", broker, "--payload", "mixed", "--rate", "150", "--json")
    status, out, err = bench(capsys, monkeypatch, *arguments)
    assert status == 0, err
    result = msgspec.json.decode(out, type=IngestResult)
    assert (result.lost, result.unacknowledged, result.unjudged, result.quarantined) == (0, 0, 0, 0)
    assert 150 <= result.sent <= 345 + 25
    assert result.messages_per_second > 0
    assert result.readings_per_second > result.messages_per_second
    stored, judged = result.latency_stored_ms.p50, result.latency_judged_ms.p99
    assert stored is not None
    assert judged is not None
    assert 0 < stored <= judged
    assert result.vigil_cpu_us == pytest.approx(sum(result.cpu_us.values()), rel=0.01)
    assert result.broker_cpu_us is not None


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("broker", ["mosquitto", pytest.param("bundled", marks=pytest.mark.long)])
def test_a_broker_is_measured_with_a_plain_consumer_and_with_vigil_in_turns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, broker: str
) -> None:
    if broker == "mosquitto":
        monkeypatch.setattr(broker_limit, "WARM_UP_SECONDS", 0.3)
    # The bundled one syncs each message: what others write to the disk may hold it up for seconds.
    arguments = (
        "--seconds",
        "2" if broker == "mosquitto" else "8",
        "--rounds",
        "1",
        "--broker",
        broker,
        "--payload",
        "doors",
        "--json",
    )
    status, out, err = bench(capsys, monkeypatch, *arguments, what="broker")
    assert status == 0, err
    result = msgspec.json.decode(out, type=LimitResult)
    assert result.lost == 0
    (plain,), (ours,) = result.plain, result.vigil
    assert plain.messages_per_second > 0
    assert plain.broker_cpu_us is not None
    assert result.share == pytest.approx(ours.messages_per_second / plain.messages_per_second, abs=0.001)


@pytest.mark.usefixtures("_short")
def test_a_lost_message_turns_it_red(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The planted bug: a journal from which one acknowledged message is gone."""

    def forgetful(*arguments: object) -> Found:
        found = find_messages(*arguments)  # type: ignore[arg-type]
        found.seq[7] = 0
        return found

    monkeypatch.setattr(ingest, "find_messages", forgetful)
    arguments = ("--seconds", "0.5", "--broker", "mosquitto", "--rate", "100", "--data", str(tmp_path))
    status, out, _ = bench(capsys, monkeypatch, *arguments)
    assert status == 1
    assert "1 of" in out


@pytest.mark.usefixtures("_short")
def test_a_broker_by_url_is_left_without_our_sessions(mosquitto_broker: RunningBroker, tmp_path: Path) -> None:
    with local_mosquitto(tmp_path / "broker") as address:
        url = f"mqtt://{address.host}:{address.port}"
        result = measure(Plan(seconds=0.5, broker=url, payload=Payload.SCANS, rate=50.0), tmp_path)
    assert result.lost == 0
    assert result.broker == "url"
    assert mosquitto_broker.pid


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--payload", "letters"), "--payload 'letters' is not known: give one of scans, doors, readings50, mixed"),
        (("--rate", "fast"), "--rate 'fast' is no rate"),
        (("--rate", "-1"), "--rate '-1' is no rate"),
        (("--data", "/nowhere/at/all"), "is not a folder"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    status, _, err = bench(capsys, monkeypatch, *arguments)
    assert status == 2
    assert complaint in err


def test_a_missing_mosquitto_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(BrokerError, match="apt-get install mosquitto"), local_mosquitto(tmp_path):
        pass


def test_the_load_raises_no_alarm() -> None:
    """What is measured is taking in and judging, not alarms."""
    workload = Workload(Payload.MIXED)
    engine = Engine()
    effects = _judge(engine, workload)
    assert {effect for effect in effects if effect.startswith(("alarm", "work_order", "rule_faulted"))} == set()
    assert {"scan_judged", "door_changed", "tour_run_changed"} <= effects


def _judge(engine: Engine, workload: Workload) -> set[str]:
    configuration = workload.configuration()
    changed = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
    first = Record(seq=1, body=changed, event_time=NOW - MINUTE, received_at=NOW - MINUTE, source="vigil")
    records = [msgspec.structs.replace(each, seq=seq) for seq, each in enumerate(records_of(workload, MESSAGES), 2)]
    return {effect.type for effect in engine.handle([first, *records]).effects}
