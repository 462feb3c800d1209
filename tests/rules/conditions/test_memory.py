"""Columns by name."""

import numpy as np

from rules.conditions.memory import Column, bytes_per_row, put, put_slots, read, stored, taken, taken_slots

MEMORY: dict[str, Column] = {"at": np.arange(6).reshape(3, 2), "count": np.array([1, 2, 3], dtype=np.int32)}


def test_rows_are_taken_and_put() -> None:
    memory = {name: column.copy() for name, column in MEMORY.items()}
    rows = taken(memory, np.array([2]))
    assert rows["at"].tolist() == [[4, 5]]
    put(memory, np.array([0]), rows)
    assert (memory["at"][0].tolist(), memory["count"].tolist()) == ([4, 5], [3, 2, 3])


def test_rows_of_a_table_of_slots_are_taken_and_put_slot_by_slot() -> None:
    table = np.asfortranarray(np.arange(6).reshape(3, 2))
    rows = np.array([2, 0])
    found = taken_slots(table, rows)
    assert found.tolist() == [[4, 5], [0, 1]]
    assert found.flags.f_contiguous
    put_slots(table, rows, [np.array([7, 8]), np.array([9, 10])])
    assert table.tolist() == [[8, 10], [2, 3], [7, 9]]


def test_a_column_survives_its_stored_form() -> None:
    back = read(stored(MEMORY["at"]))
    assert back.tolist() == MEMORY["at"].tolist()
    back[0, 0] = 9


def test_a_row_costs_the_sum_of_its_columns() -> None:
    assert bytes_per_row(MEMORY) == 2 * 8 + 4
