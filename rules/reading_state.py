"""What columnar kinds remember: equally long numpy columns, one element per row, and their stored form.

A kind declares its columns once, as a dataclass derived from `Columns`; taking, putting, copying, measuring and
storing follow from the declaration.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final, Self

import msgspec
import numpy as np
from msgspec import Struct

from rules.reading_rows import RowTable
from rules.segments import Positions

FLOAT64: Final = MappingProxyType({"dtype": "<f8"})
INT64: Final = MappingProxyType({"dtype": "<i8"})
BOOL: Final = MappingProxyType({"dtype": "|b1"})
"""Metadata of a column's field; byte orders are named, because columns are stored as they are."""


@dataclass(slots=True)
class Columns:
    """Columns of one length, all zero at first. Subclasses add `name: type = field(metadata=INT64)` and the like."""

    @classmethod
    def blank(cls, rows: int) -> Self:
        """Columns for rows of which nothing is known yet."""
        return cls(**{each.name: np.zeros(rows, dtype=each.metadata["dtype"]) for each in fields(cls)})

    @classmethod
    def bytes_per_row(cls) -> int:
        """What one row costs in memory."""
        return sum(np.dtype(each.metadata["dtype"]).itemsize for each in fields(cls))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts, one part after the other; there must be one at least."""
        return cls(**{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)})

    def take(self, rows: Positions | slice) -> Self:
        """The given rows: copied, or seen through where they are a slice."""
        if isinstance(rows, slice):
            return type(self)(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})
        return type(self)(**{each.name: getattr(self, each.name).take(rows) for each in fields(self)})

    def copy(self) -> Self:
        """All rows, that can be set without setting these."""
        return type(self)(**{each.name: getattr(self, each.name).copy() for each in fields(self)})

    def put(self, rows: Positions, other: Self) -> None:
        """Set the given rows from columns of that many elements."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(other, each.name)


class StoredRows(Struct, frozen=True, kw_only=True):
    """The stored form: the names once, each row's rule and point as int32 indices, each column's bytes."""

    version: int
    rules: tuple[str, ...]
    points: tuple[str, ...]
    rule: bytes
    point: bytes
    columns: dict[str, bytes]


def encode_rows(version: int, table: RowTable, state: Columns) -> bytes:
    """Store rows and columns under the kind's version of them."""
    stored = StoredRows(
        version=version,
        rules=table.rule_ids,
        points=table.point_ids,
        rule=table.rule.astype("<i4").tobytes(),
        point=table.point.astype("<i4").tobytes(),
        columns={each.name: getattr(state, each.name).tobytes() for each in fields(state)},
    )
    return msgspec.msgpack.encode(stored)


def decode_rows(content: bytes, version: int, table: RowTable, state: Columns) -> None:
    """Set `state`, whose rows are `table`, from what `encode_rows` gave under the same version.

    Raises:
        ValueError: another version, or rows that the present configuration does not have.
    """
    stored = msgspec.msgpack.decode(content, type=StoredRows)
    if stored.version != version:
        msg = f"the stored rows have version {stored.version}, this code reads {version}: migrate the snapshot first"
        raise ValueError(msg)
    rule, point = np.frombuffer(stored.rule, dtype="<i4"), np.frombuffer(stored.point, dtype="<i4")
    kept, theirs = table.kept_from(RowTable(stored.rules, stored.points, rule, point))
    if kept.size != rule.size:
        lost = rule.size - kept.size
        msg = f"{lost} of {rule.size} stored rows are not configured: restore under the configuration they came from"
        raise ValueError(msg)
    dtypes = {each.name: each.metadata["dtype"] for each in fields(state)}
    columns = {name: np.frombuffer(stored.columns[name], dtype=dtype) for name, dtype in dtypes.items()}
    state.put(kept, type(state)(**columns).take(theirs))
