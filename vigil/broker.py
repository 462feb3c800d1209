"""The bundled MQTT broker: a nats-server child that is started, watched, restarted and stopped with Vigil.

nats-server acknowledges a message that no session wants and then drops it. So on a new store only the collector may log
in at first; `prepare` makes its sessions; then the devices' credentials are loaded into the running server.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from collector.foreign.mapping import ForeignFormat
from domain.broker_address import BrokerAddress
from vigil.broker_config import (
    COLLECTOR,
    DEVICES,
    PANELS,
    BrokerError,
    BrokerLimits,
    BrokerSecrets,
    BrokerTls,
    BrokerUser,
    MqttListener,
    load_or_create_secrets,
    write_private,
)
from vigil.broker_log import Sort
from vigil.broker_process import FileLock, free_port, require_free_port
from vigil.broker_tls import pinned_context, require_usable
from vigil.broker_users import users_of
from vigil.broker_watch import BrokerWatch, Confirm
from vigil.device_credentials import DeviceCredentials
from vigil.nats_server import NatsServer

CREDENTIALS_FILE: Final = "devices.json"
"""Where in its folder the bundled broker looks for the devices' own credentials."""

OWNER_LOCK: Final = "owner.lock"
"""Held by the Vigil that runs on the folder."""

_FIRST_PAUSE_SECONDS = 0.1
# Nobody is heard meanwhile: what starts at all shall not wait long.
_LONGEST_PAUSE_SECONDS = 2.0
# A server that lived this long had no fault in starting: the next restart begins with the short pause again.
_SETTLED_SECONDS = 10.0
_LOG = structlog.get_logger(__name__)


class BrokerEvent(StrEnum):
    """What the supervisor tells."""

    STARTED = "broker_started"
    DIED = "broker_died"
    RESTARTED = "broker_restarted"
    RESTART_FAILED = "broker_restart_failed"
    STORE_LOST = "broker_store_lost"
    ORPHAN_ENDED = "broker_orphan_ended"
    LOADED = "broker_loaded"
    NOT_LOADED = "broker_not_loaded"
    REFUSED = "broker_refused"
    CLIENT_ID_TAKEN = "broker_client_id_taken"


class BundledBroker:
    """One nats-server in `data_dir`, which belongs to it alone."""

    def __init__(
        self,
        data_dir: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: BrokerTls | None = None,
        shared_login: bool = True,
        mapping: Sequence[ForeignFormat] = (),
        limits: BrokerLimits | None = None,
        on_event: Callable[[BrokerEvent, str], None] | None = None,
    ) -> None:
        """`port` 0 takes a free one and keeps it as long as this object lives.

        `shared_login` lets devices without a credential of their own share one; `mapping` says which foreign topics may
        be published. `on_event` is called from threads of
        the broker's own and must not block.
        """
        self._dir = data_dir.resolve()
        self._listener = MqttListener(host, port, tls)
        self._shared_login = shared_login
        self._mapping = tuple(mapping)
        self._limits = limits or BrokerLimits()
        self._on_event = on_event
        self._credentials = DeviceCredentials(self._dir / CREDENTIALS_FILE)
        self._server = NatsServer(self._dir, self._limits)
        # In the store, so that it goes when the store goes.
        self._marker = self._server.store / "sessions-prepared"
        self._owner = FileLock(self._dir / OWNER_LOCK)
        self._secrets: BrokerSecrets | None = None
        self._users: tuple[BrokerUser, ...] = ()
        self._prepare: Callable[[BrokerAddress], None] | None = None
        self._sessions = ""
        self._told_lost = False
        # One at a time writes the configuration and signals the server: a launch, or a change of users.
        self._configuring = threading.Lock()
        self._supervisor: threading.Thread | None = None
        self._watch: BrokerWatch | None = None

    def claim(self) -> BrokerSecrets:
        """Take the folder for this object alone, until `stop`, and give the passwords, made if there are none yet.

        Raises:
            BrokerError: another Vigil has it, or the passwords are damaged, weak or open to others.
        """
        if self._secrets is None:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            complaint = f"another Vigil runs on {self._dir}: stop it, or choose another data directory"
            self._owner.acquire(complaint=complaint)
            with ExitStack() as undo:
                undo.callback(self._owner.release)
                self._secrets = load_or_create_secrets(self._dir / "passwords.json")
                undo.pop_all()
        return self._secrets

    def start(self, prepare: Callable[[BrokerAddress], None] | None = None, *, sessions: str = "1") -> BrokerAddress:
        """Start the broker, let `prepare` make the collector's sessions, admit devices; give the collector's address.

        `prepare` runs where the store does not have the sessions called `sessions` yet: change that name whenever the
        subscriptions change. It may meet messages queued for an older session and must leave them unacknowledged.
        """
        self._prepare, self._sessions = prepare, sessions
        self.claim()
        with ExitStack() as undo:
            undo.callback(self._shut_down)
            if self._listener.tls is not None:
                require_usable(self._listener.tls)
            ended = self._server.take_store()
            if ended is not None:
                self._tell(BrokerEvent.ORPHAN_ENDED, f"process {ended} was left behind by a run that was killed")
            self._listener = replace(self._listener, port=self._listener.port or free_port(self._listener.host))
            self._launch()
            undo.pop_all()
        self._tell(BrokerEvent.STARTED, f"{self.address.masked_url}, process {self.pid}")
        self._supervisor = threading.Thread(target=self._supervise, name="broker-supervisor", daemon=True)
        self._supervisor.start()
        tls_files = () if self._listener.tls is None else self._listener.tls.files
        changing = (self._credentials.path, *tls_files)
        self._watch = BrokerWatch(self._server.log, changing, self._reload, self._tell_noticed)
        self._watch.start()
        return self.address

    def stop(self) -> None:
        """End the broker and its supervision, within five seconds; a second call does nothing."""
        self._server.stopping.set()
        if self._watch is not None:
            self._watch.stop()
        self._shut_down()
        if self._supervisor is not None:
            self._supervisor.join(timeout=1.0)
            self._supervisor = None

    def is_alive(self) -> bool:
        return self._server.is_alive

    @property
    def pid(self) -> int | None:
        return None if self._server.child is None else self._server.child.pid

    @property
    def address(self) -> BrokerAddress:
        """Where and as whom the collector connects."""
        return self._address_as(COLLECTOR)

    @property
    def device_address(self) -> BrokerAddress:
        """Where and as whom devices connect that have no credential of their own; as nobody where none may."""
        if self._shared_login:
            return self._address_as(DEVICES)
        return replace(self._address_as(PANELS), username=None, password=None)

    @property
    def panel_address(self) -> BrokerAddress:
        """Where and as whom a panel reads the retained status of alarms and orders, and nothing else."""
        return self._address_as(PANELS)

    @property
    def refusals(self) -> Mapping[str, int]:
        """How often the broker refused what, since the start."""
        return {} if self._watch is None else self._watch.refusals.counts()

    def _address_as(self, name: str) -> BrokerAddress:
        host, port, tls = self._listener.host, self._listener.port, self._listener.tls
        near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
        user = next(user for user in self._users if user.name == name)
        address = BrokerAddress(near, port, user.name, user.password)
        return address if tls is None else address.with_tls(partial(pinned_context, tls))

    def _launch(self) -> None:
        """Bring up a server whose sessions exist before a device can log in."""
        require_free_port(self._listener.host, self._listener.port)
        with self._configuring:
            digest = self._renew_users()
            self._server.make_room()
            if self._is_prepared():
                self._server.configure(self._listener, self._users, self._limits.session_window)
                self._server.spawn()
                self._server.await_login(self.address)
            else:
                self._launch_in_two_steps()
            if digest is not None:
                self._credentials.mark_in_force(digest)

    def _launch_in_two_steps(self) -> None:
        collector_only = [user for user in self._users if user.name == COLLECTOR]
        self._server.configure(self._listener, collector_only, self._limits.filter_window)
        self._server.spawn()
        self._server.await_login(self.address)
        if self._prepare is not None:
            self._prepare(self.address)
        # The users and windows are exchanged in the running server; the collector's connections stay.
        self._server.configure(self._listener, self._users, self._limits.session_window)
        self._server.load()
        self._server.await_login(self.panel_address)
        write_private(self._marker, self._sessions.encode())

    def _is_prepared(self) -> bool:
        streams = self._server.store / "jetstream" / "$G" / "streams"
        if not ((streams / "$MQTT_sess").is_dir() and (streams / "$MQTT_msgs").is_dir()):
            return False
        return self._marker.exists() and self._marker.read_text() == self._sessions

    def _renew_users(self) -> str | None:
        """Read the users for a launch; gives the digest of the devices' file, none where the users before must do."""
        try:
            self._users, digest = self._read_users()
        except BrokerError as error:
            if not self._users:
                raise
            # It was sound when Vigil started: better those users than no broker.
            self._tell(BrokerEvent.NOT_LOADED, str(error))
            return None
        return digest

    def _read_users(self) -> tuple[tuple[BrokerUser, ...], str]:
        """Give the users as the files have them now, and the digest of the devices' file."""
        credentials, digest = self._credentials.read_with_digest()
        users = users_of(self.claim(), credentials, shared_login=self._shared_login, mapping=self._mapping)
        return users, digest

    def _reload(self, confirm: Confirm) -> None:
        """Exchange the users in the running server, and its certificate; links of those who are gone are cut."""
        with self._configuring:
            if not self.is_alive():
                return  # The next launch reads the files anyway.
            users, digest = self._read_users()
            for step in _steps(self._users, users):
                self._server.configure(self._listener, step, self._limits.session_window)
                self._server.load()
                confirm()
            self._users = users
            self._credentials.mark_in_force(digest)
        self._tell(BrokerEvent.LOADED, f"{len(users)} users may log in")

    def _supervise(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while (child := self._server.child) is not None:
            launched = time.monotonic()
            code = child.wait()
            if self._server.stopping.is_set():
                return
            if time.monotonic() - launched > _SETTLED_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._tell(BrokerEvent.DIED, f"nats-server {child.pid} ended with status {code}; restart in {pause:.1f} s")
            restarted = False
            while not restarted:
                if self._server.stopping.wait(pause):
                    return
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                restarted = self._restart(pause)

    def _restart(self, next_pause: float) -> bool:
        if not self._marker.exists() and not self._told_lost:
            # The collector will not notice: its sessions are made anew before it is back.
            self._told_lost = True
            self._tell(BrokerEvent.STORE_LOST, "the store is gone, and what devices had sent and Vigil not yet taken")
        try:
            self._launch()
        # supervision: whatever failed (our launch or the caller's prepare) is told to on_event and tried again.
        except Exception as error:
            self._server.end_half_started()
            if not self._server.stopping.is_set():
                self._tell(BrokerEvent.RESTART_FAILED, f"{error}; next try in {next_pause:.1f} s")
            return False
        self._told_lost = False
        self._tell(BrokerEvent.RESTARTED, f"{self.address.masked_url}, process {self.pid}")
        return True

    def _shut_down(self) -> None:
        self._server.stop()
        self._owner.release()
        self._secrets = None

    def _tell_noticed(self, sort: Sort, detail: str) -> None:
        told = {Sort.NOT_LOADED: BrokerEvent.NOT_LOADED, Sort.CLIENT_ID_TAKEN: BrokerEvent.CLIENT_ID_TAKEN}
        # Client ids stand there, our own among them.
        shown = detail if self._secrets is None else detail.replace(self._secrets.sessions, "***")
        self._tell(told.get(sort, BrokerEvent.REFUSED), shown)

    def _tell(self, event: BrokerEvent, detail: str) -> None:
        _LOG.info(event.value, detail=detail)
        if self._on_event is None:
            return
        try:
            self._on_event(event, detail)
        # supervision: a listener's fault must not end the watch over the broker; the log is told.
        except Exception:
            _LOG.exception("broker_event_listener_failed", told=event.value)


def _steps(before: Sequence[BrokerUser], after: Sequence[BrokerUser]) -> list[Sequence[BrokerUser]]:
    """Say which users to load one after the other, so that none who goes has a last word.

    When a link is cut the server publishes its last will, with the rights the link had: so the rights go first.
    """
    kept = {(user.name, user.password) for user in after}
    gone = [replace(user, publish=(), subscribe=()) for user in before if (user.name, user.password) not in kept]
    if not gone:
        return [after]
    names = {user.name for user in gone}
    return [[*(user for user in after if user.name not in names), *gone], after]
