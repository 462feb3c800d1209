"""What Vigil asks of any broker, bundled or by URL: a session that keeps messages, and rights."""

import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import RunningBroker
from tests.mqtt_clients import MqttClient
from vigil.broker_process import may_log_in


def test_a_session_keeps_messages_while_the_collector_is_away_and_over_a_clean_restart(
    any_broker: RunningBroker,
) -> None:
    with MqttClient(any_broker.collector, "collector", persistent=True) as collector:
        assert collector.subscribe("vigil/v1/+/+/scan") == [True]
    with MqttClient(any_broker.devices, "device") as device:
        device.publish_and_wait("vigil/v1/hq/gate/scan", "one")
    any_broker.stop()
    any_broker.start()
    with MqttClient(any_broker.devices, "device") as device:
        device.publish_and_wait("vigil/v1/hq/gate/scan", "two")
    with MqttClient(any_broker.collector, "collector", persistent=True) as collector:
        assert collector.session_present
        assert sorted(collector.wait_for(2)) == ["one", "two"]


def test_a_receipt_and_a_status_reach_those_they_are_for(any_broker: RunningBroker) -> None:
    with (
        MqttClient(any_broker.devices, "device") as device,
        MqttClient(any_broker.collector, "collector") as collector,
    ):
        assert device.subscribe("vigil/v1/hq/gate/receipt") == [True]
        collector.publish_and_wait("vigil/v1/hq/gate/receipt", "stored")
        collector.publish_and_wait("vigil/status/hq", "on watch", retain=True)
        assert device.wait_for(1) == ["stored"]


@pytest.mark.parametrize("username", ["collector", "devices", "nobody"])
def test_a_wrong_password_is_refused(any_broker: RunningBroker, username: str) -> None:
    assert not may_log_in(any_broker.collector.with_login(username, "wrong"))
    assert not may_log_in(BrokerAddress(any_broker.collector.host, any_broker.collector.port))


def test_a_killed_broker_comes_back_where_it_was(any_broker: RunningBroker) -> None:
    address = any_broker.collector
    any_broker.kill()
    any_broker.stop()
    assert not may_log_in(address)
    any_broker.start()
    assert any_broker.collector == address
    assert may_log_in(address)
