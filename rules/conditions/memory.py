"""What a node of a shape remembers of each row between batches: named columns whose first axis is the row."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from rules.segments import Positions

Column: TypeAlias = npt.NDArray[Any]
Memory: TypeAlias = Mapping[str, Column]


class StoredColumn(Struct, frozen=True, array_like=True):
    """A column as it is kept in a snapshot."""

    dtype: str
    shape: tuple[int, ...]
    content: bytes


def taken(memory: Memory, rows: Positions) -> dict[str, Column]:
    """The given rows of every column."""
    return {name: column.take(rows, axis=0) for name, column in memory.items()}


def put(memory: Memory, rows: Positions, other: Memory) -> None:
    """Set the given rows of every column."""
    for name, column in memory.items():
        column[rows] = other[name]


def taken_slots(table: Column, rows: Positions) -> Column:
    """The given rows of a table of slots, which lies slot after slot: numpy picks rows of one column much faster."""
    found = np.empty((rows.size, table.shape[1]), dtype=table.dtype, order="F")
    for slot in range(table.shape[1]):
        found[:, slot] = table[:, slot].take(rows)
    return found


def put_slots(table: Column, rows: Positions, columns: Sequence[Column]) -> None:
    """Set the given rows of a table of slots, a column of them for each slot."""
    for slot, column in enumerate(columns):
        table[:, slot][rows] = column


def stored(column: Column) -> StoredColumn:
    """Write a column, little-endian as it is."""
    return StoredColumn(column.dtype.str, column.shape, column.tobytes())


def read(column: StoredColumn) -> Column:
    """Read what `stored` wrote."""
    return np.frombuffer(column.content, dtype=np.dtype(column.dtype)).reshape(column.shape).copy()


def bytes_per_row(memory: Memory) -> int:
    """What one row costs."""
    return sum(column.dtype.itemsize * int(np.prod(column.shape[1:], dtype=np.int64)) for column in memory.values())
