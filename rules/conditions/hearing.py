"""Since when a point has been silent for long enough: only time counts in which somebody listened (Gap law)."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

from domain.instant import Instant
from domain.readings import Times

Gap: TypeAlias = tuple[Instant, Instant]
"""From when to when nobody listened."""

MOST_GAPS: Final = 64
"""So many are remembered, the latest: a rule that waits through more of them counts the older ones as listened to."""

_LATEST: Final = int(np.iinfo(np.int64).max)


def noted(gaps: Sequence[Gap], start: Instant, end: Instant) -> tuple[Gap, ...]:
    """The gaps with one more, in order of time and apart from each other; what is told twice of it counts once."""
    begin = max(start, gaps[-1][1]) if gaps else start
    return (*gaps, (begin, end))[-MOST_GAPS:] if begin < end else tuple(gaps)


def silent_from(heard: Times, span: Times, gaps: Sequence[Gap]) -> Times:
    """When points heard last at `heard` have been silent for `span`, all in microseconds; shapes (n,).

    Gaps before the first of these are passed over: there are days with dozens, and most points were heard since.
    """
    due = heard + span
    earliest = int(heard.min(initial=_LATEST))
    for start, end in gaps:
        if end <= earliest:
            continue
        is_within = (heard < end) & (start < due)
        due = np.where(is_within, due + (end - np.maximum(start, heard)), due)
    return due
