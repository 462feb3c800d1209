"""Scans over columns in which each segment's elements stand together: what kernels are built from.

A segment holds the elements of one row in time order. Everything here is linear in the number of elements and exact
(integers and masks only), so a result does not depend on how the elements were cut into batches.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Mask: TypeAlias = npt.NDArray[np.bool_]
Positions: TypeAlias = npt.NDArray[np.int64]

_POSITION_BITS = 32
_POSITION_MASK = (1 << _POSITION_BITS) - 1


def last_marked(mark: Mask) -> Positions:
    """For each of n elements the position of the nearest marked element at or before it; shape (n,).

    The first element of each segment must be marked: then no position lies in another segment. Each mark is repeated
    up to the next one, which takes a fifth of the time of a running maximum over positions.
    """
    position = np.flatnonzero(mark)
    reach = np.empty_like(position)
    np.subtract(position[1:], position[:-1], out=reach[:-1])
    reach[-1:] = mark.size - position[-1:]
    return position.repeat(reach)


def grouped(keys: npt.NDArray[np.int32] | Positions) -> Positions:
    """The positions that bring equal keys together, ascending, equal keys in their given order; shape (n,).

    Key and position are packed into one integer, because sorting distinct integers is about ten times faster than a
    stable argsort and, all being distinct, has one possible result. Keys must lie in 0 .. 2**31 - 1.
    """
    packed = (keys.astype(np.int64) << _POSITION_BITS) | np.arange(keys.size)
    packed.sort()
    return packed & _POSITION_MASK


def is_grouped(keys: npt.NDArray[np.int32] | Positions) -> bool:
    """Tell whether keys ascend already, so that there is nothing to bring together."""
    return bool((keys[1:] >= keys[:-1]).all())


def begins(keys: npt.NDArray[np.int32] | Positions) -> Mask:
    """Mark the elements whose key differs from the one before; the first is marked. Shape (n,)."""
    mark = np.ones(keys.size, dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=mark[1:])
    return mark


def spread(counts: npt.NDArray[np.int32] | Positions) -> tuple[Positions, Positions]:
    """For n sources with `counts[i]` elements each: every element's source, and its place among that source's.

    Both have as many elements as all counts together.
    """
    source = np.repeat(np.arange(counts.size), counts)
    before = np.cumsum(counts, dtype=np.int64) - counts
    return source, np.arange(source.size) - before[source]
