"""What can be written, what it means, and how what cannot be meant is refused: with its column."""

import pytest

from domain.instant import HOUR, MINUTE
from rules.expressions.parsing import LONGEST, ExpressionError, located, parse, parse_condition
from rules.expressions.tree import (
    Binary,
    Compare,
    Count,
    Lasting,
    Logic,
    Node,
    Not,
    Number,
    Previous,
    Silent,
    TimeTo,
    Unary,
    Value,
    Window,
    Within,
)

UNITS = {"flow": "m3/h", "水泵": "A", "current": "A", "supply": "degC", "back": "degC", "fan": "1"}
FLOW, FAN = Value(0), Value(5)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("flow < 20", Compare("<", FLOW, Number(20.0))),
        ("flow < 20 for 10 min", Lasting(Compare("<", FLOW, Number(20.0)), 10 * MINUTE)),
        (
            "flow < 20 for 10 min and fan > 0",
            Logic("and", Lasting(Compare("<", FLOW, Number(20.0)), 10 * MINUTE), Compare(">", FAN, Number(0.0))),
        ),
        (
            "(fan > 0 or fan < -1) for 1 h",
            Lasting(Logic("or", Compare(">", FAN, Number(0.0)), Compare("<", FAN, Number(-1.0))), HOUR),
        ),
        ("not fan > 0", Not(Compare(">", FAN, Number(0.0)))),
        ("0 < fan < 5", Logic("and", Compare("<", Number(0.0), FAN), Compare("<", FAN, Number(5.0)))),
        ("supply - back > 5", Compare(">", Binary("-", Value(3), Value(4)), Number(5.0))),
        (
            "abs(flow) >= max(1, 2, 3)",
            Compare(">=", Unary("abs", FLOW), Binary("max", Binary("max", Number(1.0), Number(2.0)), Number(3.0))),
        ),
        ("avg(flow, 5 min) > 3", Compare(">", Window("avg", FLOW, 5 * MINUTE), Number(3.0))),
        ("count(fan > 0, 1 h) > 4", Compare(">", Count(Compare(">", FAN, Number(0.0)), HOUR), Number(4.0))),
        ("flow > previous(flow)", Compare(">", FLOW, Previous(0))),
        ("silent(flow, 10 min)", Silent(0, 10 * MINUTE)),
        ("time_to(flow, 0, 30 min) < 60", Compare("<", TimeTo("usual", FLOW, Number(0.0), 30 * MINUTE), Number(60.0))),
        ("hours('mon-fri 08:00-18:00')", Within("mon-fri 08:00-18:00", "UTC")),
    ],
)
def test_what_is_written_is_meant(text: str, tree: Node) -> None:
    assert parse_condition(text, UNITS, "UTC") == tree


@pytest.mark.parametrize(
    ("text", "column", "complaint"),
    [
        ("flow > current", 8, "'m3/h' and 'A' do not go together"),
        ("flow + current > 1", 1, "do not go together"),
        ("fan > 0 and flw > 3", 13, "'flw' is no point of this rule"),
        ("flow > avg(5, 10 min)", 12, "looks at no point"),
        ("time_to(1 + 1, 0, 10 min) < 60", 9, "looks at no point"),
        ("flow > 1 / 0", 12, "divides by 0"),
        ("flow / -0 > 1", 8, "divides by 0"),
        ("flow / (1 - 1) > 1", 9, "divides by 0"),
        ("flow / (2 * 0) > 1", 9, "divides by 0"),
        ("flow / abs(-0.0) > 1", 8, "divides by 0"),
        ("flow / min(0, 1) > 1", 8, "divides by 0"),
        ("flow / (flow - flow) > 1", 9, "divides by 0"),
        ("flow / (fan * 0) > 1", 9, "divides by 0"),
        ("flow / (1 / (1e308 * 10)) > 1", 9, "divides by 0"),
        ("flow > 1 and 水 / 0 > 1", 14, "'水' is no point of this rule"),
        ("abs(水泵) > 1 and flow / 0 > 1", 24, "divides by 0"),
        ("flow ＞ 1", 6, "'＞' means nothing here: type it with the keyboard set to English"),
        ("flow > “1”", 8, "'“' means nothing here"),
        ("flow >\u3000 1", 7, "keyboard set to English"),
        ("flow > 1 # for 10 min", 10, "'#' means nothing here"),
        ("flow > 1 for 30s", 14, "'30s' is not read as a time: put a space before the unit: 30 s"),
        ("flow > 5 and and fan > 0", 14, "cannot be read"),
        ("flow > 5 and", 10, "behind 'and' something is missing"),
        ("flow > 5 and fan >= ", 18, "behind '>=' something is missing"),
        ("fan and flow > 3", 1, "true or false is wanted"),
        ("flow > (fan > 0)", 9, "a number is wanted"),
        ("flow", 1, "compare it"),
        ("flow > 3 for 10", 14, "write it like 30 s"),
        ("flow > 3 for 400 d", 14, "out of range"),
        ("__import__('os') > 1", 1, "not part of the language"),
        ("flow.real > 1", 1, "not part of the language"),
        ("[1 for x in fan] > 1", 1, "not part of the language"),
        ("lambda: 1", 1, "not part of the language"),
        ("flow ** 9 > 1", 1, "use + - * /"),
        ("flow > 1,000", 10, "a comma stands before it: write 1000 for 1,000"),
        ("flow > 1, fan > 0", 11, "`and` between comparisons"),
        ("flow is 3", 1, "not part of the language"),
        ("flow > True", 8, "means nothing here"),
        ("avg(flow) > 3", 1, "takes 2 things"),
        ("silent(flow + 1, 1 h)", 8, "a point is wanted"),
        ("hours(3)", 7, "hours are wanted"),
        ("hours('monday')", 7, "cannot be read"),
        ("flow > 1" + "0" * 400, 8, "too large"),
        ("", 1, "cannot be read"),
        ("(" * 300 + "flow", 201, "cannot be read"),
        ("flow > 1 " * LONGEST, LONGEST, "several rules"),
        (" and ".join(["fan > 0"] * 60), 1, "parts"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_column(text: str, column: int, complaint: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse_condition(text, UNITS, "UTC")
    assert str(refusal.value).startswith(f"column {column}: ")
    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("flow", "m3/h"),
        ("flow * 2", "m3/h"),
        ("flow / flow", ""),
        ("flow * current", "?"),
        ("supply - back", "K"),
        ("spread(supply, 1 h)", "K"),
        ("-supply", "degC"),
        ("time_to(supply, 30, 1 h)", "s"),
        ("previous(back)", "degC"),
        ("min(supply, back)", "degC"),
    ],
)
def test_every_part_has_its_unit(text: str, measure: str) -> None:
    assert parse(text, UNITS, "UTC").measure == measure


def test_what_is_divided_by_and_may_be_other_than_zero_is_admitted() -> None:
    for divisor in ("fan", "(fan - 1)", "(fan - flow / flow)", "(2 - 1)", "max(0, 1)", "1e-300", "(fan + 0)"):
        assert parse(f"flow / {divisor}", UNITS, "UTC").measure == "m3/h"


def test_every_part_is_found_where_it_stands_first() -> None:
    found = located("fan > 0 and flow / (fan + 1) > flow / (fan + 1) for 10 min", UNITS, "UTC")
    assert found[Binary("/", FLOW, Binary("+", FAN, Number(1.0)))] == (13, "flow / (fan + 1)")
    assert found[FAN] == (1, "fan")
    assert found[FLOW] == (13, "flow")
