"""The one reader of the effect stream in this process: a thread that waits for commits and tells the event loop.

All clients of the live stream and all waiting commands hang off it, so a thousand of them cost one database read.
"""

import asyncio
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from prometheus_client import Counter

from stores.ports import ReadModels, StoredEffect

Listener = Callable[[Sequence[StoredEffect], int], None]
"""Called on the event loop with effects in order and the position they reach to."""

_BATCH: Final = 500
_WAIT_SECONDS: Final = 0.25
"""How long one wait lasts; it bounds how long a stop takes."""
_RETRY_SECONDS: Final = 1.0
_LOG = structlog.get_logger(__name__)


class EffectTail:
    """Follows the stream from the position at which it is started."""

    def __init__(self, models: ReadModels, failures: Counter) -> None:
        """Follow `models`; nothing is read before `start`."""
        self._models = models
        self._failures = failures
        self._listeners: list[Listener] = []
        self._stopping = threading.Event()
        self._taken = threading.Event()
        self._thread: threading.Thread | None = None
        self.following = False
        """Whether the stream could be read at the last try."""
        self.position = 0
        """What the listeners have been told up to; only changed on the event loop."""

    def listen(self, listener: Listener) -> None:
        """Tell `listener` too. To be called before `start`."""
        self._listeners.append(listener)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Follow from the newest effect on, telling listeners on `loop`.

        Raises:
            StoreUnavailable: the newest position cannot be read.
        """
        self.position = self._models.last_position()
        self.following = True
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=(loop,), name="effect-tail", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following, and wait for the thread: what it reads from is closed next."""
        self._stopping.set()
        self._taken.set()
        if self._thread is not None:
            self._thread.join(4 * _WAIT_SECONDS)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        position = self.position
        while not self._stopping.is_set():
            try:
                position = self._follow(loop, position)
                self.following = True
            except Exception as error:  # supervision: logged, counted, and every heartbeat says it
                if loop.is_closed():
                    return
                self._failed(error)

    def _follow(self, loop: asyncio.AbstractEventLoop, position: int) -> int:
        if not self._models.wait_for_effects(position, _WAIT_SECONDS):
            return position
        effects = self._models.effects_after(position, _BATCH)
        if not effects:
            return position
        reached = effects[-1].position
        self._taken.clear()
        loop.call_soon_threadsafe(self._tell, effects, reached)
        # At most one batch is on its way, so a busy event loop is not buried.
        while not (self._taken.wait(_WAIT_SECONDS) or self._stopping.is_set() or loop.is_closed()):
            continue
        return reached

    def _tell(self, effects: Sequence[StoredEffect], reached: int) -> None:
        try:
            for listener in self._listeners:
                listener(effects, reached)
        finally:
            self.position = reached
            self._taken.set()

    def _failed(self, error: Exception) -> None:
        self.following = False
        self._failures.inc()
        said = "".join(traceback.format_exception(error))
        _LOG.error("effect_stream_unavailable", retry_seconds=_RETRY_SECONDS, traceback=said)
        self._stopping.wait(_RETRY_SECONDS)
