"""The kind `flatline`: the ten cases, and what is refused."""

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
    kind="flatline",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("t",),
    inputs={"fan": "fan"},
    parameters={"tolerance": 0.1, "window_seconds": 300.0, "only_while": "fan > 0"},
)
TEN: Cases = {
    "fault": (
        (
            "0 fan=1, 0:00 t=20, 1:00 t=20, 2:00 t=20, 2 fan=1, 3:00 t=20, 4:00 t=20, 5:00 t=20, 5 fan=1, 6 t=20, "
            "7 t=20.5"
        ),
        "5:00 raise, 7:00 clear",
    ),
    "normal": (
        (
            "0 fan=1, 0:00 t=20, 1:00 t=20.3, 2:00 t=20, 3:00 t=20.4, 3 fan=1, 4:00 t=20, 5:00 t=20.2, 6:00 t=20, "
            "7:00 t=20.3"
        ),
        "",
    ),
    "equipment_off": (
        "0 fan=0, 0:00 t=20, 1:00 t=20, 2:00 t=20, 2 fan=0, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6:00 t=20",
        "",
    ),
    "point_missing": (
        "0:00 t=20, 1:00 t=20, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20, 6:00 t=20, 7:00 t=20, 9 tick",
        "",
    ),
    "at_threshold": (
        "0 fan=1, 0:00 t=20, 1:00 t=20.1, 2:00 t=20, 3:00 t=20, 4:00 t=20, 5:00 t=20.1",
        "",
    ),
    "irregular": (
        "0 fan=1, 0 t=20, 0:10 t=20, 2:30 t=20, 4:50 t=20, 5:20 t=20.05",
        "5:20 raise",
    ),
    "out_of_order": (
        "0 fan=1, 0 t=20, 1 t=20, 2 t=20, 3 t=20, 4 t=20, 5 t=20, 3 fan=1, 6 t=20",
        "5:00 raise",
    ),
    "duplicate_time": (
        "0 fan=1, 0 t=20, 1 t=20, 1 t=20, 2 t=20, 2:30 t=21, 3 t=20, 4 t=20, 5 t=20, 6 t=20",
        "",
    ),
    "gap": (
        "0 fan=1, 0 t=20, 1 t=20, 2 t=20, 10 t=20, 11 fan=1, 11 t=20, 12 t=20",
        "",
    ),
    "start_up": (
        "0 t=20, 1 t=20, 2 t=20, 3 t=20, 4 t=20, 5 t=20, 5:30 fan=1, 6 t=20",
        "5:30 raise",
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
        ({}, "missing"),
        ({"window_seconds": 60.0, "tolerance": -1.0}, "0 or more"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_a_sensor_that_reports_changes_is_not_stuck_when_it_moves_after_a_while() -> None:
    site = a_plant({"t": "degC"}, interval=600.0)
    rule = structs.replace(RULE, inputs={}, parameters={"window_seconds": 120.0, "tolerance": 1.0})
    assert told(site, rule, "0 t=400, 1 t=500, 2 t=600, 5 t=900, 9 t=905") == ""
    assert told(site, rule, "0 t=400, 1 t=500, 2 t=600, 5 t=900, 9 t=900.5, 12 t=900.5") == "9:00 raise"
