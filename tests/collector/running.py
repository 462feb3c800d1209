"""A collector on a real broker, with devices that publish and everything it tells."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collector.ingest import Collector, prepare_sessions
from collector.session import SessionEvent
from collector.settings import CollectorSettings, Protocol, SessionSettings
from domain.directory import Directory
from domain.instant import Instant
from journal.ports import JournalWriter
from tests.brokers import PATIENCE_SECONDS, RunningBroker, wait_until
from tests.collector.building import DIRECTORY, KEY, NOW, scan, topic_of
from tests.mqtt_clients import MqttClient

SCAN = topic_of("scan")
READINGS = topic_of("readings")
FAST = SessionSettings(first_pause=0.02, longest_pause=0.2, keepalive=5)


class RunningCollector:
    """Starts a collector, and keeps what it tells."""

    def __init__(
        self,
        broker: RunningBroker,
        journal: JournalWriter,
        *,
        settings: SessionSettings = FAST,
        directory: Callable[[], Directory] = lambda: DIRECTORY,
        clock: Callable[[], Instant] = lambda: NOW,
    ) -> None:
        self.events: list[tuple[SessionEvent, str]] = []
        self.collector = Collector(
            broker.collector,
            directory,
            journal,
            clock,
            CollectorSettings(session=settings),
            key=KEY,
            on_event=lambda event, detail: self.events.append((event, detail)),
        )

    def told(self, event: SessionEvent) -> list[str]:
        return [detail for told, detail in list(self.events) if told is event]

    def wait_connected(self) -> None:
        wait_until(self.collector.connected, f"both sessions to connect; told: {self.events}")


@contextmanager
def collecting(
    broker: RunningBroker,
    journal: JournalWriter,
    *,
    settings: SessionSettings = FAST,
    directory: Callable[[], Directory] = lambda: DIRECTORY,
    clock: Callable[[], Instant] = lambda: NOW,
) -> Iterator[RunningCollector]:
    running = RunningCollector(broker, journal, settings=settings, directory=directory, clock=clock)
    running.collector.start()
    try:
        running.wait_connected()
        yield running
    finally:
        assert running.collector.stop(10), f"threads that did not end: {threading.enumerate()}"


def prepare(broker: RunningBroker, settings: SessionSettings = FAST) -> None:
    prepare_sessions(broker.collector, settings)


def spoken_protocol(running: RunningCollector) -> set[Protocol]:
    """Which MQTT versions the present connections speak."""
    links = [session._link for session in running.collector._sessions]
    return {Protocol.V5 if link is not None and link._plan.protocol == 5 else Protocol.V311 for link in links}


def wait_until_the_broker_has_read(running: RunningCollector) -> None:
    """Have the broker answer something that was sent after every PUBACK: it reads a connection in order."""
    for session in running.collector._sessions:
        answered = threading.Event()
        link = session._link
        assert link is not None
        link._client.on_unsubscribe = lambda *_: answered.set()  # noqa: B023
        link._client.unsubscribe("vigil/v1/nobody/+/scan")
        assert answered.wait(PATIENCE_SECONDS), "no UNSUBACK"


@contextmanager
def device(broker: RunningBroker, client_id: str = "device") -> Iterator[MqttClient]:
    with MqttClient(broker.devices, client_id) as client:
        yield client


def send_scans(client: MqttClient, seqs: range) -> None:
    """Publish scans and wait for every PUBACK of the broker."""
    sent = [client.publish(SCAN, json.dumps(scan(seq=seq))) for seq in seqs]
    deadline = time.monotonic() + 20
    for info in sent:
        info.wait_for_publish(max(0.0, deadline - time.monotonic()))
        assert info.is_published(), "no PUBACK of the broker"
