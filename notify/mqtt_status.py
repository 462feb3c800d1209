"""The MQTT channel: the newest state of each alarm and order as a retained message, for any panel on the broker."""

import threading
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from domain.broker_address import BrokerAddress
from notify.sender import Attempt, Verdict

ANSWER_SECONDS: Final = 5.0


class MqttStatusSender:
    """Publishes with QoS 1 and says `sent` only when the broker has acknowledged.

    Connects when there is something to send and stays connected; a broker that is away costs one retry, not a fault.
    """

    channel = "mqtt"

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        answer_seconds: float = ANSWER_SECONDS,
        *,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        """Prepare a client; `answer_seconds` is how long connecting and each acknowledgement may take.

        `will` is a topic with what the broker should retain there when the link dies.
        """
        self._address = address
        self._answer_seconds = answer_seconds
        self._connected = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv311,
            clean_session=True,
            reconnect_on_failure=True,
        )
        if will is not None:
            self._client.will_set(*will, qos=1, retain=True)
        if address.username is not None:
            self._client.username_pw_set(address.username, address.password)
        if address.tls_context is not None:
            self._client.tls_set_context(address.tls_context())
        elif address.tls:
            self._client.tls_set()
        self._client.reconnect_delay_set(min_delay=1, max_delay=30)
        # Without a bound paho keeps what it could not send in memory; the outbox is the queue here.
        self._client.max_queued_messages_set(1)
        self._client.on_connect = lambda *arguments: self._set_connected(failed=arguments[3].is_failure)
        self._client.on_disconnect = lambda *_: self._connected.clear()
        self._started = False

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:  # noqa: ARG002
        """Publish once; `message_id` has no place in MQTT 3.1.1, and a retained state may come twice unharmed."""
        problem = self._connect()
        if problem:
            return Attempt(Verdict.RETRY, problem)
        try:
            info = self._client.publish(address, payload, qos=1, retain=retain)
        except ValueError as error:
            return Attempt(Verdict.REFUSED, f"topic {address}: {error}")
        if info.rc is MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            return Attempt(Verdict.RETRY, "the broker has not acknowledged the message before this one")
        try:
            info.wait_for_publish(self._answer_seconds)
        except RuntimeError as error:
            return Attempt(Verdict.RETRY, str(error))
        if not info.is_published():
            return Attempt(Verdict.RETRY, f"no acknowledgement within {self._answer_seconds} s")
        return Attempt(Verdict.SENT)

    def close(self) -> None:
        """Disconnect and end the network thread."""
        if self._started:
            self._client.disconnect()
            self._client.loop_stop()
            # paho leaves the sockets that wake its thread to the garbage collector.
            self._client.reinitialise()

    def _connect(self) -> str:
        """Be connected; gives what is in the way, or nothing."""
        if not self._started:
            try:
                self._client.connect(self._address.host, self._address.port, keepalive=30)
            except OSError as error:
                return f"{self._address.masked_url}: {error}"
            self._client.loop_start()
            self._started = True
        if not self._connected.wait(self._answer_seconds):
            return f"{self._address.masked_url}: not connected within {self._answer_seconds} s"
        return ""

    def _set_connected(self, *, failed: bool) -> None:
        if not failed:
            self._connected.set()
