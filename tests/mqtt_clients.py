"""A small MQTT client for tests of brokers: persistent session, acknowledgements by hand, what came in as a list."""

import threading
from types import TracebackType
from typing import Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS, wait_until


def is_acknowledged(info: mqtt.MQTTMessageInfo) -> bool:
    """Whether the broker has sent the PUBACK; paho raises where the link ended while it took the message over."""
    try:
        return info.is_published()
    except RuntimeError:
        return False


class MqttClient:
    """One connection; a context manager, so that no network thread outlives its test."""

    def __init__(
        self, address: BrokerAddress, client_id: str, *, persistent: bool = False, acknowledge: bool = True
    ) -> None:
        self._address = address
        self._acknowledge = acknowledge
        self._answered = threading.Event()
        self._subscribed = threading.Event()
        self._granted: list[ReasonCode] = []
        self.received: list[mqtt.MQTTMessage] = []
        self.session_present = False
        self.refused = False
        self.paho = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not persistent,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self.paho.username_pw_set(address.username, address.password)
        if address.tls_context is not None:
            self.paho.tls_set_context(address.tls_context())
        self.paho.on_connect = self._on_connect
        self.paho.on_subscribe = self._on_subscribe
        self.paho.on_message = self._on_message

    def __enter__(self) -> Self:
        self.paho.connect(self._address.host, self._address.port)
        self.paho.loop_start()
        assert self._answered.wait(PATIENCE_SECONDS), f"no CONNACK from {self._address}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()
        # paho leaves the sockets that wake its thread to the garbage collector, and pytest hears of it when that finds
        # them before it finds the client.
        self.paho.reinitialise()

    def subscribe(self, *filters: str) -> list[bool]:
        """Subscribe at QoS 1 and tell for each filter whether it was granted."""
        self._subscribed.clear()
        self.paho.subscribe([(topic_filter, 1) for topic_filter in filters])
        assert self._subscribed.wait(PATIENCE_SECONDS), f"no SUBACK for {filters}"
        return [not code.is_failure for code in self._granted]

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> mqtt.MQTTMessageInfo:
        return self.paho.publish(topic, payload, qos=1, retain=retain)

    def publish_and_wait(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        info = self.publish(topic, payload, retain=retain)
        info.wait_for_publish(PATIENCE_SECONDS)
        assert info.is_published(), f"no PUBACK for {topic}"

    def wait_for(self, count: int, *, seconds: float | None = None) -> list[str]:
        wait_until(lambda: len(self.received) >= count, f"{count} messages, got {len(self.received)}", seconds=seconds)
        return self.payloads

    @property
    def payloads(self) -> list[str]:
        return [message.payload.decode() for message in self.received]

    def _on_connect(
        self,
        _client: mqtt.Client,
        _data: object,
        flags: mqtt.ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.session_present = flags.session_present
        self.refused = code.is_failure
        self._answered.set()

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _id: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._granted = codes
        self._subscribed.set()

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self.received.append(message)
        if self._acknowledge:
            client.ack(message.mid, message.qos)
