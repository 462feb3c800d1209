"""A whole Vigil with something that speaks to it: for the demo, for recordings on their own clock, for tests.

Runs a `Service`, publishes messages to its broker over MQTT as devices would, and afterwards holds what the devices
know (the ledger) against what Vigil stored.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from collector.forgetting import SessionsNotForgotten, forget_sessions
from domain.configuration import Configuration
from domain.instant import SECOND, Duration, Instant, from_seconds
from runtime.clock import ScaledClock
from simulators.device import Message
from simulators.publishing import Ledger, Pace, publish
from stores.ports import StoredEffect
from vigil.broker_choice import named_broker, session_settings
from vigil.service import Service, Started
from vigil.settings import BUNDLED, Settings
from vigil.tallying import Tally, Tallying

SETTLE_SECONDS: Final = 15.0
"""How long the pipeline may take to finish what was sent, before the rest counts as lost."""

LONGEST_HOLD_SECONDS: Final = 20.0
"""How long the clock waits for a message that Vigil does not take, before it runs on without.

Longer than a disk that others keep busy holds up one fsync: at speed 600 a second of going on without is ten minutes.
"""

MOST_AHEAD: Final = 5 * SECOND
"""How far the clock may run ahead of a message on its way, so that several are on their way together."""

_PART_OF_PATIENCE: Final = 4
"""And at most this part of the time for which the shortest-lived value is known."""


class Underway:
    """How far the messages have come, and therefore how far the clock may run.

    At speed 600 a tenth of a second is a minute: without this, whatever delays a message would look like a silent
    device, and a fast run would show the machine's hiccups instead of what was recorded.
    """

    def __init__(self, service: Service, begin: Instant) -> None:
        """Count from what the collector has taken so far; before the first message the clock stands at `begin`."""
        self._service = service
        self._begin = begin
        self._ahead = may_run_ahead(service.configuration)
        self._taken_before = service.collector.stats().acknowledged
        self._times: deque[Instant] = deque()
        self._latest: Instant | None = None
        self._taken = 0
        self._moved = time.monotonic()
        self._lock = threading.Lock()

    def note(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Pass the messages through, noting when each is due; asked for the next one, the last has been handed out."""
        for message in messages:
            self._latest = message.at if self._latest is None else max(message.at, self._latest)
            self._times.append(self._latest)
            self._moved = time.monotonic()
            yield message

    def ceiling(self) -> Instant | None:
        """A little after the first message that Vigil has not taken was due, or the last where it has taken all.

        None while no message moves: then nobody knows what the clock should wait for. Safe from any thread.
        """
        if self._latest is None:
            return self._begin
        waiting, is_moving = self._first_waiting()
        if waiting is None:
            return self._latest + self._ahead
        return waiting + self._ahead if is_moving else None

    def unread(self) -> Instant | None:
        """When the first message was due that Vigil has not taken; None where it has all, or none comes any more."""
        waiting, is_moving = self._first_waiting()
        return waiting if is_moving else None

    def _first_waiting(self) -> tuple[Instant | None, bool]:
        taken = self._service.collector.stats().acknowledged - self._taken_before
        now = time.monotonic()
        with self._lock:
            if taken > self._taken:
                self._moved = now
            while self._taken < taken and self._times:
                self._times.popleft()
                self._taken += 1
            return self._times[0] if self._times else None, now - self._moved <= LONGEST_HOLD_SECONDS


def may_run_ahead(configuration: Configuration) -> Duration:
    """How far the clock may run ahead of a message on its way without making anything look absent."""
    lives = [from_seconds(point.holds_seconds) for site in configuration.sites for point in site.points]
    return min(MOST_AHEAD, min(lives, default=MOST_AHEAD * _PART_OF_PATIENCE) // _PART_OF_PATIENCE)


class Rehearsal:
    """One run of a service with a publisher beside it.

    `silent_from` is when the devices fell silent, by the service's clock: what Vigil says of later times is about
    devices that are gone.
    """

    def __init__(self, service: Service, clock: ScaledClock) -> None:
        """Use a service that has not been started; `clock` is its own."""
        self.service = service
        self._clock = clock
        # Until the devices speak, time stands still: starting takes seconds, at speed 600 so many ten minutes.
        self._begin = clock()
        clock.hold(lambda: self._begin)
        self.ledger = Ledger()
        self.silent_from: Instant | None = None
        self._stop_asked = threading.Event()
        self._tallying: Tallying

    def start(self) -> Started:
        """Start the service."""
        started = self.service.start()
        self._tallying = Tallying(self.service.journal, self.service.state.reader, self.ledger)
        return started

    def stop_publishing(self) -> None:
        """End the publishing from any thread or signal handler."""
        self._stop_asked.set()

    def publish(self, messages: Iterable[Message], started: Started, seconds: float | None) -> None:
        """Publish until the messages end, `seconds` have passed, or somebody asks to stop; then let all settle."""
        underway = Underway(self.service, self._begin)
        self._clock.hold(underway.ceiling, underway.unread)
        asyncio.run(self._publish(underway.note(messages), started, seconds))
        silent_from = self.silent_from = self._clock()
        # From here on time would only tell that the devices are gone.
        self._clock.hold(lambda: silent_from)
        self._settle()

    @property
    def told(self) -> list[StoredEffect]:
        """What was said so far of alarms, and of rules that failed."""
        return self._tallying.told

    def tally(self) -> Tally:
        """Count what came of everything."""
        return self._tallying.finish()

    async def _publish(self, messages: Iterable[Message], started: Started, seconds: float | None) -> None:
        stop = asyncio.Event()
        pace = Pace(self._clock, self._clock.speed, self._clock.skip_to)
        publishing = asyncio.create_task(publish(messages, started.devices, pace, self.ledger, stop))
        deadline = None if seconds is None else time.monotonic() + seconds
        while not publishing.done():
            await asyncio.wait([publishing], timeout=0.1)
            # A little at a time: at the end of days there is hardly anything left to read.
            self._tallying.catch_up()
            if self._stop_asked.is_set() or (deadline is not None and time.monotonic() >= deadline):
                stop.set()
        await publishing

    def _settle(self) -> None:
        """Wait until everything acknowledged has been judged, and nothing new comes."""
        service = self.service
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            if service.collector.idle_seconds() > 0.5 and service.loop.lag == 0:  # noqa: PLR2004 - several round trips
                return
            service.journal.wait(service.journal.last_seq, 0.1)


@contextmanager
def leaving_no_sessions(settings: Settings) -> Iterator[None]:
    """Begin and end without sessions at a broker that goes on without us: nobody will come to read them.

    Raises:
        SessionsNotForgotten: the broker does not let us in at the beginning.
    """
    if settings.broker == BUNDLED:
        yield
        return
    forget_sessions(named_broker(settings), session_settings(settings))
    try:
        yield
    finally:
        # What was seen counts more than a broker that went away meanwhile.
        with suppress(SessionsNotForgotten):
            forget_sessions(named_broker(settings), session_settings(settings))
