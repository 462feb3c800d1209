"""What goes together with what."""

import pytest

from rules.expressions.measures import (
    BARE,
    DERIVED,
    added,
    difference,
    divided,
    like,
    measure_of,
    multiplied,
    subtracted,
    tree_measure,
)
from rules.expressions.parsing import parse


def test_dimensionless_points_are_plain_numbers() -> None:
    assert [measure_of(unit) for unit in ("1", "count", "kPa")] == [BARE, BARE, "kPa"]


def test_only_like_is_compared() -> None:
    assert like("kPa", "kPa") == "kPa"
    assert like("kPa", BARE) == like(BARE, "kPa") == like(DERIVED, "kPa") == "kPa"
    assert like("kPa", "bar") is None


def test_temperatures_and_their_differences() -> None:
    assert added("degC", "K") == added("K", "degC") == "degC"
    assert subtracted("degC", "degC") == "K"
    assert subtracted("degF", "degF") == DERIVED
    assert added("degC", "kPa") is None


def test_products_and_quotients() -> None:
    assert multiplied("kPa", BARE) == multiplied(BARE, "kPa") == "kPa"
    assert multiplied("kPa", "kPa") == DERIVED
    assert divided("kPa", BARE) == "kPa"
    assert divided("kPa", "kPa") == BARE
    assert divided("kPa", "A") == divided(DERIVED, DERIVED) == DERIVED


def test_what_is_added_to_a_temperature_is_a_difference() -> None:
    assert [difference(measure) for measure in ("degC", "degF", "kPa", BARE)] == ["K", DERIVED, "kPa", BARE]


@pytest.mark.parametrize(
    "number",
    [
        *("value", "-value", "t - t", "t + 1", "p * value", "p / p", "min(t, 3)", "avg(p, 5 min)", "change(t, 1 h)"),
        *("spread(p, 1 h)", "previous(t)", "time_to(p, 0, 1 h)", "count(p > 1, 1 h)", "7"),
    ],
)
def test_a_tree_has_the_measure_that_it_was_read_with(number: str) -> None:
    units = {"value": "m3/h", "t": "degC", "p": "kPa"}
    read = parse(number, units, "UTC")
    assert tree_measure(read.tree, list(units.values())) == read.measure
