"""The bundled MQTT broker: a nats-server child that is started, watched, restarted and stopped with Vigil.

nats-server acknowledges a message that no session wants and then drops it. So on a new store only the collector may log
in at first; `prepare` makes its sessions; then the devices' credentials are loaded into the running server.
"""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path

import structlog

from domain.broker_address import BrokerAddress
from vigil.broker_config import (
    DEVICES,
    PANELS,
    BrokerError,
    BrokerLimits,
    BrokerSecrets,
    BrokerUser,
    default_users,
    load_or_create_secrets,
    render,
    room_for,
    write_private,
)
from vigil.broker_process import (
    FileLock,
    end_orphan,
    find_nats_server,
    free_port,
    may_log_in,
    require_free_port,
    spawn,
    stop_child,
    write_pidfile,
)

_READY_SECONDS = 10.0
_POLL_SECONDS = 0.01
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0
# A server that lived this long had no fault in starting: the next restart begins with the short pause again.
_SETTLED_SECONDS = 60.0
_LOG_TAIL_CHARACTERS = 1500
_LOG = structlog.get_logger(__name__)


class BrokerEvent(StrEnum):
    """What the supervisor tells."""

    STARTED = "broker_started"
    DIED = "broker_died"
    RESTARTED = "broker_restarted"
    RESTART_FAILED = "broker_restart_failed"
    ORPHAN_ENDED = "broker_orphan_ended"


class BundledBroker:
    """One nats-server in `data_dir`, which belongs to it alone."""

    def __init__(
        self,
        data_dir: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: BrokerLimits | None = None,
        users: Callable[[BrokerSecrets], Sequence[BrokerUser]] = default_users,
        on_event: Callable[[BrokerEvent, str], None] | None = None,
    ) -> None:
        """`port` 0 takes a free one and keeps it as long as this object lives; `users` puts the collector first."""
        self._dir = data_dir.resolve()
        self._host = host
        self._port = port
        self._limits = limits or BrokerLimits()
        self._make_users = users
        self._on_event = on_event
        self._config = self._dir / "nats.conf"
        self._store = self._dir / "store"
        self._store_bytes = self._limits.max_store_bytes
        self._log = self._dir / "nats.log"
        self._pidfile = self._dir / "nats.pid"
        # In the store, so that it goes when the store goes.
        self._marker = self._store / "sessions-prepared"
        self._owner = FileLock(self._dir / "owner.lock")
        self._store_lock = FileLock(self._dir / "store.lock")
        self._users: tuple[BrokerUser, ...] = ()
        self._child: subprocess.Popen[bytes] | None = None
        self._prepare: Callable[[BrokerAddress], None] | None = None
        self._sessions = ""
        self._stopping = threading.Event()
        # Between "not stopping" and "child started" stop() must wait, or it would miss that child.
        self._spawning = threading.Lock()
        self._supervisor: threading.Thread | None = None

    def start(self, prepare: Callable[[BrokerAddress], None] | None = None, *, sessions: str = "1") -> BrokerAddress:
        """Start the broker, let `prepare` make the collector's sessions, admit devices; give the collector's address.

        `prepare` runs where the store does not have the sessions called `sessions` yet: change that name whenever the
        subscriptions change. It may meet messages queued for an older session and must leave them unacknowledged.
        """
        self._prepare, self._sessions = prepare, sessions
        self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._owner.acquire(complaint=f"another Vigil runs on {self._dir}: stop it, or choose another data directory")
        self._stopping.clear()
        with ExitStack() as undo:
            undo.callback(self._shut_down)
            self._end_orphan()
            self._users = tuple(self._make_users(load_or_create_secrets(self._dir / "passwords.json")))
            self._port = self._port or free_port(self._host)
            self._launch()
            undo.pop_all()
        self._tell(BrokerEvent.STARTED, f"{self.address.masked_url}, process {self.pid}")
        self._supervisor = threading.Thread(target=self._supervise, name="broker-supervisor", daemon=True)
        self._supervisor.start()
        return self.address

    def stop(self) -> None:
        """End the broker and its supervision, within five seconds; a second call does nothing."""
        self._stopping.set()
        self._shut_down()
        if self._supervisor is not None:
            self._supervisor.join(timeout=1.0)
            self._supervisor = None

    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    @property
    def address(self) -> BrokerAddress:
        """Where and as whom the collector connects."""
        return self._address_of(self._users[0])

    @property
    def device_address(self) -> BrokerAddress:
        """Where and as whom devices connect that have no credential of their own."""
        return self._address_as(DEVICES)

    @property
    def panel_address(self) -> BrokerAddress:
        """Where and as whom a panel reads the retained status of alarms and orders, and nothing else."""
        return self._address_as(PANELS)

    def _address_as(self, name: str) -> BrokerAddress:
        for user in self._users:
            if user.name == name:
                return self._address_of(user)
        raise BrokerError(f"the bundled broker was given no user named '{name}'")

    def _address_of(self, user: BrokerUser) -> BrokerAddress:
        near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - compared, not bound
        return BrokerAddress(near, self._port, user.name, user.password)

    def _end_orphan(self) -> None:
        ended = end_orphan(self._pidfile, self._config)
        if ended is not None:
            self._tell(BrokerEvent.ORPHAN_ENDED, f"process {ended} was left behind by a run that was killed")
        self._store_lock.acquire(
            complaint=f"a nats-server that {self._pidfile} does not name uses {self._store}: find it with "
            f"'fuser {self._dir / 'store.lock'}' and end it"
        )

    def _launch(self) -> None:
        """Bring up a server whose sessions exist before a device can log in."""
        require_free_port(self._host, self._port)
        self._store_bytes = room_for(self._store, self._limits)
        if self._is_prepared():
            self._write_config(self._users, self._limits.session_window)
            self._spawn()
            self._await_login(self._users[0])
            return
        self._write_config(self._users[:1], self._limits.filter_window)
        child = self._spawn()
        self._await_login(self._users[0])
        if self._prepare is not None:
            self._prepare(self.address)
        self._write_config(self._users, self._limits.session_window)
        # The users and windows are exchanged in the running server; the collector's connections stay.
        child.send_signal(signal.SIGHUP)
        self._await_login(self._users[-1])
        write_private(self._marker, self._sessions.encode())

    def _is_prepared(self) -> bool:
        streams = self._store / "jetstream" / "$G" / "streams"
        if not ((streams / "$MQTT_sess").is_dir() and (streams / "$MQTT_msgs").is_dir()):
            return False
        return self._marker.exists() and self._marker.read_text() == self._sessions

    def _write_config(self, users: Sequence[BrokerUser], window: int) -> None:
        text = render(
            host=self._host,
            port=self._port,
            users=users,
            limits=self._limits,
            window=window,
            store=self._store,
            store_bytes=self._store_bytes,
            log=self._log,
        )
        write_private(self._config, text.encode())

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self._spawning:
            if self._stopping.is_set():
                raise BrokerError("the bundled broker is being stopped")
            command = [str(find_nats_server()), "-c", str(self._config)]
            self._child = child = spawn(command, directory=self._dir, keep_open=self._store_lock.descriptor)
            write_pidfile(self._pidfile, child.pid)
        return child

    def _await_login(self, user: BrokerUser) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not may_log_in(self._address_of(user)):
            if not self.is_alive():
                raise BrokerError(f"nats-server ended while it started; its last words: {self._last_words()}")
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"nats-server did not admit '{user.name}' on port {self._port} within {_READY_SECONDS:.0f} s; "
                    f"its last words: {self._last_words()}"
                )
            if self._stopping.wait(_POLL_SECONDS):
                raise BrokerError("the bundled broker is being stopped")

    def _last_words(self) -> str:
        said = b"".join(path.read_bytes() for path in (self._dir / "stderr.txt", self._log) if path.exists())
        # The log is appended to: what an earlier process complained of is not what ended this one.
        others = re.compile(rf"\[(?!{self.pid}\])\d+\] ")
        lines = [line for line in said.decode(errors="replace").splitlines() if not others.match(line)]
        return "\n".join(lines)[-_LOG_TAIL_CHARACTERS:] or "(none)"

    def _supervise(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while (child := self._child) is not None:
            launched = time.monotonic()
            code = child.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - launched > _SETTLED_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._tell(BrokerEvent.DIED, f"nats-server {child.pid} ended with status {code}; restart in {pause:.1f} s")
            restarted = False
            while not restarted:
                if self._stopping.wait(pause):
                    return
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                restarted = self._restart(pause)

    def _restart(self, next_pause: float) -> bool:
        try:
            self._launch()
        # supervision: whatever failed (our launch or the caller's prepare) is told to on_event and tried again.
        except Exception as error:
            self._end_half_started()
            if not self._stopping.is_set():
                self._tell(BrokerEvent.RESTART_FAILED, f"{error}; next try in {next_pause:.1f} s")
            return False
        self._tell(BrokerEvent.RESTARTED, f"{self.address.masked_url}, process {self.pid}")
        return True

    def _end_half_started(self) -> None:
        with self._spawning:
            if self._child is not None:
                stop_child(self._child)

    def _shut_down(self) -> None:
        with self._spawning:
            if self._child is not None:
                stop_child(self._child)
                self._pidfile.unlink(missing_ok=True)
                self._child = None
            self._store_lock.release()
            self._owner.release()

    def _tell(self, event: BrokerEvent, detail: str) -> None:
        _LOG.info(event.value, detail=detail)
        if self._on_event is None:
            return
        try:
            self._on_event(event, detail)
        # supervision: a listener's fault must not end the watch over the broker; the log is told.
        except Exception:
            _LOG.exception("broker_event_listener_failed", told=event.value)
