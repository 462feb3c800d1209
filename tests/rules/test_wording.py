"""Numbers and spans of time as people read them."""

import pytest

from domain.instant import DAY, HOUR, MINUTE, SECOND
from domain.text import Text
from rules.wording import number, quantity, rounded, span


@pytest.mark.parametrize(
    ("value", "expected"),
    [(20.0, "20"), (12.3, "12.3"), (0.1 + 0.2, "0.3"), (-0.0, "0"), (1 / 3, "0.333333333"), (-1e-12, "-1e-12")],
)
def test_number_has_nine_significant_digits(value: float, expected: str) -> None:
    assert number(value) == expected


def test_rounded_is_the_same_for_neighbouring_floats() -> None:
    assert rounded(0.1 + 0.2) == rounded(0.3) == 0.3


def test_quantity_needs_no_unit() -> None:
    assert (quantity(12.5, "L/min"), quantity(12.5, ""), quantity(1.0, "1")) == ("12.5 L/min", "12.5", "1")


def test_quantity_has_the_unit_as_people_read_it() -> None:
    assert (quantity(21.5, "degC"), quantity(20.0, "m3/h"), quantity(45.0, "%RH")) == ("21.5 °C", "20 m³/h", "45 % RH")


@pytest.mark.parametrize(
    ("duration", "english", "chinese"),
    [
        (0, "0 s", "0 秒"),
        (SECOND // 2, "0.5 s", "0.5 秒"),
        (30 * SECOND, "30 s", "30 秒"),
        (90 * SECOND, "1 min 30 s", "1 分钟 30 秒"),
        (HOUR + 30 * MINUTE, "1 h 30 min", "1 小时 30 分钟"),
        (DAY, "24 h", "24 小时"),
    ],
)
def test_span_uses_the_largest_units(duration: int, english: str, chinese: str) -> None:
    assert span(duration) == Text(english, chinese)
