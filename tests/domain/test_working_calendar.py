from datetime import date

import pytest

from domain.errors import ConfigurationError
from domain.working_calendar import EVERY_DAY, DayKind, WorkingCalendar, falls_on, is_working_day, parse_days

GOLDEN_WEEK = WorkingCalendar(holidays=("2026-10-01/2026-10-07",), make_up_days=("2026-09-20", "2026-10-10"))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-09-30", True),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # a Saturday that is made up for
        ("2026-10-11", False),
    ],
)
def test_holidays_and_make_up_workdays(day: str, *, worked: bool) -> None:
    assert is_working_day(GOLDEN_WEEK, date.fromisoformat(day)) is worked


def test_a_make_up_workday_wins_over_a_holiday() -> None:
    both = WorkingCalendar(holidays=("2026-10-10",), make_up_days=("2026-10-10",))
    assert is_working_day(both, date(2026, 10, 10))


def test_kinds_of_days() -> None:
    saturday = date(2026, 11, 28)
    assert [falls_on(EVERY_DAY, kind, saturday) for kind in DayKind] == [True, False, True]


@pytest.mark.parametrize("text", ["2026-13-01", "1 October", "2026-10-07/2026-10-01", "", "2026-10-01/"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no day of a calendar: write 2026-10-01"):
        parse_days(text)
