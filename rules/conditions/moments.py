"""Which readings of a row are one moment: those of one record that carry one time are judged together.

One after the other, a rule over two points would see, for no time at all, what one says now beside what the other said
before. The readings of a record are taken by their own times, before any of them counts as made later. Where a point
is read several times at one time, its first reading goes with the first ones of the others, and so on.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.readings import Times
from rules.conditions.scan import Events
from rules.conditions.timeline import Arrivals
from rules.segments import Positions, begins, last_marked

_ORDER_BITS: Final = 32
"""The order of events within one scan takes fewer."""


@dataclass(slots=True)
class Rearranged:
    """Arrivals that were put in another order: the reading that each moment is told by, and where its row begins.

    That is the last one of the record that the row's moments up to then consist of, so that what is told of a row
    comes in the order of time. The arrivals' own `reading` is their place among them all meanwhile.
    """

    told_by: Positions
    row_begins: Positions

    def name(self, events: Events) -> None:
        """Let events name readings of the batch; those of several moments that one reading tells keep their order."""
        events.order += (events.reading - self.row_begins[events.reading]) << _ORDER_BITS
        events.reading = self.told_by[events.reading]


def in_moments(arrivals: Arrivals, times: Times) -> tuple[Arrivals, Rearranged | None]:
    """The arrivals by moments, each of which knows its last one, and how they were rearranged (None: not at all).

    `times` are those that the readings carry.
    """
    is_of_record = ~(begins(arrivals.row) | begins(arrivals.seq))
    if not bool(is_of_record.any()):
        return arrivals, None
    order: Positions | None = None
    if bool((is_of_record[1:] & (times[1:] < times[:-1])).any()):
        order = np.lexsort((times, np.cumsum(~is_of_record)))
        times = times[order]
    slot = arrivals.slot if order is None else arrivals.slot[order]
    is_joined = is_of_record & ~begins(times)
    if bool((is_joined[1:] & (slot[1:] <= slot[:-1])).any()):
        again = _times_before(np.cumsum(~is_joined), slot)
        if bool(again.any()):
            by_turns = np.lexsort((again, np.cumsum(~is_joined)))
            order = by_turns if order is None else order[by_turns]
            is_joined &= ~begins(again[by_turns])
    if order is not None:
        arrivals, rearranged = _rearranged(arrivals, order)
    if bool(is_joined.any()):
        arrivals.ends = np.append(~is_joined[1:], True)
    return arrivals, None if order is None else rearranged


def _times_before(group: Positions, slot: Positions) -> Positions:
    """How often each one's slot was there before in its group; shape (n,)."""
    order = np.lexsort((slot, group))
    is_first = begins(group[order]) | begins(slot[order])
    count = np.empty_like(slot)
    count[order] = np.arange(slot.size) - last_marked(is_first)
    return count


def _rearranged(arrivals: Arrivals, order: Positions) -> tuple[Arrivals, Rearranged]:
    arrivals = arrivals.of(order)
    row_begins = last_marked(begins(arrivals.row))
    width = int(arrivals.reading.max()) + 1
    behind = arrivals.row * width
    told_by = np.maximum.accumulate(behind + arrivals.reading) - behind
    arrivals.reading = np.arange(order.size)
    return arrivals, Rearranged(told_by, row_begins)
