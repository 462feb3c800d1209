"""The slice size follows what slices cost."""

import pytest

from runtime.pace import LARGEST, SLICE_SECONDS, SMALLEST, SPACING_SECONDS, Pace


def test_slow_slices_shrink_down_to_the_smallest() -> None:
    pace = Pace(records=64)
    for _ in range(10):
        pace.took(64, SLICE_SECONDS * 3)
    assert pace.records == SMALLEST


def test_quick_full_slices_grow_up_to_the_largest() -> None:
    pace = Pace(records=64)
    for _ in range(20):
        pace.took(pace.records, SLICE_SECONDS / 10)
    assert pace.records == LARGEST


def test_quick_slices_that_were_not_full_teach_nothing() -> None:
    pace = Pace(records=64)
    pace.took(3, 0.000_1)
    assert pace.records == 64


def test_slices_begin_at_a_distance_and_the_first_at_once() -> None:
    pace = Pace()
    assert pace.rest(now=5.0) == 0.0
    pace.took(3, 0.002, began=5.0)
    assert pace.rest(now=5.002) == pytest.approx(SPACING_SECONDS - 0.002)
    assert pace.rest(now=6.0) == 0.0
