"""A persistent MQTT session kept connected by a thread of its own, which is itself watched."""

import random
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import MQTTProtocolVersion

from collector.fault import described, log_fields
from collector.link import Link, LinkPlan, OnMessage
from collector.settings import Protocol, SessionSettings
from collector.topics import filters
from domain.broker_address import BrokerAddress
from domain.record import Urgency

# A link that lasted this long had no fault in its beginning: the next pause is short again.
_SETTLED_SECONDS: Final = 60.0
_HUNG_SECONDS: Final = 30.0
# Brokers of MQTT 3.1.1, and mosquitto 2.0 also with 5, only cut the connection whose client id another one uses. Once
# or twice is a broker that starts anew.
_CUTS_IN_A_ROW: Final = 3
_REMEDY: Final = (
    "give each Vigil at this broker a name of its own (setting `instance`: `--instance` or VIGIL_INSTANCE), and no "
    "other client an id that begins with it"
)
_JITTER: Final = random.SystemRandom()
_LOG = structlog.get_logger(__name__)


class SessionEvent(StrEnum):
    """What a session tells; the names are stable."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SESSION_LOST = "session_lost"
    TAKEN_OVER = "session_taken_over"
    THREAD_DIED = "thread_died"
    THREAD_HUNG = "thread_hung"


OnEvent = Callable[[SessionEvent, str], None]


class ContestedId:
    """Finds out from how connections end whether another client uses the same client id: each throws the other off."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self._cuts = 0
        self._is_told = False

    def unreachable(self) -> None:
        """Take it that nobody answered: the broker was away, which explains what was cut before."""
        self._cuts = 0

    def learn(self, link: Link) -> str | None:
        """Say what the end of a connection shows, and what to do; None where nothing is new."""
        if link.ready and time.monotonic() - link.ready_at > _SETTLED_SECONDS:
            self._cuts, self._is_told = 0, False
        elif link.ready and link.is_cut:
            self._cuts += 1
        if link.taken_over:
            found = "another client connected to the broker with the same client id, which ended this connection"
        elif self._cuts >= _CUTS_IN_A_ROW:
            found = (
                f"the broker accepted {self._cuts} connections in a row and cut each within a minute, with no reason: "
                "probably another client connects with the same client id"
            )
        else:
            return None
        if self._is_told:
            return None
        self._is_told = True
        return f"{found}; {_REMEDY}"


def session_name(urgency: Urgency, settings: SessionSettings) -> str:
    """Name a session for people and logs."""
    return f"{settings.instance}-{'readings' if urgency is Urgency.READING else 'events'}"


def session_filters(urgency: Urgency, settings: SessionSettings) -> tuple[str, ...]:
    """Give the filters of one session, those of native messages first."""
    foreign = settings.foreign_readings if urgency is Urgency.READING else settings.foreign_events
    return (*filters(urgency), *foreign)


def link_plan(
    urgency: Urgency,
    address: BrokerAddress,
    settings: SessionSettings,
    protocol: MQTTProtocolVersion,
    *,
    must_subscribe: bool,
) -> LinkPlan:
    """Say what the connection of one session asks for."""
    is_readings = urgency is Urgency.READING
    name = session_name(urgency, settings)
    return LinkPlan(
        address=address,
        client_id=f"{name}-{settings.secret}" if settings.secret else name,
        filters=session_filters(urgency, settings),
        forgotten=tuple(each for each in settings.forgotten if each not in session_filters(urgency, settings)),
        protocol=protocol,
        keepalive=settings.keepalive,
        connect_timeout=settings.connect_timeout,
        expiry=settings.expiry,
        window=settings.readings_window if is_readings else settings.events_window,
        max_packet_bytes=settings.max_packet_bytes,
        must_subscribe=must_subscribe,
    )


class ProtocolChoice:
    """Which MQTT version to try next. A refusal settles it; silence lets the other one have a turn."""

    def __init__(self, wanted: Protocol) -> None:
        """Begin with 5 unless 3.1.1 is wanted."""
        self.current = mqtt.MQTTv311 if wanted is Protocol.V311 else mqtt.MQTTv5
        self._settled = wanted is not Protocol.AUTO

    def learn(self, link: Link) -> bool:
        """Take the outcome of a connection into account; True where it was a refusal that the next try answers."""
        if self._settled:
            return False
        if link.protocol_refused:
            self._settled = True
            self.current = mqtt.MQTTv311
            return True
        if link.ready:
            self._settled = True
        elif not link.answered:
            # Some 3.1.1 brokers close the connection without a word.
            self.current = mqtt.MQTTv311 if self.current == mqtt.MQTTv5 else mqtt.MQTTv5
        return False


class Session:
    """Keeps one session connected from `start` to `stop`; `watch` must be called now and then."""

    def __init__(
        self, urgency: Urgency, address: BrokerAddress, settings: SessionSettings, on_message: OnMessage, tell: OnEvent
    ) -> None:
        """`on_message` gets the messages of this urgency, in the session's thread."""
        self.urgency = urgency
        self._on_message = on_message
        self._address = address
        self._settings = settings
        self._tell_outside = tell
        self._choice = ProtocolChoice(settings.protocol)
        self._known = settings.expect_sessions
        self._subscribed = False
        self._pause = settings.first_pause
        self._hung = False
        self._contested = ContestedId()
        self._stopping = threading.Event()
        self._link: Link | None = None
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """What the session is called; its client id may have a part that is not for showing."""
        return session_name(self.urgency, self._settings)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Begin to end the connection, not the session; `join` waits for it."""
        self._stopping.set()
        link = self._link
        if link is not None:
            link.drop("Vigil stops")

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end; False where it did not within `timeout` seconds."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def watch(self) -> None:
        """Start the thread anew where it died, and tell where it hangs."""
        if self._stopping.is_set() or self._thread is None:
            return
        if not self._thread.is_alive():
            self._tell(SessionEvent.THREAD_DIED, "the network thread ended; it is started anew")
            self._tell(SessionEvent.DISCONNECTED, "the network thread ended")
            self.start()
            return
        link = self._link
        silent = 0.0 if link is None else time.monotonic() - link.alive_at
        if (silent > _HUNG_SECONDS) is not self._hung:
            self._hung = not self._hung
            if self._hung:
                self._tell(SessionEvent.THREAD_HUNG, f"the network thread has not moved for {silent:.0f} s")

    def connected(self) -> bool:
        """Tell whether messages can come in now."""
        link = self._link
        return link is not None and link.is_open()

    def connected_at(self) -> float:
        """When the present connection came up, on the monotonic clock in seconds; 0 where there is none."""
        link = self._link
        return 0.0 if link is None else link.ready_at

    def waiting(self) -> int:
        """How many messages of the present connection are on their way into the journal."""
        link = self._link
        return 0 if link is None else link.waiting()

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            why: str | None
            try:
                why = self._serve_once()
            except OSError as error:
                why = f"{type(error).__name__}: {error}"
                self._contested.unreachable()
            # supervision: told to on_event and the log; the connection is made anew, which redelivers.
            except Exception as error:
                _LOG.error("session_thread_failed", session=self.name, **log_fields(error))
                why = described(error)
                self._tell(SessionEvent.THREAD_DIED, f"{why}; the network thread goes on with a new connection")
            if self._stopping.is_set():
                return
            if why is None:
                continue
            if time.monotonic() - began > _SETTLED_SECONDS:
                self._pause = self._settings.first_pause
            self._tell(SessionEvent.DISCONNECTED, why)
            self._stopping.wait(_JITTER.uniform(self._pause / 2, self._pause))
            self._pause = min(2 * self._pause, self._settings.longest_pause)

    def _serve_once(self) -> str | None:
        """Serve one connection and say why it ended; None where it only settled which protocol is spoken."""
        link = Link(self._plan(), self._on_message, self._became_ready)
        self._link = link
        if self._stopping.is_set():
            # leave() may have looked for a link just before there was one.
            link.drop("Vigil stops")
        try:
            why = link.serve()
        finally:
            negotiated = self._choice.learn(link)
            self._link = None
            if link.has_acknowledged:
                # The journal works: what went wrong now is not what went wrong before.
                self._pause = self._settings.first_pause
        found = self._contested.learn(link)
        if found is not None:
            self._tell(SessionEvent.TAKEN_OVER, found)
        return None if negotiated else why

    def _plan(self) -> LinkPlan:
        # Once a process: filters may have changed since the session was made.
        return link_plan(
            self.urgency, self._address, self._settings, self._choice.current, must_subscribe=not self._subscribed
        )

    def _became_ready(self, link: Link) -> None:
        if self._known and not link.session_present:
            self._tell(SessionEvent.SESSION_LOST, "the broker forgot the session; what waited in it is lost")
        self._known = self._subscribed = True
        self._tell(SessionEvent.CONNECTED, f"session_present={link.session_present}")

    def _tell(self, event: SessionEvent, detail: str) -> None:
        _LOG.info(f"session_{event}", session=self.name, detail=detail)
        try:
            self._tell_outside(event, f"{self.name}: {detail}")
        # supervision: a listener's fault must not end the session; the log is told.
        except Exception as error:
            _LOG.error("session_listener_failed", told=str(event), **log_fields(error))
