"""One nats-server process: its configuration, its birth, its death, and what it said last."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from domain.broker_address import BrokerAddress
from vigil.broker_config import BrokerError, BrokerLimits, BrokerUser, MqttListener, render, room_for, write_private
from vigil.broker_process import (
    FileLock,
    end_orphan,
    end_unnamed_orphan,
    find_nats_server,
    may_log_in,
    spawn,
    stop_child,
    write_pidfile,
)

_READY_SECONDS = 10.0
_RELEASE_SECONDS = 3.0
_POLL_SECONDS = 0.01
_LOG_TAIL_CHARACTERS = 1500
_CONFIG = "nats.conf"
_PIDFILE = "nats.pid"


class NatsServer:
    """The process in one folder. Its methods may be called from any thread, one launch at a time."""

    def __init__(self, directory: Path, limits: BrokerLimits) -> None:
        """Nothing is touched yet."""
        self.log = directory / "nats.log"
        self.store = directory / "store"
        self._dir = directory
        self._limits = limits
        self._store_bytes = limits.max_store_bytes
        self._config = directory / _CONFIG
        self._pidfile = directory / _PIDFILE
        self._store_lock = FileLock(directory / "store.lock")
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        # Between "not stopping" and "child started" stop() must wait, or it would miss that child.
        self._spawning = threading.Lock()

    @property
    def child(self) -> "subprocess.Popen[bytes] | None":
        return self._child

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def stopping(self) -> threading.Event:
        """Set from the beginning of `stop` to the next `take_store`."""
        return self._stopping

    def take_store(self) -> int | None:
        """End the server that a killed run of ours left behind, give its process id, and hold the store from now on.

        Raises:
            BrokerError: somebody else uses the store.
        """
        self._stopping.clear()
        ended = end_orphan(self._pidfile, self._config)
        lock = self._dir / "store.lock"
        complaint = f"another program uses {self.store}: find it with 'fuser {lock}' and end it"
        deadline = time.monotonic() + _RELEASE_SECONDS
        while True:
            try:
                self._store_lock.acquire(complaint=complaint)
            except BrokerError:
                # One that has just been ended may hold it a moment longer, with those of its threads that still live.
                if time.monotonic() > deadline:
                    raise
                ended = end_unnamed_orphan(self._config, lock) or ended
                time.sleep(_POLL_SECONDS)
            else:
                return ended

    def make_room(self) -> None:
        """Before a start: leave room above a full store."""
        self._store_bytes = room_for(self.store, self._limits)

    def configure(self, listener: MqttListener, users: Sequence[BrokerUser], window: int) -> None:
        """Write the configuration that the next start, or `load`, reads."""
        text = render(
            listener,
            users=users,
            limits=self._limits,
            window=window,
            store=self.store,
            store_bytes=self._store_bytes,
            log=self.log,
        )
        write_private(self._config, text.encode())

    def spawn(self) -> None:
        with self._spawning:
            if self._stopping.is_set():
                raise BrokerError("the bundled broker is being stopped")
            command = [str(find_nats_server()), "-c", str(self._config)]
            self._child = spawn(command, directory=self._dir, keep_open=self._store_lock.descriptor)
            write_pidfile(self._pidfile, self._child.pid)

    def load(self) -> None:
        """Have the running server read its configuration anew; connections stay but for those who lost their right."""
        if self._child is not None:
            self._child.send_signal(signal.SIGHUP)

    def await_login(self, address: BrokerAddress) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not may_log_in(address):
            if not self.is_alive:
                raise BrokerError(f"nats-server ended while it started; its last words: {self.last_words()}")
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"nats-server did not admit '{address.username}' on port {address.port} within "
                    f"{_READY_SECONDS:.0f} s; its last words: {self.last_words()}"
                )
            if self._stopping.wait(_POLL_SECONDS):
                raise BrokerError("the bundled broker is being stopped")

    def last_words(self) -> str:
        said = b"".join(path.read_bytes() for path in (self._dir / "stderr.txt", self.log) if path.exists())
        # The log is appended to: what an earlier process complained of is not what ended this one.
        pid = None if self._child is None else self._child.pid
        others = re.compile(rf"\[(?!{pid}\])\d+\] ")
        lines = [line for line in said.decode(errors="replace").splitlines() if not others.match(line)]
        return "\n".join(lines)[-_LOG_TAIL_CHARACTERS:] or "(none)"

    def end_half_started(self) -> None:
        with self._spawning:
            if self._child is not None:
                stop_child(self._child)

    def stop(self) -> None:
        """End the process and give the store back; a second call does nothing."""
        self._stopping.set()
        with self._spawning:
            if self._child is not None:
                stop_child(self._child)
                self._pidfile.unlink(missing_ok=True)
                self._child = None
            self._store_lock.release()


def end_left_behind(directory: Path) -> int | None:
    """End the server that a killed run left behind in a folder that nobody will use again; give its process id."""
    return end_orphan(directory / _PIDFILE, directory / _CONFIG)
