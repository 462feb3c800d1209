"""When tours start: times written in site time, expanded to absolute instants. The one place that knows zones.

Daylight saving cannot lose or double a run: a start that falls into the hour the clock skips moves to the first
instant after the gap, and a start in the hour the clock repeats runs at its first pass only.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from domain.errors import ConfigurationError
from domain.instant import SECOND, Instant, from_datetime, from_seconds, to_datetime
from domain.site import Tour, WeeklyTime

LONGEST_WAIT_DAYS: Final = 9
"""A weekly plan starts again within 7 days; one more on either side covers zones that skip a whole day."""

_CLOCK: Final = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")


class RunWindow(Struct, frozen=True, kw_only=True):
    """The absolute times of one run: scans count for it from `opens_at` until before `closes_at`.

    `missed_at` holds, per stop of the tour, the last instant at which a scan still proves it.
    """

    starts_at: Instant
    opens_at: Instant
    closes_at: Instant
    due_at: tuple[Instant, ...]
    missed_at: tuple[Instant, ...]


def is_timezone(name: str) -> bool:
    """Tell whether the zone database knows this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def clock_text(timezone: str, at: Instant, *, seconds: bool = False) -> str:
    """Write an instant as the clock on the site's wall shows it, HH:MM or HH:MM:SS."""
    local = to_datetime(at).astimezone(_zone(timezone))
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


def next_start(tour: Tour, timezone: str, after: Instant) -> Instant | None:
    """Find the tour's first start later than `after`, or None where it has no starts.

    Raises:
        ConfigurationError: the zone is unknown.
    """
    zone = _zone(timezone)
    first_day = to_datetime(after).astimezone(zone).date() - timedelta(days=1)
    for days in range(LONGEST_WAIT_DAYS + 1):
        later = [start for start in _starts_of_day(tour, zone, first_day + timedelta(days=days)) if start > after]
        if later:
            return min(later)
    return None


def starts_between(tour: Tour, timezone: str, after: Instant, until: Instant) -> Iterator[Instant]:
    """Give all starts with after < start <= until, earliest first, each once."""
    start = next_start(tour, timezone, after)
    while start is not None and start <= until:
        yield start
        start = next_start(tour, timezone, start)


def run_window(tour: Tour, timezone: str, starts_at: Instant) -> RunWindow:
    """Expand one start: when its scans begin to count, when each stop is due and missed, when the run is over.

    A run is over at its last stop's `missed_at`, and at the latest when the next run of the tour starts: from there on
    a scan belongs to that one, so no stop can be proved later than the microsecond before it.
    """
    due_at = tuple(starts_at + from_seconds(stop.due_seconds) for stop in tour.stops)
    following = next_start(tour, timezone, starts_at)
    grace = from_seconds(tour.grace_seconds)
    missed_at = tuple(due + grace if following is None else min(due + grace, following - 1) for due in due_at)
    return RunWindow(
        starts_at=starts_at,
        opens_at=starts_at - from_seconds(tour.early_seconds),
        closes_at=max(missed_at, default=starts_at) + 1,
        due_at=due_at,
        missed_at=missed_at,
    )


def parse_clock(text: str) -> time:
    """Read HH:MM, 00:00 to 23:59.

    Raises:
        ConfigurationError: it is not a time of day.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        msg = f"'{text[:16]}' is not a time of day: write HH:MM, for instance 22:30"
        raise ConfigurationError(msg)
    return time(int(found[1]), int(found[2]))


def _starts_of_day(tour: Tour, zone: ZoneInfo, day: date) -> list[Instant]:
    starts = [_instant(zone, day, parse_clock(weekly.at)) for weekly in tour.starts if _falls_on(weekly, day)]
    if tour.every_seconds is not None:
        midnight = _instant(zone, day, time())
        next_midnight = _instant(zone, day + timedelta(days=1), time())
        starts += range(midnight, next_midnight, max(SECOND, from_seconds(tour.every_seconds)))
    return starts


def _falls_on(weekly: WeeklyTime, day: date) -> bool:
    return day.weekday() in weekly.weekdays


def _instant(zone: ZoneInfo, day: date, clock: time) -> Instant:
    """The instant at which the site's clock first shows this time, or the first one after it where it is skipped."""
    moment = datetime.combine(day, clock, tzinfo=zone)
    before, after = moment.utcoffset(), moment.replace(fold=1).utcoffset()
    if before is None or after is None or before >= after:
        return from_datetime(moment.astimezone(UTC))
    return _end_of_gap(zone, moment, before, after)


def _end_of_gap(zone: ZoneInfo, skipped: datetime, before: timedelta, after: timedelta) -> Instant:
    """Find the second at which the zone's offset changes from `before` to `after`."""
    wall = skipped.replace(tzinfo=UTC)
    low, high = from_datetime(wall - after) // SECOND, from_datetime(wall - before) // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if to_datetime(middle * SECOND).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high * SECOND


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"time zone '{name[:64]}' is unknown: use an IANA name such as Asia/Shanghai"
        raise ConfigurationError(msg) from None
