"""The API on a real port, and clients that follow its live stream."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
from fastapi import FastAPI

from api.app import create_app
from api.ports import ApiLimits, StreamLimits
from api.server import ApiServer
from tests.api.serving import BEARER, SECONDS, TOKEN, Backstage


class Event(msgspec.Struct, frozen=True):
    name: str
    id: int | None
    data: Mapping[str, Any]


class Served:
    """A server under test."""

    def __init__(self, app: FastAPI, server: ApiServer, port: int) -> None:
        self.app = app
        self.server = server
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @contextmanager
    def follow(self, query: str = "", headers: Mapping[str, str] = BEARER) -> Iterator[Iterator[Event]]:
        """Follow the live stream; the iterator ends when the stream does, and raises when it is silent for too long."""
        with (
            httpx.Client(timeout=SECONDS) as client,
            client.stream("GET", f"{self.url}/api/v1/stream{query}", headers=dict(headers)) as answer,
        ):
            assert answer.status_code == 200, answer.read()
            yield _events(answer.iter_lines())

    def deaf_follower(self, query: str = "") -> socket.socket:
        """A client that asks for the stream and never reads it."""
        deaf = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", self.port))
        request = f"GET /api/v1/stream{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        deaf.sendall(request.encode())
        return deaf


@contextmanager
def served(behind: Backstage, limits: StreamLimits | None = None, **other: object) -> Iterator[Served]:
    app = create_app(behind.ports(**other), ApiLimits(body_seconds=0.5, stream=limits or StreamLimits()))
    server = ApiServer(app, "127.0.0.1", 0)
    port = server.start()
    try:
        yield Served(app, server, port)
    finally:
        assert server.stop(SECONDS)


def _events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "event" in fields:
            mark = int(fields["id"]) if "id" in fields else None
            yield Event(fields["event"], mark, json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


def changes(events: Iterator[Event], count: int) -> list[Event]:
    """The next so many events that are no heartbeats."""
    found: list[Event] = []
    while len(found) < count:
        event = next(events)
        if event.name != "heartbeat":
            found.append(event)
    return found


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition that no event tells of."""
    ticking = threading.Event()
    for _ in range(int(SECONDS / 0.01)):
        if condition():
            return
        ticking.wait(0.01)
    raise AssertionError(f"waited {SECONDS} s for {what}")
