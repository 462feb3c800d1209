"""The kind `deviation`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"t": "degC", "sp": "degC", "fan": "1"})
RULE = RuleSpec(
    id="r",
    kind="deviation",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("t",),
    inputs={"setpoint": "sp", "fan": "fan"},
    parameters={"most": 2.0, "deadband": 0.5, "on_delay_seconds": 120.0, "only_while": "fan > 0"},
)
TEN: Cases = {
    "fault": (
        "0 fan=1, 0 sp=20, 0 t=23, 1 t=23, 2 t=23, 2 sp=20, 2 fan=1, 3 t=21.7, 4 t=21",
        "2:00 raise, 4:00 clear",
    ),
    "normal": (
        "0 fan=1, 0 sp=20, 0 t=21, 1 t=21, 2 t=19",
        "",
    ),
    "equipment_off": (
        "0 fan=0, 0 sp=20, 0 t=25, 1 t=25, 2:30 t=25",
        "",
    ),
    "point_missing": (
        "0 fan=1, 0 t=25, 1 t=25, 2 t=25, 2:30 tick",
        "",
    ),
    "at_threshold": (
        "0 fan=1, 0 sp=20, 0 t=22, 1 t=22, 2 t=22, 2:30 t=22",
        "",
    ),
    "irregular": (
        "0 fan=1, 0 sp=20, 0:05 t=23, 1:50 t=23.5, 2:20 t=23",
        "2:05 raise",
    ),
    "out_of_order": (
        "2 fan=1, 1 sp=20, 2 t=23, 1 fan=1, 3 sp=20, 4 t=23",
        "4:00 raise",
    ),
    "duplicate_time": (
        "0 fan=1, 0 sp=20, 0 t=25, 0 t=20, 1 t=20, 2:30 t=20",
        "",
    ),
    "gap": (
        "0 fan=1, 0 sp=20, 0 t=25, 60 t=25, 60 sp=20, 60 fan=1, 61 t=25",
        "2:00 raise, 3:00 lose_sight, 60:00 raise",
    ),
    "start_up": (
        "0 sp=20, 0 t=25, 1 t=25, 1:30 fan=1, 2 sp=20, 3 t=25, 3:40 t=25",
        "3:30 raise",
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


def test_the_alarm_says_what_the_other_point_measures_and_how_far_apart_they_are() -> None:
    steps = "0 fan=1, 0 sp=16, 0 t=21.3, 2 t=21.3, 3 t=bad, 4 t=17"
    said = [each.why.seen for each in findings(SITE, RULE, steps)]
    assert said == [
        Text("t 21.3 °C, sp 16 °C, 5.3 K apart, for 2 min", "t 21.3 °C，sp 16 °C，相差 5.3 K，已持续 2 分钟"),
        Text(
            "can no longer be judged, because a value that it needs is missing; last: t 21.3 °C",
            "缺少所需测值，无法继续判断；最近值：t 21.3 °C",
        ),
        Text("t 17 °C, sp 16 °C, 1 K apart", "t 17 °C，sp 16 °C，相差 1 K"),
    ]


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"most": -1.0}, "up to 'most'"),
        ({"most": 1.0, "deadband": 2.0}, "up to 'most'"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_points_of_different_units_are_refused() -> None:
    (problem,) = check_rule(RULE, a_plant({"t": "degC", "sp": "kPa", "fan": "1"}))
    assert "make them alike" in f"{problem.message} {problem.remedy}".lower()
