"""Which readings come behind what their point was judged by, and which are exactly as old as that."""

import numpy as np
from msgspec import Struct

from domain.readings import Times
from rules.point_table import Rows
from rules.segments import Mask, Positions, begins, grouped


class Lateness(Struct, frozen=True):
    """Of n readings: `order` brings those of a point together, in judging order.

    `late_in_order` and `is_again` are in that order: older than the newest before it, and of the same time as that one.
    `is_newer` tells that all are newer, so that neither marks any: the usual case, which costs no further look.
    """

    order: Positions
    late_in_order: Mask
    is_again: Mask
    is_newer: bool

    def late(self) -> Mask:
        """Which are late, in judging order; shape (n,)."""
        if self.is_newer:
            return self.late_in_order
        marked = np.empty_like(self.late_in_order)
        marked[self.order] = self.late_in_order
        return marked


def is_late(row: Rows, at: Times, judged_to: Times) -> Mask:
    """Mark readings older than one of their point that was judged before, and move `judged_to` on; shape (n,)."""
    return lateness(row, at, judged_to).late()


def lateness(row: Rows, at: Times, judged_to: Times) -> Lateness:
    """Compare readings with the newest of their point before them, and move `judged_to` on.

    Equal times are not late. Linear: only points that have a late reading are looked at one by one.
    """
    order = grouped(row)
    rows, times = row[order], at[order]
    first = begins(rows)
    starts = np.flatnonzero(first)
    before = np.empty_like(times)
    before[1:] = times[:-1]
    before[starts] = judged_to[rows[starts]]
    late = is_again = times <= before
    is_newer = not bool(late.any())
    if not is_newer:
        late = times < before
        ends = np.append(starts[1:], times.size)
        segment = np.cumsum(first) - 1
        for number in np.unique(segment[late]).tolist():
            span = slice(int(starts[number]), int(ends[number]))
            newest = np.maximum.accumulate(np.append(judged_to[rows[starts[number]]], times[span]))[:-1]
            late[span] = times[span] < newest
            before[span] = newest
        is_again = times == before
    newest_of_all = np.maximum.reduceat(times, starts)
    judged_to[rows[starts]] = np.maximum(judged_to[rows[starts]], newest_of_all)
    return Lateness(order, late, is_again, is_newer)
