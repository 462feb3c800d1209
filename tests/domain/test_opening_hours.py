"""Hours of the week: what can be read, and which instants they are."""

from datetime import time

import pytest

from domain.errors import ConfigurationError
from domain.instant import DAY, HOUR, Instant, from_iso, to_iso
from domain.opening_hours import DaySpan, open_spans, read_hours

MONDAY: Instant = from_iso("2026-11-23T00:00:00Z")


def spans(text: str, days: int = 2, zone: str = "UTC", begin: Instant = MONDAY) -> list[tuple[str, str]]:
    found = open_spans(text, zone, begin, begin + days * DAY - 1)
    return [(to_iso(opens)[5:16], to_iso(closes)[5:16]) for opens, closes in found]


def test_days_and_times_are_read() -> None:
    assert read_hours("mon-fri 08:00-12:00, 13:00-24:00; sat,sun 09:00-10:00") == (
        DaySpan((0, 1, 2, 3, 4), time(8), time(12)),
        DaySpan((0, 1, 2, 3, 4), time(13), None),
        DaySpan((5, 6), time(9), time(10)),
    )
    assert read_hours("fri-mon 08:00-09:00")[0].weekdays == (0, 4, 5, 6)
    assert read_hours("Weekend 08:00-09:00")[0].weekdays == (5, 6)


@pytest.mark.parametrize(
    "text",
    ["", "mon", "mon 8-10", "moon 08:00-10:00", "mon-fry 08:00-10:00", "mon 08:00", "mon 25:00-26:00", "a" * 300],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write"):
        read_hours(text)


def test_spans_are_instants_of_the_site() -> None:
    assert spans("weekdays 08:00-18:00", zone="Asia/Shanghai") == [
        ("11-23T00:00", "11-23T10:00"),
        ("11-24T00:00", "11-24T10:00"),
    ]


def test_a_span_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    assert spans("sun 22:00-06:00", 1) == [("11-22T22:00", "11-23T06:00")]


def test_spans_that_touch_are_one() -> None:
    assert spans("daily 00:00-24:00", 1)[0][0] < "11-23"
    assert len(spans("daily 00:00-24:00", 5)) == 1
    assert spans("mon 08:00-10:00; mon 09:00-12:00", 1) == [("11-23T08:00", "11-23T12:00")]


def test_the_wall_clock_counts_when_it_is_put_forward() -> None:
    begin = from_iso("2027-03-28T00:00:00Z")
    ((opens, closes),) = open_spans("sun 01:00-04:00", "Europe/Berlin", begin, begin + 4 * HOUR)
    assert closes - opens == 2 * HOUR
