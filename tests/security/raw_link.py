"""MQTT by hand, for what a client library would not send: one CONNECT on a plain socket."""

import socket

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS

_FLAGS_CLEAN = 0x02
_FLAG_USER = 0x80
_FLAG_PASSWORD = 0x40


def connect(address: BrokerAddress, client_id: str) -> socket.socket | None:
    """Give the open link, or None where the broker closes it or says no."""
    link = socket.create_connection((address.host, address.port), PATIENCE_SECONDS)
    link.settimeout(5)
    link.sendall(connect_packet(address, client_id))
    try:
        accepted = link.recv(4) == b"\x20\x02\x00\x00"
    except OSError:
        accepted = False
    if accepted:
        return link
    link.close()
    return None


def connect_packet(address: BrokerAddress, client_id: str) -> bytes:
    flags, payload = _FLAGS_CLEAN, _text(client_id)
    if address.username is not None:
        flags |= _FLAG_USER
        payload += _text(address.username)
    if address.password is not None:
        flags |= _FLAG_PASSWORD
        payload += _text(address.password)
    body = _text("MQTT") + bytes((4, flags, 0, 0)) + payload
    assert len(body) < 128, "the length would need a second byte"
    return bytes((0x10, len(body))) + body


def publish_packet(topic: str, payload: str, *, qos: int, dup: bool) -> bytes:
    body = _text(topic) + (b"\0\1" if qos else b"") + payload.encode()
    head = 0x30 | (0x08 if dup else 0) | qos << 1
    assert 128 <= len(body) < 128 * 128, "the length takes two bytes"
    return bytes((head, len(body) % 128 | 0x80, len(body) // 128)) + body


def _text(text: str) -> bytes:
    return len(text.encode()).to_bytes(2) + text.encode()
