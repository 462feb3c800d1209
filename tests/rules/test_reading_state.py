"""Columns of state: taking, putting, and the stored form."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from domain.readings import Times, Values
from rules.reading_rows import RowTable
from rules.reading_state import BOOL, FLOAT64, INT64, Columns, decode_rows, encode_rows
from rules.segments import Mask


@dataclass(slots=True)
class Levels(Columns):
    level: Values = field(metadata=FLOAT64)
    at: Times = field(metadata=INT64)
    seen: Mask = field(metadata=BOOL)


def a_table(pairs: list[tuple[int, int]], points: tuple[str, ...] = ("a", "b", "c")) -> RowTable:
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return RowTable(("r1", "r2"), points, columns[:, 0], columns[:, 1])


def levels(count: int) -> Levels:
    state = Levels.blank(count)
    state.level[:] = np.arange(count) + 0.5
    state.at[:] = np.arange(count) * 10
    state.seen[:] = np.arange(count) % 2 == 0
    return state


def test_blank_is_zero_and_costs_what_it_says() -> None:
    blank = Levels.blank(2)
    assert (blank.level.tolist(), blank.at.tolist(), blank.seen.tolist()) == ([0.0, 0.0], [0, 0], [False, False])
    assert Levels.bytes_per_row() == 17


def test_take_copies_and_put_sets() -> None:
    state = levels(4)
    part = state.take(np.array([3, 1]))
    part.level[:] = [30.0, 10.0]
    assert state.level.tolist() == [0.5, 1.5, 2.5, 3.5]
    state.put(np.array([3, 1]), part)
    assert state.level.tolist() == [0.5, 10.0, 2.5, 30.0]
    assert state.at.tolist() == [0, 10, 20, 30]


def test_a_slice_is_seen_through_and_parts_are_joined() -> None:
    state = levels(4)
    assert state.take(slice(1, 3)).level.base is state.level
    joined = Levels.joined([state.take(slice(2, 4)), state.take(slice(0, 1))])
    assert joined.at.tolist() == [20, 30, 0]
    assert joined.seen.tolist() == [True, False, True]


def test_stored_rows_come_back_by_name() -> None:
    table = a_table([(0, 0), (1, 0), (0, 2)])
    stored = encode_rows(1, table, levels(3))
    reordered = a_table([(0, 0), (0, 1), (1, 1)], points=("c", "a", "b"))
    state = Levels.blank(3)
    assert decode_rows(stored, reordered, {1: state}) == 1
    assert dict(zip(reordered.pairs(), state.level.tolist(), strict=True)) == {
        ("r1", "a"): 0.5,
        ("r2", "a"): 1.5,
        ("r1", "c"): 2.5,
    }
    assert encode_rows(1, table, levels(3)) == stored


def test_another_version_is_refused() -> None:
    table = a_table([(0, 0)])
    with pytest.raises(ValueError, match="version 1, this code reads 2"):
        decode_rows(encode_rows(1, table, levels(1)), table, {2: Levels.blank(1)})


def test_rows_of_another_configuration_are_refused() -> None:
    stored = encode_rows(1, a_table([(0, 0), (1, 1)]), levels(2))
    with pytest.raises(ValueError, match="1 of 2 stored rows are not configured"):
        decode_rows(stored, a_table([(0, 0)]), {1: Levels.blank(1)})
