"""When a simulated site begins to live: a time of day there, on a day when people are at work."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.errors import ConfigurationError, InvalidTime, VigilError
from domain.instant import Instant, from_datetime, from_iso, to_datetime
from domain.schedule import parse_clock
from domain.site import Site
from domain.working_calendar import is_working_day

MOST_DAYS: Final = 30
"""No calendar is closed for longer."""


class UnknownStart(VigilError):
    """Neither a time of day nor an instant."""


def start_of_life(site: Site, start: str, now: Instant) -> Instant:
    """The instant that `start` means: `now`, an RFC 3339 time, or HH:MM there on the latest working day before now.

    Raises:
        UnknownStart: it is none of these.
    """
    if start == "now":
        return now
    try:
        return from_iso(start)
    except InvalidTime:
        pass
    try:
        clock = parse_clock(start)
    except ConfigurationError:
        remedy = "write HH:MM in site time, an RFC 3339 time such as 2026-11-23T07:25:00+08:00, or now"
        raise UnknownStart(f"'{start[:40]}' is no time to start at: {remedy}") from None
    zone = ZoneInfo(site.timezone)
    local = to_datetime(now).astimezone(zone)
    for days in range(MOST_DAYS):
        begin = datetime.combine(local.date() - timedelta(days=days), clock, tzinfo=zone)
        if begin <= local and is_working_day(site.calendar, begin.date()):
            return from_datetime(begin)
    return from_datetime(datetime.combine(local.date() - timedelta(days=1), clock, tzinfo=zone))
