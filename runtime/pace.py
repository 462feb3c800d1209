"""How many records the loop takes at once, so that one slice of judging stays near 20 ms."""

from typing import Final

SLICE_SECONDS: Final = 0.020
"""Most CPU that a slice should cost, because it keeps the engine from the clock and from commands (design section 4).

Not time by the clock: when the disk or other programs make everybody wait, smaller slices do not wait less, they only
wait more often.
"""

SMALLEST: Final = 16
LARGEST: Final = 4096

SPACING_SECONDS: Final = 0.020
"""From the beginning of one slice to that of the next, where no full slice is waiting. A commit costs as much as the
judging of ten records or more: without this, 3,000 records a second would be some 400 commits."""


class Pace:
    """Adapts the slice's size to what slices have cost lately; doubling and halving only, so that it settles."""

    def __init__(self, records: int = 256) -> None:
        """Start with a guess that is short even for slow rules."""
        self.records = records
        self._next = 0.0

    def took(self, records: int, seconds: float, began: float = 0.0) -> None:
        """Learn from one slice of `records` that took `seconds` of CPU and `began` then, in seconds of a stopwatch."""
        self._next = began + SPACING_SECONDS
        if seconds > SLICE_SECONDS:
            self.records = max(SMALLEST, self.records // 2)
        elif records >= self.records and seconds < SLICE_SECONDS / 2:
            self.records = min(LARGEST, self.records * 2)

    def rest(self, now: float) -> float:
        """How many seconds to let records gather for the next slice; `now` is on the same stopwatch."""
        return max(0.0, self._next - now)
