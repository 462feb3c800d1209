"""Lays a batch out for the scan: each row's present state as first element, then its known readings.

That first element, the *head*, lets the scan treat what came before the batch like what is in it. Readings whose
value is unknown are no elements: all they do is end the *gap* after the element before them.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from domain.readings import Times, Values
from rules.conditions.columns import ConditionState, Delays, earliest_time, known_until
from rules.reading_state import BOOL, FLOAT64, INT64, Columns
from rules.segments import Mask, Positions

TICK: Final = -1
"""Stands for the reading where there is none: a head's own, and what ends a gap at a tick."""
OPEN: Final = -1
"""Stands for the time at which a gap ends that has not ended yet."""


@dataclass(slots=True)
class RowReadings(Columns):
    """N readings, each of one row; `reading` is its place in the batch or the timeline, `known` whether its value is.

    `beyond` says that by this value the condition is the case; where it does not `decide`, the condition stays.
    """

    row: Positions = field(metadata=INT64)
    reading: Positions = field(metadata=INT64)
    at: Times = field(metadata=INT64)
    value: Values = field(metadata=FLOAT64)
    seq: Times = field(metadata=INT64)
    known: Mask = field(metadata=BOOL)
    beyond: Mask = field(metadata=BOOL)
    decides: Mask = field(metadata=BOOL)


@dataclass(slots=True)
class Elements(Columns):
    """The elements of R segments, one after the other.

    `at` of a head is its origin, so that `at` minus the head's is known time in its condition. `sees` is false for the
    head of a row whose value is not known. `holds_until` is when the element's value goes stale. `next_at` is when the
    next reading, known or not, or a tick ends the gap after the element (or OPEN), `next_reading` that
    reading, `next_known` whether its value is known.
    """

    is_head: Mask = field(metadata=BOOL)
    row: Positions = field(metadata=INT64)
    reading: Positions = field(metadata=INT64)
    at: Times = field(metadata=INT64)
    value: Values = field(metadata=FLOAT64)
    seq: Times = field(metadata=INT64)
    beyond: Mask = field(metadata=BOOL)
    decides: Mask = field(metadata=BOOL)
    sees: Mask = field(metadata=BOOL)
    holds_until: Times = field(metadata=INT64)
    next_at: Times = field(metadata=INT64)
    next_reading: Positions = field(metadata=INT64)
    next_known: Mask = field(metadata=BOOL)


@dataclass(slots=True, frozen=True)
class Course:
    """Elements and, for each of R segments, the time of its latest reading and whether that was known.

    `head` and `last` are the places of each segment's first and last element. At a tick `judged_to` is None.
    """

    elements: Elements
    head: Positions
    last: Positions
    judged_to: Times | None
    known_at_end: Mask


def course_to_tick(carry: ConditionState, delays: Delays, until: int) -> Course:
    """R rows with no readings, whose gap a tick ends."""
    rows = carry.value.size
    places = np.arange(rows)
    heads = Elements(
        is_head=np.ones(rows, dtype=np.bool_),
        row=places,
        reading=_filled(rows, TICK),
        at=carry.origin,
        value=carry.value,
        seq=carry.value_seq,
        beyond=carry.condition,
        decides=np.ones(rows, dtype=np.bool_),
        sees=carry.known,
        holds_until=known_until(carry, delays),
        next_at=_filled(rows, until),
        next_reading=_filled(rows, TICK),
        next_known=np.ones(rows, dtype=np.bool_),
    )
    return Course(elements=heads, head=places, last=places, judged_to=None, known_at_end=carry.known)


def course_of_readings(carry: ConditionState, delays: Delays, readings: RowReadings) -> Course:
    """R rows with N readings, which are sorted by row: 0 .. R-1, each at least once."""
    rows, count = carry.value.size, carry.value.size + readings.row.size
    place = np.arange(readings.row.size) + readings.row + 1
    is_head = np.ones(count, dtype=np.bool_)
    is_head[place] = False
    head = np.flatnonzero(is_head)
    last = _last_of(head, count)
    at = np.maximum(readings.at, earliest_time(carry)[readings.row])

    def laid(of_heads: npt.NDArray[Any], of_readings: npt.NDArray[Any]) -> npt.NDArray[Any]:
        column = np.empty(count, dtype=of_readings.dtype)
        column[head], column[place] = of_heads, of_readings
        return column

    known = laid(np.ones(rows, dtype=np.bool_), readings.known)
    elements = Elements(
        is_head=is_head,
        row=laid(np.arange(rows), readings.row),
        reading=laid(_filled(rows, TICK), readings.reading),
        at=laid(carry.origin, at),
        value=laid(carry.value, readings.value),
        seq=laid(carry.value_seq, readings.seq),
        beyond=laid(carry.condition, readings.beyond),
        decides=laid(np.ones(rows, dtype=np.bool_), readings.decides),
        sees=known.copy(),
        holds_until=laid(known_until(carry, delays), at + delays.holds[readings.row]),
        next_at=_filled(count, OPEN),
        next_reading=_filled(count, TICK),
        next_known=np.ones(count, dtype=np.bool_),
    )
    elements.sees[head] = carry.known
    _link(elements, known, last)
    judged_to, known_at_end = elements.at[last], known[last]
    if not bool(readings.known.all()):
        elements = elements.take(np.flatnonzero(known))
        head = np.flatnonzero(elements.is_head)
        last = _last_of(head, elements.at.size)
    return Course(elements=elements, head=head, last=last, judged_to=judged_to, known_at_end=known_at_end)


def _link(elements: Elements, known: Mask, last: Positions) -> None:
    """Tell each element what follows it in its segment; after the last one that is a head, whose reading is TICK."""
    elements.next_at[:-1] = elements.at[1:]
    elements.next_reading[:-1] = elements.reading[1:]
    elements.next_known[:-1] = known[1:]
    elements.next_at[last] = OPEN
    elements.next_known[last] = True


def _last_of(head: Positions, count: int) -> Positions:
    return np.append(head[1:], count) - 1


def _filled(count: int, value: int) -> npt.NDArray[np.int64]:
    return np.full(count, value, dtype=np.int64)
