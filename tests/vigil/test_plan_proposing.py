"""What a plan becomes as tours: when stops are due in a new order, and how the tours of a week are called."""

from domain.identity import is_id
from domain.site import Checkpoint, Site, Tour, TourStop, Zone
from domain.text import same
from vigil.planning.proposing import in_order, week_plan
from vigil.planning.tour_order import StopNeed, timed
from vigil.planning.week import Visit, WeekPlan

NAMES = ("gate", "yard", "dock")
WALKS = ((0.0, 200.0, 100.0), (200.0, 0.0, 100.0), (100.0, 100.0, 0.0))


def proposed(*dues: float | None, windows: bool = False) -> dict[str, float | None]:
    """When the stops of gate, yard, dock are due after the order became gate, dock, yard."""
    stops = tuple(TourStop(checkpoint=name, due_seconds=due) for name, due in zip(NAMES, dues, strict=True))
    tour = Tour(id="night", name=same("Night"), stops=stops)
    needs = [StopNeed(id=name) for name in NAMES]
    now, then = (timed(order, needs, WALKS, returns=False) for order in ((0, 1, 2), (0, 2, 1)))
    return {stop.checkpoint: stop.due_seconds for stop in in_order(tour, now, then, windows=windows).stops}


def test_each_place_keeps_the_time_that_today_leaves_beyond_the_way() -> None:
    # Today one is there after 0, 200 and 300 s: that leaves 60, 400 and 600 s. By the new order it is 0, 100 and 200 s.
    assert proposed(60, 600, 900) == {"gate": 60, "dock": 510, "yard": 810}


def test_a_plan_that_is_too_tight_gets_a_quarter_more_than_the_way_takes() -> None:
    assert proposed(0, 100, 200) == {"gate": 60, "dock": 150, "yard": 270}


def test_a_stop_without_a_time_gets_none_and_leaves_the_place_what_the_one_before_had() -> None:
    assert proposed(60, None, 900) == {"gate": 60, "dock": 180, "yard": None}


def test_windows_stay_with_their_stop() -> None:
    assert proposed(60, 600, 900, windows=True) == {"gate": 60, "dock": 900, "yard": 600}


def test_zones_whose_names_are_long_have_tours_of_their_own() -> None:
    zones = ["roof", *("z" * 60 + end for end in ("-one", "-two"))]
    site = Site(
        id="hq",
        name=same("HQ"),
        timezone="Asia/Shanghai",
        zones=tuple(Zone(id=zone, name=same(zone)) for zone in zones),
        checkpoints=tuple(Checkpoint(id=f"c{at}", name=same("c"), zone=zone) for at, zone in enumerate(zones)),
    )
    visits = tuple(Visit(at=3600 * at, zone=zone) for at, zone in enumerate(zones))
    plan = WeekPlan(visits=visits, longest_gap={}, visits_of={}, ages={}, guessed=0.0)
    tours = week_plan(site, plan, {}, 1800.0, None).tours
    assert tours[0].id == "visit-roof"
    assert len({tour.id for tour in tours}) == 3
    assert all(is_id(tour.id) for tour in tours)
