"""The kind `rate`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"t": "degC", "fan": "1"})
RULE = RuleSpec(
    id="r",
    kind="rate",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("t",),
    inputs={"fan": "fan"},
    parameters={"rise": 5.0, "fall": 8.0, "window_seconds": 300.0, "only_while": "fan > 0 for 2 min"},
)
TEN: Cases = {
    "fault": (
        (
            "0 fan=1, 0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6:00 t=26, 7 fan=1, 7 "
            "t=26, 8 fan=1, 8 t=26"
        ),
        "6:00 raise",
    ),
    "normal": (
        "0 fan=1, 0:00 t=20, 1:00 t=21, 2:00 t=22, 3:00 t=22, 4:00 t=23, 5:00 t=23, 6:00 t=24",
        "",
    ),
    "equipment_off": (
        "0 fan=0, 0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6:00 t=26, 7:00 t=27",
        "",
    ),
    "point_missing": (
        "0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6:00 t=26, 7:00 t=27, 9 tick",
        "",
    ),
    "at_threshold": (
        ("0 fan=1, 0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6:00 t=25, 6:30 fan=1, 6:40 t=25"),
        "",
    ),
    "irregular": (
        "0 fan=1, 0 t=20, 0:20 t=20, 1:50 t=20, 2:10 t=20, 4:30 t=20, 6:40 t=25.5, 6:50 fan=1",
        "6:40 raise",
    ),
    "out_of_order": (
        "0 fan=1, 0 t=20, 1 t=20, 2 t=20, 3 t=20, 4 t=20, 5 t=20, 6 t=26, 3 fan=1",
        "6:00 raise",
    ),
    "duplicate_time": (
        (
            "0 fan=1, 0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6 t=20, 6 t=26, 6 t=20, "
            "6:30 fan=1, 7 t=20"
        ),
        "6:00 raise, 6:00 clear",
    ),
    "gap": (
        (
            "0 fan=1, 0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 40 t=60, 40 fan=1, 41 "
            "t=60, 44 t=60"
        ),
        "",
    ),
    "start_up": (
        "0 t=20, 1 t=20, 2 t=20, 3 t=20, 4 t=20, 5 fan=1, 5 t=20, 6 t=26, 6:30 t=27, 7:30 t=27",
        "7:00 raise",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_ten_cases(case: str) -> None:
    steps, expected = TEN[case]
    assert told(SITE, RULE, steps) == expected


def test_the_alarm_says_why_in_both_languages() -> None:
    why = findings(SITE, RULE, TEN["fault"][0])[0].why
    for text in (why.seen, why.expected, why.clears):
        assert text.en
        assert text.zh
    assert any(name.startswith("value") for name in why.values)


@pytest.mark.parametrize(
    ("parameters", "seen", "expected"),
    [
        (
            {"rise": 5.0, "fall": 8.0, "window_seconds": 300.0},
            Text("rose by 6 K within 5 min, more than 5 K", "5 分钟内上升 6 K，超过 5 K"),
            Text(
                "rises by at most 5 K and falls by at most 8 K within 5 min",
                "5 分钟内上升不超过 5 K 且下降不超过 8 K",
            ),
        ),
        (
            {"rise": 5.0},
            Text("rose by 6 K from one reading to the next, more than 5 K", "相邻读数间上升 6 K，超过 5 K"),
            Text("rises by at most 5 K from one reading to the next", "相邻读数间上升不超过 5 K"),
        ),
    ],
)
def test_the_alarm_says_which_way_the_value_went_too_fast(
    parameters: dict[str, Parameter], seen: Text, expected: Text
) -> None:
    rule = structs.replace(RULE, inputs={}, parameters=parameters)
    why = findings(SITE, rule, "0 t=20, 1 t=20, 2 t=20, 3 t=20, 4 t=20, 5 t=20, 6 t=26")[0].why
    assert seen.en in why.seen.en
    assert seen.zh in why.seen.zh
    assert (why.expected, why.clears) == (expected, expected)


def test_of_both_ways_the_alarm_says_which_it_was_and_then_how_far_it_goes_now() -> None:
    rule = structs.replace(RULE, inputs={}, parameters={"rise": 5.0, "fall": 8.0})
    said = [each.why.seen for each in findings(SITE, rule, "0 t=20, 1 t=10, 2 t=bad, 3 t=16, 4 t=16, 5 t=30, 6 t=28")]
    assert [each.en for each in said] == [
        "t 10 °C, fell by 10 K from one reading to the next, more than 8 K",
        "t not known: its latest reading is unusable; last 10 °C",
        "t 16 °C, rose by 6 K from one reading to the next, more than 5 K",
        "t 16 °C, unchanged from one reading to the next",
        "t 30 °C, rose by 14 K from one reading to the next, more than 5 K",
        "t 28 °C, fell by 2 K from one reading to the next",
    ]
    assert said[0].zh == "t 10 °C，相邻读数间下降 10 K，超过 8 K"
    assert said[-1].zh == "t 28 °C，相邻读数间下降 2 K"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({}, "at least one"),
        ({"rise": -1.0}, "more than 0"),
        ({"rise": 1.0, "window_seconds": 1e9}, "seconds from"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_without_a_window_it_is_judged_from_one_reading_to_the_next() -> None:
    rule = structs.replace(RULE, parameters={"rise": 5.0})
    steps = "0 t=20, 1 t=25, 2 t=30.5, 3 t=bad, 4 t=40, 5 t=41"
    assert told(SITE, rule, steps) == "2:00 raise, 3:00 lose_sight, 4:00 raise, 5:00 clear"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"rise": 50.0, "window_seconds": 120.0}, "6:00 raise, 8:00 clear"),
        ({"rise": 50.0}, "6:00 raise, 7:00 clear"),
        ({"fall": 50.0}, "3:00 raise, 4:00 clear"),
    ],
)
def test_a_counter_that_begins_again_at_zero_is_a_fall_and_no_rise(
    parameters: dict[str, Parameter], expected: str
) -> None:
    """Who limits the rise of a counter hears nothing of its reset, and of the next rise as before; `fall` tells."""
    rule = structs.replace(RULE, inputs={}, parameters=parameters)
    steps = "0 t=900, 1 t=910, 2 t=920, 3 t=0, 4 t=10, 5 t=20, 6 t=90, 7 t=95, 8 t=100"
    assert told(SITE, rule, steps) == expected


def test_the_change_is_told_as_of_the_reading_that_a_delay_began_with() -> None:
    rule = structs.replace(RULE, inputs={}, parameters={"rise": 5.0, "on_delay_seconds": 30.0})
    subject = RULE.subjects[0]
    for steps in (f"0 {subject}=20, 1 {subject}=30, 2 {subject}=31", f"0 {subject}=20, 1 {subject}=30, 2 tick"):
        assert told(SITE, rule, steps).startswith("1:30 raise")
        values = findings(SITE, rule, steps)[0].why.values
        assert [number for name, number in values.items() if name.startswith("change")] == [10.0]
