"""Beside the running broker: has it load what changed in its files, and tells whom it refused."""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from vigil.broker_config import BrokerError
from vigil.broker_log import REFUSALS, LogReader, Notice, Sort

_POLL_SECONDS: Final = 0.25
_LOAD_SECONDS: Final = 10.0
"""For how long the server may load its users: it checks the password of each link anew, 2 ms each."""

_CONFIRM_POLL_SECONDS: Final = 0.005
_AGAIN_SECONDS: Final = 5.0
_TELL_SECONDS: Final = 60.0
_FLAPS: Final = 3
_FLAP_SECONDS: Final = 60.0
_CLIENTS_WATCHED: Final = 1000

Tell = Callable[[Sort, str], None]
Confirm = Callable[[], None]


class RefusalTally:
    """Counts what the broker refused, and decides what is worth telling: the first at once, then once a minute."""

    def __init__(self, tell: Tell, stopwatch: Callable[[], float] = time.monotonic) -> None:
        """`tell` gets a sort and a sentence."""
        self._tell = tell
        self._stopwatch = stopwatch
        self._counts: Counter[Sort] = Counter()
        self._untold: Counter[Sort] = Counter()
        self._latest: dict[Sort, Notice] = {}
        self._told_at: dict[Sort, float] = {}
        self._flaps: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_FLAPS))

    def note(self, notice: Notice) -> None:
        """Count one notice."""
        self._counts[notice.sort] += 1
        if notice.sort is Sort.CLIENT_ID_TAKEN and not self._flaps_too_often(notice.client):
            return
        self._untold[notice.sort] += 1
        self._latest[notice.sort] = notice

    def tell_due(self) -> None:
        """Tell what has not been told, each sort at most once a minute."""
        now = self._stopwatch()
        for sort, number in list(self._untold.items()):
            if now - self._told_at.get(sort, -_TELL_SECONDS) >= _TELL_SECONDS:
                self._told_at[sort] = now
                del self._untold[sort]
                self._tell(sort, _sentence(self._latest[sort], number))

    def counts(self) -> Mapping[str, int]:
        """How many there were of each sort since the start."""
        return {str(sort): self._counts[sort] for sort in (*REFUSALS, Sort.CLIENT_ID_TAKEN)}

    def _flaps_too_often(self, client: str) -> bool:
        """A link that comes back before its old one is missed takes the id over too, but not three times a minute."""
        now = self._stopwatch()
        if client not in self._flaps and len(self._flaps) >= _CLIENTS_WATCHED:
            del self._flaps[next(iter(self._flaps))]
        flaps = self._flaps[client]
        flaps.append(now)
        return len(flaps) == _FLAPS and now - flaps[0] <= _FLAP_SECONDS


def _sentence(notice: Notice, number: int) -> str:
    match notice.sort:
        case Sort.PUBLISH_DENIED:
            return f"{number} publishes were denied, the last by client {notice.client} on {notice.detail}"
        case Sort.SUBSCRIBE_DENIED:
            return f"{number} subscriptions were denied, the last of client {notice.client} on {notice.detail}"
        case Sort.LOGIN_REFUSED:
            return f"{number} log-ins were refused, the last of client {notice.client}, {notice.detail}"
        case Sort.TLS_REFUSED:
            return f"{number} TLS handshakes failed, the last with: {notice.detail}"
        case _:
            return (
                f"client id {notice.client} was taken over {_FLAPS} times within {_FLAP_SECONDS:.0f} s: two clients "
                "use it, one of them may be an impostor"
            )


class BrokerWatch:
    """A thread that looks at the broker's log and at files that the broker must load anew when they change."""

    def __init__(
        self,
        log: Path,
        files: Sequence[Path],
        reload: Callable[[Confirm], None],
        tell: Tell,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        """`reload` changes the configuration, signals the server, and calls what it is given: that waits for the server
        to have loaded it, and raises BrokerError where it refused.
        """
        self.refusals = RefusalTally(tell, stopwatch)
        self._log = LogReader(log)
        self._files = tuple(files)
        self._reload = reload
        self._tell = tell
        self._seen = self._state_of_files()
        self._again_at: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broker-watch", daemon=True)

    def start(self) -> None:
        """Begin to look; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; may be called from any other, also before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_POLL_SECONDS):
                try:
                    self._look()
                # supervision: told to on_event; the next look may fare better.
                except Exception as error:
                    self._tell(Sort.NOT_LOADED, f"the broker's log and files cannot be watched: {error}")
        finally:
            self._log.close()

    def _look(self) -> None:
        for notice in self._log.read():
            self._note(notice)
        self.refusals.tell_due()
        state = self._state_of_files()
        is_due = self._again_at is not None and time.monotonic() >= self._again_at
        if state != self._seen or is_due:
            self._seen, self._again_at = state, None
            self._load()

    def _load(self) -> None:
        try:
            self._reload(self._await_loaded)
        # supervision: told to on_event; the server goes on with what it had, and it is tried again.
        except Exception as error:
            self._again_at = time.monotonic() + _AGAIN_SECONDS
            if not self._stopping.is_set():
                self._tell(Sort.NOT_LOADED, f"{error}; next try in {_AGAIN_SECONDS:.0f} s")

    def _await_loaded(self) -> None:
        """Wait until the server says that it has loaded its configuration."""
        deadline = time.monotonic() + _LOAD_SECONDS
        while True:
            notices = list(self._log.read())
            for notice in notices:
                self._note(notice)
            answers = [notice for notice in notices if notice.sort in {Sort.LOADED, Sort.NOT_LOADED}]
            if answers and answers[-1].sort is Sort.NOT_LOADED:
                raise BrokerError(f"nats-server refused its new configuration: {answers[-1].detail}")
            if answers:
                return
            if time.monotonic() > deadline:
                raise BrokerError(f"nats-server did not load its new configuration within {_LOAD_SECONDS:.0f} s")
            if self._stopping.wait(_CONFIRM_POLL_SECONDS):
                raise BrokerError("the bundled broker is being stopped")

    def _note(self, notice: Notice) -> None:
        if notice.sort in {*REFUSALS, Sort.CLIENT_ID_TAKEN}:
            self.refusals.note(notice)

    def _state_of_files(self) -> tuple[object, ...]:
        return tuple(map(_state_of, self._files))


def _state_of(path: Path) -> tuple[int, ...]:
    try:
        now = path.stat()
    except OSError:
        return ()
    return (now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size)
