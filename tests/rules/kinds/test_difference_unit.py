"""In which unit two values differ."""

from rules.kinds.difference_unit import difference_unit


def test_temperatures_differ_in_kelvin() -> None:
    assert difference_unit("degC") == "K"
    assert difference_unit("kPa") == "kPa"
