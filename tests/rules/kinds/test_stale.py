"""The kind `stale`: the ten cases, and what is refused."""

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
    kind="stale",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("t",),
    inputs={},
    parameters={"silent_seconds": 600.0},
)
TEN: Cases = {
    "fault": (
        "0 t=20, 1 fan=1, 12 tick, 13 t=20",
        "10:00 raise, 13:00 clear",
    ),
    "normal": (
        "0 t=20, 5 fan=1, 9 t=20, 14 fan=1, 15 tick",
        "",
    ),
    "equipment_off": (
        "0 t=20, 0 fan=0, 8 fan=0, 16 fan=0, 17 tick",
        "10:00 raise",
    ),
    "point_missing": (
        "11 tick",
        "10:00 raise",
    ),
    "at_threshold": (
        "0 t=20, 0 fan=1, 10 tick",
        "10:00 raise",
    ),
    "irregular": (
        "0 t=20, 0:10 fan=1, 9 t=21, 9:10 t=21, 18:50 fan=1, 20 tick",
        "19:10 raise",
    ),
    "out_of_order": (
        "8 t=20, 5 fan=1, 16 tick",
        "",
    ),
    "duplicate_time": (
        "0 t=20, 0 t=21, 0 fan=1, 11 tick, 11 t=20, 11 t=20",
        "10:00 raise, 11:00 clear",
    ),
    "gap": (
        "0 t=20, 0 fan=1, 2880 t=20",
        "10:00 raise, 2880:00 clear",
    ),
    "start_up": (
        "9 tick, 9:30 fan=1, 15 tick",
        "10:00 raise",
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
        ({"silent_seconds": 0.0}, "seconds from 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_equipment_is_silent_when_all_its_points_are() -> None:
    rule = structs.replace(RULE, inputs={"fan": "fan"})
    assert told(SITE, rule, "0 t=20, 5 fan=1, 12 tick") == ""
    assert told(SITE, rule, "0 t=20, 5 fan=1, 16 tick") == "15:00 raise"
