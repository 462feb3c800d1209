"""Plans as the engine takes them: the tours that would hold, what they are instead of, and why."""

import math
from collections import defaultdict
from typing import Final

from msgspec.structs import replace

from domain.identity import derive_id, is_id
from domain.patrol_proposal import ProposalKind, ProposedPlan, ZoneGap
from domain.site import Site, Tour, TourOrder, TourStop, WeeklyTime
from domain.text import Text
from vigil.planning.tour_order import PlannedOrder, PlannedStop
from vigil.planning.week import DAY, WeekPlan

_BUFFER: Final = 1.25
"""A proposed `due_seconds` leaves a quarter more than the way takes, at least."""

_ROUNDED_TO: Final = 30.0

_NAMED: Final = 40
"""How much of a tour's long id is kept as it is."""


def in_order(tour: Tour, now: PlannedOrder, proposed: PlannedOrder, *, windows: bool) -> Tour:
    """The tour with its stops in the proposed order; `now` is how it is walked as configured.

    Stops are due by the new ways, unless `windows` says that their times are meant as such. Each place in the order
    keeps the time that the configured tour leaves an officer there beyond the way: whoever is on time today is not late
    for walking less. Bounds of legs are left out: they were of other ways.
    """
    stops = {stop.checkpoint: stop for stop in tour.stops}
    left, leeway = 0.0, []
    for stop, walked in zip(tour.stops, now.stops, strict=True):
        left = left if stop.due_seconds is None else max(0.0, stop.due_seconds - walked.begins)
        leeway.append(left)
    return replace(
        tour,
        stops=tuple(
            _stop(stops[each.id], each, left, windows=windows)
            for each, left in zip(proposed.stops, leeway, strict=True)
        ),
    )


def tour_plan(tour: Tour, ordered: Tour, now: PlannedOrder, proposed: PlannedOrder) -> ProposedPlan:
    """A tour in another order."""
    was, would = clock(now.walking), clock(proposed.walking)
    return ProposedPlan(
        kind=ProposalKind.TOUR_ORDER,
        tours=(ordered,),
        before=(tour,),
        why=Text(f"walking {would} instead of {was}", f"步行用时由 {was} 改为 {would}"),
        saved_seconds=round(now.walking - proposed.walking, 1),
    )


def week_plan(
    site: Site, plan: WeekPlan, allowed: dict[str, float], slot_seconds: float, days: int | None
) -> ProposedPlan:
    """A week of visits as tours, one for each zone with its checkpoints in any order; `days` of alarms were counted."""
    times: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for visit in plan.visits:
        day, second = divmod(visit.at, DAY)
        times[visit.zone][second].append(day)
    tours = tuple(_visiting(site, zone, times[zone], slot_seconds) for zone in sorted(times))
    configured = {tour.id: tour for tour in site.tours}
    counted = (
        Text("", "") if days is None else Text(f", weighted by the alarms of {days} days", f"，按 {days} 天报警加权")
    )
    share = f"{plan.guessed:.0%}"
    return ProposedPlan(
        kind=ProposalKind.WEEK,
        tours=tours,
        before=tuple(configured[tour.id] for tour in tours if tour.id in configured),
        why=Text(
            f"{len(plan.visits)} visits a week, {share} as on the day before{counted.en}",
            f"每周 {len(plan.visits)} 次巡查，与前一日相同的占 {share}{counted.zh}",
        ),
        gaps=tuple(
            ZoneGap(zone=zone, allowed_seconds=allowed[zone], longest_seconds=gap, visits=plan.visits_of[zone])
            for zone, gap in plan.longest_gap.items()
        ),
    )


def clock(seconds: float) -> str:
    """Hours, minutes and seconds."""
    return f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02}:{int(seconds) % 60:02}"


def _stop(stop: TourStop, planned: PlannedStop, leeway: float, *, windows: bool) -> TourStop:
    kept = replace(stop, leg_min_seconds=None, leg_max_seconds=None)
    if windows:
        return kept
    begins = max(planned.begins, _ROUNDED_TO)
    due = math.ceil(max(begins * _BUFFER, planned.begins + leeway) / _ROUNDED_TO) * _ROUNDED_TO
    return replace(kept, not_before_seconds=0.0, due_seconds=None if stop.due_seconds is None else due)


def _visiting(site: Site, zone: str, times: dict[int, list[int]], slot_seconds: float) -> Tour:
    name = next((each.name for each in site.zones if each.id == zone), Text(zone, zone))
    return Tour(
        id=_visit_id(zone),
        name=Text(f"Visit: {name.en}", f"巡查：{name.zh}"),
        stops=tuple(TourStop(checkpoint=each.id) for each in site.checkpoints if each.zone == zone),
        starts=tuple(
            WeeklyTime(at=f"{second // 3600:02}:{second % 3600 // 60:02}", weekdays=tuple(days))
            for second, days in sorted(times.items())
        ),
        order=TourOrder.ANY,
        maximum_seconds=slot_seconds,
    )


def _visit_id(zone: str) -> str:
    """The tour's id; the end of a zone's long id is replaced by a digest, so that no two tours have the same."""
    tour = f"visit-{zone}"
    return tour if is_id(tour) else derive_id(tour[:_NAMED], zone)
