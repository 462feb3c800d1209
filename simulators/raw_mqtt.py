"""A publisher for load: QoS 1 over a bare socket, many packets per system call, each PUBACK matched to its message.

Whoever measures a receiver must not be slower than it: a message costs about 2 us here, and a tenth of a millisecond
through an MQTT library. What a device needs besides (reconnecting, keepalive, subscriptions) is left out: a link that
breaks is an error.
"""

import select
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.broker_address import BrokerAddress
from domain.errors import VigilError

Numbers = npt.NDArray[np.int64]

LARGEST_WINDOW: Final = 16_384
"""Packet ids are 16 bits: a quarter of them in use at once leaves no doubt which message an id means."""

_IDS: Final = 65_535
_FREE: Final = -1
_CONNECT: Final = 0x10
_PUBLISH_QOS1: Final = 0x32
_PUBACK: Final = (0x40, 0x02)
_ACK_BYTES: Final = 4
_READ_BYTES: Final = 65_536
_CLEAN_SESSION: Final = 0x02
_PASSWORD: Final = 0x40
_USER_NAME: Final = 0x80
_CONNECT_SECONDS: Final = 10.0


class LinkBroken(VigilError):
    """The broker refused, closed the connection or broke the protocol."""


def publish_head(topic: str, payload_bytes: int) -> bytes:
    """Everything of a PUBLISH packet before its packet id, for payloads of that length."""
    name = topic.encode()
    return bytes((_PUBLISH_QOS1,)) + _length(2 + len(name) + 2 + payload_bytes) + _prefixed(name)


class RawPublisher:
    """One connection with a window of messages that wait for their PUBACK. For one thread."""

    def __init__(self, address: BrokerAddress, client_id: str, window: int) -> None:
        """Connect with a clean session.

        Raises:
            LinkBroken: the broker refuses, or does not speak MQTT 3.1.1.
            OSError: nobody answers.
        """
        if not 1 <= window <= LARGEST_WINDOW:
            msg = f"window {window} cannot be used: give 1 to {LARGEST_WINDOW}"
            raise ValueError(msg)
        self._window = window
        self._waiting: Numbers = np.full(_IDS + 1, _FREE, dtype=np.int64)
        self._outstanding = 0
        self._next_id = 1
        self._unsent = b""
        self._unread = b""
        self._socket = _connect(address, client_id)

    @property
    def outstanding(self) -> int:
        """How many messages wait for their PUBACK."""
        return self._outstanding

    @property
    def room(self) -> int:
        """How many messages may be published now; none while the socket is full."""
        return 0 if self._unsent else self._window - self._outstanding

    def publish(self, messages: Sequence[tuple[bytes, bytes]], numbers: Numbers) -> None:
        """Send messages, each as (`publish_head`, payload); `numbers` (>= 0) are what `acknowledged` gives back.

        Raises:
            LinkBroken: the connection is gone.
        """
        count = len(messages)
        if count > self.room:
            msg = f"{count} messages for a window with room for {self.room}"
            raise ValueError(msg)
        ids = (np.arange(self._next_id - 1, self._next_id - 1 + count) % _IDS) + 1
        self._next_id = (self._next_id - 1 + count) % _IDS + 1
        self._waiting[ids] = numbers
        self._outstanding += count
        encoded = ids.astype(">u2").tobytes()
        parts: list[bytes] = []
        for place, (head, payload) in enumerate(messages):
            parts += (head, encoded[2 * place : 2 * place + 2], payload)
        self._unsent = b"".join(parts)
        self.flush()

    def flush(self) -> None:
        """Send what the socket had no room for."""
        if not self._unsent:
            return
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            raise LinkBroken(f"the broker's connection broke while sending: {error}") from error

    def acknowledged(self) -> Numbers:
        """Read the PUBACKs that have come, and give the numbers of their messages.

        Raises:
            LinkBroken: the connection is gone, or an acknowledgement fits no message.
        """
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return np.empty(0, dtype=np.int64)
        except OSError as error:
            raise LinkBroken(f"the broker's connection broke while reading: {error}") from error
        if not data:
            raise LinkBroken("the broker closed the connection")
        data = self._unread + data
        whole = len(data) - len(data) % _ACK_BYTES
        self._unread = data[whole:]
        packets = np.frombuffer(data[:whole], dtype=np.uint8).reshape(-1, _ACK_BYTES)
        if bool((packets[:, :2] != _PUBACK).any()):
            raise LinkBroken("the broker sent something else than PUBACK")
        ids = packets[:, 2].astype(np.int64) << 8 | packets[:, 3]
        numbers: Numbers = self._waiting[ids]
        if bool((numbers == _FREE).any()) or np.unique(ids).size < ids.size:
            raise LinkBroken("the broker acknowledged a message that did not wait for it")
        self._waiting[ids] = _FREE
        self._outstanding -= ids.size
        return numbers

    def fileno(self) -> int:
        """The socket's descriptor, to wait on."""
        return self._socket.fileno()

    def events(self) -> int:
        """What to wait for with `select.poll`."""
        return select.POLLIN | (select.POLLOUT if self._unsent else 0)

    def close(self) -> None:
        """Leave; what was not acknowledged may have arrived all the same."""
        self._socket.close()


def _connect(address: BrokerAddress, client_id: str) -> socket.socket:
    connection: socket.socket = socket.create_connection((address.host, address.port), _CONNECT_SECONDS)
    with ExitStack() as on_error:
        on_error.callback(connection.close)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.tls:
            context = ssl.create_default_context() if address.tls_context is None else address.tls_context()
            connection = context.wrap_socket(connection, server_hostname=address.host)
            on_error.callback(connection.close)
        connection.sendall(_connect_packet(address, client_id))
        answer = b""
        while len(answer) < _ACK_BYTES and (data := connection.recv(_ACK_BYTES - len(answer))):
            answer += data
        if answer[:2] != b"\x20\x02" or answer[3:] != b"\x00":
            raise LinkBroken(f"{address.masked_url} refused the connection: CONNACK '{answer.hex()}'")
        connection.setblocking(False)
        on_error.pop_all()
    return connection


def _connect_packet(address: BrokerAddress, client_id: str) -> bytes:
    flags = _CLEAN_SESSION
    payload = _prefixed(client_id.encode())
    if address.username is not None:
        flags |= _USER_NAME
        payload += _prefixed(address.username.encode())
    if address.password is not None:
        flags |= _PASSWORD
        payload += _prefixed(address.password.encode())
    # Protocol level 4 is MQTT 3.1.1; a keepalive of 0 asks for no pings.
    variable = _prefixed(b"MQTT") + bytes((4, flags, 0, 0)) + payload
    return bytes((_CONNECT,)) + _length(len(variable)) + variable


def _prefixed(content: bytes) -> bytes:
    return len(content).to_bytes(2) + content


def _length(count: int) -> bytes:
    """MQTT's variable length: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while True:
        count, low = divmod(count, 128)
        encoded.append(low | (0x80 if count else 0))
        if not count:
            return bytes(encoded)
