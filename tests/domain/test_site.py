"""Facts of the site model that compute something."""

from msgspec import structs

from domain.site import ON_OFF, Point
from domain.text import same

POINT = Point(id="p", name=same("p"), equipment="e", unit="A")


def test_a_value_holds_three_intervals_unless_told_otherwise() -> None:
    point = Point(id="p", name=same("p"), equipment="e", unit="A", interval_seconds=20)
    assert point.holds_seconds == 60
    assert Point(id="p", name=same("p"), equipment="e", unit="A", stale_seconds=7).holds_seconds == 7


def test_a_state_is_what_the_point_calls_it_or_on_and_off() -> None:
    state = structs.replace(POINT, unit="1", low=0.0, high=1.0)
    assert (state.is_state, state.state(1.0), state.state(0.5)) == (True, ON_OFF["1"], None)
    named = structs.replace(POINT, unit="1", states={"0": same("closed"), "1": same("open")})
    assert (named.is_state, named.state(1.0)) == (True, same("open"))
    mode = structs.replace(POINT, unit="1", states={"0": same("off"), "2": same("cooling")})
    assert (mode.is_state, mode.state(2.0), mode.state(1.0)) == (False, same("cooling"), None)
    assert (POINT.is_state, POINT.state(1.0), POINT.state(float("inf"))) == (False, None, None)
