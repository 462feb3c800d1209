"""The clock's part of the loop: when to append `Tick`, `MonitorGap` and `BacklogDrained` (gap law).

Decides from times it is given and keeps no clock of its own, so that its tests need no waiting.
"""

from typing import Final

from msgspec import Struct

from domain.instant import Instant
from domain.record import BacklogDrained, MonitorGap, Tick

TICK_SPACING_SECONDS: Final = 0.1
"""At most ten ticks a second (Batch law)."""

HEARTBEAT_SECONDS: Final = 10.0
"""A tick at least this often, so that a restart knows when Vigil last watched."""

FREEZE_SECONDS: Final = 5.0
"""A loop that did not come round for this long was not watching: suspended, swapped out or starved."""

QUIET_SECONDS: Final = 2.0
"""A broker that sent nothing for this long has no backlog left, unless the composition root knows better: nats-server
gives back what a crashed collector had not acknowledged only 5 s after it first sent it."""

LONGEST_HOLD_SECONDS: Final = 60.0
"""A site that never falls quiet is judged again after this long."""

ClockNotice = Tick | MonitorGap | BacklogDrained


class Watch(Struct):
    """What the loop remembers between rounds. Spans are seconds of a stopwatch, instants are the clock's."""

    last_round: float
    last_round_at: Instant
    last_tick: float
    last_tick_at: Instant
    holding_since: float | None = None
    waited_from: int = 0
    quiet_needed: float = QUIET_SECONDS

    def round(self, stopwatch: float, now: Instant) -> MonitorGap | None:
        """Note that the loop came round; gives the gap to record where it had not come round for too long."""
        frozen = stopwatch - self.last_round
        gap_start = self.last_round_at
        self.last_round = stopwatch
        self.last_round_at = now
        if frozen < FREEZE_SECONDS or now <= gap_start:
            return None
        return MonitorGap(start=gap_start, end=now, reason="the process stood still")

    def hold(self, stopwatch: float, seq: int) -> None:
        """A gap has been recorded at `seq`: absence waits for the backlog."""
        self.holding_since = stopwatch
        self.waited_from = seq

    def drained(self, stopwatch: float, quiet_seconds: float, seq: int) -> BacklogDrained | None:
        """Say that the backlog is read, once the sources have been quiet or the hold has lasted long enough."""
        if self.holding_since is None:
            return None
        held = stopwatch - self.holding_since
        if held < LONGEST_HOLD_SECONDS and min(held, quiet_seconds) < self.quiet_needed:
            return None
        self.holding_since = None
        return BacklogDrained(waited=max(0, seq - self.waited_from))

    def tick(self, stopwatch: float, now: Instant, deadline: Instant | None) -> bool:
        """Tell whether a tick is due: for a deadline, spaced, or as the heartbeat; never backwards in time."""
        since = stopwatch - self.last_tick
        wanted = deadline is not None and deadline <= now and self.holding_since is None
        due = since >= HEARTBEAT_SECONDS or (wanted and since >= TICK_SPACING_SECONDS)
        if not due or now <= self.last_tick_at:
            return False
        self.last_tick = stopwatch
        self.last_tick_at = now
        return True

    def patience(self, stopwatch: float, now: Instant, deadline: Instant | None, speed: float) -> float:
        """How many seconds the loop may wait for records before the clock has something to say."""
        if self.holding_since is not None:
            return TICK_SPACING_SECONDS
        until_heartbeat = HEARTBEAT_SECONDS - (stopwatch - self.last_tick)
        if deadline is None:
            wait = until_heartbeat
        else:
            spacing = TICK_SPACING_SECONDS - (stopwatch - self.last_tick)
            wait = min(until_heartbeat, max(spacing, (deadline - now) / 1_000_000 / speed))
        return min(max(wait, 0.001), 1.0)
