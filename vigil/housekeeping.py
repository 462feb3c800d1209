"""Deletes what has been kept long enough: journal segments by their retention, settled messages, photographs.

Once an hour, on a thread of its own. A clock that has jumped ahead would delete everything at once, and nobody could
tell it from time that passed while Vigil was off; so after a jump nothing is deleted for a day: somebody may look.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from domain.errors import VigilError
from domain.instant import DAY, HOUR, Duration, Instant, from_seconds
from journal.chain import SegmentKind
from journal.sqlite_journal import RETENTION, SqliteJournal
from runtime.clock import Clock, Stopwatch
from runtime.deliver import Fault
from stores.state.outbox import StateOutbox

PASS_SECONDS: Final = 3600.0

SETTLED_MESSAGES: Final[Duration] = 30 * DAY
"""How long sent and refused messages are kept after that, to be able to say what was sent."""

MOST_DRIFT: Final[Duration] = HOUR
"""How far the clock may run ahead of the stopwatch from one pass to the next: a time server may correct it a little."""

LONGEST_REST: Final[Duration] = DAY
"""How long ago the newest record may be from before the start."""

PAUSE_SECONDS: Final = 86_400.0
"""How long nothing is deleted after a jump."""


class Retiring(Protocol):
    """Something else that deletes what it has kept long enough."""

    def retire(self, now: Instant) -> int:
        """Delete it; gives how much went."""


class Housekeeping:
    """Goes round once an hour from `start` to `stop`."""

    def __init__(
        self,
        journal: SqliteJournal,
        outbox: StateOutbox,
        clock: Clock,
        on_fault: Fault,
        *,
        aside: Sequence[Retiring] = (),
        segments_kept: Mapping[SegmentKind, Duration] = RETENTION,
        speed: float = 1.0,
        stopwatch: Stopwatch = time.monotonic,
    ) -> None:
        """`speed` is how fast the clock runs against the stopwatch. Make it before anything is appended anew."""
        self._journal = journal
        self._outbox = outbox
        self._clock = clock
        self._on_fault = on_fault
        self._aside = aside
        self._segments_kept = segments_kept
        self._speed = speed
        self._stopwatch = stopwatch
        newest = journal.record(journal.last_seq)
        self._last_heard = None if newest is None else newest.received_at
        self._looked: tuple[Instant, float] | None = None
        self._paused_until = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin with a pass at once."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End after what is being deleted."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def tidy(self) -> int:
        """One pass; gives how many segments, messages and photographs went.

        Raises:
            OSError: the disk refuses to delete.
            StoreUnavailable: the state does.
        """
        now, elapsed = self._clock(), self._stopwatch()
        if self._has_jumped(now, elapsed):
            self._paused_until = elapsed + PAUSE_SECONDS
            self._on_fault("housekeeping", "the clock is ahead of where it should be: nothing is deleted for a day")
        self._looked = (now, elapsed)
        if elapsed < self._paused_until:
            return 0
        gone = 0
        for kind, span in self._segments_kept.items():
            gone += len(self._journal.retire(kind, now - span))
        while forgotten := self._outbox.forget(now - SETTLED_MESSAGES):
            gone += forgotten
        return gone + sum(each.retire(now) for each in self._aside)

    def _has_jumped(self, now: Instant, elapsed: float) -> bool:
        if self._looked is None:
            return self._last_heard is not None and now > self._last_heard + LONGEST_REST
        then, elapsed_then = self._looked
        return now > then + from_seconds((elapsed - elapsed_then) * self._speed) + MOST_DRIFT

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tidy()
            except (OSError, VigilError) as error:
                self._on_fault("housekeeping", str(error))
            self._stopping.wait(PASS_SECONDS)
