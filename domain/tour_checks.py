"""Whether tours can be walked: they have stops and starts, times in bounds, and no run overlaps the next one.

Overlaps are looked for in an ordinary week without holidays, so that a good configuration stays good.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from itertools import combinations, pairwise
from typing import Final

from domain.errors import ConfigurationError
from domain.instant import Duration, Instant, from_iso, from_seconds, to_datetime, to_seconds
from domain.problem import Path, Problem, out_of_span, unknown
from domain.recurrence import parse_recurrence, times_of_day
from domain.schedule import (
    ClockChange,
    clock_changes,
    due_seconds,
    is_timezone,
    next_start,
    ordinary_starts,
    parse_clock,
    run_window,
)
from domain.site import Site, Tour, TourStop, WeeklyTime
from domain.working_calendar import parse_days

SHORTEST_INTERVAL_SECONDS: Final = 60.0
"""A tour cannot start more often: a walk takes minutes, and a slip of units would make thousands of runs a day."""

LONGEST_TOUR_SECONDS: Final = 86_400.0

ORDINARY_WEEK: Final[Instant] = from_iso("2025-01-06T00:00:00Z")
"""A Monday; the week in which overlaps are looked for."""

LOOK_AHEAD_DAYS: Final = 400
"""How far ahead a start in an hour that a clock skips or repeats is looked for."""


def check_tours(site: Site) -> list[Problem]:
    """Find what is wrong with the tours of a site and its working calendar."""
    checkpoints = dict.fromkeys(checkpoint.id for checkpoint in site.checkpoints)
    found = list(_calendar(site))
    for index, tour in enumerate(site.tours):
        path = ("tours", index)
        if not tour.stops:
            found.append(Problem((*path, "stops"), f"tour '{tour.id}' has no stops", "List its checkpoints."))
        problems = [*_stops(tour, checkpoints, path), *_starts(tour, path), *_spans(tour, path)]
        if not problems and is_timezone(site.timezone):
            problems += _overlaps_itself(site, tour, path)
        found += problems
    if not found and is_timezone(site.timezone):
        found += _one_officer_twice(site)
    return found


def starts_at_clock_changes(site: Site, at: Instant) -> list[Problem]:
    """Starts of the coming year that the clock skips when it is put forward, or shows twice when it is put back."""
    found = []
    for change in clock_changes(site.timezone, at, LOOK_AHEAD_DAYS):
        for index, tour in enumerate(site.tours):
            for where, clock in _starts_at(tour, change):
                found.append(_note(("tours", index, *where), tour, clock, change, site.timezone))
    return found


def _starts_at(tour: Tour, change: ClockChange) -> Iterator[tuple[Path, time]]:
    """Where the tour says that it starts at a time which the change meets, each place once, and the first such time."""
    day = change.first.date()
    for number, weekly in enumerate(tour.starts):
        clock = parse_clock(weekly.at)
        if day.weekday() in weekly.weekdays and change.meets(day, clock):
            yield ("starts", number), clock
    for number, text in enumerate(tour.recurrences):
        met = (clock for clock in times_of_day(parse_recurrence(text), day) if change.meets(day, clock))
        if (first := next(met, None)) is not None:
            yield ("recurrences", number), first


def _note(path: Path, tour: Tour, clock: time, change: ClockChange, timezone: str) -> Problem:
    day = change.first.date()
    if change.is_put_forward:
        message = f"tour '{tour.id}' starts at {clock:%H:%M}, which {day} does not have in {timezone}"
        return Problem(path, message, f"That run starts at {change.last:%H:%M}; choose another time if it should not.")
    message = f"tour '{tour.id}' starts at {clock:%H:%M}, which {day} has twice in {timezone}"
    remedy = "It starts the first time only, so the next run is an hour later than usual; add one if that is too long."
    return Problem(path, message, remedy)


def _calendar(site: Site) -> Iterator[Problem]:
    for field in ("holidays", "make_up_days"):
        for place, text in enumerate(getattr(site.calendar, field)):
            try:
                parse_days(text)
            except ConfigurationError as error:
                yield _complaint(("calendar", field, place), error)
    if any(day not in range(7) for day in site.calendar.weekend):
        message = f"weekend is {list(site.calendar.weekend)}"
        yield Problem(("calendar", "weekend"), message, "List days from 0 (Monday) to 6 (Sunday).")


def _complaint(path: Path, error: ConfigurationError) -> Problem:
    message, _, remedy = str(error).partition(": ")
    return Problem(path, message, f"{remedy[:1].upper()}{remedy[1:]}.")


def _stops(tour: Tour, checkpoints: Mapping[str, None], path: Path) -> Iterator[Problem]:
    times = Counter(stop.checkpoint for stop in tour.stops)
    for number, stop in enumerate(tour.stops):
        where = (*path, "stops", number)
        if stop.checkpoint not in checkpoints:
            yield unknown(stop.checkpoint, checkpoints, (*where, "checkpoint"), "checkpoint")
        if times[stop.checkpoint] > 1:
            message = f"checkpoint '{stop.checkpoint}' stands more than once in tour '{tour.id}'"
            yield Problem((*where, "checkpoint"), message, "Name each checkpoint once in a tour.")
        yield from _stop_times(tour, stop, where)


def _stop_times(tour: Tour, stop: TourStop, where: Path) -> Iterator[Problem]:
    for field in ("due_seconds", "not_before_seconds", "leg_min_seconds", "leg_max_seconds", "dwell_seconds"):
        seconds = getattr(stop, field)
        if seconds is not None and not 0 <= seconds <= LONGEST_TOUR_SECONDS:
            yield out_of_span((*where, field), seconds, "0 to 86400 seconds")
    for field in ("not_before", "not_after"):
        if getattr(stop, field) is not None:
            yield from _clock(getattr(stop, field), (*where, field))
    if stop.due_seconds is None and tour.maximum_seconds is None and tour.estimated_seconds is None:
        message = f"stop '{stop.checkpoint}' is never due"
        yield Problem(where, message, "Give the stop `due_seconds`, or the tour `maximum_seconds`.")
    if stop.due_seconds is not None and stop.not_before_seconds > stop.due_seconds:
        first, due = stop.not_before_seconds, stop.due_seconds
        message = f"stop '{stop.checkpoint}' is early before {first:g} s and due after {due:g} s"
        yield Problem((*where, "not_before_seconds"), message, "It must not be later than it is due.")
    low, high = stop.leg_min_seconds, stop.leg_max_seconds
    if low is not None and high is not None and low > high:
        message = f"the leg to '{stop.checkpoint}' takes at least {low:g} s and at most {high:g} s"
        yield Problem((*where, "leg_max_seconds"), message, "The least must not be more than the most.")


def _starts(tour: Tour, path: Path) -> Iterator[Problem]:
    if not tour.starts and tour.every_seconds is None and not tour.recurrences:
        message = f"tour '{tour.id}' never starts"
        remedy = "Give `starts` (weekly times), `every_seconds` or `recurrences`."
        yield Problem((*path, "starts"), message, remedy)
    if tour.every_seconds is not None and not SHORTEST_INTERVAL_SECONDS <= tour.every_seconds <= LONGEST_TOUR_SECONDS:
        yield out_of_span((*path, "every_seconds"), tour.every_seconds, "60 to 86400 seconds")
    for number, weekly in enumerate(tour.starts):
        yield from _weekly(weekly, (*path, "starts", number))
    for number, text in enumerate(tour.recurrences):
        try:
            parse_recurrence(text)
        except ConfigurationError as error:
            yield _complaint((*path, "recurrences", number), error)


def _weekly(weekly: WeeklyTime, path: Path) -> Iterator[Problem]:
    yield from _clock(weekly.at, (*path, "at"))
    if not weekly.weekdays or any(day not in range(7) for day in weekly.weekdays):
        message = f"weekdays are {list(weekly.weekdays)}"
        yield Problem((*path, "weekdays"), message, "List days from 0 (Monday) to 6 (Sunday).")
    if not 0 <= weekly.within_seconds < LONGEST_TOUR_SECONDS:
        yield out_of_span((*path, "within_seconds"), weekly.within_seconds, "0 to less than 86400 seconds")


def _clock(text: str, path: Path) -> Iterator[Problem]:
    try:
        parse_clock(text)
    except ConfigurationError:
        yield Problem(path, f"'{text[:16]}' is not a time of day", "Write HH:MM, for instance 22:30.")


def _spans(tour: Tour, path: Path) -> Iterator[Problem]:
    for field in ("grace_seconds", "early_seconds", "start_window_seconds", "start_grace_seconds"):
        if not 0 <= getattr(tour, field) <= LONGEST_TOUR_SECONDS:
            yield out_of_span((*path, field), getattr(tour, field), "0 to 86400 seconds")
    for field in ("estimated_seconds", "maximum_seconds"):
        seconds = getattr(tour, field)
        if seconds is not None and not 0 < seconds <= LONGEST_TOUR_SECONDS:
            yield out_of_span((*path, field), seconds, "more than 0 and at most 86400 seconds")


def _overlaps_itself(site: Site, tour: Tour, path: Path) -> Iterator[Problem]:
    """A run whose last stop is due after the next run begins cannot be walked."""
    starts = _ordinary_starts(site, tour)
    if not starts and next_start(tour, site.timezone, ORDINARY_WEEK) is None:
        yield Problem((*path, "starts"), f"tour '{tour.id}' does not start within a year", "Give it more starts.")
    for first, second in pairwise(starts):
        length = _length(site, tour, first)
        if first + length > second:
            message = (
                f"tour '{tour.id}' takes {to_seconds(length):g} s and starts again after "
                f"{to_seconds(second - first):g} s: its runs overlap"
            )
            yield Problem(path, message, "Let it start less often, or make its stops due earlier.")
            return


def _one_officer_twice(site: Site) -> Iterator[Problem]:
    """Two tours that only one and the same person may walk, at the same time."""
    alone: dict[str, list[tuple[int, Tour]]] = {}
    for index, tour in enumerate(site.tours):
        if len(tour.officers) == 1:
            alone.setdefault(tour.officers[0], []).append((index, tour))
    for officer, tours in alone.items():
        spans = {index: _ordinary_spans(site, tour) for index, tour in tours} if len(tours) > 1 else {}
        for (first, earlier), (second, later) in combinations(tours, 2):
            if _is_overlapping(spans[first], spans[second]):
                message = f"tours '{earlier.id}' and '{later.id}' overlap, and '{officer}' alone may walk both"
                yield Problem(("tours", second, "officers"), message, "Let somebody else walk one, or move its starts.")


def _ordinary_starts(site: Site, tour: Tour) -> list[Instant]:
    return ordinary_starts(tour, site.timezone, to_datetime(ORDINARY_WEEK).date(), 8)


def _ordinary_spans(site: Site, tour: Tour) -> list[tuple[Instant, Instant]]:
    return [(at, at + _length(site, tour, at)) for at in _ordinary_starts(site, tour)]


def _length(site: Site, tour: Tour, start: Instant) -> Duration:
    """From a start until the last stop is due."""
    if any(stop.not_after is not None for stop in tour.stops):
        due = run_window(tour, site.timezone, start).due_at
        return max(due, default=start) - start - from_seconds(tour.start_window_seconds)
    return from_seconds(max((due_seconds(tour, stop) for stop in tour.stops), default=0.0))


def _is_overlapping(some: Sequence[tuple[Instant, Instant]], others: Sequence[tuple[Instant, Instant]]) -> bool:
    spans = sorted([*some, *others])
    return any(second[0] < first[1] for first, second in pairwise(spans))
