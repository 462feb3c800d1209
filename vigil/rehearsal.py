"""A whole Vigil with something that speaks to it: for the demo, for recordings on their own clock, for tests.

Runs a `Service`, publishes messages to its broker over MQTT as devices would, and afterwards holds what the devices
know (the ledger) against what Vigil stored.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import numpy as np
from msgspec import Struct

from collector.forgetting import SessionsNotForgotten, forget_sessions
from domain.configuration import Configuration
from domain.effects import AlarmChange, AlarmChanged, DuplicateIgnored, WorkOrderChange, WorkOrderChanged
from domain.identity import MessageIdentity
from domain.instant import SECOND, Duration, Instant, from_seconds
from domain.observations import Quarantined
from domain.record import Record
from runtime.clock import ScaledClock
from simulators.device import Message
from simulators.publishing import Ledger, Pace, publish
from stores.ports import StoredEffect
from vigil.service import Service, Started, named_broker, session_settings
from vigil.settings import BUNDLED, Settings

SETTLE_SECONDS: Final = 15.0
"""How long the pipeline may take to finish what was sent, before the rest counts as lost."""

LONGEST_HOLD_SECONDS: Final = 5.0
"""How long the clock waits for a message that Vigil does not take, before it runs on without."""

MOST_AHEAD: Final = 5 * SECOND
"""How far the clock may run ahead of a message on its way, so that several are on their way together."""

_PART_OF_PATIENCE: Final = 4
"""And at most this part of the time for which the shortest-lived value is known."""

PAGE: Final = 1000


class Tally(Struct, frozen=True, kw_only=True):
    """What the devices sent against what Vigil has.

    `journalled` counts distinct messages of the ledger found in the journal, `lost` those acknowledged by the broker
    and not found. `alarms` counts occurrences by rule, `work_orders` orders created. Latencies are milliseconds from
    the first publish of the message that completed an alarm to the commit of that alarm.
    """

    sent: int
    acknowledged: int
    journalled: int
    quarantined: int
    duplicates: int
    lost: tuple[MessageIdentity, ...]
    alarms: Mapping[str, int]
    work_orders: int
    latency_ms: Mapping[str, float | None]


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
        self._times: list[Instant] = []
        self._taken = 0
        self._moved = time.monotonic()

    def note(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Pass the messages through, noting when each is due; asked for the next one, the last has been handed out."""
        for message in messages:
            self._times.append(max(message.at, self._times[-1] if self._times else message.at))
            self._moved = time.monotonic()
            yield message

    def ceiling(self) -> Instant | None:
        """A little after the first message that Vigil has not taken was due, or the last where it has taken all.

        None while no message moves: then nobody knows what the clock should wait for. Safe from any thread.
        """
        if not self._times:
            return self._begin
        taken = self._service.collector.stats().acknowledged - self._taken_before
        now = time.monotonic()
        if taken > self._taken:
            self._taken, self._moved = taken, now
        if taken >= len(self._times):
            return self._times[-1] + self._ahead
        return None if now - self._moved > LONGEST_HOLD_SECONDS else self._times[taken] + self._ahead


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
        self.effects: list[StoredEffect] = []
        self.silent_from: Instant | None = None
        self._stop_asked = threading.Event()

    def start(self) -> Started:
        """Start the service."""
        return self.service.start()

    def stop_publishing(self) -> None:
        """End the publishing from any thread or signal handler."""
        self._stop_asked.set()

    def publish(self, messages: Iterable[Message], started: Started, seconds: float | None) -> None:
        """Publish until the messages end, `seconds` have passed, or somebody asks to stop; then let all settle."""
        underway = Underway(self.service, self._begin)
        self._clock.hold(underway.ceiling)
        asyncio.run(self._publish(underway.note(messages), started, seconds))
        silent_from = self.silent_from = self._clock()
        # From here on time would only tell that the devices are gone.
        self._clock.hold(lambda: silent_from)
        self._settle()

    def tally(self) -> Tally:
        """Read journal and effects and count."""
        self.effects = list(self._all_effects())
        records = {record.seq: record for record in self._all_records()}
        known = {record.identity for record in records.values() if record.identity is not None}
        bodies = [stored.effect.body for stored in self.effects]
        raised = [body for body in bodies if isinstance(body, AlarmChanged) and body.change is AlarmChange.RAISED]
        created = [
            body for body in bodies if isinstance(body, WorkOrderChanged) and body.change is WorkOrderChange.CREATED
        ]
        return Tally(
            sent=self.ledger.sent,
            acknowledged=self.ledger.acknowledged_count,
            journalled=len(known & set(self.ledger.published)),
            quarantined=sum(isinstance(record.body, Quarantined) for record in records.values()),
            duplicates=sum(isinstance(body, DuplicateIgnored) for body in bodies),
            lost=tuple(sorted(set(self.ledger.acknowledged) - known, key=lambda lost: (lost.device, lost.seq))),
            alarms=dict(sorted(Counter(body.alarm.rule for body in raised).items())),
            work_orders=len(created),
            latency_ms=_percentiles(self._latencies(records)),
        )

    async def _publish(self, messages: Iterable[Message], started: Started, seconds: float | None) -> None:
        stop = asyncio.Event()
        pace = Pace(self._clock, self._clock.speed, self._clock.skip_to)
        publishing = asyncio.create_task(publish(messages, started.devices, pace, self.ledger, stop))
        deadline = None if seconds is None else time.monotonic() + seconds
        while not publishing.done():
            await asyncio.wait([publishing], timeout=0.1)
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

    def _latencies(self, records: Mapping[int, Record]) -> list[float]:
        """Milliseconds from publish to commit, for alarms raised by a message (and not by the clock)."""
        found: list[float] = []
        for stored in self.effects:
            body = stored.effect.body
            if not isinstance(body, AlarmChanged) or body.change is not AlarmChange.RAISED:
                continue
            cause = records.get(stored.effect.cause)
            published = self.ledger.published.get(cause.identity) if cause is not None and cause.identity else None
            if published is not None:
                found.append((stored.committed_at - published) / 1_000)
        return found

    def _all_effects(self) -> Iterable[StoredEffect]:
        position = 0
        while batch := self.service.state.reader.effects_after(position, PAGE):
            yield from batch
            position = batch[-1].position

    def _all_records(self) -> Iterable[Record]:
        seq = 0
        while batch := self.service.journal.read(seq, PAGE):
            yield from batch
            seq = batch[-1].seq


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


def _percentiles(latencies: list[float]) -> dict[str, float | None]:
    if not latencies:
        return {"p50": None, "p95": None, "p99": None}
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "p99": round(float(p99), 1)}
