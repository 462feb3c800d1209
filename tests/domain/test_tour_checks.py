from typing import Any

import pytest
from msgspec.structs import replace

from domain.instant import from_iso
from domain.site import Checkpoint, Person, PersonRole, Site, Tour, TourStop, WeeklyTime
from domain.text import same
from domain.tour_checks import check_tours, starts_at_clock_changes
from domain.working_calendar import WorkingCalendar

STOP = TourStop(checkpoint="gate", due_seconds=600.0)
TOUR = Tour(id="night", name=same("Night"), stops=(STOP,), starts=(WeeklyTime(at="22:00"),))
SITE = Site(
    id="tower",
    name=same("Tower"),
    timezone="Europe/Berlin",
    checkpoints=(Checkpoint(id="gate", name=same("Gate"), zone="z"), Checkpoint(id="roof", name=same("R"), zone="z")),
    people=(Person(id="li", role=PersonRole.OFFICER),),
    tours=(TOUR,),
)


def said(*tours: Tour, **site: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any field of a site
    problems = check_tours(replace(SITE, tours=tours, **site))
    return [(".".join(map(str, problem.path)), problem.message) for problem in problems]


def test_a_sound_tour() -> None:
    assert said(TOUR) == []


@pytest.mark.parametrize(
    ("tour", "path", "message"),
    [
        (replace(TOUR, stops=()), "tours.0.stops", "tour 'night' has no stops"),
        (replace(TOUR, starts=()), "tours.0.starts", "tour 'night' never starts"),
        (replace(TOUR, starts=(), recurrences=("0 0 30 2 *",)), "tours.0.starts", "does not start within a year"),
        (replace(TOUR, starts=(), recurrences=("noon",)), "tours.0.recurrences.0", "'noon' is no recurrence"),
        (
            replace(TOUR, starts=(), every_seconds=300.0),
            "tours.0",
            "tour 'night' takes 600 s and starts again after 300 s: its runs overlap",
        ),
        (replace(TOUR, stops=(STOP, STOP)), "tours.0.stops.0.checkpoint", "stands more than once"),
        (replace(TOUR, stops=(TourStop(checkpoint="gate"),)), "tours.0.stops.0", "stop 'gate' is never due"),
        (
            replace(TOUR, stops=(replace(STOP, not_before_seconds=700.0),)),
            "tours.0.stops.0.not_before_seconds",
            "early before 700 s and due after 600 s",
        ),
        (
            replace(TOUR, stops=(replace(STOP, leg_min_seconds=9.0, leg_max_seconds=3.0),)),
            "tours.0.stops.0.leg_max_seconds",
            "at least 9 s and at most 3 s",
        ),
        (replace(TOUR, stops=(replace(STOP, dwell_seconds=-1.0),)), "tours.0.stops.0.dwell_seconds", "is -1"),
        (replace(TOUR, stops=(replace(STOP, not_after="late"),)), "tours.0.stops.0.not_after", "not a time of day"),
        (replace(TOUR, stops=(replace(STOP, not_before="25:00"),)), "tours.0.stops.0.not_before", "not a time of day"),
        (replace(TOUR, maximum_seconds=0.0), "tours.0.maximum_seconds", "is 0"),
        (replace(TOUR, start_grace_seconds=-5.0), "tours.0.start_grace_seconds", "is -5"),
        (
            replace(TOUR, starts=(WeeklyTime(at="22:00", within_seconds=86_400.0),)),
            "tours.0.starts.0.within_seconds",
            "is 86400",
        ),
    ],
)
def test_what_cannot_be_walked_is_refused(tour: Tour, path: str, message: str) -> None:
    found = said(tour)
    assert path in [where for where, _ in found]
    assert any(message in what for _, what in found)


def test_two_tours_that_one_officer_alone_may_walk_do_not_overlap() -> None:
    first = replace(TOUR, officers=("li",))
    second = replace(TOUR, id="late", officers=("li",), starts=(WeeklyTime(at="22:05"),))
    assert said(first, second) == [
        ("tours.1.officers", "tours 'night' and 'late' overlap, and 'li' alone may walk both")
    ]
    assert said(first, replace(second, starts=(WeeklyTime(at="22:10"),))) == []
    assert said(first, replace(second, officers=("li", "wang"))) == []


def test_a_calendar_holds_days() -> None:
    calendar = WorkingCalendar(holidays=("2026-10-01", "soon"), weekend=(7,))
    assert said(TOUR, calendar=calendar) == [
        ("calendar.holidays.1", "'soon' is no day of a calendar"),
        ("calendar.weekend", "weekend is [7]"),
    ]


def test_an_unknown_zone_is_the_sites_problem() -> None:
    assert said(TOUR, timezone="Mars/Base") == []


def test_starts_that_the_clock_skips_or_repeats_are_noted_with_what_becomes_of_them() -> None:
    starts = (WeeklyTime(at="22:00"), WeeklyTime(at="02:30"), WeeklyTime(at="03:00"))
    tour = replace(TOUR, starts=starts, recurrences=("*/15 1-2 * * *", "0 4 * * *"))
    at = from_iso("2026-11-23T00:00:00Z")
    notes = starts_at_clock_changes(replace(SITE, tours=(tour,)), at)
    assert [note.path[2:] for note in notes] == [("starts", 1), ("recurrences", 0)] * 2
    assert [note.message for note in notes] == [
        "tour 'night' starts at 02:30, which 2027-03-28 does not have in Europe/Berlin",
        "tour 'night' starts at 02:00, which 2027-03-28 does not have in Europe/Berlin",
        "tour 'night' starts at 02:30, which 2027-10-31 has twice in Europe/Berlin",
        "tour 'night' starts at 02:00, which 2027-10-31 has twice in Europe/Berlin",
    ]
    assert notes[0].remedy.startswith("That run starts at 03:00")
    assert notes[2].remedy.startswith("It starts the first time only")
    assert starts_at_clock_changes(replace(SITE, timezone="Asia/Shanghai"), at) == []
