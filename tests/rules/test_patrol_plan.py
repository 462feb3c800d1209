from msgspec.structs import replace

from domain.instant import MINUTE, SECOND
from domain.site import TourOrder
from domain.tour_run import Handover, TourRunState
from rules.patrol_plan import StopPlan, Visit, handed_over
from tests.rules.patrolled import a_visit, planned, stop

STOPS = tuple(stop(f"c{place}", 60.0 * place, leg_min_seconds=place, dwell_seconds=10 * place) for place in range(6))


def test_a_run_is_planned_from_its_window() -> None:
    run = planned(10).run
    assert (run.state, run.starts_at, run.ends_at) == (TourRunState.SCHEDULED, 10 * MINUTE, 16 * MINUTE)
    assert [(each.due_at, each.missed_at) for each in run.stops] == [
        (11 * MINUTE, 13 * MINUTE),
        (14 * MINUTE, 16 * MINUTE),
    ]
    assert (planned(10).opens_at, planned(10).tardy_at) == (5 * MINUTE, 25 * MINUTE)
    assert planned(0).places == {"a": 0, "b": 1}
    assert planned(0).holds(6 * MINUTE)
    assert not planned(0).holds(6 * MINUTE + 1)


def test_in_a_random_order_checkpoint_and_dwell_are_dealt_out_and_times_stay() -> None:
    run = planned(10, stops=STOPS, order=TourOrder.RANDOM)
    dealt = [each.checkpoint for each in run.run.stops]
    assert sorted(dealt) == [f"c{place}" for place in range(6)]
    assert dealt != [f"c{place}" for place in range(6)]
    assert [plan.leg_min for plan in run.plan] == [place * SECOND for place in range(6)]
    assert [plan.dwell for plan in run.plan] == [int(each[1]) * 10 * SECOND for each in dealt]
    strict = planned(10, stops=STOPS[:2], order=TourOrder.STRICT)
    assert strict.plan[1] == StopPlan(strict.opens_at, SECOND, 0, 10 * SECOND)


def test_who_may_walk_a_run() -> None:
    def by(officer: str, at: int, received_at: int | None = None) -> Visit:
        return replace(a_visit(0, officer=officer), at=at, received_at=at if received_at is None else received_at)

    free, lis = planned(), planned(officers=("li",))
    assert free.permits(by("wang", 0))
    assert not free.names(by("wang", 0))
    assert lis.permits(by("li", 0))
    assert not lis.permits(by("wang", 9))
    lis.run = handed_over(lis.run, Handover(at=5, officer="wang", actor="op"))
    assert not lis.permits(by("wang", 4, received_at=9))
    assert lis.permits(by("wang", 5, received_at=6))
    assert lis.names(by("wang", 6))
    # Made before the handover by a clock that is ahead: it stays what it was said to be.
    assert not lis.permits(by("wang", 9, received_at=5))
    assert lis.run.version == 2
