"""Says in the journal what the clock has to say: gaps, ends of backlogs, ticks. Nothing is dropped when it refuses.

`runtime.watch` decides, this appends; what could not be appended is tried again at the next round.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from domain.instant import Instant
from domain.record import BacklogDrained, MonitorGap, Tick
from runtime.clock import Clock, Stopwatch
from runtime.deliver import Fault
from runtime.watch import Watch

ClockNotice = Tick | MonitorGap | BacklogDrained
Append = Callable[[ClockNotice, Instant], int]
"""Stores a notice with its event time and gives its seq, or raises JournalUnavailable."""

BACKWARDS_SECONDS: Final = 1.0
"""A clock that was set back by more than this is told; less is what time servers do every day."""

KEPT_GAPS: Final = 20
"""So many of the newest are remembered, for whoever looks every few seconds."""


class Senses(Struct, frozen=True, kw_only=True):
    """What the timekeeper can see: clock, stopwatch, whether messages can come and for how long none did."""

    clock: Clock
    stopwatch: Stopwatch
    listening: Callable[[], bool]
    quiet_seconds: Callable[[], float]


class Timekeeper:
    """Keeps time for one engine. All but `report_gap` belong to the loop's thread."""

    def __init__(self, watch: Watch, senses: Senses, append: Append, on_fault: Fault) -> None:
        """Begin with `watch` as it stands."""
        self.watch = watch
        self._senses = senses
        self._append = append
        self._on_fault = on_fault
        # A deque's append and popleft are atomic, so other threads may report.
        self._gaps: deque[MonitorGap] = deque()
        self._told_backwards = False
        self.gaps = 0
        self.recent_gaps: deque[MonitorGap] = deque(maxlen=KEPT_GAPS)
        self.ticks = 0

    def report_gap(self, gap: MonitorGap) -> None:
        """Tell from any thread that nobody could watch; it is recorded at the next round."""
        self._gaps.append(gap)

    def keep(self, seq: int, deadline: Instant | None) -> None:
        """Append what is due now; `deadline` is the engine's next, `seq` what it has judged.

        Raises:
            JournalUnavailable: something could not be recorded; it stays due.
        """
        senses, watch = self._senses, self.watch
        stopwatch, now = senses.stopwatch(), senses.clock()
        self._tell_backwards(watch.went_back(now))
        for gap in (
            watch.round(stopwatch, now),
            watch.listens(stopwatch, now, listening=senses.listening()),
        ):
            if gap is not None:
                self._gaps.append(gap)
        if self._gaps:
            self.record_gaps(seq)
            return
        drained = watch.drained(stopwatch, senses.quiet_seconds(), seq)
        if drained is not None:
            self._append(drained, now)
            watch.release()
        elif watch.tick(stopwatch, now, deadline):
            self._append(Tick(), now)
            watch.ticked(stopwatch, now)
            self.ticks += 1

    def record_gaps(self, seq: int) -> None:
        """Hold absence, and record the gaps that were found or reported."""
        self.watch.hold(self._senses.stopwatch(), seq)
        while self._gaps:
            gap = self._gaps[0]
            self._append(gap, gap.end)
            self._gaps.popleft()
            self.recent_gaps.append(gap)
            self.gaps += 1

    def busy(self) -> None:
        """Note that a backlog is being judged."""
        self.watch.busy(self._senses.stopwatch(), self._senses.clock())

    def patience(self, deadline: Instant | None) -> float:
        """How many seconds the loop may wait for records."""
        return self.watch.patience(self._senses.stopwatch(), self._senses.clock(), deadline)

    def _tell_backwards(self, seconds: float) -> None:
        if seconds < BACKWARDS_SECONDS:
            self._told_backwards = False
        elif not self._told_backwards:
            self._told_backwards = True
            self._on_fault("clock", f"it went back by {seconds:.0f} s: nothing is found absent until it has caught up")
