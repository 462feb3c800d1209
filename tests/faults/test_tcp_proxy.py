"""The bad network leaves nothing behind when it ends."""

import gc
import socket
import sys
import threading
from asyncio import StreamWriter
from contextlib import ExitStack

import pytest

from tests.brokers import wait_until
from tests.faults.tcp_proxy import TcpProxy


def test_what_a_peer_has_not_taken_does_not_keep_its_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pouring = threading.Thread(target=_pour, args=(listening,), daemon=True)
        pouring.start()
        _leave_untaken(listening.getsockname()[1])
        pouring.join(10.0)
    gc.collect()
    assert complaints == []


def _leave_untaken(port: int) -> None:
    """A proxy ends while its client still has not read what came, and the client after it."""
    proxy = TcpProxy(port)
    with ExitStack() as until_the_proxy_is_gone, proxy:
        until_the_proxy_is_gone.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
        wait_until(lambda: any(_waiting(end) for end in proxy._ends), "the proxy to have more than is taken")


def _waiting(end: StreamWriter) -> bool:
    return end.transport.get_write_buffer_size() > 0


def _pour(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        try:
            while True:
                connection.sendall(bytes(65_536))
        except OSError:
            return  # the proxy is gone


def test_a_stranded_connection_stays_open_and_passes_nothing() -> None:
    """The one made after it does pass, so that it is not the network that is silent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        echoing = threading.Thread(target=_echo, args=(listening, 2), daemon=True)
        echoing.start()
        with TcpProxy(listening.getsockname()[1]) as proxy, ExitStack() as both:
            before = both.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=10.0))
            before.sendall(b"a")
            assert before.recv(1) == b"a"
            proxy.strand()
            before.sendall(b"b")
            after = both.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=10.0))
            after.sendall(b"c")
            assert after.recv(1) == b"c"
            before.setblocking(False)
            with pytest.raises(BlockingIOError):
                before.recv(1)
        echoing.join(10.0)


def _echo(listening: socket.socket, times: int) -> None:
    for _ in range(times):
        connection, _ = listening.accept()
        threading.Thread(target=_echo_one, args=(connection,), daemon=True).start()


def _echo_one(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(64):
            connection.sendall(data)
