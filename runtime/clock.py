"""Clocks that the composition root chooses from. Everything below it is handed a callable and never asks the system."""

import time
from collections.abc import Callable
from typing import TypeAlias

from domain.instant import Instant

Clock: TypeAlias = Callable[[], Instant]
"""Gives the present in microseconds since the epoch."""

Stopwatch: TypeAlias = Callable[[], float]
"""Gives seconds that only ever grow, unmoved by changes of the wall clock; for spans, never for instants."""


def wall_clock() -> Instant:
    """The system's time."""
    return time.time_ns() // 1_000


class ScaledClock:
    """A clock that starts at `origin` and runs `speed` times as fast as the stopwatch (demos, recordings, drills)."""

    def __init__(self, origin: Instant, speed: float, stopwatch: Stopwatch = time.monotonic) -> None:
        """Start the clock now.

        Raises:
            ValueError: `speed` is not positive.
        """
        if speed <= 0:
            msg = f"clock speed {speed} is not positive: give 1 for real time, 60 for a minute a second"
            raise ValueError(msg)
        self.speed = speed
        self._origin = origin
        self._stopwatch = stopwatch
        self._started = stopwatch()

    def __call__(self) -> Instant:
        """Give the scaled present."""
        return self._origin + round((self._stopwatch() - self._started) * self.speed * 1_000_000)
