"""The kind `out_of_range`: the ten cases, and what is refused."""

import pytest

from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"level": "m", "fan": "1"}, low=0.0, high=5.0)
RULE = RuleSpec(
    id="r",
    kind="out_of_range",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("level",),
    inputs={"fan": "fan"},
    parameters={"on_delay_seconds": 60.0, "only_while": "fan > 0"},
)
TEN: Cases = {
    "fault": (
        "0 fan=1, 0 level=2, 1 level=7, 2 level=7, 3 level=2, 4 level=2",
        "2:00 raise, 3:00 clear",
    ),
    "normal": (
        "0 fan=1, 0 level=2, 1 level=3, 2 level=4",
        "",
    ),
    "equipment_off": (
        "0 fan=0, 0 level=7, 1 level=7, 2 level=7",
        "",
    ),
    "point_missing": (
        "0 level=7, 1 level=7, 2 level=7, 3 tick",
        "",
    ),
    "at_threshold": (
        "0 fan=1, 0 level=5, 1 level=5, 2 level=0, 3 level=0",
        "",
    ),
    "irregular": (
        "0 fan=1, 0 level=7, 0:10 level=7, 0:50 level=8, 1:30 level=7",
        "1:00 raise",
    ),
    "out_of_order": (
        "0 fan=1, 2 level=7, 1 fan=1, 3 level=7, 2 fan=1",
        "3:00 raise",
    ),
    "duplicate_time": (
        "0 fan=1, 1 level=7, 1 level=2, 2 level=2, 3 level=2",
        "",
    ),
    "gap": (
        "0 fan=1, 0 level=7, 30 level=7, 30 fan=1, 31 level=7",
        "1:00 raise, 3:00 lose_sight, 30:00 raise",
    ),
    "start_up": (
        "0 level=7, 0:30 fan=1, 1 level=7, 1:40 level=7",
        "1:30 raise",
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


def test_a_point_without_a_range_is_refused() -> None:
    (problem,) = check_rule(RULE, a_plant({"level": "m", "fan": "1"}))
    assert "has no range" in problem.message
