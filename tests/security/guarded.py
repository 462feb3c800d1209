"""A bundled broker with two devices that have credentials of their own, and the collector's sessions on it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from paho.mqtt.enums import MQTTErrorCode

from domain.broker_address import BrokerAddress
from domain.instant import Instant
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.mqtt_clients import MqttClient, is_acknowledged
from vigil.broker import CREDENTIALS_FILE, BrokerEvent, BundledBroker
from vigil.broker_config import BrokerTls
from vigil.device_credentials import DeviceCredentials

EVENTS = ("vigil/v1/+/+/scan", "vigil/v1/+/+/access", "vigil/v1/+/+/status")
NOW: Instant = 1_795_000_000_000_000
A = "phone-7"
B = "gw-4"
A_SCAN = f"vigil/v1/hq/{A}/scan"
B_SCAN = f"vigil/v1/hq/{B}/scan"


class Guarded:
    """The broker, its file of credentials, what it told, and a way in for each."""

    def __init__(self, directory: Path, *, shared_login: bool = True, tls: BrokerTls | None = None) -> None:
        self.events: list[tuple[BrokerEvent, str]] = []
        self.broker = BundledBroker(
            directory,
            shared_login=shared_login,
            tls=tls,
            on_event=lambda event, detail: self.events.append((event, detail)),
        )
        self.credentials = DeviceCredentials(directory / CREDENTIALS_FILE)
        self.addresses: dict[str, BrokerAddress] = {}
        self._passwords: dict[str, str] = {}

    @property
    def secret_id(self) -> str:
        """The client id of the collector's session, which nobody else can know."""
        return f"vigil-events-{self.broker.claim().sessions}"

    def start(self) -> None:
        self.broker.start(self._prepare)
        for device, password in self._passwords.items():
            self.addresses[device] = self.broker.address.with_login(device, password)

    def add(self, device: str, site: str = "hq", *, replace: bool = False) -> BrokerAddress:
        made = self.credentials.add(site, device, NOW, replace=replace)
        self._passwords[device] = made.password
        if self.broker.is_alive():
            self.wait_in_force()
            self.addresses[device] = self.broker.address.with_login(device, made.password)
        return self.addresses.get(device, BrokerAddress("127.0.0.1", 1))

    def revoke(self, device: str, site: str = "hq") -> None:
        self.credentials.revoke(site, device, NOW)
        self.wait_in_force()

    def wait_in_force(self) -> None:
        wait_until(self.credentials.is_in_force, "the broker to load the credentials")

    def device(self, name: str, client_id: str = "", *, persistent: bool = False) -> MqttClient:
        return MqttClient(self.addresses[name], client_id, persistent=persistent)

    def shared(self, client_id: str = "") -> MqttClient:
        return MqttClient(self.broker.device_address, client_id)

    def collector(self) -> MqttClient:
        return MqttClient(self.broker.address, self.secret_id, persistent=True)

    def told(self, event: BrokerEvent) -> list[str]:
        return [detail for told, detail in list(self.events) if told is event]

    def wait_for_refusals(self, sort: str, count: int) -> None:
        what = f"{count} of {sort} to be counted: {self.broker.refusals}"
        wait_until(lambda: self.broker.refusals[sort] >= count, what)

    def received(self, *, until: str, sender: str = A) -> list[tuple[str, str]]:
        """Publish a last word as one device and give all that the collector got up to it, topics with payloads."""
        with self.device(sender) as link, self.collector() as collector:
            link.publish_and_wait(f"vigil/v1/hq/{sender}/scan", until)
            link.publish_and_wait(f"vigil/v1/hq/{sender}/access", until)
            link.publish_and_wait(f"vigil/v1/hq/{sender}/status", until)
            # Order holds within a filter only, so the last word is said on each.
            wait_until(lambda: collector.payloads.count(until) == len(EVENTS), f"'{until}' on each filter")
            return [(message.topic, message.payload.decode()) for message in collector.received]

    def _prepare(self, address: BrokerAddress) -> None:
        with MqttClient(address, self.secret_id, persistent=True, acknowledge=False) as collector:
            assert collector.subscribe(*EVENTS) == [True] * len(EVENTS)


@contextmanager
def guarded(directory: Path, *, shared_login: bool = True, devices: tuple[str, ...] = (A, B)) -> Iterator[Guarded]:
    """Start with these devices; what a test plants must be in place before."""
    made = Guarded(directory / "broker", shared_login=shared_login)
    for device in devices:
        made.add(device)
    try:
        made.start()
        yield made
    finally:
        made.broker.stop()


def is_cut(link: MqttClient) -> bool:
    """Whether the link has ended. paho alone does not always say so: it believes itself connected after a late CONNACK
    that refuses, which is how nats-server ends a link whose password has changed.
    """
    return link.paho.socket() is None or not link.paho.is_connected()


def end_without_goodbye(link: MqttClient) -> None:
    """Close the connection under the client, so that the broker sends the will."""
    connection = link.paho.socket()
    assert connection is not None
    link.paho.loop_stop()
    connection.close()


class Chatter:
    """A device that goes on publishing until its link ends, and knows what was acknowledged."""

    def __init__(self, link: MqttClient, topic: str) -> None:
        self.acknowledged: list[str] = []
        self._link = link
        self._topic = topic
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self._is_over():
            number = str(len(self.acknowledged) + 1)
            info = self._link.publish(self._topic, number)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return  # The link ended just now.
            wait_until(lambda: is_acknowledged(info) or self._is_over(), "a PUBACK or the end")  # noqa: B023
            if is_acknowledged(info):
                self.acknowledged.append(number)

    def _is_over(self) -> bool:
        return self._enough.is_set() or is_cut(self._link)
