"""`vigil plan ...`: proposals for tours and weeks, printed, and put before the supervisors where that is asked."""

import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console

from domain.errors import VigilError
from domain.instant import DAY, Instant
from domain.patrol_proposal import ProposedPlan
from domain.schedule import parse_clock
from domain.site import Site, Tour, TourOrder
from runtime.clock import wall_clock
from stores.ports import AlarmFilter, Page
from stores.state.opening import open_state_reader
from stores.state.reader import StateReader
from vigil.commands.proposing import propose
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder
from vigil.planning.proposing import clock, in_order, tour_plan, week_plan
from vigil.planning.tour_order import PlannedOrder, StopNeed, shortest_order, timed
from vigil.planning.walking import estimated_walks, read_walks
from vigil.planning.week import WEEK, WeekPlan, ZoneNeed, plan_week

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PAGE: Final = 500


class NothingToPlan(VigilError):
    """The site, the tour or the hours that were named are not there, or leave nothing to plan."""


class TourOptions(Struct, frozen=True, kw_only=True):
    """What `vigil plan tour` was told."""

    site: str
    tour: str
    config: str
    walks: Path | None
    returns: bool
    windows: bool
    seconds: float
    seed: int
    as_json: bool
    propose_to: str | None = None


class WeekOptions(Struct, frozen=True, kw_only=True):
    """What `vigil plan week` was told. `gaps` are hours by zone."""

    site: str
    config: str
    data: str | None
    start: str
    end: str
    slot_minutes: int
    officers: int
    default_gap: float
    gaps: Mapping[str, float]
    history_days: int
    seed: int | None
    as_json: bool
    propose_to: str | None = None


class TourProposal(Struct, frozen=True, kw_only=True):
    """The tour as it is and as it could be walked, the lines for the configuration, and what a supervisor gets."""

    site: str
    tour: str
    now: PlannedOrder
    proposed: PlannedOrder
    saved_seconds: float
    stops: str
    proposal: ProposedPlan


class WeekProposal(Struct, frozen=True, kw_only=True):
    """A week's visits with the weights they were drawn by; `seed` draws the same week again."""

    site: str
    seed: int
    weights: Mapping[str, float]
    plan: WeekPlan
    proposal: ProposedPlan


def run_tour(options: TourOptions) -> int:
    """Propose an order for a tour's stops; gives the exit status."""
    site = _site(options.config, options.site)
    tour = next((each for each in site.tours if each.id == options.tour), None)
    if tour is None:
        known = ", ".join(each.id for each in site.tours) or "none"
        raise NothingToPlan(f"site '{site.id}' has no tour '{options.tour}': known are {known}")
    if tour.order is TourOrder.RANDOM:
        raise NothingToPlan(f"tour '{tour.id}' is walked in a random order, drawn anew each time: nothing to plan")
    checkpoints = [checkpoint.id for checkpoint in site.checkpoints]
    walks = estimated_walks(site) if options.walks is None else read_walks(options.walks, checkpoints)
    needs = [_need(tour, index, windows=options.windows) for index in range(len(tour.stops))]
    between = walks.between([need.id for need in needs])
    now = timed(range(len(needs)), needs, between, returns=options.returns)
    proposed = shortest_order(needs, between, returns=options.returns, seconds=options.seconds, seed=options.seed)
    ordered = in_order(tour, now, proposed, windows=options.windows)
    proposal = TourProposal(
        site=site.id,
        tour=tour.id,
        now=now,
        proposed=proposed,
        saved_seconds=now.walking - proposed.walking,
        stops=_stops(ordered),
        proposal=tour_plan(tour, ordered, now, proposed),
    )
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(proposal).decode() + "\n")
    else:
        _say_tour(proposal)
    _propose(options.propose_to, site.id, proposal.proposal)
    return 0


def run_week(options: WeekOptions) -> int:
    """Propose a week of visits to a site's zones; gives the exit status."""
    site = _site(options.config, options.site)
    zones = sorted({checkpoint.zone for checkpoint in site.checkpoints})
    unknown = sorted(set(options.gaps) - set(zones))
    if not zones or unknown:
        wrong = f"zone '{unknown[0]}' has no checkpoint" if unknown else "no zone has a checkpoint"
        raise NothingToPlan(f"{wrong} at site '{site.id}': zones with checkpoints are {', '.join(zones) or 'none'}")
    weights = dict.fromkeys(zones, 1.0)
    if options.data is not None:
        weights |= _weights(DataFolder(Path(options.data)), site, zones, wall_clock() - options.history_days * DAY)
    needs = [
        ZoneNeed(zone=zone, gap=3600 * options.gaps.get(zone, options.default_gap), weight=weights[zone])
        for zone in zones
    ]
    seed = secrets.randbits(32) if options.seed is None else options.seed
    slots = list(_slots(options.start, options.end, options.slot_minutes * 60))
    plan = plan_week(needs, slots, options.officers, seed)
    proposed = week_plan(
        site,
        plan,
        {need.zone: need.gap for need in needs},
        60.0 * options.slot_minutes,
        None if options.data is None else options.history_days,
    )
    proposal = WeekProposal(site=site.id, seed=seed, weights=weights, plan=plan, proposal=proposed)
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(proposal).decode() + "\n")
    else:
        _say_week(proposal)
    _propose(options.propose_to, site.id, proposed)
    return 0


def _site(config: str, wanted: str) -> Site:
    configuration = load_configuration(Path(config)).configuration
    site = configuration.site(wanted)
    if site is None:
        known = ", ".join(each.id for each in configuration.sites)
        raise NothingToPlan(f"site '{wanted}' is not configured in {config}: known are {known}")
    return site


def _need(tour: Tour, index: int, *, windows: bool) -> StopNeed:
    stop = tour.stops[index]
    return StopNeed(
        id=stop.checkpoint,
        dwell=stop.dwell_seconds,
        not_before=stop.not_before_seconds if windows else 0.0,
        not_after=stop.due_seconds if windows else None,
    )


def _stops(ordered: Tour) -> str:
    """The stops as they would stand in the configuration."""
    lines = ["stops:"]
    for stop in ordered.stops:
        said = {name: getattr(stop, name) for name in ("due_seconds", "not_before_seconds", "dwell_seconds")}
        parts = [f"{name}: {seconds:g}" for name, seconds in said.items() if seconds]
        parts += [f'{name}: "{at}"' for name in ("not_before", "not_after") if (at := getattr(stop, name)) is not None]
        lines.append(f"  - {{{', '.join([f'checkpoint: {stop.checkpoint}', *parts])}}}")
    return "\n".join(lines)


def _propose(url: str | None, site: str, plan: ProposedPlan) -> None:
    if url is not None:
        propose(url, site, plan)
        sys.stderr.write(f"The proposal waits for a supervisor at {url}.\n")


def _slots(start: str, end: str, seconds: int) -> Iterator[int]:
    """Beginnings of slots in the week, on duty each day from `start` to `end`, over midnight where it is not later."""
    first, last = (at.hour * 3600 + at.minute * 60 for at in (parse_clock(start), parse_clock(end)))
    span = (last - first) % 86_400 or 86_400
    on_duty = {
        (day * 86_400 + first + offset) % WEEK for day in range(7) for offset in range(0, span - seconds + 1, seconds)
    }
    if not on_duty:
        raise NothingToPlan(f"no slot of {seconds / 60:g} min fits between {start} and {end}")
    yield from sorted(on_duty)


def _weights(folder: DataFolder, site: Site, zones: Sequence[str], since: Instant) -> dict[str, float]:
    """One more for each alarm that was raised in a zone or within it since then."""
    parents = {zone.id: zone.parent for zone in site.zones}
    counts: Counter[str] = Counter()
    with open_state_reader(folder.state) as reader:
        for zone, raised in _raised(reader, site.id, since):
            place: str | None = zone
            while place is not None and place not in zones:
                place = parents.get(place)
            if place is not None:
                counts[place] += raised
    return {zone: 1.0 + counts[zone] for zone in zones}


def _raised(reader: StateReader, site: str, since: Instant) -> Iterator[tuple[str, int]]:
    """Each alarm's zone with how often it was raised since then."""
    cursor: str | None = None
    while True:
        alarms, cursor = reader.alarms(AlarmFilter(site=site), Page(limit=_PAGE, cursor=cursor))
        for alarm in alarms:
            if alarm.zone is not None and alarm.latest.raised_at >= since:
                occurrences, _ = reader.occurrences(alarm.id, Page(limit=_PAGE))
                yield alarm.zone, sum(each.raised_at >= since for each in occurrences)
        if cursor is None:
            return


def _say_tour(proposal: TourProposal) -> None:
    console = Console(markup=False, highlight=False, soft_wrap=True)
    now, proposed = proposal.now, proposal.proposed
    for stop in proposed.stops:
        console.print(f"{clock(stop.begins):>8}  {stop.id}  ({stop.walk:.0f} s on the way)")
    console.print(
        f"walking {clock(proposed.walking)} instead of {clock(now.walking)}, {clock(proposed.seconds)} in all "
        f"instead of {clock(now.seconds)}. To accept it without --propose-to, put this into the tour:"
    )
    console.print(proposal.stops)


def _say_week(proposal: WeekProposal) -> None:
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for visit in proposal.plan.visits:
        day, seconds = divmod(visit.at, 86_400)
        console.print(f"{_DAYS[day]} {seconds // 3600:02}:{seconds % 3600 // 60:02}  {visit.zone}")
    for zone, gap in proposal.plan.longest_gap.items():
        count, weight = proposal.plan.visits_of[zone], proposal.weights[zone]
        console.print(f"{zone}: {count} visits, at most {gap / 3600:.1f} h alone, weight {weight:g}")
    console.print(f"{proposal.plan.guessed:.0%} as on the day before. Seed {proposal.seed}.")
