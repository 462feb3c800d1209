"""The kind `state_held`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"door": "1", "service": "1"})
RULE = RuleSpec(
    id="r",
    kind="state_held",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("door",),
    inputs={"service": "service"},
    parameters={"state": 1.0, "held_seconds": 120.0, "only_while": "service == 0"},
)
TEN: Cases = {
    "fault": (
        "0 service=0, 0 door=1, 1 door=1, 2 door=1, 3 door=0",
        "2:00 raise, 3:00 clear",
    ),
    "normal": (
        "0 service=0, 0 door=1, 1 door=0, 2 door=1, 3 door=0",
        "",
    ),
    "equipment_off": (
        "0 service=1, 0 door=1, 1 door=1, 2:30 door=1",
        "",
    ),
    "point_missing": (
        "0 service=0, 1 service=0, 2 tick",
        "",
    ),
    "at_threshold": (
        "0 service=0, 0 door=1, 1:59 door=1, 1:59 tick",
        "",
    ),
    "irregular": (
        "0 service=0, 0:07 door=1, 1 door=1, 1:58 door=1, 2:20 door=1",
        "2:07 raise",
    ),
    "out_of_order": (
        "1 service=0, 0:30 door=1, 1:30 door=1, 1 service=0, 2:50 door=1",
        "",
    ),
    "duplicate_time": (
        "0 service=0, 0 door=1, 1 door=1, 1 door=0, 1 door=1, 2:30 door=1",
        "",
    ),
    "gap": (
        "0 service=0, 0 door=1, 30 door=1, 30 service=0, 31 door=1, 32 service=0",
        "2:00 raise, 3:00 lose_sight, 30:00 raise",
    ),
    "start_up": (
        "1 tick, 2 door=1, 2 service=0, 3 door=1, 4:10 tick",
        "4:00 raise",
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
        ({"state": 1.0, "held_seconds": 0.0}, "seconds from 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems
