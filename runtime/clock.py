"""Clocks that the composition root chooses from. Everything below it is handed a callable and never asks the system."""

import threading
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
    """A clock that starts at `origin` and runs `speed` times as fast as the stopwatch (demos, recordings, drills).

    Never runs back. At speed 600 a hiccup of 0.1 s is a minute: who feeds a Vigil on such a clock says with `hold` how
    far it may run, so that what is still on its way is not taken for absent.
    """

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
        self._lock = threading.Lock()
        self._shown = origin
        self._skip = origin
        self._watched = origin
        self._ceiling: Callable[[], Instant | None] | None = None
        self._unread: Callable[[], Instant | None] | None = None

    def skip_to(self, at: Instant) -> None:
        """Jump ahead to `at`, as soon as nothing holds the clock before it; never back."""
        with self._lock:
            self._skip = max(self._skip, at)

    def hold(
        self, ceiling: Callable[[], Instant | None] | None, unread: Callable[[], Instant | None] | None = None
    ) -> None:
        """Stand still at what `ceiling` gives, asked whenever the clock is; time spent there is not made up for.

        Where it gives None, and after `hold(None)`, the clock runs freely. `unread` gives when the first of what is on
        its way was made, None for nothing: `watched` stays before that. Neither may ask the clock.
        """
        self._ceiling, self._unread = ceiling, unread

    def watched(self) -> Instant:
        """The present for who says what is absent: before whatever is still on its way; it never runs back either."""
        now, unread = self(), None if self._unread is None else self._unread()
        with self._lock:
            self._watched = max(self._watched, now if unread is None else min(now, unread - 1))
            return self._watched

    def __call__(self) -> Instant:
        """Give the scaled present."""
        ceiling = None if self._ceiling is None else self._ceiling()
        with self._lock:
            free = self._origin + round((self._stopwatch() - self._started) * self.speed * 1_000_000)
            shown = max(free, self._skip)
            if ceiling is not None:
                shown = min(shown, max(ceiling, self._shown))
            self._origin += shown - free
            self._shown = shown
            return shown
