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
from rules.segments import Mask, Positions, begins, last_marked

NO_READING: Final = -1
_EVEN: Final = slice(None, None, 2)
_ODD: Final = slice(1, None, 2)


@dataclass(slots=True)
class Arrivals:
    """N readings of R rows, sorted by row and then in judging order; `value` is not finite where it is not known.

    `ends` marks the last reading of each moment (None: each is a moment of its own): those of a moment are of one
    record, time and row, and of different slots (`rules.conditions.moments`).
    """

    row: Positions
    slot: Positions
    reading: Positions
    at: Times
    value: Values
    seq: Times
    ends: Mask | None = None

    @classmethod
    def none(cls) -> "Arrivals":
        """Nothing arrives: time passes."""
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing, np.empty(0), nothing)

    def of(self, places: Positions) -> "Arrivals":
        """Some of them, each a moment of its own."""
        row, slot, reading, at = (column[places] for column in (self.row, self.slot, self.reading, self.at))
        return Arrivals(row, slot, reading, at, self.value[places], self.seq[places])

    def latest(self) -> "Arrivals":
        """The last one of each moment."""
        return self if self.ends is None else self.of(np.flatnonzero(self.ends))

    def moment(self) -> Positions:
        """The moment of each."""
        return np.arange(self.row.size) if self.ends is None else np.cumsum(self.ends) - self.ends


@dataclass(slots=True)
class Slots:
    """What R rows remember of K points: what each said last, when it said something usable last, how long that holds.

    The value is infinite where the reading cannot be used (`rules.conditions.inputs.UNUSABLE`), NaN where none came.
    """

    value: npt.NDArray[np.float64]
    at: npt.NDArray[np.int64]
    holds: npt.NDArray[np.int64]


@dataclass(slots=True)
class Timeline:
    """N moments of R rows; `seq` is that of the reading each rests on, `reading` the one that brought it to light.

    Per slot: the value of the latest reading as of then, when a usable one came last, when it goes stale, whether a
    reading came now.
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
    _first: Mask | None = field(default=None, init=False, repr=False)
    _last: Positions | None = field(default=None, init=False, repr=False)

    @property
    def first(self) -> Mask:
        """Marks the first moment of each row; found when it is asked for, as is `last`: most shapes need neither."""
        if self._first is None:
            self._first = begins(self.row)
        return self._first

    @property
    def last(self) -> Positions:
        """The last moment of each row."""
        if self._last is None:
            first = np.flatnonzero(self.first)
            self._last = np.full_like(first, self.row.size - 1)
            self._last[:-1] = first[1:] - 1
        return self._last

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


class _Layout:
    """Where heads of R rows and M moments, sorted by row, stand in one column."""

    def __init__(self, rows: int, row: Positions) -> None:
        self.place = np.arange(row.size) + row + 1
        self.is_head = np.ones(rows + row.size, dtype=np.bool_)
        self.is_head[self.place] = False
        # Where each row has one moment, heads and moments take turns: laying them out is a copy then.
        is_even = rows == row.size and not bool(self.is_head[1::2].any())
        self._head: slice | Positions = _EVEN if is_even else np.flatnonzero(self.is_head)
        self._moment: slice | Positions = _ODD if is_even else self.place

    def laid(self, of_heads: npt.NDArray[Any], of_moments: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Both in their places."""
        column = np.empty(self.is_head.size, dtype=of_heads.dtype)
        column[self._head], column[self._moment] = of_heads, of_moments
        return column

    def of_slot(self, place: Positions) -> tuple[Mask, Positions]:
        """Where readings of one slot arrive, whose places these are; and per place the latest of head and these."""
        arrived = np.zeros(self.is_head.size, dtype=np.bool_)
        arrived[place] = True
        return arrived, last_marked(self.is_head | arrived)

    def with_readings(self, of_heads: Values, place: Positions, value: Values) -> Values:
        """What heads say, and what readings do that stand at some places; nothing in all others."""
        column = np.empty(self.is_head.size)
        column[self._head], column[place] = of_heads, value
        return column

    def with_times(self, of_heads: Times, at: Times) -> Times:
        """The times of all moments, but those of heads are given."""
        column = at.copy()
        column[self._head] = of_heads
        return column


def with_heads(slots: Slots, begin: Times, seq: Times, arrivals: Arrivals) -> Timeline:
    """Moments of R rows: each one's head, and those of its readings (it may have none); none before the one before it.

    `begin` is when each row was judged last (0: never), `seq` that of the latest reading it was judged by.
    """
    rows, count, moments = begin.size, slots.value.shape[1], arrivals.latest()
    layout = _Layout(rows, moments.row)
    row, is_head = layout.laid(np.arange(rows), moments.row), layout.is_head
    if bool((begin == 0).any()):
        begin = np.where(begin == 0, _first_seen(slots, arrivals), begin)
    at = _never_back(row, layout.laid(begin, moments.at))
    reading = layout.laid(np.full(rows, NO_READING), moments.reading)
    line = Timeline(row, at, reading, layout.laid(seq, moments.seq), is_head)
    place = layout.place[arrivals.moment()] if count > 1 else layout.place
    for number in range(count):
        heard = layout.with_times(slots.at[:, number], at)
        if count > 1:
            ours = np.flatnonzero(arrivals.slot == number)
            there, said = place[ours], arrivals.value[ours]
            arrived, latest = layout.of_slot(there)
            value = layout.with_readings(slots.value[:, number], there, said).take(latest)
        else:
            said, arrived, latest = arrivals.value, ~is_head, None
            value = layout.laid(slots.value[:, number], said)
        if not bool(np.isfinite(said).all()):
            latest = last_marked(is_head | (arrived & np.isfinite(value)))
        if latest is not None:
            heard = heard.take(latest)
        line.value.append(value)
        line.heard.append(heard)
        line.stale.append(heard + slots.holds[:, number].take(row))
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
