"""What goes together with what."""

from rules.expressions.measures import BARE, DERIVED, added, divided, like, measure_of, multiplied, subtracted


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
