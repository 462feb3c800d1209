"""Who listens to the live stream: one bounded queue per client, filled on the event loop, never waited for.

A change is encoded once, when the first client needs it, and its bytes are shared by all. A client whose queue is full
has lost its place: its queue is emptied and it is told to read again, so the memory for slow ones is bounded.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import cached_property

from prometheus_client import Gauge

from api.changes import Change, site_of
from api.derived import as_json
from api.ports import StreamLimits
from domain.identity import REAL_LANE
from stores.ports import StoredEffect


class StreamChange:
    """One change on its way to clients."""

    def __init__(self, stored: StoredEffect) -> None:
        """Keep it; it is encoded when first sent."""
        self._stored = stored
        self.position = stored.position
        self.site = site_of(stored.effect.body)
        self.real = stored.effect.lane == REAL_LANE

    def concerns(self, site: str | None) -> bool:
        """Tell whether a client that looks at `site` (None: all of them) is to see it. Drills are never shown here."""
        return self.real and (site is None or self.site is None or self.site == site)

    @cached_property
    def wire(self) -> bytes:
        """The change as one event of the stream."""
        return event_bytes(self._stored.effect.type, as_json(Change.of(self._stored)), self.position)


def event_bytes(name: str, data: bytes, position: int | None = None) -> bytes:
    """Write one server-sent event; `data` is JSON on one line."""
    mark = b"" if position is None else b"id: %d\n" % position
    return mark + b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


class StreamClient:
    """One client's place in the stream; all of it lives on the event loop.

    `position` is what it has been given up to. `ended` says why nothing more comes, "" while it goes on.
    """

    def __init__(self, site: str | None, position: int, room: int) -> None:
        """Start a client that looks at `site` at the stream's present `position`."""
        self.site = site
        self.position = position
        self.ended = ""
        self._reached = position
        self._room = room
        self._queue: deque[StreamChange] = deque()
        self._news = asyncio.Event()

    def give(self, changes: Sequence[StreamChange], reached: int) -> None:
        """Queue what concerns this client; never waits."""
        if self.ended:
            return
        wanted = [change for change in changes if change.concerns(self.site)]
        if len(self._queue) + len(wanted) > self._room:
            self.end("slow")
            return
        self._reached = reached
        if wanted:
            self._queue.extend(wanted)
            self._news.set()

    def end(self, reason: str) -> None:
        """Let the stream end; what is still queued is dropped, as the client reads again."""
        self.ended = self.ended or reason
        self._queue.clear()
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Wait for changes or the end, at most so long."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return

    def take(self) -> list[StreamChange]:
        """Give what is queued; the client's position moves to what that reaches, also where nothing concerned it."""
        taken = list(self._queue)
        self._queue.clear()
        self._news.clear()
        self.position = self._reached
        return taken


class StreamHub:
    """All clients of the live stream."""

    def __init__(self, limits: StreamLimits, clients: Gauge) -> None:
        """Start without clients."""
        self.limits = limits
        self._gauge = clients
        self._clients: set[StreamClient] = set()
        self._stopping = False

    @property
    def full(self) -> bool:
        """No further client is taken."""
        return self._stopping or len(self._clients) >= self.limits.clients

    def join(self, site: str | None, position: int) -> StreamClient:
        """Take a client; from `position`, the stream's present one, on it is given every change."""
        client = StreamClient(site, position, self.limits.queued_changes)
        self._clients.add(client)
        self._gauge.set(len(self._clients))
        return client

    def leave(self, client: StreamClient) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self._gauge.set(len(self._clients))

    def publish(self, effects: Sequence[StoredEffect], reached: int) -> None:
        """Give new effects to every client."""
        if self._clients:
            changes = [StreamChange(stored) for stored in effects]
            for client in self._clients:
                client.give(changes, reached)

    def stop(self) -> None:
        """End all streams: the process is going down."""
        self._stopping = True
        for client in self._clients:
            client.end("stopping")
