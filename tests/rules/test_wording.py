"""Numbers and spans of time as people read them."""

from math import nextafter

import pytest

from domain.instant import DAY, HOUR, MINUTE, SECOND
from domain.text import Text
from rules.wording import hours_words, number, quantity, rounded, span


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (20.0, "20"),
        (12.3, "12.3"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1 / 3, "0.333333"),
        (-1e-12, "-1e-12"),
        (21.299999237060547, "21.3"),
        (100.952645, "100.953"),
        (999_999.4, "999999"),
        (999_999.5, "1000000"),
        (-999_999.7, "-1000000"),
        (1_234_567.8, "1234568"),
        (-5e9, "-5000000000"),
        (1e15, "1e+15"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_in_a_sentence_has_six_digits_and_is_whole_where_it_is_large(value: float, expected: str) -> None:
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


@pytest.mark.parametrize(
    ("hours", "chinese"),
    [
        ("mon-fri 08:00-18:00", "周一至周五 08:00-18:00"),
        (
            "weekdays 08:00-12:00, 13:00-17:00; sat, sun 09:00-12:00",
            "周一至周五 08:00-12:00, 13:00-17:00；周六, 周日 09:00-12:00",
        ),
        ("daily 22:00-06:00", "每天 22:00-06:00"),
    ],
)
def test_hours_are_said_in_both_languages(hours: str, chinese: str) -> None:
    assert hours_words(hours) == Text(hours, chinese)


def test_a_number_at_a_half_reads_the_same_whatever_its_last_bit_is() -> None:
    half = 1.2345650
    assert number(nextafter(half, 0.0)) == number(half) == number(nextafter(half, 2.0))
    assert quantity(nextafter(half, 0.0), "m3/h") == quantity(nextafter(half, 2.0), "m3/h")
