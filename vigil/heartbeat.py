"""Tells a watcher outside every minute that Vigil is well: whoever hears nothing for a few minutes calls somebody.

Nobody inside can tell that all has stopped. So silence is the message: it comes when the process is gone or frozen,
when the machine or its network is down, and while a part of Vigil is not ready.
"""

import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import httpcore

from notify.guarded_network import AddressRefused, GuardedNetwork

BEAT_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 15.0

Tell = Callable[[str, object], None]


class Heartbeat:
    """Beats from `start` to `stop`, on a thread of its own."""

    def __init__(
        self, url: str, readiness: Callable[[], Mapping[str, str]], tell: Tell, seconds: float = BEAT_SECONDS
    ) -> None:
        """`readiness` gives each part with what keeps it from being ready; `tell` hears of beats nobody took."""
        self._url, self._host = url, urlsplit(url).hostname or ""
        self._readiness = readiness
        self._tell = tell
        self._seconds = seconds
        self._context = ssl.create_default_context()
        self._is_failing = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin with a beat at once."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def beat(self) -> bool:
        """Send one beat where every part is ready; gives whether it was taken. A row of failures is told once."""
        if any(self._readiness().values()):
            return False
        trouble = self._post()
        if trouble and not self._is_failing:
            # Without the URL: it is all that one needs to speak for us.
            self._tell("heartbeat", f"the watcher at {self._host} did not take it: {trouble}")
        self._is_failing = bool(trouble)
        return not trouble

    def _post(self) -> str:
        """Post once, following no redirect; gives what went wrong, or nothing."""
        # The operator named this host, so it may be one of the house.
        network = GuardedNetwork({self._host}, ANSWER_SECONDS)
        try:
            with httpcore.ConnectionPool(ssl_context=self._context, network_backend=network) as pool:
                status = pool.request("POST", self._url, headers={"User-Agent": "vigil", "Connection": "close"}).status
        except (
            AddressRefused,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            httpcore.UnsupportedProtocol,
            OSError,
        ) as error:
            return type(error).__name__
        return "" if 200 <= status < 300 else f"HTTP {status}"  # noqa: PLR2004 - HTTP's own

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.beat()
            self._stopping.wait(self._seconds)
