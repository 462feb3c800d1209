"""Receipts: a device is told when its message is stored, and not before."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from collector.intake import Delivery
from collector.message import MessageDecoder
from collector.receipts import MOST_RECEIPTS, SEQS_AT_ONCE, WaitingReceipts, receipt_topic
from domain.identity import MessageIdentity
from tests.brokers import RunningBroker, wait_until
from tests.collector.building import DOCS, KEY, decode, readings, scan, topic_of
from tests.collector.journals import SteeredJournal
from tests.collector.running import SCAN, RunningCollector, collecting, device, prepare
from tests.mqtt_clients import MqttClient

RECEIPT = receipt_topic(SCAN)
SCHEMA = Draft202012Validator(json.loads((Path(DOCS) / "schemas/native/receipt.schema.json").read_bytes()))


@pytest.fixture
def journal() -> Iterator[SteeredJournal]:
    journal = SteeredJournal()
    yield journal
    journal.close()


def identity(seq: int, boot: str = "b3f1") -> MessageIdentity:
    return MessageIdentity("phone-7", boot, seq)


def asking(seq: int) -> str:
    return json.dumps(scan(seq=seq) | {"receipt": True})


def numbers(client: MqttClient) -> list[int]:
    return [seq for payload in client.payloads for seq in json.loads(payload)["seqs"]]


def test_receipts_of_one_boot_are_one_message() -> None:
    waiting = WaitingReceipts()
    for seq in (3, 1, 3):
        assert waiting.add("t", identity(seq))
    waiting.add("t", identity(1, "b2"))
    assert len(waiting) == 4
    told = [(topic, json.loads(payload)) for topic, payload in waiting.take()]
    assert told == [("t", {"boot": "b3f1", "seqs": [3, 1, 3]}), ("t", {"boot": "b2", "seqs": [1]})]
    assert (len(waiting), waiting.take()) == (0, [])
    for _, receipt in told:
        SCHEMA.validate(receipt)


def test_long_receipts_are_cut_and_too_many_are_refused() -> None:
    waiting = WaitingReceipts()
    for seq in range(1, MOST_RECEIPTS + 1):
        assert waiting.add("t", identity(seq))
    assert not waiting.add("t", identity(0))
    lengths = [len(json.loads(payload)["seqs"]) for _, payload in waiting.take()]
    assert lengths == [SEQS_AT_ONCE] * (MOST_RECEIPTS // SEQS_AT_ONCE)
    assert waiting.add("t", identity(1))


@pytest.mark.parametrize(
    ("kind", "changed", "wanted"),
    [
        ("scan", {"receipt": True}, True),
        ("scan", {"receipt": False}, False),
        ("scan", {"receipt": None}, False),
        ("scan", {}, False),
        ("scan", {"receipt": True, "officer": ""}, False),
        ("scan", {"receipt": "yes"}, False),
    ],
    ids=str,
)
def test_who_asks_is_answered_unless_the_message_is_refused(kind: str, changed: dict[str, Any], wanted: bool) -> None:
    decoder = MessageDecoder(KEY)
    decode(SCAN, scan(receipt=True), decoder=decoder)
    decode(topic_of(kind), scan(seq=1) | changed, decoder=decoder)
    assert decoder.wants_receipt is wanted


def test_a_last_will_has_no_number_to_answer() -> None:
    decoder = MessageDecoder(KEY)
    will = {"device": "gw-4", "boot": "5e", "online": False, "reason": "will", "receipt": True}
    decode(topic_of("status"), will, decoder=decoder)
    assert not decoder.wants_receipt


def test_readings_may_ask_too_and_get_it_for_what_was_taken() -> None:
    decoder = MessageDecoder(KEY)
    decode(topic_of("readings"), readings(receipt=True, points=["chw-flow", "x", "y"]), decoder=decoder)
    assert decoder.wants_receipt
    decode(topic_of("readings"), readings(receipt=True, points=["x", "y", "z"]), decoder=decoder)
    assert not decoder.wants_receipt


def test_a_receipt_comes_after_the_commit_and_for_a_repetition_too(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    prepare(any_broker)
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        client.subscribe(RECEIPT)
        journal.hold()
        client.publish_and_wait(SCAN, asking(1))
        client.publish_and_wait(SCAN, json.dumps(scan(seq=2)))
        wait_until(lambda: journal.submitted == 2, "both scans to be submitted")
        assert client.received == []
        journal.go_on()
        client.wait_for(1)
        client.publish_and_wait(SCAN, asking(1))
        client.wait_for(2)
        assert numbers(client) == [1, 1]
        # The device may have it before the thread that gave it goes on to count it.
        wait_until(lambda: running.collector.stats().receipts == 2, "both receipts to be counted")
        assert [message.topic for message in client.received] == [RECEIPT, RECEIPT]


def test_what_is_not_stored_gets_no_receipt(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    prepare(any_broker)
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        client.subscribe(RECEIPT)
        journal.fail()
        client.publish_and_wait(SCAN, asking(1))
        wait_until(lambda: running.collector.stats().not_stored > 0, "the refusal")
        assert client.received == []
        journal.go_on()
        client.wait_for(1)
        assert set(numbers(client)) == {1}


def test_many_receipts_do_not_hold_up_the_messages(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    prepare(any_broker)
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        client.subscribe(RECEIPT)
        for seq in range(1, 1001):
            client.publish(SCAN, asking(seq))
        wait_until(lambda: len(set(numbers(client))) == 1000, "a thousand receipts")
        assert journal.seqs() == set(range(1, 1001))
        assert running.collector.stats().dropped_links == 0


def test_control_a_receipt_before_the_commit_is_found(
    mosquitto_broker: RunningBroker, journal: SteeredJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = Delivery.submit

    def hasty(self: Delivery, records: Any) -> None:  # noqa: ANN401 - as the original
        self._identity = records[0].identity
        self._give_receipt()
        submit(self, records)

    monkeypatch.setattr(Delivery, "submit", hasty)
    prepare(mosquitto_broker)
    with collecting(mosquitto_broker, journal), device(mosquitto_broker) as client:
        client.subscribe(RECEIPT)
        journal.hold()
        client.publish_and_wait(SCAN, asking(1))
        client.wait_for(1)
        assert journal.seqs() == set()
        journal.go_on()


def test_a_link_that_has_ended_gives_none(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    running = RunningCollector(any_broker, journal)
    (session, _) = running.collector._sessions
    running.collector.start()
    running.wait_connected()
    link = session._link
    assert link is not None
    assert running.collector.stop(10)
    assert not link.give_receipt(RECEIPT, identity(1))
