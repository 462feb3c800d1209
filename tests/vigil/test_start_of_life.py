import pytest
from msgspec.structs import replace

from domain.instant import from_iso
from domain.site import Site
from domain.text import same
from domain.working_calendar import WorkingCalendar
from vigil.start_of_life import UnknownStart, start_of_life

SITE = Site(id="s", name=same("S"), timezone="Asia/Shanghai")
FRIDAY_NOON = from_iso("2026-11-27T12:00:00+08:00")
SUNDAY_NOON = from_iso("2026-11-29T12:00:00+08:00")


@pytest.mark.parametrize(
    ("start", "now", "expected"),
    [
        ("07:25", FRIDAY_NOON, "2026-11-27T07:25:00+08:00"),
        ("18:00", FRIDAY_NOON, "2026-11-26T18:00:00+08:00"),
        ("07:25", SUNDAY_NOON, "2026-11-27T07:25:00+08:00"),
        ("2026-01-02T03:04:05Z", SUNDAY_NOON, "2026-01-02T03:04:05Z"),
        ("now", SUNDAY_NOON, "2026-11-29T12:00:00+08:00"),
    ],
)
def test_a_time_of_day_is_that_of_the_latest_working_day(start: str, now: int, expected: str) -> None:
    assert start_of_life(SITE, start, now) == from_iso(expected)


def test_holidays_are_passed_over_and_a_site_that_is_never_open_begins_yesterday() -> None:
    closed = replace(SITE, calendar=WorkingCalendar(holidays=("2026-11-26/2026-11-27",)))
    assert start_of_life(closed, "07:25", FRIDAY_NOON) == from_iso("2026-11-25T07:25:00+08:00")
    never = replace(SITE, calendar=WorkingCalendar(weekend=(0, 1, 2, 3, 4, 5, 6)))
    assert start_of_life(never, "07:25", FRIDAY_NOON) == from_iso("2026-11-26T07:25:00+08:00")


@pytest.mark.parametrize("start", ["7:25", "25:00", "tomorrow", ""])
def test_what_is_no_time_is_refused_with_what_would_do(start: str) -> None:
    with pytest.raises(UnknownStart, match=f"'{start}' is no time to start at: write HH:MM"):
        start_of_life(SITE, start, FRIDAY_NOON)
