"""The clock on a site's wall, and which of its days are worked."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.instant import Instant, to_datetime
from domain.site import Site
from domain.working_calendar import is_working_day

_DAY_SECONDS = 86_400


class SiteTime:
    """Answers for one site; it remembers the days it was asked about."""

    def __init__(self, site: Site) -> None:
        """Know the site's zone and calendar."""
        self._zone = ZoneInfo(site.timezone)
        self._calendar = site.calendar
        self._works: dict[date, bool] = {}

    def local(self, at: Instant) -> datetime:
        """What the clock on the wall shows."""
        return to_datetime(at).astimezone(self._zone)

    def is_worked(self, local: datetime) -> bool:
        """Whether the offices work on that day."""
        day = local.date()
        if day not in self._works:
            self._works[day] = is_working_day(self._calendar, day)
        return self._works[day]

    def works_at(self, at: Instant) -> bool:
        """The same, of the site's day at an instant."""
        return self.is_worked(self.local(at))

    def seconds_until(self, at: Instant, hour: float) -> float | None:
        """Seconds until that hour of the same day; None when it is over."""
        wait = hour * 3600 - _passed(self.local(at))
        return wait if wait >= 0 else None

    def seconds_to_midnight(self, at: Instant) -> float:
        """Seconds to a little after the next midnight (an hour more or less on the days when clocks are put)."""
        return float(_DAY_SECONDS - _passed(self.local(at)) + 1)


def _passed(local: datetime) -> int:
    return (local.hour * 60 + local.minute) * 60 + local.second
