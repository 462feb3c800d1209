"""The working calendar of a site: weekends, holidays and make-up workdays (调休)."""

from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.errors import ConfigurationError

_RANGE: Final = "/"


class WorkingCalendar(Struct, frozen=True, kw_only=True):
    """Which days are worked. Days are ISO dates, or `first/last` for several; `weekend` counts from 0 (Monday).

    A make-up workday is worked although it falls on a weekend; it wins where a date stands in both lists.
    """

    holidays: tuple[str, ...] = ()
    make_up_days: tuple[str, ...] = ()
    weekend: tuple[int, ...] = (5, 6)


class DayKind(StrEnum):
    """Which days of the working calendar a start holds on."""

    ANY = "any"
    WORKING = "working"
    OFF = "off"


EVERY_DAY: Final = WorkingCalendar()
"""A calendar without holidays."""


def parse_days(text: str) -> tuple[date, date]:
    """Read a date, or `first/last`, both included.

    Raises:
        ConfigurationError: it is neither.
    """
    first, separator, last = text.partition(_RANGE)
    try:
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if separator else begin
    except ValueError:
        end = date.min
        begin = date.max
    if begin > end:
        msg = f"'{text[:32]}' is no day of a calendar: write 2026-10-01, or 2026-10-01/2026-10-07 for several"
        raise ConfigurationError(msg)
    return begin, end


def is_working_day(calendar: WorkingCalendar, day: date) -> bool:
    """Tell whether a day is worked."""
    if _is_listed(calendar.make_up_days, day):
        return True
    return day.weekday() not in calendar.weekend and not _is_listed(calendar.holidays, day)


def falls_on(calendar: WorkingCalendar, kind: DayKind, day: date) -> bool:
    """Tell whether a day is of the wanted kind."""
    return kind is DayKind.ANY or is_working_day(calendar, day) is (kind is DayKind.WORKING)


def _is_listed(days: tuple[str, ...], day: date) -> bool:
    return any(begin <= day <= end for begin, end in map(parse_days, days))
