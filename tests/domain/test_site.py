"""Facts of the site model that compute something."""

from domain.site import Point
from domain.text import same


def test_a_value_holds_three_intervals_unless_told_otherwise() -> None:
    point = Point(id="p", name=same("p"), equipment="e", unit="A", interval_seconds=20)
    assert point.holds_seconds == 60
    assert Point(id="p", name=same("p"), equipment="e", unit="A", stale_seconds=7).holds_seconds == 7
