"""When tours start: times written in site time, expanded to absolute instants. The one place that knows zones.

Daylight saving cannot lose or double a run: a start that falls into the hour the clock skips moves to the first
instant after the gap, and a start in the hour the clock repeats runs at its first pass only.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from domain.errors import ConfigurationError
from domain.instant import SECOND, Duration, Instant, from_datetime, from_seconds, to_datetime
from domain.recurrence import parse_recurrence, times_of_day
from domain.site import Tour, TourStop, WeeklyTime
from domain.working_calendar import EVERY_DAY, WorkingCalendar, falls_on

LONGEST_WAIT_DAYS: Final = 367
"""What does not start within a year is refused by `domain.schedule_checks`, and starts never."""

_CLOCK: Final = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")


class RunWindow(Struct, frozen=True, kw_only=True):
    """The absolute times of one run: scans count for it from `opens_at` until before `closes_at`.

    Per stop of the tour: a scan before `not_before` is early, one after `due_at` late, and `missed_at` is the last
    instant at which one still proves it.
    """

    starts_at: Instant
    opens_at: Instant
    closes_at: Instant
    not_before: tuple[Instant, ...]
    due_at: tuple[Instant, ...]
    missed_at: tuple[Instant, ...]


class ClockChange(Struct, frozen=True, kw_only=True):
    """A zone's clock is put forward, and does not show the times from `first` until before `last`; or back, and shows
    them twice. Dates and times as the clock shows them, without a zone.
    """

    first: datetime
    last: datetime
    is_put_forward: bool

    def meets(self, day: date, clock: time) -> bool:
        """Tell whether a time of a day is one of these."""
        return self.first <= datetime.combine(day, clock) < self.last


def is_timezone(name: str) -> bool:
    """Tell whether the zone database knows this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def clock_text(timezone: str, at: Instant, *, seconds: bool = False, date: bool = False) -> str:
    """Write an instant as the clock on the site's wall shows it, HH:MM or HH:MM:SS, behind its date if wanted."""
    local = to_datetime(at).astimezone(_zone(timezone))
    return local.strftime(("%Y-%m-%d " if date else "") + ("%H:%M:%S" if seconds else "%H:%M"))


def next_start(tour: Tour, timezone: str, after: Instant, calendar: WorkingCalendar = EVERY_DAY) -> Instant | None:
    """Find the tour's first start later than `after`, or None where there is none within a year.

    Raises:
        ConfigurationError: the zone is unknown, or a time is written wrongly.
    """
    if not tour.starts and tour.every_seconds is None and not tour.recurrences:
        return None
    zone = _zone(timezone)
    first_day = to_datetime(after).astimezone(zone).date() - timedelta(days=_spread_days(tour))
    is_random = any(weekly.within_seconds for weekly in tour.starts)
    found: Instant | None = None
    for days in range(LONGEST_WAIT_DAYS + 1):
        later = [at for at in starts_of_day(tour, zone, first_day + timedelta(days=days), calendar) if at > after]
        # A random start of one day may lie behind the first of the next.
        if found is not None or (later and not is_random):
            return min(later if found is None else [found, *later])
        found = min(later, default=None)
    return found


def starts_between(
    tour: Tour, timezone: str, after: Instant, until: Instant, calendar: WorkingCalendar = EVERY_DAY
) -> Iterator[Instant]:
    """Give all starts with after < start <= until, earliest first, each once."""
    start = next_start(tour, timezone, after, calendar)
    while start is not None and start <= until:
        yield start
        start = next_start(tour, timezone, start, calendar)


def next_clock(timezone: str, clocks: Sequence[str], after: Instant) -> Instant | None:
    """Find when the site's clock next shows one of these times (HH:MM), or None where there are none.

    Raises:
        ConfigurationError: the zone or a time is wrong.
    """
    zone = _zone(timezone)
    today = to_datetime(after).astimezone(zone).date()
    times = [parse_clock(clock) for clock in clocks]
    # The day after the next covers a zone that skips a whole day.
    later = [_instant(zone, today + timedelta(days=days), clock) for days in range(3) for clock in times]
    return min((at for at in later if at > after), default=None)


def run_window(tour: Tour, timezone: str, starts_at: Instant, calendar: WorkingCalendar = EVERY_DAY) -> RunWindow:
    """Expand one start: when its scans begin to count, when each stop is due and missed, when the run is over.

    A run is over at its last stop's `missed_at`, and at the latest when the next run of the tour starts: from there on
    a scan belongs to that one, so no stop can be proved later than the microsecond before it.
    """
    opens_at = starts_at - from_seconds(tour.early_seconds)
    begun_by = starts_at + from_seconds(tour.start_window_seconds)
    zone = _zone(timezone)
    not_before, due_at = [], []
    for stop in tour.stops:
        due = begun_by + from_seconds(due_seconds(tour, stop))
        first = starts_at + from_seconds(stop.not_before_seconds) if stop.not_before_seconds else opens_at
        if stop.not_after is not None:
            due = min(due, _clock_nearest(zone, starts_at, stop.not_after))
        if stop.not_before is not None:
            first = max(first, _clock_nearest(zone, starts_at, stop.not_before))
        due_at.append(due)
        not_before.append(min(first, due))
    following = next_start(tour, timezone, starts_at, calendar)
    grace = from_seconds(tour.grace_seconds)
    missed_at = tuple(due + grace if following is None else min(due + grace, following - 1) for due in due_at)
    return RunWindow(
        starts_at=starts_at,
        opens_at=opens_at,
        closes_at=max(missed_at, default=starts_at) + 1,
        not_before=tuple(not_before),
        due_at=tuple(due_at),
        missed_at=missed_at,
    )


def due_seconds(tour: Tour, stop: TourStop) -> float:
    """How long after the run's start a stop is due."""
    if stop.due_seconds is not None:
        return stop.due_seconds
    return tour.maximum_seconds or tour.estimated_seconds or 0.0


def drawn_order(tour: Tour, starts_at: Instant) -> list[int]:
    """The places of the tour's stops in the order that a random run draws: the same for the same seed and start."""
    return sorted(range(len(tour.stops)), key=lambda place: _draw(tour, "order", starts_at, place))


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


def local_day(timezone: str, at: Instant) -> date:
    """The date on the site's calendar."""
    return to_datetime(at).astimezone(_zone(timezone)).date()


def clock_instant(timezone: str, day: date, clock: time) -> Instant:
    """The instant at which the site's clock first shows a time of that day, or the first one after it if skipped."""
    return _instant(_zone(timezone), day, clock)


def starts_of_day(tour: Tour, zone: ZoneInfo, day: date, calendar: WorkingCalendar) -> list[Instant]:
    """The starts that one day of the site's calendar brings, in no order; a random one may fall on the next day."""
    starts = [
        _instant(zone, day, parse_clock(weekly.at)) + _delay(tour, weekly, day)
        for weekly in tour.starts
        if day.weekday() in weekly.weekdays and falls_on(calendar, weekly.days, day)
    ]
    if tour.every_seconds is not None:
        midnight = _instant(zone, day, time())
        next_midnight = _instant(zone, day + timedelta(days=1), time())
        starts += range(midnight, next_midnight, max(SECOND, from_seconds(tour.every_seconds)))
    for text in tour.recurrences:
        starts += [_instant(zone, day, clock) for clock in times_of_day(parse_recurrence(text), day)]
    return starts


def ordinary_starts(tour: Tour, timezone: str, first: date, days: int) -> list[Instant]:
    """The starts that some days without holidays bring, ascending, each once."""
    zone = _zone(timezone)
    each_day = (starts_of_day(tour, zone, first + timedelta(days=day), EVERY_DAY) for day in range(days))
    return sorted({start for starts in each_day for start in starts})


def clock_changes(timezone: str, at: Instant, days: int) -> Iterator[ClockChange]:
    """The changes of a zone's clock in the days after an instant, earliest first."""
    zone = _zone(timezone)
    first_day = to_datetime(at).astimezone(zone).date()
    for number in range(days):
        begin = datetime.combine(first_day + timedelta(days=number), time(), tzinfo=zone)
        end = begin + timedelta(days=1)
        before, after = begin.utcoffset(), end.utcoffset()
        if before is None or after is None or after == before:
            continue
        # The change itself may be at midnight: the search begins on the evening before.
        evening = begin - timedelta(hours=3)
        changed = to_datetime(_offset_change(zone, evening, end, before)).replace(tzinfo=None)
        shown = sorted((changed + before, changed + after))
        yield ClockChange(first=shown[0], last=shown[1], is_put_forward=after > before)


def _clock_nearest(zone: ZoneInfo, near: Instant, clock: str) -> Instant:
    """The instant nearest to `near` at which the site's clock shows this time."""
    day = to_datetime(near).astimezone(zone).date()
    shown = [_instant(zone, day + timedelta(days=days), parse_clock(clock)) for days in (-1, 0, 1)]
    return min(shown, key=lambda at: abs(at - near))


def _delay(tour: Tour, weekly: WeeklyTime, day: date) -> Duration:
    """How long after its time a random start is, in whole seconds."""
    seconds = int(weekly.within_seconds)
    return _draw(tour, day.isoformat(), weekly.at) % (seconds + 1) * SECOND if seconds else 0


def _spread_days(tour: Tour) -> int:
    """How many days before a moment a start of that day may still lie after it."""
    return 1 + int(max((weekly.within_seconds for weekly in tour.starts), default=0.0) // 86_400)


def _draw(tour: Tour, *parts: str | int) -> int:
    """A number from the tour's seed: chance that a replay meets again."""
    said = "\x1f".join((tour.id, tour.seed, *map(str, parts)))
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest())


def _instant(zone: ZoneInfo, day: date, clock: time) -> Instant:
    """The instant at which the site's clock first shows this time, or the first one after it where it is skipped."""
    moment = datetime.combine(day, clock, tzinfo=zone)
    before, after = moment.utcoffset(), moment.replace(fold=1).utcoffset()
    if before is None or after is None or before >= after:
        return from_datetime(moment.astimezone(UTC))
    return _end_of_gap(zone, moment, before, after)


def _end_of_gap(zone: ZoneInfo, skipped: datetime, before: timedelta, after: timedelta) -> Instant:
    """Find the second at which the clock shows the first time again after the one that it skips."""
    wall = skipped.replace(tzinfo=UTC)
    return _offset_change(zone, wall - after, wall - before, before)


def _offset_change(zone: ZoneInfo, begin: datetime, end: datetime, before: timedelta) -> Instant:
    """Find the second between two moments at which the zone's offset changes from `before`."""
    low, high = from_datetime(begin) // SECOND, from_datetime(end) // SECOND
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
