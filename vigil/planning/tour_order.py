"""The shortest order of a tour's stops, by PyVRP: a travelling officer with one route, dwells and time windows.

The solver is an extra: `pip install vigil[plan]`, pinned in requirements-plan.lock.
"""

import warnings
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.errors import VigilError

_PARTS: Final = 10
"""The solver counts whole numbers: tenths of a second."""


_NEVER: Final = 10 * 7 * 86_400
"""Ten weeks, in tenths of a second: later than any tour ends."""

_NO_ORDER: Final = "no order was found that keeps all time windows: widen some, or leave stops out"


class SolverMissing(VigilError):
    """The extra is not installed."""


class OrderImpossible(VigilError):
    """No order keeps all time windows."""


class StopNeed(Struct, frozen=True, kw_only=True):
    """A place to visit: how long one stays, and between which seconds from the start one may begin there."""

    id: str
    dwell: float = 0.0
    not_before: float = 0.0
    not_after: float | None = None


class PlannedStop(Struct, frozen=True, kw_only=True):
    """A stop in its place: seconds from the start at which one is there and may begin."""

    id: str
    walk: float
    arrives: float
    begins: float


class PlannedOrder(Struct, frozen=True, kw_only=True):
    """An order with its times. `walking` is the sum of its ways, `seconds` the whole until the last dwell is over."""

    stops: tuple[PlannedStop, ...]
    walking: float
    seconds: float
    keeps_windows: bool


def timed(
    order: Sequence[int], needs: Sequence[StopNeed], walks: Sequence[Sequence[float]], *, returns: bool
) -> PlannedOrder:
    """When one is where, in a given order; `walks[i][j]` are the seconds from need i to need j."""
    stops: list[PlannedStop] = []
    clock = walking = 0.0
    keeps = True
    before: int | None = None
    for index in order:
        need = needs[index]
        walk = 0.0 if before is None else walks[before][index]
        clock += walk
        walking += walk
        begins = max(clock, need.not_before)
        keeps = keeps and (need.not_after is None or begins <= need.not_after)
        stops.append(PlannedStop(id=need.id, walk=walk, arrives=clock, begins=begins))
        clock, before = begins + need.dwell, index
    if returns and before is not None:
        clock, walking = clock + walks[before][order[0]], walking + walks[before][order[0]]
    return PlannedOrder(stops=tuple(stops), walking=walking, seconds=clock, keeps_windows=keeps)


def shortest_order(
    needs: Sequence[StopNeed], walks: Sequence[Sequence[float]], *, returns: bool, seconds: float, seed: int
) -> PlannedOrder:
    """Search for `seconds` for the order with the least walking that keeps all windows; the first need stays first.

    Raises:
        SolverMissing: PyVRP is not installed.
        OrderImpossible: none was found that keeps the windows.
    """
    if len(needs) <= 2:  # noqa: PLR2004 - nothing to choose
        return _kept(timed(range(len(needs)), needs, walks, returns=returns))
    try:
        import pyvrp
        from pyvrp.exceptions import PenaltyBoundWarning
        from pyvrp.stop import MaxRuntime
    except ImportError as error:
        raise SolverMissing("the solver is not installed: run pip install -r requirements-plan.lock") from error
    model = pyvrp.Model()
    places = [model.add_location(x=0, y=0) for _ in needs]
    model.add_depot(places[0])
    for need, place in zip(needs[1:], places[1:], strict=True):
        late = _NEVER if need.not_after is None else _whole(need.not_after)
        early, dwell = _whole(need.not_before), _whole(need.dwell)
        model.add_client(place, service_duration=dwell, tw_early=early, tw_late=late)
    begin = _whole(max(0.0, needs[0].not_before) + needs[0].dwell)
    model.add_vehicle_type(num_available=1, tw_early=begin, start_late=begin)
    for row, start in enumerate(places):
        for column, end in enumerate(places):
            if row != column:
                # Nobody walks back from the last stop of an open tour.
                way = 0 if column == 0 and not returns else _whole(walks[row][column])
                model.add_edge(start, end, distance=way, duration=way)
    with warnings.catch_warnings():
        # That it finds no order is told below, in our words.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        best = model.solve(stop=MaxRuntime(seconds), seed=seed, display=False).best
    visits = [activity.idx + 1 for route in best.routes() for activity in route if activity.is_client()]
    if not best.is_feasible() or len(visits) != len(needs) - 1:
        raise OrderImpossible(_NO_ORDER)
    return _kept(timed([0, *visits], needs, walks, returns=returns))


def _whole(seconds: float) -> int:
    return round(seconds * _PARTS)


def _kept(order: PlannedOrder) -> PlannedOrder:
    if not order.keeps_windows:
        raise OrderImpossible(_NO_ORDER)
    return order
