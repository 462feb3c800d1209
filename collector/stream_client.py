"""paho's client with another way in and out, for thousands of messages a second.

For each message paho asks the system three times or more and makes a dozen objects, and each such call lets another
thread take the interpreter: 40 us of CPU, and far more of waiting. Here many packets come with one call, PUBLISH is
taken apart where it lies, and many PUBACKs leave as one piece. Everything else is paho's: it is fed the other packets
one by one.

This rests on four names that paho does not document: `_packet_read`, `_sock_recv`, `_packet_queue` and
`_last_bytes_received`. The lock file pins paho, and the tests fail with a release that names them otherwise.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

READ_BYTES: Final = 64 * 1024
"""Taken from the socket at once: some hundred scans, a few milliseconds of work."""

_PUBLISH: Final = 0x30
_PUBACK: Final = 0x40
_TYPE: Final = 0xF0
_RETAIN: Final = 0x01
_DUP: Final = 0x08
_LONGEST_NUMBER: Final = 4
_MORE_FOLLOWS: Final = 0x80


class Publication(Struct, frozen=True, gc=False):
    """One PUBLISH as it came: `topic` may not be UTF-8, `mid` is 0 at QoS 0."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    dup: bool
    retain: bool


class MalformedPacket(ValueError):
    """The broker sent bytes that are no MQTT; the connection is of no use any more."""


class StreamClient(mqtt.Client):
    """A client for one connection, whose messages go to `on_publication` and are acknowledged by `acknowledge`.

    `on_publication` runs in the thread of `loop_read`; what it raises ends that call. None leaves the messages be.
    """

    def __init__(self, client_id: str, protocol: MQTTProtocolVersion) -> None:
        """Make the client of a session that is kept."""
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if protocol == mqtt.MQTTv5 else False,
            protocol=protocol,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self.on_publication: Callable[[Publication], None] | None = None
        self._has_properties = protocol == mqtt.MQTTv5
        self._unread = b""
        self._fed = b""

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Queue PUBACKs for QoS 1 messages; `loop_write` sends them in one piece."""
        packets = b"".join([b"\x40\x02" + mid.to_bytes(2) for mid in mids])
        self._packet_queue(_PUBACK, packets, mids[-1], 1)

    def _packet_read(self) -> MQTTErrorCode:
        """Take what the socket has; a packet that has not come whole waits for the rest."""
        try:
            data = self._sock_recv(READ_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_AGAIN
        except OSError:
            data = b""
        if not data:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        self._last_bytes_received = time.monotonic()
        if self._unread:
            data = self._unread + data
        return self._take(data)

    def _take(self, data: bytes) -> MQTTErrorCode:
        start = 0
        try:
            while (bounds := _bounds(data, start)) is not None:
                body, end = bounds
                if data[start] & _TYPE == _PUBLISH:
                    publication = _publication(data[start], data[body:end], self._has_properties)
                    if self.on_publication is not None:
                        self.on_publication(publication)
                else:
                    self._fed = data[start:end]
                    code = super()._packet_read()
                    if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                        return code
                start = end
        except MalformedPacket:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._unread = data[start:]
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give paho the packet it is fed; ask the socket where there is none."""
        if not self._fed:
            return super()._sock_recv(bufsize)
        given, self._fed = self._fed[:bufsize], self._fed[bufsize:]
        return given


def _bounds(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet that begins at `start` begins and ends; None where it is not all there."""
    found = _number(data, start + 1)
    if found is None:
        return None
    size, begins = found
    return (begins, begins + size) if begins + size <= len(data) else None


def _publication(flags: int, body: bytes, has_properties: bool) -> Publication:  # noqa: FBT001 - once per message
    at = 2 + int.from_bytes(body[:2])
    topic = body[2:at]
    qos = flags >> 1 & 3
    mid = 0
    if qos:
        mid = int.from_bytes(body[at : at + 2])
        at += 2
    if has_properties:
        # Topic aliases are not asked for, and nothing else in them matters here.
        size, at = _number(body, at) or (0, len(body) + 1)
        at += size
    if at > len(body) or qos > 1:
        raise MalformedPacket("a message ends within its head, or has a QoS that was not subscribed to")
    return Publication(topic, body[at:], mid, qos, bool(flags & _DUP), bool(flags & _RETAIN))


def _number(data: bytes, at: int) -> tuple[int, int] | None:
    """Read MQTT's variable number: gives it and where it ends, or None where it has not come whole."""
    number = 0
    for place, byte in enumerate(data[at : at + _LONGEST_NUMBER]):
        number |= (byte & 0x7F) << 7 * place
        if byte < _MORE_FOLLOWS:
            return number, at + place + 1
    if len(data) >= at + _LONGEST_NUMBER:
        raise MalformedPacket(f"a number has more than {_LONGEST_NUMBER} bytes")
    return None
