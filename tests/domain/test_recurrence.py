from datetime import date, time

import pytest

from domain.errors import ConfigurationError
from domain.recurrence import parse_recurrence, times_of_day

MONDAY = date(2026, 11, 23)


def times(text: str, day: date = MONDAY) -> list[str]:
    return [f"{clock:%H:%M}" for clock in times_of_day(parse_recurrence(text), day)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 22 * * *", ["22:30"]),
        ("*/20 22-23 * * *", ["22:00", "22:20", "22:40", "23:00", "23:20", "23:40"]),
        ("0 0,6 * * MON", ["00:00", "06:00"]),
        ("5/30 1 * * *", ["01:05", "01:35"]),
        ("0 1 * * tue-fri", []),
        ("0 1 23 11 *", ["01:00"]),
        ("0 1 24 * *", []),
        ("0 1 24 * 1", ["01:00"]),  # as in cron: either fits
        ("0 1 * 12 *", []),
    ],
)
def test_times_of_a_monday(text: str, expected: list[str]) -> None:
    assert times(text) == expected


def test_sunday_is_0_and_7() -> None:
    assert times("0 1 * * 0", date(2026, 11, 22)) == times("0 1 * * 7", date(2026, 11, 22)) == [f"{time(1):%H:%M}"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("22:30", "write five fields"),
        ("60 * * * *", "'60' is no minute of a recurrence: use \\*, numbers from 0 to 59"),
        ("0 24 * * *", "no hour"),
        ("0 0 0 * *", "no day of"),
        ("0 0 * 13 *", "no month"),
        ("0 0 * * 8", "no day of week"),
        ("0 0 * jan *", "no month"),
        ("0 0 * * 5-1", "no day of week"),
        ("*/0 0 * * *", "no minute"),
        ("a b c d e", "no minute"),
    ],
)
def test_what_is_no_recurrence(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        parse_recurrence(text)
