"""Which arrivals the readings of a batch are."""

import numpy as np

from rules.conditions.inputs import Inputs


def test_a_reading_arrives_at_every_row_that_looks_at_its_point() -> None:
    inputs = Inputs([[0, 1], [1]], table_size=3)
    reading, row, slot = inputs.expand(np.array([1, 2, 0], dtype=np.int32))
    assert (reading.tolist(), row.tolist(), slot.tolist()) == ([0, 0, 2], [0, 1, 0], [1, 0, 0])


def test_one_row_per_point_is_the_readings_themselves() -> None:
    reading, row, slot = Inputs([[0], [1]], table_size=2).expand(np.array([1, 0], dtype=np.int32))
    assert (reading.tolist(), row.tolist(), slot.tolist()) == ([0, 1], [1, 0], [0, 0])
