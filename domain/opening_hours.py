"""Hours of the week in site time, as people write them: `mon-fri 08:00-18:00; sat 09:00-13:00`, `daily 22:00-06:00`.

Spans that end before they begin run over midnight and belong to the day they begin on. 24:00 ends a day. Where the
clock is put forward or back, a span begins and ends when the clock on the wall says so.
"""

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Final

from msgspec import Struct

from domain.errors import ConfigurationError
from domain.instant import Instant, to_datetime
from domain.schedule import clock_instant, parse_clock

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SETS: Final = {"daily": tuple(range(7)), "weekdays": tuple(range(5)), "weekend": (5, 6)}
_PART: Final = re.compile(r"([a-z][a-z, -]{2,40}) +([0-9:, -]{11,80})")
_MIDNIGHT: Final = "24:00"
LONGEST: Final = 200


class DaySpan(Struct, frozen=True):
    """Open on these weekdays (0 is Monday) from `opens` until before `closes`; None: midnight."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time | None


def read_hours(text: str) -> tuple[DaySpan, ...]:
    """Read hours of the week.

    Raises:
        ConfigurationError: says what cannot be read, and how to write it.
    """
    spans: list[DaySpan] = []
    for part in text[: LONGEST + 1].lower().split(";"):
        found = _PART.fullmatch(part.strip())
        if found is None or len(text) > LONGEST:
            raise _unreadable(text)
        weekdays = _weekdays(found[1], text)
        for written in found[2].split(","):
            opens, dash, closes = (each.strip() for each in written.partition("-"))
            if not dash:
                raise _unreadable(text)
            spans.append(DaySpan(weekdays, parse_clock(opens), None if closes == _MIDNIGHT else parse_clock(closes)))
    return tuple(spans)


def open_spans(text: str, timezone: str, begin: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
    """All times between begin and end that are open, as spans that do not touch, earliest first.

    A span that is open at begin or end is given whole.

    Raises:
        ConfigurationError: hours or zone cannot be read.
    """
    first, last = to_datetime(begin).date() - timedelta(days=2), to_datetime(end).date() + timedelta(days=2)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    joined: list[tuple[Instant, Instant]] = []
    for opens, closes in sorted(span for day in days for span in _of_day(text, timezone, day)):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        elif opens < closes:
            joined.append((opens, closes))
    return [span for span in joined if span[1] > begin and span[0] <= end]


@lru_cache(maxsize=4096)
def _of_day(text: str, timezone: str, day: date) -> Sequence[tuple[Instant, Instant]]:
    found = []
    for span in read_hours(text):
        if day.weekday() in span.weekdays:
            overnight = span.closes is None or span.closes <= span.opens
            closing_day = day + timedelta(days=1) if overnight else day
            closes = clock_instant(timezone, closing_day, span.closes or time())
            found.append((clock_instant(timezone, day, span.opens), closes))
    return found


def _weekdays(text: str, whole: str) -> tuple[int, ...]:
    if text.strip() in _SETS:
        return _SETS[text.strip()]
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if first not in _DAYS or (dash and last not in _DAYS):
            raise _unreadable(whole)
        begin, end = _DAYS.index(first), _DAYS.index(last) if dash else _DAYS.index(first)
        found += [number % 7 for number in range(begin, end + 1 if end >= begin else end + 8)]
    return tuple(sorted(dict.fromkeys(found)))


def _unreadable(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"hours '{text[:64]}' cannot be read: write them like mon-fri 08:00-18:00; sat 09:00-13:00"
    )
