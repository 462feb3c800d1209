"""How often something became true within a span: the times of the latest beginnings of each row."""

from typing import Final

import numpy as np

from domain.readings import Times, Values
from rules.conditions.memory import Column, Memory
from rules.segments import Mask, Positions, begins, grouped, spread

MOST: Final = 64
"""Beginnings a row remembers: 512 bytes. A count says 64 where there were more."""

_NOTHING_KNOWN: Final = -1


def blank(rows: int) -> dict[str, Column]:
    """The memory of rows of which nothing is known."""
    return {
        "at": np.zeros((rows, MOST), dtype=np.int64),
        "count": np.zeros(rows, dtype=np.int32),
        "latest": np.full(rows, _NOTHING_KNOWN, dtype=np.int8),
    }


def counted(
    row: Positions, at: Times, true: Mask, told: Mask, span: Times, memory: Memory
) -> tuple[Values, dict[str, Column]]:
    """For N moments the beginnings within the span up to each, and the memory after; only `told` moments tell anything.

    What is true when a row is first known has not begun then. Unknown moments lie between a false and a true one
    without harm.
    """
    kept = {name: column.copy() for name, column in memory.items()}
    told_at = np.flatnonzero(told)
    began = np.zeros(row.size, dtype=np.bool_)
    if told_at.size:
        rows, is_true = row[told_at], true[told_at]
        before = np.empty(told_at.size, dtype=np.int8)
        before[1:] = is_true[:-1]
        first = begins(rows)
        before[first] = memory["latest"][rows[first]]
        began[told_at] = is_true & (before == 0)
        kept["latest"][rows] = is_true
    source, place = spread(memory["count"])
    new = np.flatnonzero(began)
    begun_row = np.concatenate((source, row[new]))
    order = grouped(begun_row)
    begun_row = begun_row[order]
    begun_at = np.concatenate((memory["at"][source, place], at[new]))[order]
    total = np.cumsum(began)
    first = begins(row)
    within: Positions = total - (total - began)[first][np.cumsum(first) - 1]
    high = (np.searchsorted(begun_row, np.arange(memory["count"].size)) + memory["count"])[row] + within
    low = _first_after(begun_row, begun_at, row, at - span)
    _remember(kept, begun_row, begun_at)
    return np.clip(high - low, 0, MOST).astype(np.float64), kept


def _first_after(begun_row: Positions, begun_at: Times, row: Positions, at: Times) -> Positions:
    """The place of the row's first beginning after a time."""
    zero = int(min(begun_at.min(initial=int(at.min())), at.min()))
    width = int(max(begun_at.max(initial=int(at.max())), at.max())) - zero + 2
    keys = begun_row * width + (begun_at - zero)
    return np.searchsorted(keys, row * width + (at - zero), side="right")


def _remember(kept: dict[str, Column], row: Positions, at: Times) -> None:
    """Keep the latest beginnings of each row."""
    size = np.bincount(row, minlength=kept["count"].size).astype(np.int64)
    count = np.minimum(size, MOST)
    first = np.cumsum(size) - count
    source, place = spread(count)
    kept["at"][source, place] = at[first[source] + place]
    kept["count"] = count.astype(np.int32)
