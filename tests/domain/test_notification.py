"""Routes fit what they name, quiet hours follow the site's clock, and recipients are opaque words."""

import pytest
from msgspec.structs import replace

from domain.instant import from_iso
from domain.notification import NotificationPlan, QuietHours, Route, channel_of, name_of
from domain.priority import Priority

SHANGHAI = "Asia/Shanghai"
NIGHT = QuietHours(start="22:00", end="07:00")


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-11-23T21:59:59+08:00", None),
        ("2026-11-23T22:00:00+08:00", "2026-11-24T07:00:00+08:00"),
        ("2026-11-24T06:59:59+08:00", "2026-11-24T07:00:00+08:00"),
        ("2026-11-24T07:00:00+08:00", None),
    ],
)
def test_quiet_hours_run_over_midnight_on_the_sites_clock(at: str, end: str | None) -> None:
    assert NIGHT.ends_at(SHANGHAI, from_iso(at)) == (None if end is None else from_iso(end))


def test_quiet_hours_within_a_day_and_over_a_change_of_the_clock() -> None:
    noon = QuietHours(start="12:00", end="14:00")
    assert noon.ends_at(SHANGHAI, from_iso("2026-11-23T13:00:00+08:00")) == from_iso("2026-11-23T14:00:00+08:00")
    # In the night of 25 October 2026 Berlin's clocks go back: the night is an hour longer.
    late = from_iso("2026-10-24T22:30:00+02:00")
    assert NIGHT.ends_at("Europe/Berlin", late) == from_iso("2026-10-25T07:00:00+01:00")


def test_a_route_is_quiet_for_its_priorities_only_and_until_the_last_of_its_hours_ends() -> None:
    route = Route(
        id="r", to=("mail",), quiet=(NIGHT, QuietHours(start="23:00", end="08:00", priorities=(Priority.LOW,)))
    )
    at = from_iso("2026-11-23T23:30:00+08:00")
    plan = NotificationPlan(routes=(route,))
    until = {priority: plan.quiet_until(route, SHANGHAI, priority, at) for priority in Priority}
    assert until == {
        Priority.CRITICAL: None,
        Priority.HIGH: None,
        Priority.MEDIUM: from_iso("2026-11-24T07:00:00+08:00"),
        Priority.LOW: from_iso("2026-11-24T08:00:00+08:00"),
    }


def test_a_route_fits_what_it_names_and_everything_where_it_names_nothing() -> None:
    everything = Route(id="r", to=("mail",))
    assert everything.fits("tower", "forced", Priority.LOW)
    narrow = replace(everything, sites=("tower",), rules=("forced",), priorities=(Priority.HIGH,))
    assert narrow.fits("tower", "forced", Priority.HIGH)
    for other in (
        ("annex", "forced", Priority.HIGH),
        ("tower", "held", Priority.HIGH),
        ("tower", "forced", Priority.LOW),
    ):
        assert not narrow.fits(*other)


def test_a_recipient_names_its_channel_and_who_it_is_there() -> None:
    assert (channel_of("mail/duty"), name_of("mail/duty")) == ("mail", "duty")
    assert (channel_of("wecom"), name_of("wecom")) == ("wecom", "")
