"""From publish to PUBACK on real brokers: nothing is acknowledged before it is stored, and nothing is lost."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest

from collector import message
from collector.credentials import CredentialKey
from collector.decode.bodies import EventBody
from collector.decode.native import Event, observe
from collector.ingest import Collector, SessionsNotPrepared, prepare_sessions, session_layout
from collector.session import SessionEvent
from collector.settings import CollectorSettings, Protocol, SessionSettings
from domain.broker_address import BrokerAddress
from domain.directory import Directory
from domain.identity import MessageIdentity
from domain.observations import CheckpointScan, Quarantined
from domain.readings import Readings
from domain.record import Record, Urgency
from journal.memory import MemoryJournal
from journal.ports import Stored
from tests.brokers import PATIENCE_SECONDS, RunningBroker, wait_until
from tests.collector.building import DIRECTORY, KEY, NOW, readings, scan
from tests.collector.journals import SteeredJournal
from tests.collector.running import (
    FAST,
    READINGS,
    SCAN,
    collecting,
    device,
    prepare,
    send_scans,
    spoken_protocol,
    wait_until_the_broker_has_read,
)
from tests.mqtt_clients import MqttClient
from vigil.broker_process import free_port


@pytest.fixture
def journal() -> Iterator[SteeredJournal]:
    journal = SteeredJournal()
    yield journal
    journal.close()


def test_end_to_end_every_kind_reaches_the_journal(any_broker: RunningBroker) -> None:
    journal = MemoryJournal()
    try:
        with collecting(any_broker, journal) as running, device(any_broker) as client:
            client.publish_and_wait(SCAN, json.dumps(scan()))
            client.publish_and_wait(READINGS, json.dumps(readings()))
            client.publish_and_wait(SCAN, "{broken")
            wait_until(lambda: running.collector.stats().acknowledged == 3, f"3 PUBACKs; {running.collector.stats()}")
            stats = running.collector.stats()
        records = journal.read(0, 10)
        assert Counter(type(record.body) for record in records) == {CheckpointScan: 1, Readings: 1, Quarantined: 1}
        assert (stats.received, stats.stored, stats.quarantined) == (3, 3, {"not_json": 1})
    finally:
        journal.close()


def test_nothing_is_acknowledged_before_it_is_stored(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    prepare(any_broker)
    journal.hold()
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        send_scans(client, range(1, 21))
        wait_until(lambda: journal.submitted >= 20, "20 records to wait for the journal")
        assert running.collector.stats().acknowledged == 0
        assert sum(running.collector.stats().waiting.values()) == 20
        assert running.collector.idle_seconds() == 0.0
    # The broker is the judge: what it was not acknowledged, it delivers to the session's next connection.
    with _session(any_broker) as session:
        session.wait_for(20)
        assert {json.loads(payload)["seq"] for payload in session.payloads} == set(range(1, 21))


def test_what_is_stored_is_acknowledged_and_does_not_come_again(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        send_scans(client, range(1, 21))
        wait_until(lambda: running.collector.stats().acknowledged == 20, "20 PUBACKs")
        wait_until_the_broker_has_read(running)
    with _session(any_broker) as session, device(any_broker) as client:
        send_scans(client, range(21, 22))
        session.wait_for(1)
        assert [json.loads(payload)["seq"] for payload in session.payloads] == [21]


def test_a_journal_that_fails_and_recovers_loses_nothing(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        send_scans(client, range(1, 11))
        wait_until(lambda: journal.seqs() == set(range(1, 11)), "the first ten")
        journal.fail()
        send_scans(client, range(11, 31))
        wait_until(lambda: running.collector.stats().dropped_links >= 2, "links to be given up")
        assert journal.seqs() == set(range(1, 11))
        journal.go_on()
        send_scans(client, range(31, 41))
        wait_until(lambda: journal.seqs() == set(range(1, 41)), "all forty")
        wait_until(lambda: not any(running.collector.stats().waiting.values()), "every acknowledgement")
        assert running.told(SessionEvent.THREAD_DIED) == []
        assert any("disk full" in detail for detail in running.told(SessionEvent.DISCONNECTED))


def test_a_restart_keeps_the_sessions(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    with collecting(any_broker, journal):
        pass
    with device(any_broker) as client:
        send_scans(client, range(1, 11))
        client.publish_and_wait(READINGS, json.dumps(readings()))
    settings = msgspec.structs.replace(FAST, expect_sessions=True)
    with collecting(any_broker, journal, settings=settings) as running:
        wait_until(lambda: journal.seqs() == {*range(1, 11), 901}, "what was sent meanwhile")
        assert running.told(SessionEvent.SESSION_LOST) == []
        assert len(running.told(SessionEvent.CONNECTED)) == 2
        assert all("session_present=True" in detail for detail in running.told(SessionEvent.CONNECTED))


def test_prepared_sessions_keep_what_comes_before_the_collector(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    prepare(any_broker)
    with device(any_broker) as client:
        send_scans(client, range(1, 6))
    prepare(any_broker)
    with collecting(any_broker, journal):
        wait_until(lambda: journal.seqs() == set(range(1, 6)), "all five")


def test_a_session_that_the_broker_forgot_is_told(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    settings = msgspec.structs.replace(FAST, expect_sessions=True)
    with collecting(any_broker, journal, settings=settings) as running:
        assert len(running.told(SessionEvent.SESSION_LOST)) == 2


def test_poison_among_good_stops_nobody(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    poison = ["", "{", "[" * 60_000, '{"device":NaN}', "\0", json.dumps(scan(device="phone-8")), "x" * 70_000]
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        for seq, payload in enumerate(poison, start=1):
            client.publish(SCAN, payload)
            client.publish(SCAN, json.dumps(scan(seq=seq)))
        wait_until(lambda: running.collector.stats().acknowledged == 2 * len(poison), "every PUBACK")
        assert journal.seqs() == set(range(1, len(poison) + 1))
        assert len(journal.reasons()) == len(poison)
        assert running.told(SessionEvent.DISCONNECTED) == []


def test_a_fault_of_the_decoder_is_quarantined_and_the_neighbour_goes_on(
    mosquitto_broker: RunningBroker, journal: SteeredJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_13(body: EventBody, site: str, key: CredentialKey) -> Event:
        if body.seq == 13:
            raise ZeroDivisionError("unlucky")
        return observe(body, site, key)

    monkeypatch.setattr(message, "observe", fail_on_13)
    with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
        send_scans(client, range(12, 15))
        wait_until(lambda: running.collector.stats().acknowledged == 3, "every PUBACK")
        assert journal.seqs() == {12, 14}
        assert journal.reasons() == ["decoder_fault"]


def test_a_record_the_journal_can_never_hold_is_quarantined(
    mosquitto_broker: RunningBroker, journal: SteeredJournal
) -> None:
    journal.refuse_for_good(CheckpointScan)
    with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
        send_scans(client, range(1, 3))
        wait_until(lambda: running.collector.stats().acknowledged == 2, "every PUBACK")
        assert journal.reasons() == ["unstorable"] * 2
        assert running.collector.stats().quarantined == {"unstorable": 2}
        # Where not even that is possible the message stays with the broker.
        journal.refuse_for_good(CheckpointScan, Quarantined)
        send_scans(client, range(3, 4))
        wait_until(lambda: running.collector.stats().dropped_links > 0, "the link to be given up")
        journal.refuse_for_good()
        wait_until(lambda: journal.seqs() == {3}, "the message to come again")


def test_a_fault_outside_the_decoder_drops_the_link_and_the_message_comes_again(
    mosquitto_broker: RunningBroker, journal: SteeredJournal
) -> None:
    failures = iter([RuntimeError("no configuration yet")] * 2)

    def directory() -> Directory:
        for failure in failures:
            raise failure
        return DIRECTORY

    with collecting(mosquitto_broker, journal, directory=directory) as running, device(mosquitto_broker) as client:
        send_scans(client, range(1, 2))
        wait_until(lambda: journal.seqs() == {1}, "the message to come again")
        assert running.collector.stats().dropped_links == 2
        assert running.told(SessionEvent.THREAD_DIED) == []


# SystemExit passes every `except Exception`, and threading ends a thread on it without a word; pytest notices.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fault", [SystemExit(), RuntimeError("the clock is gone")], ids=["thread", "callback"])
def test_a_dead_network_thread_is_told_and_started_anew(
    mosquitto_broker: RunningBroker, journal: SteeredJournal, fault: BaseException
) -> None:
    faults = iter([fault])

    def clock() -> int:
        for failure in faults:
            raise failure
        return NOW

    with collecting(mosquitto_broker, journal, clock=clock) as running, device(mosquitto_broker) as client:
        send_scans(client, range(1, 2))
        wait_until(lambda: journal.seqs() == {1}, "the message to come again")
        assert len(running.told(SessionEvent.THREAD_DIED)) == 1
        assert len(running.told(SessionEvent.DISCONNECTED)) == 1


def test_late_acknowledgements_of_an_earlier_connection_are_dropped(
    mosquitto_broker: RunningBroker, journal: SteeredJournal
) -> None:
    prepare(mosquitto_broker)
    journal.hold()
    with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
        send_scans(client, range(1, 6))
        wait_until(lambda: journal.submitted == 5, "five records in the journal's hands")
        events = running.collector._sessions[0]
        link = events._link
        assert link is not None
        link.drop("a test cuts it")
        # The same five messages, with the same message ids, on a new connection.
        wait_until(lambda: journal.submitted == 10, "the five to come again")
        journal.go_on()
        wait_until(lambda: running.collector.stats().stored == 10, "all ten records")
        wait_until(lambda: running.collector.stats().acknowledged == 5, "five PUBACKs")
        assert running.collector.stats().stale == 5
        assert journal.identities() == {MessageIdentity("phone-7", "b3f1", seq): 2 for seq in range(1, 6)}


def test_a_repetition_on_a_live_connection_waits_for_the_first_copy(
    bundled_broker: RunningBroker, journal: SteeredJournal
) -> None:
    # nats-server repeats after its ack_wait, 5 s as the product sets it.
    journal.hold()
    with collecting(bundled_broker, journal) as running, device(bundled_broker) as client:
        send_scans(client, range(1, 4))
        wait_until(lambda: running.collector.stats().still_waiting >= 3, "the broker to repeat")
        journal.go_on()
        wait_until(lambda: running.collector.stats().acknowledged == 3, "three PUBACKs")
        send_scans(client, range(4, 5))
        wait_until(lambda: journal.seqs() == {1, 2, 3, 4}, "the next message")
        assert journal.submitted == 4
        assert running.collector.stats().stale == 0


def test_the_broker_may_die_and_come_back(mosquitto_broker: RunningBroker, journal: SteeredJournal) -> None:
    with collecting(mosquitto_broker, journal) as running:
        mosquitto_broker.kill()
        wait_until(lambda: not running.collector.connected(), "the loss to be noticed")
        assert running.collector.idle_seconds() == 0.0
        mosquitto_broker.start()
        running.wait_connected()
        with device(mosquitto_broker) as client:
            send_scans(client, range(1, 4))
        wait_until(lambda: journal.seqs() == {1, 2, 3}, "what is sent afterwards")
        # It was killed before it wrote its sessions to disk.
        assert len(running.told(SessionEvent.SESSION_LOST)) == 2


def test_retained_messages_are_quarantined_once_not_at_each_reconnection(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    with device(any_broker) as client:
        client.publish_and_wait(SCAN, json.dumps(scan()), retain=True)
    with collecting(any_broker, journal) as running:
        wait_until(lambda: journal.reasons() == ["retained"], "the retained message")
        link = running.collector._sessions[0]._link
        assert link is not None
        link.drop("a test cuts it")
        wait_until(lambda: len(running.told(SessionEvent.CONNECTED)) == 3, "the reconnection")
        with device(any_broker) as client:
            send_scans(client, range(2, 3))
        wait_until(lambda: journal.seqs() == {2}, "the next message")
        assert journal.reasons() == ["retained"]


def test_qos_0_is_taken_and_counted(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        client.paho.publish(SCAN, json.dumps(scan()), qos=0)
        wait_until(lambda: journal.seqs() == {17}, "the message")
        stats = running.collector.stats()
        assert (stats.unacknowledged_qos, stats.acknowledged, stats.shed) == (1, 0, 0)


def test_under_overload_only_qos_0_readings_are_shed(mosquitto_broker: RunningBroker, journal: SteeredJournal) -> None:
    journal.hold()
    settings = msgspec.structs.replace(FAST, shed_above=5)
    with collecting(mosquitto_broker, journal, settings=settings) as running, device(mosquitto_broker) as client:
        for seq in range(1, 31):
            client.paho.publish(READINGS, json.dumps(readings(seq=seq)), qos=0)
        wait_until(lambda: running.collector.stats().shed == 24, f"24 to be shed; {running.collector.stats()}")
        for seq in range(31, 41):
            client.paho.publish(SCAN, json.dumps(scan(seq=seq)), qos=0)
        client.publish_and_wait(READINGS, json.dumps(readings(seq=41)))
        wait_until(lambda: journal.submitted == 17, "scans and QoS 1 readings to be taken")
        journal.go_on()
        wait_until(lambda: journal.seqs() == {*range(1, 7), *range(31, 42)}, "what was taken")


def test_the_newest_protocol_both_speak_is_spoken(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    with collecting(any_broker, journal) as running:
        newest = Protocol.V311 if any_broker.name == "bundled" else Protocol.V5
        assert spoken_protocol(running) == {newest}


def test_the_protocol_can_be_settled(mosquitto_broker: RunningBroker, journal: SteeredJournal) -> None:
    settings = msgspec.structs.replace(FAST, protocol=Protocol.V311)
    with collecting(mosquitto_broker, journal, settings=settings) as running, device(mosquitto_broker) as client:
        assert spoken_protocol(running) == {Protocol.V311}
        send_scans(client, range(1, 3))
        wait_until(lambda: running.collector.stats().acknowledged == 2, "every PUBACK")


def test_idle_seconds_count_from_the_last_message(mosquitto_broker: RunningBroker, journal: SteeredJournal) -> None:
    with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
        wait_until(lambda: running.collector.idle_seconds() > 0.2, "some silence")
        began = time.monotonic()
        send_scans(client, range(1, 2))
        wait_until(lambda: running.collector.stats().acknowledged == 1, "the PUBACK")
        idle = running.collector.idle_seconds()
        assert idle <= time.monotonic() - began, "the silence before the message does not count"


def test_the_journal_gets_scans_and_readings_by_their_own_urgency(mosquitto_broker: RunningBroker) -> None:
    journal = Ordered()
    try:
        with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
            client.publish_and_wait(SCAN, json.dumps(scan()))
            client.publish_and_wait(READINGS, json.dumps(readings(points=["chw-flow", "x"], values=[1, 2])))
            wait_until(lambda: running.collector.stats().acknowledged == 2, "every PUBACK")
    finally:
        journal.close()
    assert sorted(journal.order) == [("checkpoint_scan", "event"), ("quarantined", "reading"), ("readings", "reading")]


def test_sessions_that_cannot_be_made_say_why(any_broker: RunningBroker) -> None:
    address = any_broker.collector
    wrong = BrokerAddress(address.host, address.port, "collector", "wrong-password")
    with pytest.raises(SessionsNotPrepared, match="session 'vigil-events'") as refused:
        prepare_sessions(wrong, FAST)
    assert "wrong-password" not in str(refused.value)


def test_rights_that_do_not_suffice_are_no_session(bundled_broker: RunningBroker) -> None:
    with pytest.raises(SessionsNotPrepared, match="rights"):
        prepare_sessions(bundled_broker.devices, FAST)


def test_an_absent_broker_is_told_and_tried_again_until_stop(journal: SteeredJournal, unused_port: int) -> None:
    told: list[SessionEvent] = []
    enough = threading.Event()

    def on_event(event: SessionEvent, _: str) -> None:
        told.append(event)
        if len(told) >= 6:
            enough.set()
        raise RuntimeError("a listener's fault ends nothing")

    nobody = BrokerAddress("127.0.0.1", unused_port)
    collector = Collector(
        nobody, lambda: DIRECTORY, journal, lambda: NOW, CollectorSettings(session=FAST), key=KEY, on_event=on_event
    )
    collector.start()
    assert enough.wait(PATIENCE_SECONDS)
    assert not collector.connected()
    assert collector.stop(10)
    assert set(told) == {SessionEvent.DISCONNECTED}


def test_the_layout_of_the_sessions_has_a_name() -> None:
    assert session_layout(FAST) == session_layout(SessionSettings())
    assert session_layout(SessionSettings(instance="other")) != session_layout(FAST)


@pytest.fixture
def unused_port() -> int:
    return free_port("127.0.0.1")


class Ordered(MemoryJournal):
    """Notes with which urgency each type of record came."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[tuple[str, str]] = []

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        self.order.append((record.type, str(urgency)))
        super().submit(record, urgency, stored)


def _session(broker: RunningBroker) -> MqttClient:
    """The collector's events session, taken over by another client that acknowledges everything."""
    return MqttClient(broker.collector, "vigil-events", persistent=True)
