"""The moments at which rows of one shape are judged: each reading of any of their points, and what lies between.

A row over several points sees an as-of join: at every moment each slot has the latest value of its point, in judging
order. Rows that time alone can change begin with a *head*, the moment they were judged last, and get further moments
where something happens without a reading: a value goes stale, hours begin or end, a duration is over.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from domain.readings import Times, Values
from rules.conditions.columns import ConditionState
from rules.segments import Mask, Positions, begins, last_marked

NO_READING: Final = -1
_EVEN: Final = slice(None, None, 2)
_ODD: Final = slice(1, None, 2)


@dataclass(slots=True)
class Arrivals:
    """N readings of R rows, sorted by row and then in judging order; `value` is NaN where it is not known."""

    row: Positions
    slot: Positions
    reading: Positions
    at: Times
    value: Values
    seq: Times


@dataclass(slots=True)
class Slots:
    """What R rows remember of K points: the latest value (NaN: not known), when it came, how long it holds."""

    value: npt.NDArray[np.float64]
    at: npt.NDArray[np.int64]
    holds: npt.NDArray[np.int64]


@dataclass(slots=True)
class Timeline:
    """N moments of R rows; `seq` is that of the reading each rests on, `reading` the one that brought it to light.

    Per slot: the value as of then, when it came, when it goes stale, whether it came now.
    """

    row: Positions
    at: Times
    reading: Positions
    seq: Times
    is_head: Mask
    value: list[Values] = field(default_factory=list)
    heard: list[Times] = field(default_factory=list)
    stale: list[Times] = field(default_factory=list)
    arrived: list[Mask] = field(default_factory=list)
    first: Mask = field(init=False)
    """Marks the first moment of each row."""
    last: Positions = field(init=False)
    """The last moment of each row."""

    def __post_init__(self) -> None:
        """Find where rows begin and end."""
        self.first = begins(self.row)
        self.last = np.append(np.flatnonzero(self.first)[1:], self.row.size) - 1

    def known(self, slot: int) -> Mask:
        """Whether a slot's value is known at each moment."""
        return np.isfinite(self.value[slot]) & ((self.at < self.stale[slot]) | self.arrived[slot])

    def next_at(self, until: int | None) -> Times:
        """When each moment's gap ends: at the row's next one, or `until` (None: it has none)."""
        following = self.at.copy()
        following[:-1] = self.at[1:]
        last = self.last
        following[last] = self.at[last] if until is None else np.maximum(self.at[last], until)
        return following

    def is_met(self, at: Times) -> Mask:
        """Whether each moment is followed at once by one that was inserted at the given time."""
        brought = np.logical_or.reduce([self.is_head, *self.arrived])
        met = np.zeros(self.row.size, dtype=np.bool_)
        met[:-1] = ~brought[1:] & (self.at[1:] == at[:-1]) & (self.row[1:] == self.row[:-1])
        return met

    def inserted(self, after: Positions, at: Times) -> Self:
        """A timeline with further moments, each in the gap after a given one, at times within that gap."""
        order = np.lexsort((at, after))
        after, at = after[order], at[order]
        count = self.row.size
        source = np.concatenate((np.arange(count), after))
        # A new moment stands behind the one whose gap it lies in, new ones of a gap by time.
        place = np.argsort(
            np.concatenate((np.arange(count), after)) * 2 + (np.arange(source.size) >= count), kind="stable"
        )
        source, is_new = source[place], place >= count
        at_all = np.concatenate((self.at, at))[place]
        following = np.append(self.reading[1:], NO_READING)
        following[self.last] = NO_READING
        reading = np.where(is_new, following[source], self.reading[source])
        return type(self)(
            row=self.row[source],
            at=at_all,
            reading=reading,
            seq=self.seq[source],
            is_head=self.is_head[source] & ~is_new,
            value=[each[source] for each in self.value],
            heard=[each[source] for each in self.heard],
            stale=[each[source] for each in self.stale],
            arrived=[each[source] & ~is_new for each in self.arrived],
        )


def of_arrivals(arrivals: Arrivals, holds: Times) -> Timeline:
    """Moments of rows over one point each, that only its readings can change; `holds` is one per row."""
    return Timeline(
        row=arrivals.row,
        at=arrivals.at,
        reading=arrivals.reading,
        seq=arrivals.seq,
        is_head=np.zeros(arrivals.row.size, dtype=np.bool_),
        value=[arrivals.value],
        heard=[arrivals.at],
        stale=[arrivals.at + holds[arrivals.row]],
        arrived=[np.ones(arrivals.row.size, dtype=np.bool_)],
    )


def with_heads(slots: Slots, carry: ConditionState, arrivals: Arrivals) -> Timeline:
    """Moments of R rows: each one's head, and its readings (a row may have none); no time before the one before it."""
    rows = carry.judged_to.size
    place = np.arange(arrivals.row.size) + arrivals.row + 1
    count = rows + arrivals.row.size
    is_head = np.ones(count, dtype=np.bool_)
    is_head[place] = False
    # Where each row has one reading, heads and readings take turns: laying them out is a copy then.
    is_even = rows == arrivals.row.size and not bool(is_head[1::2].any())
    head, following = (_EVEN, _ODD) if is_even else (np.flatnonzero(is_head), place)

    def laid(of_heads: npt.NDArray[Any], of_readings: npt.NDArray[Any]) -> npt.NDArray[Any]:
        column = np.empty(count, dtype=of_heads.dtype)
        column[head], column[following] = of_heads, of_readings
        return column

    row = laid(np.arange(rows), arrivals.row)
    begin = carry.judged_to
    if bool((begin == 0).any()):
        begin = np.where(begin == 0, _first_seen(slots, arrivals), begin)
    at = _never_back(row, laid(begin, arrivals.at))
    reading = laid(np.full(rows, NO_READING), arrivals.reading)
    line = Timeline(row, at, reading, laid(carry.value_seq, arrivals.seq), is_head)
    slot = laid(np.full(rows, NO_READING), arrivals.slot)
    for number in range(slots.value.shape[1]):
        arrived = slot == number
        value = laid(slots.value[:, number], arrivals.value)
        heard = np.where(is_head, laid(slots.at[:, number], arrivals.at), at)
        if slots.value.shape[1] > 1:
            since = last_marked(arrived | is_head)
            value, heard = value.take(since), heard.take(since)
        line.value.append(value)
        line.heard.append(heard)
        line.stale.append(heard + slots.holds[row, number])
        line.arrived.append(arrived)
    return line


def _first_seen(slots: Slots, arrivals: Arrivals) -> Times:
    """Where rows begin that were never judged: where they were configured, or at their first reading before that."""
    begin: Times = np.minimum.reduce(slots.at, axis=1)
    first = begins(arrivals.row)
    begin[arrivals.row[first]] = np.minimum(begin[arrivals.row[first]], arrivals.at[first])
    return begin


def _never_back(row: Positions, at: Times) -> Times:
    """The times, each at least as late as those before it in its row; points of one row may be behind each other."""
    same = row[1:] == row[:-1]
    if not bool((same & (at[1:] < at[:-1])).any()):
        return at
    distinct, rank = np.unique(at, return_inverse=True)
    keyed = row * distinct.size + rank
    later: Times = distinct[np.maximum.accumulate(keyed) - row * distinct.size]
    return later
