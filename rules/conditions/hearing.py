"""Since when a point has been silent for long enough: only time counts in which somebody listened (Gap law)."""

from typing import Final, TypeAlias

import numpy as np

from domain.instant import Instant
from domain.readings import Times

Gap: TypeAlias = tuple[Instant, Instant]
"""From when to when nobody listened."""

MOST_GAPS: Final = 64
"""So many are remembered, the latest: a rule that waits through more of them counts the older ones as listened to."""

_LATEST: Final = int(np.iinfo(np.int64).max)


class Listening:
    """When nobody listened. One for all rules of an engine: who judges silence asks it, and keeps nothing of it."""

    def __init__(self) -> None:
        """Somebody has always listened, as far as is known."""
        self._gaps: tuple[Gap, ...] = ()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The latest gaps, in order of time and apart from each other."""
        return self._gaps

    def pause(self, start: Instant, end: Instant) -> None:
        """Nobody listened from `start` to `end`; what is told twice of that counts once."""
        begin = max(start, self._gaps[-1][1]) if self._gaps else start
        if begin < end:
            self._gaps = (*self._gaps, (begin, end))[-MOST_GAPS:]

    def restore(self, gaps: tuple[Gap, ...]) -> None:
        """Take back what `gaps` gave."""
        self._gaps = gaps

    def silent_from(self, heard: Times, span: Times) -> Times:
        """When points heard last at `heard` have been silent for `span`, all in microseconds; shapes (n,).

        Gaps before the first of these are passed over: there are days with dozens, and most points were heard since.
        """
        due = heard + span
        earliest = int(heard.min(initial=_LATEST))
        for start, end in self._gaps:
            if end <= earliest:
                continue
            is_within = (heard < end) & (start < due)
            due = np.where(is_within, due + (end - np.maximum(start, heard)), due)
        return due
