"""The clock's part of the loop as decisions: when a gap, the end of a backlog, or a tick is due (gap law).

Decides from times it is given and keeps no clock of its own, so that its tests need no waiting. Nothing here is
forgotten before the loop has said that its record is stored.
"""

from typing import Final

from msgspec import Struct

from domain.instant import SECOND, Instant
from domain.record import BacklogDrained, MonitorGap

TICK_SPACING_SECONDS: Final = 0.1
"""At most ten ticks a second (Batch law)."""

HEARTBEAT_SECONDS: Final = 10.0
"""A tick at least this often, so that a restart knows when Vigil last watched."""

FREEZE_SECONDS: Final = 5.0
"""A loop that did not come round for this long was not watching: stopped, swapped out or starved. The same where the
clock ran this far ahead of the stopwatch: the machine was suspended, or somebody set the clock."""

QUIET_SECONDS: Final = 2.0
"""A broker that sent nothing for this long has no backlog left, unless the composition root knows better: nats-server
gives back what a crashed collector had not acknowledged only 5 s after it first sent it."""

LONGEST_HOLD_SECONDS: Final = 60.0
"""A site that never falls quiet is judged again after this long."""

CLOCK_JUMPED: Final = "the clock jumped ahead: suspended, or set"
"""The reason of a gap that only the clock knows of."""

DEAF_SECONDS: Final = 5.0
"""A link that is away for this long is a gap while it lasts, not only when it is back."""


class Watch(Struct):
    """What the loop remembers between rounds. Spans are seconds of a stopwatch, instants are the clock's.

    `speed` is the clock's rate against the stopwatch; `jumps_are_gaps` is off for a clock that is moved on purpose.
    """

    last_round: float
    last_round_at: Instant
    last_tick: float
    last_tick_at: Instant
    holding_since: float | None = None
    waited_from: int = 0
    quiet_needed: float = QUIET_SECONDS
    speed: float = 1.0
    jumps_are_gaps: bool = True
    last_listening: float | None = None
    deaf: bool = False

    def round(self, stopwatch: float, now: Instant) -> MonitorGap | None:
        """Note that the loop came round; gives the gap to record where nobody watched meanwhile."""
        stood = stopwatch - self.last_round
        ahead = (now - self.last_round_at) / SECOND / self.speed - stood
        start = self.last_round_at
        self.last_round = stopwatch
        self.last_round_at = now
        if now <= start:
            return None
        if stood >= FREEZE_SECONDS:
            return MonitorGap(start=start, end=now, reason="the process stood still")
        if self.jumps_are_gaps and ahead >= FREEZE_SECONDS:
            return MonitorGap(start=start, end=now, reason=CLOCK_JUMPED)
        return None

    def busy(self, stopwatch: float, now: Instant) -> None:
        """Note that the loop is at work on a backlog: it is behind, not frozen."""
        if stopwatch - self.last_round < FREEZE_SECONDS:
            self.last_round = stopwatch
            self.last_round_at = now

    def went_back(self, now: Instant) -> float:
        """How many seconds the clock stands before the newest tick; until it has caught up nothing is found absent."""
        return max(0.0, (self.last_tick_at - now) / SECOND)

    def listens(self, stopwatch: float, now: Instant, *, listening: bool) -> MonitorGap | None:
        """Note whether messages can come; gives the gap to record once they could not for too long."""
        if listening or self.last_listening is None:
            self.last_listening = stopwatch
            self.deaf = False
            return None
        away = stopwatch - self.last_listening
        if self.deaf or away < DEAF_SECONDS:
            return None
        self.deaf = True
        start = now - round(away * SECOND * self.speed)
        return MonitorGap(start=start, end=now, reason="not connected to the MQTT broker")

    def hold(self, stopwatch: float, seq: int) -> None:
        """Absence waits for the backlog of a gap that is, or is about to be, recorded after `seq`."""
        self.holding_since = stopwatch
        self.waited_from = seq

    def drained(self, stopwatch: float, quiet_seconds: float, seq: int) -> BacklogDrained | None:
        """Say that the backlog is read, once the sources have been quiet or the hold has lasted long enough.

        While nothing can come, nothing is drained: the hold begins anew when messages can come again.
        """
        if self.holding_since is None:
            return None
        if self.last_listening is not None and self.last_listening < stopwatch:
            self.holding_since = stopwatch
            return None
        held = stopwatch - self.holding_since
        if held < LONGEST_HOLD_SECONDS and min(held, quiet_seconds) < self.quiet_needed:
            return None
        return BacklogDrained(waited=max(0, seq - self.waited_from))

    def release(self) -> None:
        """The end of the backlog is recorded: absence is judged again."""
        self.holding_since = None

    def tick(self, stopwatch: float, now: Instant, deadline: Instant | None) -> bool:
        """Tell whether a tick is due: for a deadline, spaced, or as the heartbeat; never backwards in time."""
        since = stopwatch - self.last_tick
        wanted = deadline is not None and deadline <= now and self.holding_since is None
        due = since >= HEARTBEAT_SECONDS or (wanted and since >= TICK_SPACING_SECONDS)
        return due and now > self.last_tick_at

    def ticked(self, stopwatch: float, now: Instant) -> None:
        """A tick is recorded."""
        self.last_tick = stopwatch
        self.last_tick_at = now

    def patience(self, stopwatch: float, now: Instant, deadline: Instant | None) -> float:
        """How many seconds the loop may wait for records before the clock has something to say."""
        if self.holding_since is not None:
            return TICK_SPACING_SECONDS
        until_heartbeat = HEARTBEAT_SECONDS - (stopwatch - self.last_tick)
        if deadline is None:
            wait = until_heartbeat
        else:
            spacing = TICK_SPACING_SECONDS - (stopwatch - self.last_tick)
            wait = min(until_heartbeat, max(spacing, (deadline - now) / SECOND / self.speed))
        return min(max(wait, 0.001), 1.0)
