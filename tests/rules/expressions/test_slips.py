"""What is often mistyped in an expression is named with its column and with what to write instead."""

import pytest

from rules.expressions.slips import slip


@pytest.mark.parametrize(
    ("text", "column", "complaint"),
    [
        ("flow > 1 for 30s", 14, "'30s' is not read as a time: put a space before the unit: 30 s"),
        ("flow > 1 for 1.5h and fan > 0", 14, "put a space before the unit: 1.5 h"),
        ("avg(flow, 5min) > 1", 11, "put a space before the unit: 5 min"),
        ("flow > 1 for 5 m", 16, "'m' is no unit of time: write s, min, h or d"),
        ("flow > 1 for 5 minutes and fan > 0", 16, "'minutes' is no unit of time"),
        ("count(flow > 1, 2 hrs) > 3", 19, "'hrs' is no unit of time"),
        ("supply > 22.5 degC", 15, "'degC' behind a number means nothing here: leave it out"),
        ("supply > 22.5 degC for 10 min", 15, "a number takes the unit of what it meets"),
        ("min(flow, 5 m3/h) > 1", 13, "'m3/h' behind a number"),
        ("supply > 22.5degC", 14, "'degC' behind a number means nothing here"),
        ("flow = 5 and fan > 0", 6, "'=' means nothing here: write =="),
        ("flow >= 5 and fan = 0", 19, "'=' means nothing here: write =="),
        ("flow > 5 && fan > 0", 10, "'&&' means nothing here: write and"),
        ("flow > 5 || fan > 0", 10, "'||' means nothing here: write or"),
        ("!(flow > 5)", 1, "'!' means nothing here: write not"),
        ("flow > 5 AND fan > 0", 10, "'AND' means nothing here: write and"),
        ("flow > 5 for 10 MIN", 17, "'MIN' is no unit of time"),
        ("flow => 5", 6, "'=>' means nothing here: write >="),
        ("flow <> 5 0", 6, "'<>' means nothing here: write !="),
        ("flow > 5 Or fan > 0 &&", 10, "'Or' means nothing here: write or"),
        ("flow > 5 FOR 10 min", 10, "'FOR' means nothing here: write for"),
    ],
)
def test_what_is_often_mistyped_is_named_with_what_to_write(text: str, column: int, complaint: str) -> None:
    found = slip(text)
    assert found is not None
    assert found[0] == column
    assert complaint in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flow > 5 and and fan > 0",
        "flow < 20 for 10 min and fan > 0 or not fan >= 1",
        "avg(flow, 5 min) <= 3 and fan != 2 and back == 1",
        "hours('8am = 6pm') and and fan > 0",
        "p1_flow > 3 and t2s > 4",
    ],
)
def test_what_is_well_written_is_not_called_a_slip(text: str) -> None:
    assert slip(text) is None
