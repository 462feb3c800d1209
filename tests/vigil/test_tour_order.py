"""The shortest order of a tour: right on what can be counted out, near the known optimum on what cannot."""

import itertools
import random
import sys

import pytest

from scripts.bench_tours import instance
from vigil.planning.tour_order import OrderImpossible, PlannedOrder, SolverMissing, StopNeed, shortest_order, timed

Matrix = list[list[float]]


def line(*places: float) -> Matrix:
    """Walks along one corridor."""
    return [[abs(one - other) for other in places] for one in places]


def planned(needs: list[StopNeed], walks: Matrix, *, returns: bool = False, seconds: float = 0.2) -> PlannedOrder:
    return shortest_order(needs, walks, returns=returns, seconds=seconds, seed=1)


def stops(count: int) -> list[StopNeed]:
    return [StopNeed(id=str(number)) for number in range(count)]


def ids(order: PlannedOrder) -> list[str]:
    return [stop.id for stop in order.stops]


def test_an_order_has_its_times() -> None:
    needs = [StopNeed(id="a", dwell=10), StopNeed(id="b", not_before=100, dwell=5), StopNeed(id="c", not_after=105)]
    order = timed([0, 1, 2], needs, line(0, 30, 40), returns=True)
    assert [(stop.arrives, stop.begins, stop.walk) for stop in order.stops] == [
        (0, 0, 0),
        (40, 100, 30),
        (115, 115, 10),
    ]
    assert (order.walking, order.seconds, order.keeps_windows) == (80, 155, False)


@pytest.mark.parametrize("returns", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_order_of_a_small_tour_is_shorter(seed: int, *, returns: bool) -> None:
    chance = random.Random(seed)
    walks: Matrix = [[float(chance.randint(10, 300)) * (row != column) for column in range(7)] for row in range(7)]
    needs = stops(7)
    best = min(timed([0, *rest], needs, walks, returns=returns).walking for rest in itertools.permutations(range(1, 7)))
    found = planned(needs, walks, returns=returns)
    assert ids(found)[0] == "0"
    assert found.walking == best


def test_time_windows_are_kept_even_where_that_is_longer() -> None:
    needs = [
        StopNeed(id="base", dwell=10),
        StopNeed(id="near"),
        StopNeed(id="far", not_after=120),
        StopNeed(id="late", not_before=400, dwell=20),
    ]
    walks = line(0, 20, 100, 50)
    order = planned(needs, walks)
    assert order.keeps_windows
    begins = {stop.id: stop.begins for stop in order.stops}
    assert begins["far"] <= 120
    assert begins["late"] >= 400
    free = planned([StopNeed(id=need.id, dwell=need.dwell) for need in needs], walks)
    assert ids(free) == ["base", "near", "late", "far"]


def test_windows_that_no_order_keeps_are_told() -> None:
    needs = [StopNeed(id="base"), StopNeed(id="a", not_after=5), StopNeed(id="b", not_after=5)]
    with pytest.raises(OrderImpossible, match="widen some, or leave stops out"):
        planned(needs, line(0, 10, 20))
    with pytest.raises(OrderImpossible):
        planned(needs[:2], line(0, 10))


def test_what_leaves_no_choice_needs_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvrp", None)
    assert ids(planned(stops(2), line(0, 7))) == ["0", "1"]
    assert planned([], []).stops == ()
    with pytest.raises(SolverMissing, match=r"requirements-plan\.lock"):
        planned(stops(3), line(0, 7, 8))


def test_a_tour_of_tsplib_comes_within_three_percent() -> None:
    """All of them, with five seconds each: scripts/bench_tours.py, figures in docs/performance.md."""
    optimum, walks = instance("berlin52")
    found = planned(stops(len(walks)), walks, returns=True, seconds=2.0)
    assert sorted(ids(found), key=int) == [str(number) for number in range(52)]
    assert optimum <= found.walking <= optimum * 1.03
