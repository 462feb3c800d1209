"""Instants are exact and know no zone."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidTime
from domain.instant import (
    EARLIEST,
    LATEST,
    SECOND,
    from_datetime,
    from_iso,
    from_seconds,
    to_datetime,
    to_iso,
    to_seconds,
)


@given(st.integers(EARLIEST, LATEST))
def test_writing_and_reading_gives_the_same_microsecond(at: int) -> None:
    assert from_iso(to_iso(at)) == at
    assert from_datetime(to_datetime(at)) == at


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2015-01-01T00:00:00Z", EARLIEST),
        ("2015-01-01T08:00:00+08:00", EARLIEST),
        ("2015-01-01T00:00:00.000001Z", EARLIEST + 1),
        ("2015-01-01T00:00:00.123456789+00:00", EARLIEST + 123_456),
    ],
)
def test_spellings_of_rfc_3339(text: str, microseconds: int) -> None:
    assert from_iso(text) == microseconds


@pytest.mark.parametrize("text", ["2015-01-01T00:00:00", "2015-01-01", "yesterday", "", "2015-13-01T00:00:00Z"])
def test_what_is_no_single_instant_is_refused(text: str) -> None:
    with pytest.raises(InvalidTime, match=r"write it like|give an offset"):
        from_iso(text)


def test_a_datetime_of_any_zone_is_the_same_instant() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert from_datetime(datetime(2015, 1, 1, 8, tzinfo=shanghai)) == EARLIEST


def test_seconds_become_whole_microseconds() -> None:
    assert from_seconds(1.5) == 1_500_000
    assert from_seconds(0.000_000_4) == 0
    assert to_seconds(90 * SECOND) == 90.0


def test_whole_seconds_are_written_without_a_fraction() -> None:
    assert to_iso(EARLIEST) == "2015-01-01T00:00:00Z"
