"""What surrounds every answer: security headers, request figures, and the last place where a mistake of ours ends."""

import secrets
import traceback
from collections.abc import Callable
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import HttpFigures
from api.problems import INTERNAL, Problem, response

_LOG = structlog.get_logger(__name__)

SECURITY_HEADERS: Final = {
    # Nothing is fetched from outside, nothing is framed, no script stands inside a page.
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # What Vigil shows is about people; only what says otherwise itself (a page's files) may be kept by a browser.
    "cache-control": "no-store",
}


class Envelope:
    """ASGI middleware around everything but Starlette's own outermost error handler."""

    def __init__(self, app: ASGIApp, *, figures: HttpFigures, stopwatch: Callable[[], float]) -> None:
        """Count and time requests in `figures`."""
        self._app = app
        self._figures = figures
        self._stopwatch = stopwatch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, whatever becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(self._figures, self._stopwatch, scope, send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:  # supervision: the log has the traceback under the id that the client is given
            instance = f"urn:vigil:error:{secrets.token_hex(8)}"
            # Written out here: a logger that adds local variables would put credentials into the log.
            _LOG.error(
                "request_failed",
                instance=instance,
                method=scope["method"],
                path=scope["path"],
                traceback="".join(traceback.format_exception(error)),
            )
            if answer.started:
                # Half an answer is out: only a broken connection tells the client.
                raise
            detail = f"This is not your mistake. The log has it as {instance}: please report it"
            await response(Problem(INTERNAL, detail), instance)(scope, receive, answer.send)


class _Answer:
    """The way out of one request."""

    def __init__(self, figures: HttpFigures, stopwatch: Callable[[], float], scope: Scope, send: Send) -> None:
        self._figures = figures
        self._stopwatch = stopwatch
        self._scope = scope
        self._send = send
        self._began = stopwatch()
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", ()))
            present = {name.lower() for name, _ in headers}
            headers += [
                (name.encode(), value.encode())
                for name, value in SECURITY_HEADERS.items()
                if name.encode() not in present
            ]
            message = {**message, "headers": headers}
            # Until the first byte: a stream that stays open for minutes is not slow.
            self._figures.observe(self._scope, message["status"], self._stopwatch() - self._began)
        await self._send(message)
