"""Moments: heads, as-of values, and what is inserted between."""

import numpy as np

from rules.conditions.timeline import NO_READING, Arrivals, Slots, Timeline, of_arrivals, with_heads


def a_line() -> Timeline:
    """Two rows over two points; the second has only its head."""
    slots = Slots(np.array([[1.0, np.nan], [3.0, 4.0]]), np.array([[90, 0], [40, 50]]), np.full((2, 2), 30))
    arrivals = Arrivals(
        row=np.array([0, 0]),
        slot=np.array([1, 0]),
        reading=np.array([7, 8]),
        at=np.array([125, 110]),
        value=np.array([5.0, 6.0]),
        seq=np.array([70, 80]),
    )
    return with_heads(slots, np.array([100, 50]), np.zeros(2, dtype=np.int64), arrivals)


def test_every_moment_sees_the_latest_value_of_each_slot() -> None:
    line = a_line()
    assert line.is_head.tolist() == [True, False, False, True]
    assert line.at.tolist() == [100, 125, 125, 50]
    assert line.value[0].tolist() == [1.0, 1.0, 6.0, 3.0]
    assert line.known(0).tolist() == [True, False, True, True]
    assert line.known(1).tolist() == [False, True, True, True]
    assert line.reading.tolist() == [NO_READING, 7, 8, NO_READING]
    assert line.last.tolist() == [2, 3]


def test_readings_of_one_moment_are_seen_together() -> None:
    """Three readings of the first row, of which two are one moment; the second slot's was unusable and stays it."""
    slots = Slots(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[90, 90], [40, 50]]), np.full((2, 2), 30))
    arrivals = Arrivals(
        row=np.array([0, 0, 0]),
        slot=np.array([0, 1, 0]),
        reading=np.array([7, 8, 9]),
        at=np.array([110, 110, 125]),
        value=np.array([5.0, np.inf, 6.0]),
        seq=np.array([70, 70, 70]),
        ends=np.array([False, True, True]),
    )
    line = with_heads(slots, np.array([100, 50]), np.zeros(2, dtype=np.int64), arrivals)
    assert line.at.tolist() == [100, 110, 125, 50]
    assert line.reading.tolist() == [NO_READING, 8, 9, NO_READING]
    assert line.value[0].tolist() == [1.0, 5.0, 6.0, 3.0]
    assert line.value[1].tolist() == [2.0, np.inf, np.inf, 4.0]
    assert line.heard[0].tolist() == [90, 110, 125, 40]
    assert line.heard[1].tolist() == [90, 90, 90, 50]
    assert [each.tolist() for each in line.arrived] == [[False, True, True, False], [False, True, False, False]]


def test_a_gap_ends_at_the_rows_next_moment_or_at_a_tick() -> None:
    line = a_line()
    assert line.next_at(None).tolist() == [125, 125, 125, 50]
    assert line.next_at(200).tolist() == [125, 125, 200, 200]


def test_inserted_moments_are_brought_to_light_by_the_next_reading() -> None:
    line = a_line().inserted(np.array([0, 3]), np.array([120, 80]))
    assert line.at.tolist() == [100, 120, 125, 125, 50, 80]
    assert line.reading.tolist() == [NO_READING, 7, 7, 8, NO_READING, NO_READING]
    assert line.is_head.tolist() == [True, False, False, False, True, False]
    assert line.known(0).tolist() == [True, False, False, True, True, False]
    assert line.is_met(np.array([120, 0, 0, 0, 80, 0])).tolist() == [True, False, False, False, True, False]


def test_a_row_over_one_point_needs_no_head() -> None:
    zeros = np.zeros(2, dtype=np.int64)
    arrivals = Arrivals(zeros, zeros, zeros, np.array([10, 20]), np.array([1.0, np.nan]), np.array([1, 2]))
    line = of_arrivals(arrivals, np.array([30]))
    assert line.known(0).tolist() == [True, False]
    assert line.first.tolist() == [True, False]
