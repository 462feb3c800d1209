from msgspec.structs import replace

from domain.instant import from_iso
from domain.site import Site
from domain.text import same
from domain.working_calendar import WorkingCalendar
from simulators.site_time import SiteTime

SITE = Site(id="s", name=same("S"), timezone="Asia/Shanghai")
NOON = from_iso("2026-11-23T12:30:15+08:00")


def test_it_speaks_the_sites_own_time() -> None:
    time = SiteTime(SITE)
    assert time.local(NOON).isoformat() == "2026-11-23T12:30:15+08:00"
    assert time.seconds_until(NOON, 13.0) == 29 * 60 + 45
    assert time.seconds_until(NOON, 12.0) is None
    assert time.seconds_to_midnight(NOON) == 11.5 * 3600 - 15 + 1


def test_holidays_and_make_up_days_are_those_of_the_calendar() -> None:
    calendar = WorkingCalendar(holidays=("2026-11-23",), make_up_days=("2026-11-22",))
    time = SiteTime(replace(SITE, calendar=calendar))
    assert not time.works_at(NOON)
    assert time.works_at(from_iso("2026-11-22T12:00:00+08:00"))
    assert SiteTime(SITE).works_at(NOON)
