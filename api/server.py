"""uvicorn in a thread of its own: starts on a port it tells, stops within a given time, touches no signal."""

import socket
import threading
from typing import Final

import uvicorn
from fastapi import FastAPI

from domain.errors import VigilError

_START_SECONDS: Final = 10.0
_GRACE_SECONDS: Final = 3
"""What a request under way may still take when the server stops. Streams are told to end at once."""


class ServerNotStarted(VigilError):
    """The API cannot listen where it was told to; the message says why."""


class _Server(uvicorn.Server):
    """Tells when it serves, and ends live streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app
        self.serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.hub.stop()
        await super().shutdown(sockets)


class ApiServer:
    """Serves an application over HTTP, or HTTPS where certificate and key are given (PEM files)."""

    def __init__(
        self, app: FastAPI, host: str, port: int, certfile: str | None = None, keyfile: str | None = None
    ) -> None:
        """Prepare; nothing is opened before `start`. Port 0 takes a free one."""
        self._host = host
        self._port = port
        config = uvicorn.Config(
            app,
            # Chosen, not found: what happens to be installed changes nothing.
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            # Paths may hold one-time codes; requests are counted in the metrics.
            access_log=False,
            server_header=False,
            # Who stands before us is not believed without being configured.
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            ssl_certfile=certfile,
            ssl_keyfile=keyfile,
        )
        self._server = _Server(config, app)
        self._thread = threading.Thread(target=self._run, name="api", daemon=True)
        self._socket: socket.socket | None = None
        self._failure: BaseException | None = None

    def start(self) -> int:
        """Listen and serve; gives the port.

        Raises:
            ServerNotStarted: the address cannot be used, the certificate cannot be read, or a store did not answer.
        """
        self._socket = self._listen()
        port: int = self._socket.getsockname()[1]
        self._thread.start()
        served = self._server.serving.wait(_START_SECONDS)
        if not served or self._failure is not None:
            self.stop(0.0)
            raise ServerNotStarted(f"The API cannot serve on {self._host}:{port}: {self._reason()}") from self._failure
        return port

    @property
    def alive(self) -> bool:
        """Whether the server's thread still runs."""
        return self._thread.is_alive()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop serving: streams end at once, requests under way may finish. True if all ended within `timeout` s."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(1.0)
        if self._socket is not None:
            self._socket.close()
        return not self._thread.is_alive()

    def _reason(self) -> str:
        match self._failure:
            case None:
                return f"it did not start within {_START_SECONDS:g} s"
            case SystemExit():
                return "a store did not answer when the live stream was to start; the log says which"
            case _:
                return str(self._failure)

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Named, because asyncio sets TCP_NODELAY only on sockets that say they are TCP: each answer would wait 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            # After a restart the port's old connections may linger; that must not keep us from it.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._host, self._port))
            listening.listen()
        except OSError as error:
            listening.close()
            remedy = "choose another port or address (--host, --port)"
            raise ServerNotStarted(f"The API cannot listen on {self._host}:{self._port}: {error}; {remedy}") from error
        return listening

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket] if self._socket else None)
        except BaseException as error:  # supervision: `start` raises it, or `alive` turns false and readiness says so
            self._failure = error
        finally:
            self._server.serving.set()
