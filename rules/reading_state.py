"""What columnar kinds remember: equally long numpy columns, one element per row, and their stored form.

A kind declares its columns once, as a dataclass derived from `Columns`; taking, putting, copying, measuring and
storing follow from the declaration. Fields are named by `__dataclass_fields__` where each message does it, which
`dataclasses.fields` filters anew each time.
"""

from collections.abc import Mapping, Sequence
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
        return cls(*[np.zeros(rows, dtype=each.metadata["dtype"]) for each in cls.__dataclass_fields__.values()])

    @classmethod
    def bytes_per_row(cls) -> int:
        """What one row costs in memory."""
        return sum(np.dtype(each.metadata["dtype"]).itemsize for each in fields(cls))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts, one part after the other; there must be one at least."""
        return cls(*[np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__])

    def take(self, rows: Positions | slice) -> Self:
        """The given rows: copied, or seen through where they are a slice."""
        if isinstance(rows, slice):
            return type(self)(*[getattr(self, name)[rows] for name in self.__dataclass_fields__])
        return type(self)(*[getattr(self, name).take(rows) for name in self.__dataclass_fields__])

    def copy(self) -> Self:
        """All rows, that can be set without setting these."""
        return type(self)(*[getattr(self, name).copy() for name in self.__dataclass_fields__])

    def put(self, rows: Positions, other: Self) -> None:
        """Set the given rows from columns of that many elements."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)


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


def decode_rows(content: bytes, table: RowTable, versions: Mapping[int, Columns]) -> int:
    """Set the columns of the version that `encode_rows` stored, whose rows are `table`; which version it is.

    Raises:
        ValueError: another version, or rows that the present configuration does not have.
    """
    stored = msgspec.msgpack.decode(content, type=StoredRows)
    if stored.version not in versions:
        known = ", ".join(str(each) for each in versions)
        msg = f"the stored rows have version {stored.version}, this code reads {known}: migrate the snapshot first"
        raise ValueError(msg)
    rule, point = np.frombuffer(stored.rule, dtype="<i4"), np.frombuffer(stored.point, dtype="<i4")
    kept, theirs = table.kept_from(RowTable(stored.rules, stored.points, rule, point))
    if kept.size != rule.size:
        lost = rule.size - kept.size
        msg = f"{lost} of {rule.size} stored rows are not configured: restore under the configuration they came from"
        raise ValueError(msg)
    state = versions[stored.version]
    dtypes = {each.name: each.metadata["dtype"] for each in fields(state)}
    for name, column in stored.columns.items():
        getattr(state, name)[kept] = np.frombuffer(column, dtype=dtypes[name])[theirs]
    return stored.version
