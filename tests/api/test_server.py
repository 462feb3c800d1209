import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.server import ApiServer, ServerNotStarted
from stores.ports import StoreUnavailable
from tests.api.serving import BEARER, SECONDS, TOKEN, Backstage
from tests.api.streaming import Served, served

# A certificate for localhost made for these tests; its key opens nothing else.
TLS = Path(__file__).parent / "tls"
CERTIFICATE, KEY = str(TLS / "certificate.txt"), str(TLS / "key.txt")


@pytest.fixture(scope="module")
def server(shared: Backstage) -> Iterator[Served]:
    with served(shared) as running:
        yield running


def test_it_takes_a_free_port_and_tells_it(server: Served) -> None:
    assert server.port > 0
    assert server.server.alive
    assert httpx.get(f"{server.url}/healthz", timeout=SECONDS).json() == {"status": "ok"}


def test_it_says_neither_who_it_is_nor_which_version(server: Served) -> None:
    assert "server" not in httpx.get(f"{server.url}/healthz", timeout=SECONDS).headers


def test_a_taken_port_is_named_with_a_remedy(behind: Backstage, server: Served) -> None:
    second = ApiServer(create_app(behind.ports()), "127.0.0.1", server.port)
    with pytest.raises(ServerNotStarted, match=rf"127\.0\.0\.1:{server.port}.*choose another port"):
        second.start()
    assert second.stop()


def test_https(behind: Backstage) -> None:
    running = ApiServer(create_app(behind.ports()), "127.0.0.1", 0, CERTIFICATE, KEY)
    port = running.start()
    trust = ssl.create_default_context(cafile=CERTIFICATE)
    said = httpx.get(f"https://localhost:{port}/api/v1/sites", headers=BEARER, verify=trust, timeout=SECONDS)
    assert said.status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://localhost:{port}/healthz", timeout=SECONDS)
    assert running.stop()


def test_a_certificate_that_cannot_be_read_is_told_at_start(behind: Backstage, tmp_path: Path) -> None:
    broken = ApiServer(create_app(behind.ports()), "127.0.0.1", 0, str(tmp_path / "none.pem"), KEY)
    with pytest.raises(ServerNotStarted, match="No such file"):
        broken.start()
    assert not broken.alive


def test_a_store_that_is_away_is_told_at_start(behind: Backstage) -> None:
    class Away:
        def last_position(self) -> int:
            raise StoreUnavailable("away")

    broken = ApiServer(create_app(behind.ports(models=Away())), "127.0.0.1", 0)
    with pytest.raises(ServerNotStarted, match="a store did not answer"):
        broken.start()


def test_after_stop_nobody_listens(behind: Backstage) -> None:
    running = ApiServer(create_app(behind.ports()), "127.0.0.1", 0)
    port = running.start()
    assert running.stop()
    assert not running.alive
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_request_under_way_may_finish(behind: Backstage) -> None:
    entered, release = threading.Event(), threading.Event()

    def readiness() -> dict[str, str]:
        entered.set()
        assert release.wait(SECONDS)
        return {}

    running = ApiServer(create_app(behind.ports(readiness=readiness)), "127.0.0.1", 0)
    port = running.start()
    answers: list[int] = []

    def ask() -> None:
        answers.append(httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    assert entered.wait(SECONDS)
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    release.set()
    stopping.join(SECONDS)
    asking.join(SECONDS)
    assert answers == [200]
    assert not running.alive


def test_half_a_request_is_none(behind: Backstage) -> None:
    with served(behind) as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=SECONDS) as gone:
            head = f"POST /api/v1/alarms/alarm-1/acknowledge HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            gone.sendall(f"{head}Content-Length: 10\r\n\r\n".encode())
        assert httpx.get(f"{running.url}/healthz", timeout=SECONDS).status_code == 200
    assert behind.journal.last_seq == 3


def test_a_body_that_stalls_is_given_up(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as slow:
        head = f"POST /api/v1/alarms/a/comments HTTP/1.1\r\nHost: x\r\nAuthorization: {BEARER['Authorization']}\r\n"
        slow.sendall(f"{head}Content-Length: 10\r\n\r\n12".encode())
        assert b" 408 " in slow.recv(4096).split(b"\r\n")[0]
