"""Retained status on a real broker; an absent broker costs a retry."""

from collections.abc import Iterator

import pytest

from domain.broker_address import BrokerAddress
from notify.mqtt_status import MqttStatusSender
from notify.sender import Verdict
from tests.brokers import RunningBroker, wait_until
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


def test_an_absent_broker_is_tried_again() -> None:
    nowhere = MqttStatusSender(BrokerAddress("127.0.0.1", free_port("127.0.0.1")), "vigil-status", answer_seconds=0.2)
    attempt = nowhere.send("m1", TOPIC, b"{}", retain=True)
    nowhere.close()
    assert attempt.verdict is Verdict.RETRY
    assert "mqtt://127.0.0.1" in attempt.error
