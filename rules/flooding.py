"""Flood mode: more alarms than the operators on duty can read, from over 10 in 10 minutes each to under 5.

Only announced alarms count: what another alarm stands for, nobody has to read. Of the past just enough is remembered to
tell both bounds, however high the flood.
"""

from typing import Final

from msgspec import Struct

from domain.alarm_policy import AlarmPolicy
from domain.incident import Flood
from domain.instant import Instant

_PARTS: Final = 10
"""The peak is counted in tenths of the policy's span."""


class FloodingState(Struct, frozen=True, kw_only=True):
    """The stored form: the newest announcements, the flood that is on, and its counts by part of the span."""

    newest: tuple[Instant, ...] = ()
    flood: Flood | None = None
    parts: tuple[tuple[int, int], ...] = ()


class Flooding:
    """Counts what is announced."""

    def __init__(self) -> None:
        """Nothing was announced."""
        self.policy = AlarmPolicy()
        self._state = FloodingState()

    @property
    def is_on(self) -> bool:
        """Whether there is a flood."""
        return self._state.flood is not None

    def announce(self, at: Instant) -> Flood | None:
        """One more alarm that somebody has to read; the flood, where it begins with this one."""
        policy, state = self.policy, self._state
        most, span = policy.flood_begins * policy.operators, policy.span("flood")
        newest = tuple(sorted((*state.newest, at)))[-(most + 1) :]
        parts = _counted(state.parts, at // max(1, span // _PARTS))
        flood = state.flood
        begins = False
        if flood is not None:
            alarms, peak = flood.alarms + 1, max(flood.peak, _sum(parts))
            flood = Flood(began_at=flood.began_at, alarms=alarms, peak=peak)
        elif len(newest) > most and newest[-1] - newest[0] <= span:
            begins = True
            flood = Flood(began_at=at, alarms=len(newest), peak=max(len(newest), _sum(parts)))
        self._state = FloodingState(newest=newest, flood=flood, parts=parts)
        return flood if begins else None

    def next_deadline(self) -> Instant | None:
        """When the flood ends if nothing more is announced."""
        if not self.is_on:
            return None
        few = self.policy.flood_ends * self.policy.operators
        newest = self._state.newest
        return newest[-few] + self.policy.span("flood") if len(newest) >= few else newest[-1]

    def fire(self, until: Instant) -> Flood | None:
        """The flood that ended at or before `until`, with its figures."""
        due, flood = self.next_deadline(), self._state.flood
        if due is None or flood is None or due > until:
            return None
        self._state = FloodingState(newest=self._state.newest, parts=self._state.parts)
        return Flood(began_at=flood.began_at, alarms=flood.alarms, peak=flood.peak, ended_at=max(due, flood.began_at))

    def state(self) -> FloodingState:
        """Everything remembered."""
        return self._state

    def restore(self, state: FloodingState) -> None:
        """Take back what `state` gave."""
        self._state = state


def _counted(parts: tuple[tuple[int, int], ...], part: int) -> tuple[tuple[int, int], ...]:
    """The counts of the newest parts of the span, one more in `part`."""
    counts = dict(parts)
    counts[part] = counts.get(part, 0) + 1
    newest = max(counts)
    return tuple((each, count) for each, count in sorted(counts.items()) if each > newest - _PARTS)


def _sum(parts: tuple[tuple[int, int], ...]) -> int:
    return sum(count for _, count in parts)
