"""Windows over the latest readings of a row: bounded memory, exact sums, the same result however batches were cut.

A window keeps at most one reading per *grain*, a fixed part of its span: the first in each grain of absolute time. What
comes more often than that still counts while it is the latest. A window is *whole* when its readings have been known
without a break (no unknown one, none stale) for its span. Sums are of fixed-point integers, so that they are exact.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.readings import Times, Values
from rules.conditions import integrals
from rules.conditions.memory import Column, Memory
from rules.segments import Mask, Positions, begins, grouped, last_marked, spread

NEVER: Final = int(np.iinfo(np.int64).min)
MOST_KEPT: Final = 256
"""Readings a row keeps for one window: 4 KB."""

_SCALE: Final = 1e6
_LARGEST: Final = float(2**32)
"""Values are summed to a millionth; beyond this they are not known to a window."""


@dataclass(slots=True)
class Samples:
    """N readings that a window looks at, by row and then in judging order; unknown values are NaN.

    Per sample: how long it stands, the window's span and grain. `row` is the place among R rows of the memory.
    """

    row: Positions
    at: Times
    value: Values
    holds: Times
    span: Times
    grain: Times


@dataclass(slots=True)
class Reach:
    """Where each sample's window lies among the kept readings K (those remembered, and those of now).

    It is `low` up to and including `high`, and the sample itself where it was not kept (`is_extra`). `base` is the last
    kept one that is at least a span old, or -1. `is_whole`: see above. What is kept of a reading, and stands for each
    sample itself, is its value, or the total up to it (`rules.conditions.integrals`) where the memory has totals.
    """

    kept_row: Positions
    kept_at: Times
    kept_value: Column
    own: Column
    low: Positions
    high: Positions
    base: Positions
    is_extra: Mask
    is_whole: Mask
    begun: Times
    start: Positions


def kept_for(span: int, interval: int) -> tuple[int, int]:
    """How many readings a window keeps for points of that interval, and the grain, both for one row."""
    count = min(MOST_KEPT, 2 * (span // max(interval, 1)) + 6)
    return count, max(1, -(-span // (count - 4)))


def blank(rows: int, count: int, at: int = NEVER, *, over_time: bool = False) -> dict[str, Column]:
    """The memory of a window that has seen nothing."""
    values = {"value": np.zeros((rows, count), dtype=np.float64)}
    return (integrals.blank(rows, count) if over_time else values) | {
        "at": np.zeros((rows, count), dtype=np.int64),
        "count": np.zeros(rows, dtype=np.int32),
        "begun": np.full(rows, at, dtype=np.int64),
        "last": np.full(rows, NEVER, dtype=np.int64),
        "result": np.full(rows, np.nan, dtype=np.float64),
    }


def reach(samples: Samples, memory: Memory) -> Reach:
    """Find each sample's window; at least one sample."""
    row, at = samples.row, samples.at
    first = begins(row)
    known = np.abs(samples.value) <= _LARGEST  # false for NaN
    before = np.empty_like(at)
    before[1:] = at[:-1]
    before[first] = memory["last"][row[first]]
    was_known = np.empty_like(known)
    was_known[1:] = known[:-1]
    was_known[first] = memory["begun"][row[first]] != NEVER
    begins_run = known & (~was_known | (at - np.where(was_known, before, at) >= samples.holds))
    run = last_marked(begins_run | ~known | first)
    carried = np.where(known[run], memory["begun"][row], NEVER)
    begun = np.where(begins_run[run], at[run], carried)
    is_kept = begins_run | (known & (at // samples.grain != np.where(was_known, before, 0) // samples.grain))
    own: Column = samples.value
    if "totals" in memory:
        stood = np.empty_like(own)
        stood[1:] = own[:-1]
        stood[first] = memory["held"][row[first]]
        own = integrals.totals(first, stood, before, at, known & ~begins_run, memory["total"][row[first]])
    kept_row, kept_at, kept_value, high = _kept(samples, own, memory, is_kept, first)
    ends = _Places(kept_row, kept_at, samples)
    remembered = np.searchsorted(kept_row, np.arange(memory["count"].size))[row]
    start = np.where(begins_run[run], high[run], remembered)
    oldest = at - samples.span
    low = np.maximum(start, ends.first_after(oldest))
    base = ends.first_after(oldest) - 1
    return Reach(
        kept_row=kept_row,
        kept_at=kept_at,
        kept_value=kept_value,
        own=own,
        low=low,
        high=high,
        base=np.where(base >= start, base, -1),
        is_extra=known & ~is_kept,
        is_whole=known & (begun != NEVER) & (at - np.where(begun == NEVER, at, begun) >= samples.span),
        begun=begun,
        start=start,
    )


def _kept(
    samples: Samples, own: Column, memory: Memory, is_kept: Mask, first: Mask
) -> tuple[Positions, Times, Column, Positions]:
    """The kept readings of all rows, remembered ones first, and where each sample's latest one is."""
    rows = np.arange(memory["count"].size)
    source, place = spread(memory["count"])
    new = np.flatnonzero(is_kept)
    row = np.concatenate((source, samples.row[new]))
    order = grouped(row)
    at = np.concatenate((memory["at"][source, place], samples.at[new]))[order]
    value = np.concatenate((memory[_content(memory)][source, place], own[new]))[order]
    row = row[order]
    total = np.cumsum(is_kept)
    begin = np.searchsorted(row, rows) + memory["count"]
    within: Positions = total - (total - is_kept)[first][np.cumsum(first) - 1]
    return row, at, value, begin[samples.row] + within - 1


def _content(memory: Memory) -> str:
    """Which column says what is kept of readings."""
    return "totals" if "totals" in memory else "value"


class _Places:
    """Finds places among kept readings, which are sorted by row and time, for each sample."""

    def __init__(self, row: Positions, at: Times, samples: Samples) -> None:
        # What is older than every window is one for the search, so that keys of many rows stay within 64 bits.
        self._zero = int((samples.at - samples.span).min()) - 1
        self._width = int(max(at.max(initial=self._zero), samples.at.max())) - self._zero + 2
        self._row = samples.row
        self._keys = row * self._width + np.maximum(at - self._zero, 0)

    def first_after(self, at: Times) -> Positions:
        """The first one of the row after a time."""
        return np.searchsorted(self._keys, self._key(at), side="right")

    def _key(self, at: Times) -> Times:
        return self._row * self._width + np.clip(at, self._zero, self._zero + self._width - 1) - self._zero


def mean(values: Values, reach: Reach, low: Positions, high: Positions, own: Values | None) -> Values:
    """The mean of kept readings from `low` to `high`, with the samples' own where they are extra; NaN of none."""
    exact = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.rint(values * _SCALE).astype(np.int64))))
    top = np.maximum(high + 1, low)
    total, count = exact[top] - exact[low], top - low
    if own is not None:
        extra = np.where(reach.is_extra, own, 0.0)
        total = total + np.rint(extra * _SCALE).astype(np.int64)
        count = count + reach.is_extra
    return np.where(count > 0, total / np.maximum(count, 1) / _SCALE, np.nan)


def extreme(reach: Reach, own: Values, *, highest: bool) -> Values:
    """The lowest or highest value of each window, from tables of the extremes of 1, 2, 4 ... neighbours.

    That which stood when the window began is one of them: of a sensor that reports changes it may be the only one.
    """
    choose = np.maximum if highest else np.minimum
    table = reach.kept_value
    low = np.where(reach.base >= 0, reach.base, reach.low)
    length = np.maximum(reach.high - low + 1, 0)
    result = np.where(length > 0, 0.0, own)
    size = 1
    while True:
        ours = (length >= size) & (length < 2 * size)
        if bool(ours.any()):
            left, right = low[ours] + size - 1, reach.high[ours]
            result[ours] = choose(table[left], table[right])
        if size * 2 > length.max(initial=0):
            return choose(result, own)
        wider = table.copy()
        wider[size:] = choose(table[size:], table[:-size])
        table, size = wider, 2 * size


def after(samples: Samples, reach: Reach, memory: Memory, result: Values) -> dict[str, Column]:
    """The memory of the rows after their samples; rows without any keep theirs."""
    kept = {name: column.copy() for name, column in memory.items()}
    last = np.append(np.flatnonzero(begins(samples.row))[1:], samples.row.size) - 1
    row = samples.row[last]
    is_unbroken = reach.begun[last] != NEVER
    low = np.maximum(reach.low[last] - 1, reach.start[last])
    count = np.where(is_unbroken, reach.high[last] - low + 1, 0)
    source, place = spread(count)
    kept["at"][row[source], place] = reach.kept_at[low[source] + place]
    kept[_content(memory)][row[source], place] = reach.kept_value[low[source] + place]
    if "totals" in memory:
        kept["total"][row], kept["held"][row] = reach.own[last], samples.value[last]
    kept["count"][row] = count
    kept["begun"][row] = reach.begun[last]
    kept["last"][row] = samples.at[last]
    kept["result"][row] = result[last]
    return kept


def slope(samples: Samples, reach: Reach, pace: str) -> Values:
    """The change per microsecond over each window, from the means of its thirds; NaN where one that it needs is empty.

    `usual` compares the first third with the last; `quickest` and `slowest` take the one of the three comparisons that
    goes furthest, or least far, in the usual direction.
    """
    at, span = samples.at, samples.span
    places = _Places(reach.kept_row, reach.kept_at, samples)
    second = np.maximum(reach.low, places.first_after(at - 2 * (span // 3)))
    third = np.maximum(second, places.first_after(at - span // 3))
    values = reach.kept_value
    means = (
        mean(values, reach, reach.low, second - 1, None),
        mean(values, reach, second, third - 1, None),
        mean(values, reach, third, reach.high, samples.value),
    )
    usual = (means[2] - means[0]) / (2.0 * (span // 3))
    if pace == "usual":
        return usual
    sign = np.sign(usual)
    others = ((means[1] - means[0]) / (span // 3), (means[2] - means[1]) / (span // 3))
    choose = np.maximum if pace == "quickest" else np.minimum
    found: Values = sign * choose(choose(sign * usual, sign * others[0]), sign * others[1])
    return found
