"""Readings are columns that numpy views without copying."""

import numpy as np
import pytest

from domain.readings import Quality, Readings, readings_from


def test_columns_come_back_as_they_went_in() -> None:
    readings = readings_from(["flow", "current"], [5, 7], [1.5, float("nan")], [Quality.GOOD, Quality.BAD])
    assert readings.point_ids() == ["flow", "current"]
    assert readings.times().tolist() == [5, 7]
    assert np.array_equal(readings.numbers(), [1.5, np.nan], equal_nan=True)
    assert readings.qualities().tolist() == [0, 2]
    assert len(readings) == 2


def test_views_share_the_message_and_cannot_change_it() -> None:
    readings = readings_from(["flow"], [5], [1.5], [0])
    with pytest.raises(ValueError, match="read-only"):
        readings.numbers()[0] = 2.0


def test_a_message_without_readings_has_no_points() -> None:
    empty = Readings(points="", at=b"", values=b"", quality=b"")
    assert (len(empty), empty.point_ids()) == (0, [])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 points, 1 times, 1 values, 1 qualities"):
        readings_from(["a", "b"], [1], [1.0], [0])
