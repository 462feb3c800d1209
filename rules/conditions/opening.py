"""Whether instants lie within hours of the week, and when that changes, over columns."""

from functools import lru_cache
from typing import Final

import numpy as np

from domain.instant import DAY
from domain.opening_hours import open_spans
from domain.readings import Times
from rules.segments import Mask

_BLOCK: Final = 28 * DAY
"""Boundaries are worked out for so long at a time, and kept: they are facts of the calendar."""


@lru_cache(maxsize=1024)
def _boundaries(hours: str, timezone: str, block: int) -> tuple[Times, Times]:
    """When spans open and close that touch a block of time."""
    spans = open_spans(hours, timezone, block * _BLOCK, (block + 1) * _BLOCK)
    opens = np.array([opens for opens, _ in spans], dtype=np.int64)
    return opens, np.array([closes for _, closes in spans], dtype=np.int64)


class Opening:
    """The hours of one rule."""

    def __init__(self, hours: str, timezone: str) -> None:
        """Work out nothing yet."""
        self._hours = hours
        self._timezone = timezone

    def is_open(self, at: Times) -> Mask:
        """Whether each instant lies within the hours; shape (n,)."""
        found = np.zeros(at.size, dtype=np.bool_)
        block = at // _BLOCK
        for number in np.unique(block).tolist():
            ours = block == number
            opens, closes = _boundaries(self._hours, self._timezone, number)
            place = np.searchsorted(opens, at[ours], side="right") - 1
            inside = place >= 0
            inside[inside] = at[ours][inside] < closes[place[inside]]
            found[ours] = inside
        return found

    def changes(self, begin: int, end: int) -> Times:
        """When the hours begin or end after `begin`, up to and including `end`, ascending."""
        found: list[int] = []
        for number in range(begin // _BLOCK, end // _BLOCK + 1):
            opens, closes = _boundaries(self._hours, self._timezone, number)
            found += [*opens.tolist(), *closes.tolist()]
        times = np.array(sorted(dict.fromkeys(found)), dtype=np.int64)
        return times[(times > begin) & (times <= end)]

    def next_change(self, at: Times) -> Times:
        """When the hours begin or end next after each instant; shape (n,)."""
        found = np.empty_like(at)
        for number in np.unique(at // _BLOCK).tolist():
            ours = at // _BLOCK == number
            times = self.changes(number * _BLOCK - 1, (number + 2) * _BLOCK)
            place = np.searchsorted(times, at[ours], side="right")
            never = np.iinfo(np.int64).max
            found[ours] = np.append(times, never)[place]
        return found
