"""B1 at the broker: a packet that announces more than is taken is cut off before it is buffered, and others go on."""

import dataclasses
import socket
from pathlib import Path

import psutil
import pytest

from tests.security.guarded import A_SCAN, A, B, Guarded, guarded
from tests.security.raw_link import connect
from vigil import broker_config

MIB = 1 << 20
ANNOUNCED = (b"\x80\x80\x80\x18", b"\xff\xff\xff\x7f")
"""48 MiB, and 256 MiB, the most that MQTT can announce."""

MOST_GROWTH = 10 * MIB


def pour(link: socket.socket) -> None:
    """Send as much as the smaller announcement needs."""
    for _ in range(47):
        link.sendall(bytes(MIB))


def a_packet_too_long_is_cut_off_and_costs_no_memory(guard: Guarded) -> None:
    assert guard.broker.pid is not None
    broker = psutil.Process(guard.broker.pid)
    with guard.device(B) as other:
        before = broker.memory_info().rss
        for announced in ANNOUNCED:
            link = connect(guard.addresses[A], "")
            assert link is not None
            with link:
                link.sendall(b"\x32" + announced + len(A_SCAN).to_bytes(2) + A_SCAN.encode() + b"\0\1")
                with pytest.raises(ConnectionError):
                    pour(link)
        assert broker.memory_info().rss - before < MOST_GROWTH
        assert other.paho.is_connected()
    assert {payload for _, payload in guard.received(until="last", sender=B)} == {"last"}


def test_it_holds(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        a_packet_too_long_is_cut_off_and_costs_no_memory(guard)


def test_without_a_limit_it_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: a broker that takes whatever is announced."""
    render = broker_config.render

    def without_limit(*where: object, limits: broker_config.BrokerLimits, **rest: object) -> str:
        return render(*where, limits=dataclasses.replace(limits, max_payload_bytes=60 * MIB), **rest)  # type: ignore[arg-type]

    monkeypatch.setattr("vigil.nats_server.render", without_limit)
    with guarded(tmp_path) as guard, pytest.raises((AssertionError, pytest.fail.Exception)):
        a_packet_too_long_is_cut_off_and_costs_no_memory(guard)
