from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.errors import ConfigurationError
from domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime, from_iso, to_datetime
from domain.schedule import (
    clock_changes,
    clock_text,
    drawn_order,
    due_seconds,
    is_timezone,
    next_clock,
    next_start,
    ordinary_starts,
    parse_clock,
    run_window,
    starts_between,
)
from domain.site import Tour, TourStop, WeeklyTime
from domain.text import same
from domain.working_calendar import DayKind, WorkingCalendar

DAILY = (0, 1, 2, 3, 4, 5, 6)
ZONES = ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut"]


def a_tour(*starts: WeeklyTime, every: float | None = None, dues: tuple[float, ...] = (600.0,)) -> Tour:
    stops = tuple(TourStop(checkpoint=f"c{number}", due_seconds=due) for number, due in enumerate(dues))
    return Tour(id="t", name=same("t"), stops=stops, starts=starts, every_seconds=every)


def local(zone: str, text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def shown(zone: str, at: Instant | None) -> str:
    assert at is not None
    return to_datetime(at).astimezone(ZoneInfo(zone)).isoformat()


def test_a_weekly_start_is_read_in_site_time() -> None:
    tour = a_tour(WeeklyTime(weekdays=(0,), at="22:00"))  # Mondays
    sunday = local("Asia/Shanghai", "2026-11-22T12:00")
    assert shown("Asia/Shanghai", next_start(tour, "Asia/Shanghai", sunday)) == "2026-11-23T22:00:00+08:00"


def test_a_start_is_later_than_after_never_equal() -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at="22:00"))
    start = local("Asia/Shanghai", "2026-11-23T22:00")
    assert next_start(tour, "Asia/Shanghai", start - 1) == start
    assert next_start(tour, "Asia/Shanghai", start) == start + DAY


def test_a_tour_without_starts_never_starts() -> None:
    assert next_start(a_tour(), "Asia/Shanghai", 0) is None
    assert list(starts_between(a_tour(), "Asia/Shanghai", 0, DAY)) == []


def test_a_start_in_the_spring_gap_moves_to_the_first_instant_after_it() -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at="02:30"))
    before = local("America/New_York", "2026-03-08T00:00")
    assert shown("America/New_York", next_start(tour, "America/New_York", before)) == "2026-03-08T03:00:00-04:00"


def test_two_starts_in_one_gap_are_one_run() -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at="02:10"), WeeklyTime(weekdays=DAILY, at="02:50"))
    before = local("America/New_York", "2026-03-08T00:00")
    starts = list(starts_between(tour, "America/New_York", before, before + 12 * HOUR))
    assert [shown("America/New_York", at) for at in starts] == ["2026-03-08T03:00:00-04:00"]


def test_a_gap_of_half_an_hour_is_closed_at_its_own_end() -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at="02:15"))
    before = local("Australia/Lord_Howe", "2026-10-04T00:00")
    assert shown("Australia/Lord_Howe", next_start(tour, "Australia/Lord_Howe", before)) == "2026-10-04T02:30:00+11:00"


def test_a_doubled_hour_runs_once_at_its_first_pass() -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at="01:30"))
    before = local("America/New_York", "2026-11-01T00:00")
    starts = list(starts_between(tour, "America/New_York", before, before + 20 * HOUR))
    assert [shown("America/New_York", at) for at in starts] == ["2026-11-01T01:30:00-04:00"]


def test_every_so_often_counts_from_local_midnight() -> None:
    tour = a_tour(every=8 * 3600)
    before = local("Asia/Kolkata", "2026-11-23T00:30")
    starts = list(starts_between(tour, "Asia/Kolkata", before, before + DAY))
    assert [clock_text("Asia/Kolkata", at) for at in starts] == ["08:00", "16:00", "00:00"]


def test_an_interval_that_does_not_divide_the_day_begins_again_at_midnight() -> None:
    tour = a_tour(every=7 * 3600)
    before = local("Asia/Shanghai", "2026-11-23T13:00")
    starts = list(starts_between(tour, "Asia/Shanghai", before, before + 12 * HOUR))
    assert [clock_text("Asia/Shanghai", at) for at in starts] == ["14:00", "21:00", "00:00"]


def test_a_midnight_that_does_not_exist_begins_the_day_after_the_gap() -> None:
    tour = a_tour(every=12 * 3600)
    before = local("Asia/Beirut", "2026-03-28T13:00")
    assert shown("Asia/Beirut", next_start(tour, "Asia/Beirut", before)) == "2026-03-29T01:00:00+03:00"


def test_weekly_and_interval_starts_are_merged() -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at="06:00"), WeeklyTime(weekdays=DAILY, at="12:00"), every=12 * 3600)
    before = local("Asia/Shanghai", "2026-11-23T00:00")
    starts = list(starts_between(tour, "Asia/Shanghai", before, before + DAY))
    assert [clock_text("Asia/Shanghai", at) for at in starts] == ["06:00", "12:00", "00:00"]


@given(zone=st.sampled_from(ZONES), day=st.integers(0, 1500), minute=st.integers(0, 1439))
def test_a_daily_start_happens_once_on_every_local_day(zone: str, day: int, minute: int) -> None:
    tour = a_tour(WeeklyTime(weekdays=DAILY, at=f"{minute // 60:02}:{minute % 60:02}"))
    begin = from_iso("2025-01-01T00:00:00Z") + day * DAY
    starts = list(starts_between(tour, zone, begin, begin + 5 * DAY))
    days = [to_datetime(at).astimezone(ZoneInfo(zone)).date() for at in starts]
    assert len(set(days)) == len(days)
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {1}


def test_a_window_says_when_each_stop_is_due_and_missed() -> None:
    start = from_iso("2026-11-23T14:00:00Z")
    window = run_window(a_tour(WeeklyTime(weekdays=DAILY, at="22:00"), dues=(0.0, 600.0)), "Asia/Shanghai", start)
    assert window.opens_at == start - 5 * MINUTE
    assert window.due_at == (start, start + 10 * MINUTE)
    assert window.missed_at == (start + 5 * MINUTE, start + 15 * MINUTE)
    assert window.closes_at == start + 15 * MINUTE + 1


def test_a_window_ends_before_the_next_run_starts() -> None:
    start = from_iso("2026-11-23T14:00:00Z")
    window = run_window(a_tour(every=900, dues=(0.0, 840.0)), "Asia/Shanghai", start)
    assert window.missed_at == (start + 5 * MINUTE, start + 15 * MINUTE - 1)
    assert window.closes_at == start + 15 * MINUTE


def test_the_clock_on_the_wall() -> None:
    at = from_iso("2026-11-23T18:10:05Z")
    assert clock_text("Asia/Shanghai", at) == "02:10"
    assert clock_text("Asia/Shanghai", at, seconds=True) == "02:10:05"


def test_zones() -> None:
    assert is_timezone("Asia/Shanghai")
    assert not is_timezone("Asia/Nowhere")
    assert not is_timezone("../etc/passwd")
    assert not is_timezone("")
    with pytest.raises(ConfigurationError, match="'Mars/Base' is unknown"):
        clock_text("Mars/Base", SECOND)


@pytest.mark.parametrize("text", ["24:00", "7:30", "07:60", "noon", "", "07:30:00", "٠٧:٣٠"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write HH:MM"):
        parse_clock(text)


HOLIDAYS = WorkingCalendar(holidays=("2026-10-01/2026-10-07",), make_up_days=("2026-10-10",))


def test_starts_on_working_days_follow_holidays_and_make_up_workdays() -> None:
    tour = a_tour(WeeklyTime(at="22:00", days=DayKind.WORKING))
    before = local("Asia/Shanghai", "2026-09-30T00:00")
    starts = list(starts_between(tour, "Asia/Shanghai", before, before + 14 * DAY, HOLIDAYS))
    days = [shown("Asia/Shanghai", at)[5:10] for at in starts]
    assert days == ["09-30", "10-08", "10-09", "10-10", "10-12", "10-13"]
    off = a_tour(WeeklyTime(at="22:00", days=DayKind.OFF))
    assert len(list(starts_between(off, "Asia/Shanghai", before, before + 14 * DAY, HOLIDAYS))) == 14 - 6


def test_a_recurrence_is_written_as_cron_does() -> None:
    tour = replace(a_tour(), recurrences=("*/30 22-23 * * mon",))
    before = local("Asia/Shanghai", "2026-11-22T00:00")
    starts = list(starts_between(tour, "Asia/Shanghai", before, before + 7 * DAY))
    assert [clock_text("Asia/Shanghai", at) for at in starts] == ["22:00", "22:30", "23:00", "23:30"]


def test_recurrences_in_the_hour_that_is_skipped_are_one_run_after_it() -> None:
    tour = replace(a_tour(), recurrences=("*/20 2 * * *",))
    before = local("America/New_York", "2026-03-08T00:00")
    starts = list(starts_between(tour, "America/New_York", before, before + 12 * HOUR))
    assert [shown("America/New_York", at) for at in starts] == ["2026-03-08T03:00:00-04:00"]


def test_a_random_start_lies_in_its_window_and_is_the_same_again() -> None:
    tour = a_tour(WeeklyTime(at="23:00", within_seconds=4 * 3600))
    before = local("Asia/Shanghai", "2026-11-01T12:00")
    starts = list(starts_between(tour, "Asia/Shanghai", before, before + 30 * DAY))
    assert starts == list(starts_between(tour, "Asia/Shanghai", before, before + 30 * DAY))
    first = local("Asia/Shanghai", "2026-11-01T23:00")
    late = [at - first - number * DAY for number, at in enumerate(starts)]
    assert all(0 <= each <= 4 * HOUR for each in late)
    assert len(set(late)) > 20
    assert list(starts_between(replace(tour, seed="s"), "Asia/Shanghai", before, before + 3 * DAY)) != starts[:3]


def test_random_starts_that_reach_into_the_next_day_are_none_too_many() -> None:
    tour = a_tour(WeeklyTime(at="12:00", within_seconds=86_000))
    before = local("Asia/Shanghai", "2026-11-01T00:00")
    starts = list(starts_between(tour, "Asia/Shanghai", before, before + 40 * DAY))
    assert starts == sorted(set(starts))
    assert len(starts) in (39, 40)


def test_times_of_the_sites_clock_bound_a_stop() -> None:
    stops = (
        TourStop(checkpoint="a", due_seconds=36_000, not_before="23:30", not_after="02:00"),
        TourStop(checkpoint="b", due_seconds=600, not_before_seconds=300),
        TourStop(checkpoint="c", due_seconds=600, not_before="21:00"),
    )
    tour = replace(a_tour(WeeklyTime(at="22:00")), stops=stops)
    start = local("Asia/Shanghai", "2026-11-23T22:00")
    window = run_window(tour, "Asia/Shanghai", start)
    assert [shown("Asia/Shanghai", at)[11:16] for at in window.not_before] == ["23:30", "22:05", "21:55"]
    assert [shown("Asia/Shanghai", at)[11:16] for at in window.due_at] == ["02:00", "22:10", "22:10"]


def test_a_start_window_makes_every_stop_due_later() -> None:
    tour = replace(a_tour(WeeklyTime(at="22:00")), start_window_seconds=1800.0)
    start = local("Asia/Shanghai", "2026-11-23T22:00")
    assert run_window(tour, "Asia/Shanghai", start).due_at == (start + 40 * MINUTE,)


def test_a_stop_without_a_time_is_due_at_the_longest_duration() -> None:
    tour = replace(a_tour(WeeklyTime(at="22:00")), stops=(TourStop(checkpoint="a"),), maximum_seconds=1200.0)
    start = local("Asia/Shanghai", "2026-11-23T22:00")
    assert run_window(tour, "Asia/Shanghai", start).due_at == (start + 20 * MINUTE,)
    assert due_seconds(replace(tour, maximum_seconds=None, estimated_seconds=60.0), tour.stops[0]) == 60.0
    assert due_seconds(replace(tour, maximum_seconds=None), tour.stops[0]) == 0.0


def test_a_drawn_order_is_the_same_for_the_same_start_only() -> None:
    tour = a_tour(dues=(0.0,) * 8)
    orders = [drawn_order(tour, number * HOUR) for number in range(20)]
    assert all(sorted(order) == list(range(8)) for order in orders)
    assert drawn_order(tour, HOUR) == orders[1]
    assert len({tuple(order) for order in orders}) > 15


def test_ordinary_starts_know_no_holidays() -> None:
    tour = a_tour(WeeklyTime(at="22:00", days=DayKind.WORKING))
    assert len(ordinary_starts(tour, "Asia/Shanghai", date(2026, 10, 1), 7)) == 5


@pytest.mark.parametrize(
    ("timezone", "first", "last", "is_put_forward"),
    [
        ("Australia/Lord_Howe", "2026-10-04T02:00", "2026-10-04T02:30", True),
        ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T03:00", False),
        ("America/Havana", "2026-11-01T00:00", "2026-11-01T01:00", False),
        ("America/Santiago", "2026-09-06T00:00", "2026-09-06T01:00", True),
        ("Africa/Cairo", "2026-10-29T23:00", "2026-10-30T00:00", False),
    ],
)
def test_changes_of_the_clock(timezone: str, first: str, last: str, is_put_forward: bool) -> None:
    (found,) = clock_changes(timezone, from_iso("2026-09-01T00:00:00Z"), 70)
    shown = [moment.isoformat(timespec="minutes") for moment in (found.first, found.last)]
    assert (shown, found.is_put_forward) == ([first, last], is_put_forward)
    assert found.meets(found.first.date(), found.first.time())
    assert not found.meets(found.last.date(), found.last.time())
    assert list(clock_changes("Asia/Shanghai", from_iso("2026-09-01T00:00:00Z"), 400)) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-23T07:59:59", "2026-11-23T08:00:00+08:00"),
        ("2026-11-23T08:00:00", "2026-11-23T20:00:00+08:00"),
        ("2026-11-23T20:00:00", "2026-11-24T08:00:00+08:00"),
    ],
)
def test_the_next_time_of_day_is_later_than_now(after: str, expected: str) -> None:
    found = next_clock("Asia/Shanghai", ("20:00", "08:00"), local("Asia/Shanghai", after))
    assert shown("Asia/Shanghai", found) == expected


def test_a_time_of_day_that_the_clock_skips_comes_right_after() -> None:
    found = next_clock("Europe/Berlin", ("02:30",), local("Europe/Berlin", "2026-03-29T00:30"))
    assert shown("Europe/Berlin", found) == "2026-03-29T03:00:00+02:00"


def test_no_times_of_day_are_never() -> None:
    assert next_clock("Asia/Shanghai", (), 0) is None
