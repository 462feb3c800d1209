"""W1: every open port stands in the table of listeners, and none lets anybody in without a credential."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS
from tests.security.open_ports import missing, open_ports, unlisted
from tests.vigil.running_service import RunningService, SetClock
from vigil.broker_config import load_or_create_secrets
from vigil.broker_process import may_log_in
from vigil.listeners import Listener, Owner, listeners
from vigil.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_CREDENTIAL = {("get", "/healthz"), ("get", "/readyz")}
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningService]:
    before = open_ports()
    assert before == set(), "the test process listens itself; the walk would not know whose port is whose"
    with RunningService(tmp_path, None, SetClock()) as running:
        yield running


def table(running: RunningService) -> tuple[Listener, ...]:
    """The table with the ports that were chosen at the start."""
    settings = msgspec.structs.replace(
        running.service.settings,
        port=urlsplit(running.started.api_url).port,
        mqtt_port=running.started.broker.port,
    )
    return listeners(settings)


def test_every_open_port_is_in_the_table_and_none_is_missing(running: RunningService) -> None:
    ports = open_ports()
    assert unlisted(ports, table(running)) == []
    assert missing(ports, table(running)) == []
    assert len(ports) == len(table(running)) == 3


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def test_a_port_that_is_not_in_the_table_is_found(running: RunningService, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as stray:
        stray.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            stray.listen()
        assert unlisted(open_ports(), table(running)) == [(str(Owner.VIGIL), "127.0.0.1", stray.getsockname()[1])]


def test_a_second_port_of_the_broker_would_be_found(running: RunningService) -> None:
    ports = open_ports() | {(str(Owner.BROKER), "127.0.0.1", 8222)}
    assert len(unlisted(ports, table(running))) == 1
    assert unlisted(open_ports() | {(str(Owner.BROKER), "0.0.0.0", 1)}, table(running)) != []


def test_the_api_tells_nothing_without_a_credential(running: RunningService) -> None:
    address = running.started.api_url
    paths = list(running.api._client.get("/api/v1/openapi.json").json()["paths"])
    assert len(paths) > 10
    with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as stranger:
        for method, path in WITHOUT_CREDENTIAL:
            answer = stranger.request(method, path)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        # The page asks for the credential itself, and holds nothing but its own files.
        assert "{" not in stranger.get("/").text
        for path in {
            *paths,
            "/page",
            "/page/x/main.js",
            "/docs",
            "/openapi.json",
            "/metrics",
            "/api/v1/status",
            "/nowhere",
            "/healthz/x",
        }:
            concrete = re.sub(r"\{[^}]+\}", "x", path)
            for method in METHODS:
                if (method, path) not in WITHOUT_CREDENTIAL:
                    status = stranger.request(method, concrete).status_code
                    assert 400 <= status < 500, (method, path, status)


def test_the_broker_admits_nobody_without_a_credential(running: RunningService) -> None:
    address = running.started.broker
    assert may_log_in(address)
    for user, password in (("", ""), ("admin", "admin"), ("devices", ""), ("collector", "collector"), ("x", "x" * 32)):
        assert not may_log_in(address.with_login(user, password) if user else nobody(running))


def nobody(running: RunningService) -> BrokerAddress:
    return replace(running.started.broker, username=None, password=None)


def test_nobody_enters_by_the_native_port_with_whatever_credential(running: RunningService, tmp_path: Path) -> None:
    port = next(p for owner, _, p in open_ports() if owner == Owner.BROKER and p != running.started.broker.port)
    secrets = load_or_create_secrets(tmp_path / "data" / "broker" / "passwords.json")
    attempts: list[dict[str, str]] = [
        {},
        {"user": "collector", "pass": secrets.collector},
        {"user": "devices", "pass": secrets.devices},
    ]
    for credential in attempts:
        answer = said_by(port, credential)
        assert b"Authorization Violation" in answer, credential
        # As an answer: the name that the server draws for itself may hold these letters.
        assert b"\nPONG" not in answer
        assert secrets.collector.encode() not in answer


def said_by(port: int, credential: dict[str, str]) -> bytes:
    """All that the native port says to this credential and a request of the control plane."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as stream:
        request = msgspec.json.encode({**credential, "verbose": False, "protocol": 1})
        stream.sendall(b"CONNECT " + request + b"\r\nPING\r\nPUB $JS.API.STREAM.NAMES r 0\r\n\r\n")
        stream.settimeout(5)
        answer = b""
        with suppress(ConnectionResetError):
            while chunk := stream.recv(4096):
                answer += chunk
        return answer


def test_every_row_is_loopback_until_told_otherwise_and_says_who_and_how() -> None:
    rows = listeners(Settings())
    assert {row.host for row in rows} == {"127.0.0.1"}
    assert all(row.who and row.proof and row.default.startswith("127.0.0.1") for row in rows)
    assert [row.name for row in listeners(Settings(broker="mqtt://broker"))] == ["API and page"]
    told = listeners(Settings(mqtt_tls_cert="c", mqtt_tls_key="k", mqtt_tls_ca="a", tls_cert="c", tls_key="k"))
    assert ["TLS" in row.protocol for row in told] == [True, True, False]
    assert "client certificate" in told[1].proof


def test_the_page_on_security_shows_the_table() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for row in listeners(Settings()):
        answers = ", ".join(row.answers) or "nothing"
        line = f"| {row.name} | {row.owner} | {row.protocol} | {row.default} | {row.who} | {row.proof} | {answers} |"
        assert line in page, f"docs/security.md lacks the line: {line}"
