"""How many records the loop takes at once, so that one slice of judging stays near 20 ms."""

from typing import Final

SLICE_SECONDS: Final = 0.020
"""Longest a slice should keep the engine thread from the clock and from commands (design section 4)."""

SMALLEST: Final = 16
LARGEST: Final = 4096


class Pace:
    """Adapts the slice's size to what slices have cost lately; doubling and halving only, so that it settles."""

    def __init__(self, records: int = 256) -> None:
        """Start with a guess that is short even for slow rules."""
        self.records = records

    def took(self, records: int, seconds: float) -> None:
        """Learn from one slice of `records` that took `seconds`."""
        if seconds > SLICE_SECONDS:
            self.records = max(SMALLEST, self.records // 2)
        elif records >= self.records and seconds < SLICE_SECONDS / 4:
            self.records = min(LARGEST, self.records * 2)
