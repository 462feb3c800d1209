"""Retained status on a real broker; an absent broker costs a retry."""

import gc
import socket
import threading
from collections.abc import Iterator

import psutil
import pytest

from domain.broker_address import BrokerAddress
from notify.mqtt_status import MqttStatusSender
from notify.sender import Verdict
from tests.brokers import PATIENCE_SECONDS, RunningBroker, wait_until
from tests.mqtt_clients import MqttClient
from vigil.broker_process import free_port

TOPIC = "vigil/status/tower/alarm/alarm-1"


@pytest.fixture
def sender(any_broker: RunningBroker) -> Iterator[MqttStatusSender]:
    made = MqttStatusSender(any_broker.collector, "vigil-status")
    yield made
    made.close()


def test_what_was_sent_is_there_for_whoever_subscribes_later(
    any_broker: RunningBroker, sender: MqttStatusSender
) -> None:
    for payload in (b'{"state":"UNACK"}', b'{"state":"ACKED"}'):
        assert sender.send("m1", TOPIC, payload, retain=True).verdict is Verdict.SENT
    with MqttClient(any_broker.panels, "panel") as panel:
        assert panel.subscribe(TOPIC) == [True]
        wait_until(lambda: panel.received != [], "the retained status")
        assert panel.payloads == ['{"state":"ACKED"}']
        assert panel.received[0].retain


def test_a_topic_with_a_wildcard_is_refused_for_good(sender: MqttStatusSender) -> None:
    assert sender.send("m1", "vigil/status/+", b"{}", retain=True).verdict is Verdict.REFUSED


def test_after_closing_no_socket_is_left(any_broker: RunningBroker) -> None:
    process = psutil.Process()
    gc.collect()  # what earlier tests left open is not counted
    before = process.num_fds()
    sender = MqttStatusSender(any_broker.collector, "vigil-status")
    assert sender.send("m1", TOPIC, b"{}", retain=True).verdict is Verdict.SENT
    assert process.num_fds() > before
    sender.close()
    # The supervisor of a broker in this process has a file open now and then.
    wait_until(lambda: process.num_fds() <= before, f"its sockets to be closed: {before} files were open before")


def test_an_absent_broker_is_tried_again() -> None:
    nowhere = MqttStatusSender(BrokerAddress("127.0.0.1", free_port("127.0.0.1")), "vigil-status", answer_seconds=0.2)
    attempt = nowhere.send("m1", TOPIC, b"{}", retain=True)
    nowhere.close()
    assert attempt.verdict is Verdict.RETRY
    assert "mqtt://127.0.0.1" in attempt.detail


def test_a_broker_that_hangs_costs_retries_and_no_message() -> None:
    """It lets us in and acknowledges nothing: the second message finds the first one still under way."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = threading.Thread(target=_let_in_and_hang, args=(listening,), daemon=True)
        answering.start()
        sender = MqttStatusSender(BrokerAddress(*listening.getsockname()), "vigil-status", answer_seconds=0.2)
        verdicts = [sender.send(name, f"vigil/status/{name}", b"{}", retain=True).verdict for name in ("m1", "m2")]
        sender.close()
        answering.join(PATIENCE_SECONDS)
    assert verdicts == [Verdict.RETRY, Verdict.RETRY]


def _let_in_and_hang(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(bytes((0x20, 2, 0, 0)))  # CONNACK, accepted
        while connection.recv(1024):
            pass
