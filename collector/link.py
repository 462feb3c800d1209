"""One connection to the broker, from CONNECT to its end. A new connection is a new `Link` with a paho client of its
own, so an acknowledgement that comes too late cannot reach a message of a later connection that bears the same id.

The network loop runs in the thread that calls `serve`, on paho's calls for outside loops: its own waits with
`select`, which fails for descriptors above 1023, and a control room's streams may use up more than that. Whoever else
has something to send (an acknowledgement from the journal's thread) queues it and wakes the loop.
"""

import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct
from paho.mqtt import client as mqtt
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collector.receipts import MOST_RECEIPTS, WaitingReceipts
from collector.stream_client import Publication, StreamClient
from domain.broker_address import BrokerAddress
from domain.identity import MessageIdentity

_WAIT_MILLISECONDS: Final = 1000
_READABLE: Final = select.POLLIN | select.POLLHUP | select.POLLERR
_UNSUPPORTED_PROTOCOL: Final = "Unsupported protocol version"
_SESSION_TAKEN_OVER: Final = 0x8E
# Retained messages are sent only when a subscription is new, not at each reconnection.
_RETAINED_ONCE: Final = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB

OnMessage = Callable[["Link", Publication], None]


class LinkPlan(Struct, frozen=True, kw_only=True):
    """What a connection asks for; `protocol` is `mqtt.MQTTv5` or `mqtt.MQTTv311`, times are seconds.

    `forgotten` are filters that the session may have from earlier and is to lose.
    """

    address: BrokerAddress
    client_id: str
    filters: Sequence[str]
    forgotten: Sequence[str] = ()
    protocol: MQTTProtocolVersion
    keepalive: int
    connect_timeout: float
    expiry: int
    window: int
    max_packet_bytes: int
    must_subscribe: bool


class Link:
    """One connection. `on_message` runs in the serving thread and must acknowledge by `acknowledge` or `drop`."""

    def __init__(self, plan: LinkPlan, on_message: OnMessage, on_ready: Callable[["Link"], None]) -> None:
        """`on_ready` is called once the broker has accepted connection and subscriptions."""
        self._plan = plan
        self._on_message = on_message
        self._on_ready = on_ready
        self._lock = threading.Lock()
        self._unacknowledged: set[int] = set()
        self._acknowledging: list[int] = []
        self._receipts = WaitingReceipts()
        self._to_say: list[tuple[str, bytes]] = []
        self._end: str | None = None
        self._client = self._make_client()
        self._alarm, self._sleeper = socket.socketpair()
        self._alarm.setblocking(False)
        self._sleeper.setblocking(False)
        self.session_present = False
        self.ready = False
        self.ready_at = 0.0
        self.protocol_refused = False
        self.taken_over = False
        """Whether the broker said that another connection with this client id took the session (MQTT 5)."""
        self.is_cut = False
        """Whether the broker, or what lies between, ended the connection without a word."""
        self.answered = False
        self.has_acknowledged = False
        self.alive_at = time.monotonic()

    def serve(self) -> str:
        """Connect, and carry messages until the link ends; says why it did. OSError where nobody answers."""
        plan = self._plan
        try:
            if self._end is None:
                self._connect()
            deadline = time.monotonic() + plan.connect_timeout
            while self._end is None:
                code = self._turn()
                self.alive_at = time.monotonic()
                if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                    self._finish(mqtt.error_string(code), is_cut=code is MQTTErrorCode.MQTT_ERR_CONN_LOST)
                elif not self.ready and self.alive_at > deadline:
                    self._finish(f"no answer to CONNECT and SUBSCRIBE within {plan.connect_timeout:.0f} s")
            return self._end
        finally:
            self._close()

    def take(self, mid: int, *, repeated: bool) -> bool:
        """Note that message `mid` waits for its acknowledgement; False where it is a repetition that already does.

        Brokers may deliver again on a live connection (nats-server does after its ack_wait); the first copy is on its
        way, and its acknowledgement will serve both.
        """
        with self._lock:
            if repeated and mid in self._unacknowledged:
                return False
            self._unacknowledged.add(mid)
            return True

    def acknowledge(self, mid: int) -> bool:
        """Send PUBACK for message `mid` of this connection, from any thread; False where the connection is gone."""
        with self._lock:
            if self._end is not None:
                return False
            self._unacknowledged.discard(mid)
            self.has_acknowledged = True
            self._acknowledging.append(mid)
            if len(self._acknowledging) == 1:
                # One wake-up for all that are added before the loop takes them.
                self._wake()
            return True

    def give_receipt(self, topic: str, identity: MessageIdentity) -> bool:
        """Tell a device that a message is stored, from any thread; False where this link cannot, or has too many."""
        with self._lock:
            if self._end is not None or not self._receipts.add(topic, identity):
                return False
            if len(self._receipts) == 1:
                self._wake()
            return True

    def say(self, topic: str, payload: bytes) -> bool:
        """Publish to a foreign device, from any thread; False where this link cannot, or has too much to say."""
        with self._lock:
            if self._end is not None or len(self._to_say) >= MOST_RECEIPTS:
                return False
            self._to_say.append((topic, payload))
            if len(self._to_say) == 1:
                self._wake()
            return True

    def is_open(self) -> bool:
        """Tell whether messages can come in now."""
        return self.ready and self._end is None

    def waiting(self) -> int:
        """How many messages of this connection wait for their acknowledgement."""
        with self._lock:
            return len(self._unacknowledged) if self._end is None else 0

    def drop(self, why: str) -> bool:
        """End the connection, from any thread; False where it has ended. What was not acknowledged comes again."""
        with self._lock:
            if self._end is not None:
                return False
            self._end = why
            self._queue_acknowledgements()
            # The session outlives a clean DISCONNECT.
            self._client.disconnect()
            self._wake()
            return True

    def _turn(self) -> MQTTErrorCode:
        """Wait for the broker, for something to send or for a second; then move what can be moved."""
        client = self._client
        connection = client.socket()
        if connection is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        # What TLS has decrypted already makes no descriptor readable.
        decrypted = getattr(connection, "pending", _nothing)()
        poll = select.poll()
        poll.register(connection, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
        poll.register(self._sleeper, select.POLLIN)
        ready = dict(poll.poll(0 if decrypted else _WAIT_MILLISECONDS))
        if self._sleeper.fileno() in ready:
            self._sleeper.recv(4096)
            with self._lock:
                self._queue_acknowledgements()
                to_say, self._to_say = [*self._receipts.take(), *self._to_say], []
            for topic, payload in to_say:
                client.publish(topic, payload, qos=1)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if decrypted or ready.get(connection.fileno(), 0) & _READABLE:
            code = client.loop_read()
        if code is MQTTErrorCode.MQTT_ERR_SUCCESS and client.want_write():
            code = client.loop_write()
        return code or client.loop_misc()

    def _queue_acknowledgements(self) -> None:
        """Hand the gathered PUBACKs to the client; the lock is held."""
        if self._acknowledging:
            self._client.acknowledge(self._acknowledging)
            self._acknowledging = []

    def _wake(self) -> None:
        # A full buffer wakes as well as one more byte.
        with suppress(BlockingIOError):
            self._alarm.send(b"!")

    def _make_client(self) -> StreamClient:
        plan = self._plan
        client = StreamClient(plan.client_id, plan.protocol)
        client.connect_timeout = plan.connect_timeout
        # Receipts that the broker does not take in time are not sent at all.
        client.max_queued_messages_set(MOST_RECEIPTS)
        if plan.address.username is not None:
            client.username_pw_set(plan.address.username, plan.address.password)
        if plan.address.tls_context is not None:
            client.tls_set_context(plan.address.tls_context())
        elif plan.address.tls:
            client.tls_set()
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_publication = self._received
        client.on_disconnect = self._disconnected
        client.on_socket_register_write = _leave_writing_to_the_loop
        return client

    def _connect(self) -> None:
        plan = self._plan
        if plan.protocol == mqtt.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = plan.expiry
            properties.ReceiveMaximum = plan.window
            properties.MaximumPacketSize = plan.max_packet_bytes
            self._client.connect(
                plan.address.host, plan.address.port, plan.keepalive, clean_start=False, properties=properties
            )
        else:
            self._client.connect(plan.address.host, plan.address.port, plan.keepalive)

    def _connected(
        self,
        client: mqtt.Client,
        _data: object,
        flags: mqtt.ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.answered = True
        if code.is_failure:
            self.protocol_refused = str(code) == _UNSUPPORTED_PROTOCOL
            self._finish(f"the broker refused the connection: {code}")
            return
        self.session_present = flags.session_present
        if flags.session_present and not self._plan.must_subscribe:
            self._be_ready()
            return
        if self._plan.forgotten:
            # What these would bring comes by other filters now, or is not mapped any more.
            client.unsubscribe(list(self._plan.forgotten))
        if self._plan.protocol == mqtt.MQTTv5:
            options = SubscribeOptions(qos=1, retainHandling=_RETAINED_ONCE)
            client.subscribe([(topic_filter, options) for topic_filter in self._plan.filters])
        else:
            client.subscribe([(topic_filter, 1) for topic_filter in self._plan.filters])

    def _subscribed(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        granted = zip(self._plan.filters, codes, strict=True)
        # At QoS 0 nothing is kept for us: such a subscription would lose messages silently.
        refused = [f"{topic_filter} ({code})" for topic_filter, code in granted if code.value != 1]
        if refused:
            self._finish(f"the broker does not grant QoS 1 on {', '.join(refused)}")
        else:
            self._be_ready()

    def _received(self, publication: Publication) -> None:
        if self._end is None:
            self._on_message(self, publication)

    def _disconnected(
        self,
        _client: mqtt.Client,
        _data: object,
        flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.taken_over = code.value == _SESSION_TAKEN_OVER
            self._finish(f"the broker ended the connection: {code}")

    def _be_ready(self) -> None:
        self.ready_at = time.monotonic()
        self.ready = True
        self._on_ready(self)

    def _finish(self, why: str, *, is_cut: bool = False) -> None:
        """Note why the link ended, unless something ended it before."""
        with self._lock:
            if self._end is None:
                self._end, self.is_cut = why, is_cut

    def _close(self) -> None:
        self._finish("the connection failed")
        if self._client.socket() is not None:
            # Acknowledgements and the DISCONNECT that wait to be sent, as far as that goes without waiting.
            with suppress(OSError):
                self._client.loop_write()
        left_open = self._client.socket()
        if left_open is not None:
            left_open.close()
        # Their bound methods would keep this link and the client alive in a circle.
        client = self._client
        client.on_connect = client.on_subscribe = client.on_disconnect = client.on_publication = None
        self._alarm.close()
        self._sleeper.close()


def _leave_writing_to_the_loop(_client: mqtt.Client, _data: object, _socket: Any) -> None:  # noqa: ANN401 - paho's type
    """Stand in for a callback of paho whose presence alone says that an outside loop writes, not the acknowledger."""


def _nothing() -> int:
    return 0
