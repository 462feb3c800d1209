"""Recurring times of day, written in five fields as cron does: minute, hour, day of month, month, day of week.

`*`, numbers, `a-b`, `*/n`, `a-b/n` and lists of these; days of the week are 0 to 7 (0 and 7 are Sunday) or mon to sun.
As in cron, a day counts if its day of month or its day of week fits where both are restricted. The times are those of
the site's clock; what becomes of them when that is put forward or back is for `domain.schedule` to say.
"""

import re
from datetime import date, time
from typing import Final

from msgspec import Struct

from domain.errors import ConfigurationError

_PART: Final = re.compile(r"(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?")
_FIELDS: Final = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_NAMES: Final = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_SUNDAY: Final = 7


class Recurrence(Struct, frozen=True, kw_only=True):
    """The values each field admits, ascending. `any_day` and `any_weekday` say that the field was `*`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    any_day: bool
    any_weekday: bool


def parse_recurrence(text: str) -> Recurrence:
    """Read five fields.

    Raises:
        ConfigurationError: naming the field that is wrong.
    """
    fields = text.casefold().split()
    if len(fields) != len(_FIELDS):
        msg = f"'{text[:64]}' is no recurrence: write five fields, such as '30 22 * * 1-5' (22:30, Monday to Friday)"
        raise ConfigurationError(msg)
    values = [_values(field, *limits) for field, limits in zip(fields, _FIELDS, strict=True)]
    return Recurrence(
        minutes=values[0],
        hours=values[1],
        days=values[2],
        months=values[3],
        weekdays=tuple(sorted({value % _SUNDAY for value in values[4]})),
        any_day=fields[2] == "*",
        any_weekday=fields[4] == "*",
    )


def times_of_day(recurrence: Recurrence, day: date) -> list[time]:
    """The times at which it recurs on one day of the site's calendar, ascending."""
    if day.month not in recurrence.months or not _holds_on(recurrence, day):
        return []
    return [time(hour, minute) for hour in recurrence.hours for minute in recurrence.minutes]


def _holds_on(recurrence: Recurrence, day: date) -> bool:
    by_day, by_weekday = day.day in recurrence.days, day.isoweekday() % _SUNDAY in recurrence.weekdays
    if recurrence.any_day or recurrence.any_weekday:
        return by_day and by_weekday
    return by_day or by_weekday


def _values(field: str, name: str, lowest: int, highest: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise _wrong(field, name, lowest, highest)
        star, first, last, step = match.groups()
        begin = lowest if star else _number(first, name)
        end = highest if star or (step and last is None) else _number(last or first, name)
        if not lowest <= begin <= end <= highest or (step is not None and int(step) == 0):
            raise _wrong(field, name, lowest, highest)
        found.update(range(begin, end + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str, name: str) -> int:
    if text.isdigit():
        return int(text)
    return _NAMES.get(text, -1) if name == "day of week" else -1


def _wrong(field: str, name: str, lowest: int, highest: int) -> ConfigurationError:
    admitted = f"numbers from {lowest} to {highest}, ranges such as 1-5 and steps such as */2"
    return ConfigurationError(f"'{field[:32]}' is no {name} of a recurrence: use *, {admitted}")
