"""The kind `ladder`: the ten cases, and what is refused."""

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
    kind="ladder",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("t",),
    inputs={"fan": "fan"},
    parameters={
        "high": 30.0,
        "high_high": 40.0,
        "low": 10.0,
        "deadband": 2.0,
        "off_delay_seconds": 120.0,
        "step_down_seconds": 60.0,
        "only_while": "fan > 0",
    },
)
TEN: Cases = {
    "fault": (
        "0 fan=1, 0 t=20, 1 t=35, 2 t=45, 2 fan=1, 3 t=35, 4 t=35, 4 fan=1, 5 t=20, 6 t=20, 7 t=20, 7 fan=1",
        "1:00 raise high, 2:00 worsen high_high, 4:00 ease high, 7:00 clear high",
    ),
    "normal": (
        "0 fan=1, 0 t=20, 1 t=29, 2 t=11",
        "",
    ),
    "equipment_off": (
        "0 fan=0, 0 t=50, 1 t=50",
        "",
    ),
    "point_missing": (
        "0 t=50, 1 t=50, 2 tick",
        "",
    ),
    "at_threshold": (
        "0 fan=1, 0 t=30, 1 t=30, 2 t=10",
        "",
    ),
    "irregular": (
        "0 fan=1, 0:11 t=35, 0:12 t=45, 2:40 t=9, 2:50 fan=1",
        "0:11 raise high, 0:12 worsen high_high",
    ),
    "out_of_order": (
        "2 fan=1, 1 t=35, 3 t=35, 2 fan=1",
        "2:00 raise high",
    ),
    "duplicate_time": (
        "0 fan=1, 1 t=35, 1 t=45, 1 t=45",
        "1:00 raise high, 1:00 worsen high_high",
    ),
    "gap": (
        "0 fan=1, 0 t=45, 60 t=35, 60 fan=1, 61 t=35, 62 fan=1, 62 t=20",
        "0:00 raise high_high, 3:00 lose_sight high_high, 60:00 raise high_high, 61:00 ease high",
    ),
    "start_up": (
        "0 t=45, 1 t=45, 1:30 fan=1",
        "1:30 raise high_high",
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
        ({}, "at least one"),
        ({"low": 5.0, "high": 4.0}, "not below"),
        ({"high": 5.0, "deadband": -1.0}, "0 or more"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_each_level_has_its_priority() -> None:
    found = findings(SITE, RULE, TEN["fault"][0])
    assert [(each.level, each.priority) for each in found[:2]] == [
        ("high", Priority.HIGH),
        ("high_high", Priority.CRITICAL),
    ]
