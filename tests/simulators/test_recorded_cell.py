"""What a cell holds: a number, or something whose fault and remedy can be told."""

import math

import pytest

from simulators.recorded_cell import number_in, what_is_wrong


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [("-0", ".", 0.0), ("1e3", ".", 1000.0), ("50,5", ",", 50.5), ("-7", ",", -7.0), ("1e400", ".", math.inf)],
)
def test_numbers_as_recorders_write_them(text: str, decimal: str, number: float) -> None:
    assert number_in(text, decimal) == number


@pytest.mark.parametrize(
    ("text", "decimal", "said"),
    [
        ("50,5", ".", "write `decimal: ','` in the map"),
        ("1.050", ",", "the map says that a comma parts off decimals"),
        ("1_000", ".", "'1_000' is no number"),
        ("1.050,5", ",", "is no number"),
        ("5 m3/h", ".", "'5 m3/h' is no number"),
        ("\ufffd\ufffd", ".", "write the file's `encoding` in the map"),
        ("1e400", ".", "is not finite"),
        ("9e99", ".", "is beyond 9007199254740991"),
        ("x" * 10_000, ".", "x' is no number"),
    ],
)
def test_what_is_no_number_is_told_with_its_remedy(text: str, decimal: str, said: str) -> None:
    told = what_is_wrong(text, decimal)
    assert said in told
    assert len(told) < 200
