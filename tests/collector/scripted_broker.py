"""A broker that does as a test tells it: refuses, stays silent, closes, grants less than was asked."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS

CONNECT, SUBSCRIBE = 0x10, 0x82
ACCEPTED_311 = b"\x20\x02\x00\x00"
ACCEPTED_5 = b"\x20\x03\x00\x00\x00"
SESSION_TAKEN_OVER = b"\xe0\x02\x8e\x00"
REFUSED_VERSION = b"\x20\x02\x00\x01"
SILENCE = b""

Answer = Callable[[int, bytes], bytes | None]
"""Packet type and body to what is sent back; None closes the connection."""


class ScriptedBroker:
    """Serves one connection after another on a loopback port; keeps the protocol levels it was offered."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = BrokerAddress("127.0.0.1", self._listener.getsockname()[1])
        self.levels: list[int] = []
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, name="scripted-broker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()
        self._thread.join(PATIENCE_SECONDS)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            while (packet := _read_packet(connection)) is not None:
                kind, body = packet
                if kind == CONNECT:
                    self.levels.append(body[6])
                answer = self._answer(kind, body)
                if answer is None:
                    break
                connection.sendall(answer)
        except OSError:
            pass
        connection.close()


def suback_311(body: bytes, code: int) -> bytes:
    """Answer a SUBSCRIBE of MQTT 3.1.1 with one code for every filter."""
    count, at = 0, 2
    while at < len(body):
        at += 2 + int.from_bytes(body[at : at + 2], "big") + 1
        count += 1
    return bytes([0x90, 2 + count]) + body[:2] + bytes([code]) * count


def _read_packet(connection: socket.socket) -> tuple[int, bytes] | None:
    first = connection.recv(1)
    if not first:
        return None
    length, shift = 0, 0
    while True:
        byte = connection.recv(1)[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return first[0], body
