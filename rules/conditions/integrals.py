"""What values come to over time: sums of value times duration that are exact, so that no cutting of batches shows.

A value stands from its reading to the next one. It counts to a millionth and time to a millisecond, as integers; the
value is kept as two *lanes* of 26 bits, because the product of both has more than 64. The totals only ever go on and
wrap around: the difference of two of them, over less than four years, is right.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from domain.readings import Times, Values
from rules.conditions.memory import Column
from rules.segments import Mask, Positions

Totals = npt.NDArray[np.int64]
"""N sums of value and time, the upper lane and the lower one; shape (n, 2)."""

MILLISECOND: Final = 1000
_SCALE: Final = 1e6
"""Decimal, as the field's numbers are: in binary fractions 21.1 would come to a little more, and be above 21.1."""
_LANE: Final = 26
_WHOLE: Final = float(2**_LANE)


def lanes(value: Values) -> Totals:
    """Values in millionths, shape (n, 2); of such as are not known (not finite, or beyond 2**32) nothing is."""
    exact = np.rint(np.where(np.abs(value) <= 2.0**32, value, 0.0) * _SCALE).astype(np.int64)
    return np.stack((exact >> _LANE, exact & (2**_LANE - 1)), axis=1)


def totals(first: Mask, stood: Values, since: Times, at: Times, goes_on: Mask, before: Totals) -> Totals:
    """The total as of each of N samples of rows, one after the other.

    `stood` is what stood since `since` until each, where it `goes_on`; `first` marks the first sample of each row, and
    `before` are the totals, one for each of these, that the rows had.
    """
    passed = np.where(goes_on, at // MILLISECOND - since // MILLISECOND, 0)
    total = np.cumsum(lanes(stood) * passed[:, np.newaxis], axis=0)
    begin = np.flatnonzero(first)
    offset = before - np.where(begin[:, np.newaxis] > 0, total[begin - 1], 0)
    gone_on: Totals = total + offset[np.cumsum(first) - 1]
    return gone_on


def mean(at: Times, span: Times, own: Totals, base: Positions, high: Positions, kept_at: Times, kept: Totals) -> Values:
    """The mean over the latest `span` before each of N samples, whose totals are `own`.

    `base` is the last kept reading that is at least a span old, `high` the sample's latest kept one. Of what lies
    between that and the next kept one the same share counts as of its time: it is even, but for a grain.
    """
    end, oldest, begin = at // MILLISECOND, (at - span) // MILLISECOND, kept_at[base] // MILLISECOND
    total = own - kept[base]
    # What of the first piece lies before the window. Readings that come regularly leave none.
    partly = np.flatnonzero(oldest > begin)
    piece, length = total[partly], end[partly]
    following = base[partly] + 1
    is_kept = following <= high[partly]
    next_kept = following[is_kept]
    piece[is_kept] = kept[next_kept] - kept[next_kept - 1]
    length[is_kept] = kept_at[next_kept] // MILLISECOND
    left_out = (oldest - begin)[partly]
    length = np.maximum(length - begin[partly], 1)[:, np.newaxis]
    even = piece // length
    total[partly] -= even * left_out[:, np.newaxis]
    within = total.astype(np.float64)
    within[partly] -= (piece - even * length) * (left_out[:, np.newaxis] / length)
    # Each lane by itself: so what never changed comes to what it is, to the last bit.
    means = within / np.maximum(end - oldest, 1)[:, np.newaxis]
    found: Values = (means[:, 0] * _WHOLE + means[:, 1]) / _SCALE
    return found


def blank(rows: int, count: int) -> dict[str, Column]:
    """What a window over time remembers in place of its readings' values: totals, and what stands since the latest."""
    return {
        "totals": np.zeros((rows, count, 2), dtype=np.int64),
        "total": np.zeros((rows, 2), dtype=np.int64),
        "held": np.full(rows, np.nan, dtype=np.float64),
    }


def of_values(at: Column, value: Column, count: Column, last: Column) -> dict[str, Column]:
    """The same from readings that were kept with their values, as versions before did; the latest of them stands."""
    rows, most = value.shape
    found = blank(rows, most)
    is_there = np.arange(most) < count[:, np.newaxis]
    counted = lanes(value.ravel()).reshape(rows, most, 2) * is_there[:, :, np.newaxis]
    passed = np.where(is_there[:, 1:], at[:, 1:] // MILLISECOND - at[:, :-1] // MILLISECOND, 0)
    found["totals"][:, 1:] = np.cumsum(counted[:, :-1] * passed[:, :, np.newaxis], axis=1)
    some = np.flatnonzero(count)
    latest = count[some] - 1
    stands = last[some] // MILLISECOND - at[some, latest] // MILLISECOND
    found["held"][some] = value[some, latest]
    found["total"][some] = found["totals"][some, latest] + counted[some, latest] * stands[:, np.newaxis]
    return found
