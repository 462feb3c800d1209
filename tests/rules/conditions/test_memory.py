"""Columns by name."""

import numpy as np

from rules.conditions.memory import Column, bytes_per_row, put, read, stored, taken

MEMORY: dict[str, Column] = {"at": np.arange(6).reshape(3, 2), "count": np.array([1, 2, 3], dtype=np.int32)}


def test_rows_are_taken_and_put() -> None:
    memory = {name: column.copy() for name, column in MEMORY.items()}
    rows = taken(memory, np.array([2]))
    assert rows["at"].tolist() == [[4, 5]]
    put(memory, np.array([0]), rows)
    assert (memory["at"][0].tolist(), memory["count"].tolist()) == ([4, 5], [3, 2, 3])


def test_a_column_survives_its_stored_form() -> None:
    back = read(stored(MEMORY["at"]))
    assert back.tolist() == MEMORY["at"].tolist()
    back[0, 0] = 9


def test_a_row_costs_the_sum_of_its_columns() -> None:
    assert bytes_per_row(MEMORY) == 2 * 8 + 4
