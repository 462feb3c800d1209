"""The kind `count`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"p": "kPa", "run": "1"})
RULE = RuleSpec(
    id="r",
    kind="count",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("p",),
    inputs={"run": "run"},
    parameters={"of": "value > 5", "times": 3, "window_seconds": 600.0, "only_while": "run > 0"},
)
TEN: Cases = {
    "fault": (
        (
            "0 run=1, 0:00 p=0, 1:00 p=9, 2:00 p=0, 2 run=1, 3:00 p=9, 4:00 p=0, 5:00 p=9, 6 run=1, 8 p=0, 8 "
            "run=1, 10 p=0, 10 run=1, 12 p=0"
        ),
        "5:00 raise, 8:00 lose_sight, 8:00 raise, 12:00 clear",
    ),
    "normal": (
        "0 run=1, 0:00 p=0, 1:00 p=9, 2:00 p=0, 2 run=1, 3:00 p=9, 4:00 p=0, 5:00 p=0",
        "",
    ),
    "equipment_off": (
        "0 run=0, 0:00 p=0, 1:00 p=9, 2:00 p=0, 2 run=0, 3:00 p=9, 4:00 p=0, 5:00 p=9",
        "",
    ),
    "point_missing": (
        "0:00 p=0, 1:00 p=9, 2:00 p=0, 3:00 p=9, 4:00 p=0, 5:00 p=9",
        "",
    ),
    "at_threshold": (
        "0 run=1, 0:00 p=0, 1:00 p=5, 2:00 p=0, 2 run=1, 3:00 p=5, 4:00 p=0, 5:00 p=5",
        "",
    ),
    "irregular": (
        "0 run=1, 0 p=0, 0:10 p=9, 0:50 p=0, 3:40 p=9, 3:45 p=0, 4:05 p=9",
        "4:05 raise",
    ),
    "out_of_order": (
        "5 run=1, 0 p=0, 1 p=9, 2 p=0, 3 p=9, 4 run=1, 4 p=0, 5 p=9",
        "5:00 raise",
    ),
    "duplicate_time": (
        "0 run=1, 0 p=0, 1 p=9, 1 p=0, 1 p=9, 1 p=0, 1 p=9, 2 p=9",
        "1:00 raise",
    ),
    "gap": (
        "0 run=1, 0 p=0, 1 p=9, 2 p=0, 3 p=9, 60 run=1, 60 p=0, 61 p=9",
        "",
    ),
    "start_up": (
        "0 run=1, 0 p=9, 1 p=0, 2 p=9, 2 run=1, 3 p=0, 4 p=9, 4 run=1, 5 p=0, 6 p=9",
        "6:00 raise",
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
    ("parameters", "complaint"),
    [
        ({"of": "value >", "times": 2, "window_seconds": 60.0}, "column"),
        ({"of": "value > 1", "times": 99, "window_seconds": 60.0}, "give 1 to 64"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems
