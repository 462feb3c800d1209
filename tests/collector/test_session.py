"""Connections that go wrong: brokers that refuse, stay silent or vanish, and a thread that hangs."""

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import Mock

import msgspec
import pytest

from collector.link import Link
from collector.session import ProtocolChoice, Session, SessionEvent
from collector.settings import Protocol, SessionSettings
from domain.broker_address import BrokerAddress
from domain.record import Urgency
from tests.brokers import PATIENCE_SECONDS, RunningBroker, wait_until
from tests.collector.journals import SteeredJournal
from tests.collector.running import FAST, collecting, device, send_scans
from tests.collector.scripted_broker import (
    ACCEPTED_311,
    CONNECT,
    REFUSED_VERSION,
    SILENCE,
    SUBSCRIBE,
    ScriptedBroker,
    suback_311,
)


class Told:
    """A session on its own, and what it tells."""

    def __init__(self, address: BrokerAddress, settings: SessionSettings) -> None:
        self.events: list[tuple[SessionEvent, str]] = []
        self.session = Session(
            Urgency.EVENT, address, settings, lambda _link, _message: None, lambda *told: self.events.append(told)
        )

    def details(self, event: SessionEvent) -> list[str]:
        return [detail for told, detail in list(self.events) if told is event]


@contextmanager
def session_at(address: BrokerAddress, **changes: object) -> Iterator[Told]:
    settings = msgspec.structs.replace(FAST, **changes)
    told = Told(address, settings)
    told.session.start()
    try:
        yield told
    finally:
        told.session.leave()
        assert told.session.join(PATIENCE_SECONDS)


def grants(code: int, kind: int, body: bytes) -> bytes | None:
    """A broker of MQTT 3.1.1 that grants every subscription with this code."""
    if kind == CONNECT:
        return ACCEPTED_311 if body[6] == 4 else REFUSED_VERSION
    return suback_311(body, code) if kind == SUBSCRIBE else SILENCE


def test_a_refused_protocol_is_replaced_without_a_word() -> None:
    with ScriptedBroker(lambda *packet: grants(1, *packet)) as broker, session_at(broker.address) as told:
        wait_until(lambda: bool(told.events), "the session to tell something")
        assert told.session.connected()
        assert broker.levels == [5, 4]
        assert [event for event, _ in told.events] == [SessionEvent.CONNECTED]


def test_a_broker_that_closes_on_mqtt_5_without_a_word_gets_the_older_one() -> None:
    def answer(kind: int, body: bytes) -> bytes | None:
        return None if kind == CONNECT and body[6] == 5 else grants(1, kind, body)

    with ScriptedBroker(answer) as broker, session_at(broker.address) as told:
        wait_until(told.session.connected, f"the session to connect; {told.events}")
        assert broker.levels == [5, 4]


def test_a_broker_that_is_only_starting_does_not_settle_the_protocol() -> None:
    with ScriptedBroker(lambda *_: None) as broker, session_at(broker.address) as told:
        wait_until(lambda: len(broker.levels) >= 4, "four tries")
        assert broker.levels[:4] == [5, 4, 5, 4]
        assert not told.session.connected()


def test_a_settled_protocol_is_not_replaced() -> None:
    with (
        ScriptedBroker(lambda *packet: grants(1, *packet)) as broker,
        session_at(broker.address, protocol=Protocol.V5) as told,
    ):
        wait_until(lambda: len(broker.levels) >= 3, "three tries")
        assert set(broker.levels) == {5}
        assert "Unsupported protocol version" in told.details(SessionEvent.DISCONNECTED)[0]


@pytest.mark.parametrize("code", [0, 0x80])
def test_less_than_qos_1_is_not_enough(code: int) -> None:
    with ScriptedBroker(lambda *packet: grants(code, *packet)) as broker, session_at(broker.address) as told:
        wait_until(lambda: bool(told.details(SessionEvent.DISCONNECTED)), "the session to complain")
        assert "does not grant QoS 1 on vigil/v1/+/+/scan" in told.details(SessionEvent.DISCONNECTED)[0]
        assert told.details(SessionEvent.CONNECTED) == []


def test_a_broker_that_never_answers_is_left() -> None:
    with ScriptedBroker(lambda *_: SILENCE) as broker, session_at(broker.address, connect_timeout=0.3) as told:
        wait_until(lambda: len(broker.levels) >= 2, "a second try")
        assert "no answer" in told.details(SessionEvent.DISCONNECTED)[0]


def test_pauses_grow_to_their_bound() -> None:
    began = time.monotonic()
    with (
        ScriptedBroker(lambda *_: None) as broker,
        session_at(broker.address, first_pause=0.05, longest_pause=0.2),
    ):
        wait_until(lambda: len(broker.levels) >= 6, "six tries")
    # Half of 0.05 + 0.1 + 0.2 + 0.2 + 0.2 at least, with jitter.
    assert time.monotonic() - began > 0.37


def test_a_silent_link_is_noticed_and_made_anew(mosquitto_broker: RunningBroker) -> None:
    journal = SteeredJournal()
    settings = msgspec.structs.replace(FAST, keepalive=1)
    try:
        with collecting(mosquitto_broker, journal, settings=settings) as running:
            os.kill(mosquitto_broker.pid, signal.SIGSTOP)
            try:
                wait_until(lambda: not running.collector.connected(), "the silence to be noticed")
            finally:
                os.kill(mosquitto_broker.pid, signal.SIGCONT)
            running.wait_connected()
            with device(mosquitto_broker) as client:
                send_scans(client, range(1, 3))
            wait_until(lambda: journal.seqs() == {1, 2}, "what comes afterwards")
    finally:
        journal.close()


def test_descriptors_beyond_1023_do_not_matter(mosquitto_broker: RunningBroker) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1500
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    spare = os.open(os.devnull, os.O_RDONLY)
    held = [spare]
    journal = SteeredJournal()
    try:
        while max(held) < 1100:
            held.append(os.dup(spare))
        with collecting(mosquitto_broker, journal):
            # The device's client still waits with select: it must have a low descriptor.
            for descriptor in held[1:50]:
                os.close(descriptor)
            del held[1:50]
            with device(mosquitto_broker) as client:
                send_scans(client, range(1, 3))
            wait_until(lambda: journal.seqs() == {1, 2}, "both scans")
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        journal.close()


def test_a_thread_that_hangs_is_told_once_and_again_after_it_moved() -> None:
    with ScriptedBroker(lambda *packet: grants(1, *packet)) as broker, session_at(broker.address) as told:
        wait_until(told.session.connected, "the session to connect")
        real, link = told.session._link, Mock()
        # The real one's thread moves, and would say so between two of these lines.
        told.session._link = link
        for _ in range(2):
            for _ in range(3):
                link.alive_at = time.monotonic() - 31
                told.session.watch()
            link.alive_at = time.monotonic()
            told.session.watch()
        told.session._link = real
        assert len(told.details(SessionEvent.THREAD_HUNG)) == 2


def test_a_session_that_leaves_before_it_connects_ends() -> None:
    with ScriptedBroker(lambda *_: SILENCE) as broker:
        told = Told(broker.address, FAST)
        told.session.leave()
        told.session.start()
        assert told.session.join(PATIENCE_SECONDS)
        told.session.watch()
        assert told.events == []


def test_only_what_is_learnt_changes_the_choice() -> None:
    choice = ProtocolChoice(Protocol.AUTO)
    assert choice.current == 5
    link = object.__new__(Link)
    link.ready, link.protocol_refused, link.answered = True, False, True
    assert not choice.learn(link)
    # Once it has worked, a broker that restarts does not bring the older version back.
    link.ready, link.answered = False, False
    assert not choice.learn(link)
    assert choice.current == 5
