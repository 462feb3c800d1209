"""The collector: two MQTT sessions, each with a decoder and a way into the journal, and a watch over both."""

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Final

from collector.credentials import CredentialKey
from collector.foreign.unmapped import UnmappedDevices
from collector.intake import Intake
from collector.link import Link
from collector.message import MessageDecoder
from collector.raw_copies import RawCopies
from collector.session import OnEvent, ProtocolChoice, Session, SessionEvent, link_plan, session_filters, session_name
from collector.settings import CollectorSettings, SessionSettings
from collector.stream_client import Publication
from collector.tally import CollectorStats, Tally
from domain.broker_address import BrokerAddress
from domain.directory import Directory
from domain.errors import VigilError
from domain.instant import Instant
from domain.record import Urgency
from journal.ports import JournalWriter

URGENCIES: Final = (Urgency.EVENT, Urgency.READING)
"""One session each, so that a flood of readings never delays a scan."""

_WATCH_SECONDS: Final = 1.0
_PREPARE_TRIES: Final = 4


class SessionsNotPrepared(VigilError):
    """The broker did not let the collector make its sessions."""


class Collector:
    """Everything that comes in over MQTT, from `start` to `stop`."""

    def __init__(
        self,
        address: BrokerAddress,
        directory_source: Callable[[], Directory],
        journal: JournalWriter,
        clock: Callable[[], Instant],
        settings: CollectorSettings,
        *,
        key: CredentialKey,
        raw: RawCopies | None = None,
        on_event: OnEvent | None = None,
    ) -> None:
        """`clock` is asked on every message, as is `directory_source`, so that a new configuration holds at once.

        `on_event` is called from the sessions' threads and must not block.
        """
        self._tally = Tally()
        self.unmapped = UnmappedDevices()
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._last_message = 0.0
        self._sessions: list[Session] = []
        for urgency in URGENCIES:
            decoder = MessageDecoder(key, settings.limits, mapping=settings.mapping, unmapped=self.unmapped)
            intake = Intake(urgency, decoder, journal, directory_source, clock, settings.session, self._tally, raw)
            take = self._noting_the_time(intake)
            self._sessions.append(Session(urgency, address, settings.session, take, on_event or _tell_nobody))

    def start(self) -> None:
        """Begin to connect and to watch the connections; returns at once. To start again, make a new collector."""
        for session in self._sessions:
            session.start()
        self._watcher = threading.Thread(target=self._watch, name="collector-watch", daemon=True)
        self._watcher.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """End the connections; the sessions stay, and what is not acknowledged comes again. False: a thread hangs."""
        self._stopping.set()
        deadline = time.monotonic() + timeout
        for session in self._sessions:
            session.leave()
        ended = [session.join(max(0.0, deadline - time.monotonic())) for session in self._sessions]
        if self._watcher is not None:
            self._watcher.join(max(0.0, deadline - time.monotonic()))
            ended.append(not self._watcher.is_alive())
        return all(ended)

    def connected(self) -> bool:
        """Tell whether both sessions can receive now."""
        return all(session.connected() for session in self._sessions)

    def idle_seconds(self) -> float:
        """How long no message came since both sessions are connected; 0 while one is not, or a message waits."""
        if not self.connected() or any(session.waiting() for session in self._sessions):
            return 0.0
        # What waited in the broker comes after the connection only.
        began = max(session.connected_at() for session in self._sessions)
        return time.monotonic() - max(began, self._last_message)

    def stats(self) -> CollectorStats:
        """Count what has happened so far."""
        return self._tally.stats({session.urgency: session.waiting() for session in self._sessions})

    def _noting_the_time(self, intake: Intake) -> Callable[[Link, Publication], None]:
        def take(link: Link, message: Publication) -> None:
            self._last_message = time.monotonic()
            intake.take(link, message)

        return take

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            for session in self._sessions:
                session.watch()


def session_layout(settings: SessionSettings) -> str:
    """Name what the sessions subscribe to; where it changes, they must be prepared anew."""
    said = "\n".join(
        [
            settings.instance,
            settings.secret,
            *(topic_filter for urgency in URGENCIES for topic_filter in session_filters(urgency, settings)),
        ]
    )
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def prepare_sessions(address: BrokerAddress, settings: SessionSettings | None = None) -> None:
    """Make both sessions with their subscriptions, and leave; from then on the broker keeps what comes.

    What it delivers meanwhile stays unacknowledged and comes again.

    Raises:
        SessionsNotPrepared: the broker cannot be reached, or refuses.
    """
    settings = settings or SessionSettings()
    choice = ProtocolChoice(settings.protocol)
    for urgency in URGENCIES:
        why = ""
        for _ in range(_PREPARE_TRIES):
            plan = link_plan(urgency, address, settings, choice.current, must_subscribe=True)
            link = Link(plan, _leave_it, _leave_at_once)
            try:
                why = link.serve()
            except OSError as error:
                why = f"{type(error).__name__}: {error}"
            choice.learn(link)
            if link.ready:
                break
        else:
            remedy = "check the address, the credential and its rights"
            name = session_name(urgency, settings)
            raise SessionsNotPrepared(f"no session '{name}' at {address.masked_url}: {why}; {remedy}")


def _tell_nobody(_event: SessionEvent, _detail: str) -> None:
    """Stand in for a listener; the log is told anyway."""


def _leave_it(_link: Link, _message: Publication) -> None:
    """Take no notice: what is not acknowledged comes again."""


def _leave_at_once(link: Link) -> None:
    link.drop("the session is prepared")
