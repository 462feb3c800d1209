"""The kind `short_cycling`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"run": "1", "auto": "1"})
RULE = RuleSpec(
    id="r",
    kind="short_cycling",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("run",),
    inputs={"auto": "auto"},
    parameters={"most_starts": 2, "window_seconds": 600.0, "only_while": "auto > 0"},
)
TEN: Cases = {
    "fault": (
        (
            "0 auto=1, 0:00 run=0, 1:00 run=1, 2:00 run=0, 2 auto=1, 3:00 run=1, 4:00 run=0, 5:00 run=1, 6 "
            "auto=1, 8 run=1, 9 auto=1, 10 run=1, 11:10 run=1, 11:10 auto=1"
        ),
        "5:00 raise, 8:00 lose_sight, 8:00 raise, 11:10 clear",
    ),
    "normal": (
        "0 auto=1, 0:00 run=0, 1:00 run=1, 2:00 run=1, 2 auto=1, 3:00 run=1, 4:00 run=0, 5:00 run=1",
        "",
    ),
    "equipment_off": (
        "0 auto=0, 0:00 run=0, 1:00 run=1, 2:00 run=0, 2 auto=0, 3:00 run=1, 4:00 run=0, 5:00 run=1",
        "",
    ),
    "point_missing": (
        "0:00 run=0, 1:00 run=1, 2:00 run=0, 3:00 run=1, 4:00 run=0, 5:00 run=1",
        "",
    ),
    "at_threshold": (
        "0 auto=1, 0:00 run=0, 1:00 run=0.5, 2:00 run=0, 3:00 run=0.5, 4:00 run=0, 5:00 run=0.5",
        "",
    ),
    "irregular": (
        "0 auto=1, 0 run=0, 0:05 run=1, 0:40 run=0, 3:30 run=1, 3:31 run=0, 4:10 run=1",
        "4:10 raise",
    ),
    "out_of_order": (
        "5 auto=1, 0 run=0, 1 run=1, 2 run=0, 3 run=1, 4 auto=1, 4 run=0, 5 run=1",
        "5:00 raise",
    ),
    "duplicate_time": (
        "0 auto=1, 0 run=0, 1 run=1, 1 run=0, 1 run=1, 1 run=0, 1 run=1, 2 run=1",
        "1:00 raise",
    ),
    "gap": (
        "0 auto=1, 0 run=0, 1 run=1, 2 run=0, 3 run=1, 60 run=1, 60 auto=1, 61 run=0, 62 run=1",
        "",
    ),
    "start_up": (
        "0 auto=1, 0 run=1, 1 run=0, 2 run=1, 3 run=0, 3 auto=1, 4 run=1, 5 run=1",
        "",
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
        ({"most_starts": 0}, "give 1 to 63"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems
