"""Bodies are read here, up to a size and within a time, before anything looks into them.

FastAPI's own limit answers in plain text from inside other middleware; this one answers with a problem, and the body
it hands on is whole.
"""

import asyncio
from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TOO_LARGE, TOO_SLOW, Problem, response


class BodyLimit:
    """ASGI middleware: reads the body, refuses one that is too large or comes too slowly."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, most_seconds: float, larger: Mapping[str, int]) -> None:
        """Take bodies of at most `most_bytes`, at some paths `larger` ones, that are complete within `most_seconds`."""
        self._app = app
        self._most_bytes = most_bytes
        self._larger = larger
        self._most_seconds = most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with its body in one piece."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            most_bytes = self._larger.get(scope["path"], self._most_bytes)
            body = await asyncio.wait_for(self._read(scope, receive, most_bytes), self._most_seconds)
        except TimeoutError:
            detail = f"The body was not complete within {self._most_seconds:g} s"
            await response(Problem(TOO_SLOW, detail, headers={"Connection": "close"}))(scope, receive, send)
            return
        except ClientDisconnect:
            # Half a request is no request, even where the half could be understood.
            return
        if body is None:
            detail = f"A body may have at most {most_bytes} bytes here"
            await response(Problem(TOO_LARGE, detail, headers={"Connection": "close"}))(scope, receive, send)
            return
        await self._app(scope, _replaying(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive, most_bytes: int) -> bytes | None:
        """The whole body; None where it is too large, which its announced length tells before it is read.

        Raises:
            ClientDisconnect: the client went away before its body was complete.
        """
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most_bytes:
            return None
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most_bytes:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def _replaying(body: bytes, receive: Receive) -> Receive:
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return whole.pop() if whole else await receive()

    return replay
