"""The slice size follows what slices cost."""

from runtime.pace import LARGEST, SLICE_SECONDS, SMALLEST, Pace


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
