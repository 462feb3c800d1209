"""The specification of the kind `limit` in plain Python: one object per (rule, point), one call per reading.

Slow and readable on purpose. `rules.kinds.limit` must say the same at the same times (tests/properties).
"""

import math
from dataclasses import dataclass

from domain.alarm import ConditionTrigger
from domain.instant import Duration, Instant, from_seconds
from domain.readings import Quality
from rules.kinds.limit_settings import LimitSettings


@dataclass(frozen=True)
class Said:
    """One finding, as far as the specification goes."""

    cause: int
    index: int
    rule: str
    point: str
    at: Instant
    trigger: ConditionTrigger
    since: Instant
    value: float
    evidence: tuple[int, ...]


@dataclass
class ScalarLimit:
    """One limit rule on one point."""

    rule: str
    point: str
    settings: LimitSettings
    holds: Duration

    beyond: bool = False  # the raw condition
    raised: bool = False
    known: bool = False
    value: float = 0.0
    value_seq: int = 0
    counted: Duration = 0  # known time for which the raw condition has been as it is, up to `clock`
    clock: Instant = 0  # the latest reading or fired deadline
    stale_at: Instant = 0  # when the present value is no longer known
    since: Instant = 0  # when the raw condition became what it is, by reading `since_seq`
    since_seq: int = 0

    @property
    def delay(self) -> Duration:
        """The known time after which the raw condition counts."""
        return from_seconds(self.settings.on_delay_seconds if self.beyond else self.settings.off_delay_seconds)

    def fire(self, until: Instant, cause: int, index: int = 0) -> list[Said]:
        """Fire the deadlines up to `until`, in order of time, a delay before a stale value."""
        said: list[Said] = []
        while self.known:
            due = self.clock + self.delay - self.counted
            if self.beyond != self.raised and due <= min(self.stale_at, until):
                self._count_to(due)
                said.append(self._turn(due, cause, index))
            elif self.raised and self.stale_at <= until:
                self._count_to(self.stale_at)
                self.known = False
                said.append(self._say(ConditionTrigger.LOSE_SIGHT, self.stale_at, cause, index))
            else:
                break
        return said

    def read(self, at: Instant, value: float, quality: int, seq: int, index: int) -> list[Said]:
        """Judge one reading, after the deadlines that come before it or with it.

        A reading behind a deadline that a tick has already fired counts as made at that deadline.
        """
        at = max(at, self.clock)
        said = self.fire(at, seq, index)
        if self.known:
            self._count_to(min(at, self.stale_at))
        self.clock = at
        if quality != Quality.GOOD or not math.isfinite(value):
            if self.known and self.raised:
                said.append(self._say(ConditionTrigger.LOSE_SIGHT, at, seq, index, unusable=(seq,)))
            self.known = False
            return said
        regains_sight = not self.known
        self.known, self.value, self.value_seq, self.stale_at = True, value, seq, at + self.holds
        self._classify(at)
        if self.beyond != self.raised and self.counted >= self.delay:
            said.append(self._turn(at, seq, index))
        elif self.raised and regains_sight:
            said.append(self._say(ConditionTrigger.RAISE, at, seq, index))
        return said

    def reconfigure(self, settings: LimitSettings, at: Instant) -> None:
        """Go on under new settings: timers are kept, the present value is judged anew, nothing is due before `at`.

        A reading may be ahead of `at`, by its clock: then the change counts from that reading on.
        """
        if settings == self.settings:
            return
        self.settings = settings
        at = max(at, self.clock)
        if self.known and at < self.stale_at:
            self._classify(at)
        elif self.known and not self.raised:
            self._count_to(self.stale_at)
            self.known = False
        counted_by_then = self.counted + (min(at, self.stale_at) - self.clock if self.known else 0)
        self.counted -= max(0, counted_by_then - self.delay)

    def _classify(self, at: Instant) -> None:
        high, low, value = self.settings.high, self.settings.low, self.value
        if (high is not None and value > high) or (low is not None and value < low):
            beyond = True
        elif self.settings.low_return <= value <= self.settings.high_return:
            beyond = False
        else:
            beyond = self.beyond
        if beyond != self.beyond:
            self.beyond, self.counted, self.clock = beyond, 0, at
            self.since, self.since_seq = at, self.value_seq

    def _count_to(self, at: Instant) -> None:
        self.counted += at - self.clock
        self.clock = at

    def _turn(self, at: Instant, cause: int, index: int) -> Said:
        self.raised = self.beyond
        return self._say(ConditionTrigger.RAISE if self.raised else ConditionTrigger.CLEAR, at, cause, index)

    def _say(
        self, trigger: ConditionTrigger, at: Instant, cause: int, index: int, unusable: tuple[int, ...] = ()
    ) -> Said:
        return Said(
            cause=cause,
            index=index,
            rule=self.rule,
            point=self.point,
            at=at,
            trigger=trigger,
            since=at if trigger is ConditionTrigger.LOSE_SIGHT else self.since,
            value=self.value,
            evidence=tuple(sorted({self.since_seq, self.value_seq, *unusable})),
        )
