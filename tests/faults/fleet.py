"""Devices in the test's own process: they count, keep what is not acknowledged, and send it again on a new link."""

import threading
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import BrokerAddress
from domain.identity import MessageIdentity
from simulators.device import Message
from tests.faults.ledger import Ledger

LINKS: Final = 4
IN_FLIGHT: Final = 100
"""Messages of one link that may wait for their PUBACK; the rest waits in the device."""

KEEPALIVE: Final = 5


class Link:
    """One connection that carries some of the devices, in order; paho sends again what was not acknowledged.

    paho would let a new message overtake those that wait for room, so it gets no more than it may send at once.
    """

    def __init__(self, address: BrokerAddress, name: str, ledger: Ledger, keepalive: int) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._in_hand: dict[int, MessageIdentity] = {}
        self._early: set[int] = set()
        self._queue: SimpleQueue[Message | None] = SimpleQueue()
        self._room = threading.Semaphore(IN_FLIGHT)
        self._closing = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311)
        self._client.username_pw_set(address.username, address.password)
        self._client.max_inflight_messages_set(IN_FLIGHT)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._published
        self._client.connect_async(address.host, address.port, keepalive)
        self._client.loop_start()
        self._feeder = threading.Thread(target=self._feed, name=name, daemon=True)
        self._feeder.start()

    def publish(self, message: Message) -> None:
        """Send it after all that were given before."""
        self._queue.put(message)

    def close(self) -> None:
        self._closing = True
        self._queue.put(None)
        self._room.release()
        self._feeder.join(10.0)
        self._client.disconnect()
        self._client.loop_stop()
        self._client.reinitialise()

    def _feed(self) -> None:
        while (message := self._queue.get()) is not None:
            self._room.acquire()
            if self._closing:
                return
            self._send(message)

    def _send(self, message: Message) -> None:
        assert message.identity is not None
        mid = self._client.publish(message.topic, message.payload, qos=1).mid
        # Not while publishing: paho calls back under the lock that publishing takes.
        with self._lock:
            if mid not in self._early:
                self._in_hand[mid] = message.identity
                return
            self._early.discard(mid)
        self._ledger.note_acked(message.identity)

    def _published(
        self, _client: mqtt.Client, _data: object, mid: int, _code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._room.release()
        with self._lock:
            identity = self._in_hand.pop(mid, None)
            if identity is None:
                self._early.add(mid)
                return
        self._ledger.note_acked(identity)


class Fleet:
    """All devices of the site."""

    def __init__(
        self, address: BrokerAddress, ledger: Ledger, *, name: str = "fleet", keepalive: int = KEEPALIVE
    ) -> None:
        """Begin to connect; nobody needs to listen yet."""
        self.ledger = ledger
        self._links = [Link(address, f"{name}-{number}", ledger, keepalive) for number in range(LINKS)]

    def publish(self, message: Message) -> None:
        """Send, or send again."""
        assert message.identity is not None
        self.ledger.note_sent(message)
        self._links[sum(message.identity.device.encode()) % LINKS].publish(message)

    def close(self) -> None:
        for link in self._links:
            link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
