"""A bundled broker whose events are kept, with the two sessions that a collector has."""

import os
import signal
import threading
from pathlib import Path

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS
from tests.mqtt_clients import MqttClient
from vigil.broker import BrokerEvent, BundledBroker
from vigil.broker_config import BrokerLimits
from vigil.broker_process import may_log_in

SCANS = "vigil/v1/+/+/scan"
ACCESS = "vigil/v1/+/+/access"
READINGS = "vigil/v1/+/+/readings"


class Watched:
    """A broker with its events and the two sessions that the collector keeps."""

    def __init__(self, directory: Path, *, port: int = 0, limits: BrokerLimits | None = None) -> None:
        self.events: list[tuple[BrokerEvent, str]] = []
        self.restarted = threading.Event()
        self.prepared_at: list[BrokerAddress] = []
        self.device_admitted_while_preparing: list[bool] = []
        self.broker = BundledBroker(directory, port=port, limits=limits, on_event=self._on_event)

    def prepare(self, address: BrokerAddress) -> None:
        self.prepared_at.append(address)
        self.device_admitted_while_preparing.append(may_log_in(self.broker.device_address))
        with MqttClient(address, "collector-events", persistent=True, acknowledge=False) as events:
            assert events.subscribe(SCANS, ACCESS) == [True, True]
        with MqttClient(address, "collector-readings", persistent=True, acknowledge=False) as readings:
            assert readings.subscribe(READINGS) == [True]

    def start(self) -> None:
        self.broker.start(self.prepare)

    def kill_and_wait(self) -> None:
        self.restarted.clear()
        assert self.broker.pid is not None
        os.kill(self.broker.pid, signal.SIGKILL)
        assert self.restarted.wait(PATIENCE_SECONDS), self.events

    def told(self) -> list[BrokerEvent]:
        return [event for event, _ in self.events]

    def device(self, client_id: str = "device") -> MqttClient:
        return MqttClient(self.broker.device_address, client_id)

    def collector(self, *, acknowledge: bool = True) -> MqttClient:
        return MqttClient(self.broker.address, "collector-events", persistent=True, acknowledge=acknowledge)

    def _on_event(self, event: BrokerEvent, detail: str) -> None:
        self.events.append((event, detail))
        if event is BrokerEvent.RESTARTED:
            self.restarted.set()
