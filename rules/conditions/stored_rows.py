"""The stored form of a kind's rows: names once, each row's rule, point and level as numbers, the groups' columns."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from rules.conditions.memory import Column, StoredColumn, read, stored

STATE_VERSION: Final = 3
WITHOUT_TOTALS: Final = 2
"""Version 1 named rule and point in each row, and kept twice what follows from other columns; 1 and 2 had the values of
readings where means over time have totals now."""


class Key(Struct, frozen=True, order=True, gc=False):
    """A row: a rule, a point, and which of the rule's levels (0 is the most urgent)."""

    rule: str
    point: str
    level: int


class KeptGroup(Struct, frozen=True):
    """The rows of one shape and what is remembered of them, by name of the column."""

    keys: Sequence[Key]
    columns: Mapping[str, Column]

    def forms(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """The columns' types and shapes."""
        return {name: (column.dtype.str, column.shape) for name, column in self.columns.items()}


class _StoredGroup(Struct, frozen=True):
    rule: bytes
    point: bytes
    level: bytes
    columns: dict[str, StoredColumn]


class _Stored(Struct, frozen=True):
    version: int
    rules: list[str]
    points: list[str]
    groups: list[_StoredGroup]


class _Version(Struct, frozen=True):
    version: int


class _StoredOfVersion1(Struct, frozen=True):
    version: int
    groups: list[tuple[list[Key], dict[str, StoredColumn]]]


def encode_groups(groups: Sequence[KeptGroup]) -> bytes:
    """Store groups under `STATE_VERSION`."""
    rules = {name: number for number, name in enumerate(sorted({key.rule for each in groups for key in each.keys}))}
    points = {name: number for number, name in enumerate(sorted({key.point for each in groups for key in each.keys}))}
    content = [
        _StoredGroup(
            rule=np.array([rules[key.rule] for key in each.keys], dtype="<i4").tobytes(),
            point=np.array([points[key.point] for key in each.keys], dtype="<i4").tobytes(),
            level=bytes(key.level for key in each.keys),
            columns={name: stored(column) for name, column in each.columns.items()},
        )
        for each in groups
    ]
    return msgspec.msgpack.encode(_Stored(STATE_VERSION, list(rules), list(points), content))


def decode_groups(content: bytes) -> tuple[int, list[KeptGroup]]:
    """The groups as they were stored, and the version they have: 1, 2 or `STATE_VERSION`.

    Raises:
        ValueError: they have another version.
    """
    version = msgspec.msgpack.decode(content, type=_Version).version
    if version == 1:
        first = msgspec.msgpack.decode(content, type=_StoredOfVersion1)
        return version, [KeptGroup(keys, _read(columns)) for keys, columns in first.groups]
    if version not in {WITHOUT_TOTALS, STATE_VERSION}:
        msg = f"the stored rows have version {version}, this code reads 1, 2 and {STATE_VERSION}: migrate them first"
        raise ValueError(msg)
    whole = msgspec.msgpack.decode(content, type=_Stored)
    groups = []
    for each in whole.groups:
        rule, point = (np.frombuffer(numbers, dtype="<i4").tolist() for numbers in (each.rule, each.point))
        keys = [
            Key(whole.rules[one], whole.points[other], level)
            for one, other, level in zip(rule, point, each.level, strict=True)
        ]
        groups.append(KeptGroup(keys, _read(each.columns)))
    return version, groups


def _read(columns: Mapping[str, StoredColumn]) -> dict[str, Column]:
    return {name: read(column) for name, column in columns.items()}
