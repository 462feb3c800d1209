"""GET /api/v1/stream: the live stream as server-sent events, resumable by position.

Events: the effect types, with a `Change` as data; `heartbeat` (position, time, whether Vigil still follows its own
store, how far its engine is behind) at the beginning and ever so often; `resync` when the client must read the whole
picture again; `reconnect` when the stream ends for good order and goes on at the next connection.
"""

import asyncio
import re
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request
from msgspec import Struct
from prometheus_client import Counter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.answers import text_answer
from api.effect_tail import EffectTail
from api.engine_lag import EngineLag
from api.parameters import LARGEST, IdFilter
from api.ports import ApiPorts, Ports
from api.problems import unavailable
from api.stream_hub import StreamChange, StreamClient, StreamHub, event_bytes
from domain.instant import to_iso
from stores.ports import StoreUnavailable

_BACKFILL: Final = 500
_POSITION: Final = re.compile(r"[0-9]{1,18}")
_RETRY: Final = b"retry: 2000\n\n"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    # Proxies that buffer would turn a live stream into a delayed one.
    "X-Accel-Buffering": "no",
}

router = APIRouter(prefix="/api/v1", tags=["live"])


class Heartbeat(Struct, frozen=True, kw_only=True):
    """Vigil is alive, and this is where the stream stands.

    `following` False: it cannot read its own store now. `behind_seconds`: how long records have waited to be judged.
    """

    position: int
    at: str
    following: bool
    behind_seconds: float


class StreamParts(Struct, frozen=True, kw_only=True):
    """What all streams share."""

    hub: StreamHub
    tail: EffectTail
    lag: EngineLag
    ends: Counter


class _Ended(Exception):
    """The stream is over; `event` is the last thing to say, `reason` why."""

    def __init__(self, event: str, reason: str) -> None:
        self.event = event
        self.reason = reason
        super().__init__(reason)


class EventStream(Response):
    """One client's stream."""

    media_type = "text/event-stream"

    def __init__(self, ports: ApiPorts, parts: StreamParts, *, site: str | None, after: int | None) -> None:
        """Stream what concerns `site` after position `after` (None: from now on)."""
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._ports = ports
        self._hub = parts.hub
        self._tail = parts.tail
        self._lag = parts.lag
        self._ends = parts.ends
        self._site = site
        self._after = after
        self._send: Send | None = None

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Run the stream until it ends, the client goes, or the server stops."""
        self._send = send
        client = self._hub.join(self._site, self._tail.position)
        watching = asyncio.create_task(_until_gone(receive, client))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._run(client)
        except _Ended as end:
            self._ends.labels(end.reason).inc()
            await self._finish(end)
        finally:
            watching.cancel()
            self._hub.leave(client)

    async def _run(self, client: StreamClient) -> None:
        limits = self._hub.limits
        loop = asyncio.get_running_loop()
        until = loop.time() + limits.longest_seconds
        await self._write(_RETRY + self._heartbeat(client))
        await self._catch_up(client)
        beat_at = loop.time() + limits.heartbeat_seconds
        while True:
            await client.wait(max(0.0, min(beat_at, until) - loop.time()))
            if client.ended:
                raise _Ended("reconnect" if client.ended == "stopping" else "resync", client.ended)
            changes = client.take()
            if changes:
                await self._write(b"".join(change.wire for change in changes))
            if beat_at <= loop.time() < until:
                # With its position as id, so that a quiet site's page does not fall behind by what others did.
                await self._write(self._heartbeat(client, client.position))
                beat_at = loop.time() + limits.heartbeat_seconds
            if loop.time() >= until:
                raise _Ended("reconnect", "time")

    async def _catch_up(self, client: StreamClient) -> None:
        """Send what the client missed; what is committed meanwhile waits in its queue."""
        until = client.position
        position = until if self._after is None else self._after
        if not 0 <= until - position <= self._hub.limits.gap_positions:
            # Too far behind, or ahead of what there is: then this is another store than the client knew.
            raise _Ended("resync", "gap")
        while position < until and not client.ended:
            try:
                missed = await run_in_threadpool(self._ports.models.effects_after, position, _BACKFILL)
            except StoreUnavailable:
                raise _Ended("reconnect", "unavailable") from None
            changes = [StreamChange(stored) for stored in missed if stored.position <= until]
            if not changes:
                break
            position = changes[-1].position
            wanted = b"".join(change.wire for change in changes if change.concerns(self._site))
            if wanted:
                await self._write(wanted)

    def _heartbeat(self, client: StreamClient, mark: int | None = None) -> bytes:
        beat = Heartbeat(
            position=client.position,
            at=to_iso(self._ports.clock()),
            following=self._tail.following,
            behind_seconds=round(self._lag.seconds(), 3),
        )
        return event_bytes("heartbeat", msgspec.json.encode(beat), mark)

    async def _finish(self, end: _Ended) -> None:
        if end.reason == "gone":
            return
        data = msgspec.json.encode({"reason": end.reason})
        # A client that reads all again goes on from here; one that reconnects, from the last change it was sent.
        mark = self._tail.position if end.event == "resync" else None
        try:
            await self._write(event_bytes(end.event, data, mark), more=False)
        except _Ended:
            # It takes nothing more; the connection is closed under it.
            return

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        if self._send is None:
            return
        message = {"type": "http.response.body", "body": body, "more_body": more}
        try:
            await asyncio.wait_for(self._send(message), self._hub.limits.send_seconds)
        except TimeoutError:
            raise _Ended("resync", "stalled") from None


async def _until_gone(receive: Receive, client: StreamClient) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    client.end("gone")


class _Place(Struct, frozen=True):
    """From where a client goes on: the header of a reconnecting browser wins over the URL it first came with."""

    after: int | None


async def _place(
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST, description="Position to go on from, as `/live` gave it.")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="Position of the last event, as browsers send it.")
    ] = None,
) -> _Place:
    if not last_event_id:
        return _Place(after)
    # A browser can be given no 422: it would never come back. An id that is not ours is no place of this stream, and
    # no stream is as long as this.
    return _Place(int(last_event_id) if _POSITION.fullmatch(last_event_id) else LARGEST)


_EXAMPLE: Final = (
    "retry: 2000\n\n"
    'event: heartbeat\ndata: {"position":41,"at":"2026-11-23T07:30:00Z","following":true,"behind_seconds":0.0}\n\n'
    'id: 42\nevent: alarm_changed\ndata: {"position":42,"id":"effect-…","body":{"type":"alarm_changed"}}\n\n'
)


@router.get("/stream", **text_answer("text/event-stream", _EXAMPLE))
async def stream(
    request: Request, ports: Ports, place: Annotated[_Place, Depends(_place)], site: IdFilter = None
) -> EventStream:
    """Follow all changes, of one site or of all, from a position or from now on."""
    state = request.app.state
    if state.hub.full:
        raise unavailable("All places in the live stream are taken: close other pages, or try again soon")
    parts = StreamParts(hub=state.hub, tail=state.tail, lag=state.lag, ends=state.figures.stream_ends)
    return EventStream(ports, parts, site=site, after=place.after)
