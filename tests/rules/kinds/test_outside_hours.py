"""The kind `outside_hours`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"run": "1", "event": "1"})
RULE = RuleSpec(
    id="r",
    kind="outside_hours",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("run",),
    inputs={"event": "event"},
    parameters={"running_hours": "daily 07:00-08:10", "on_delay_seconds": 60.0, "only_while": "event == 0"},
)
TEN: Cases = {
    "fault": (
        "8 event=0, 9 run=1, 10:30 event=0, 10:40 run=1, 12 tick, 12:30 run=0",
        "11:00 raise, 12:30 clear",
    ),
    "normal": (
        "8 event=0, 9 run=1, 9:50 run=0, 11 run=0, 12 run=0",
        "",
    ),
    "equipment_off": (
        "8 event=1, 9 run=1, 10 event=1, 11 run=1, 12 tick",
        "",
    ),
    "point_missing": (
        "9 run=1, 11 run=1, 13 run=1, 14 tick",
        "",
    ),
    "at_threshold": (
        "8 event=0, 9 run=0.5, 10:30 event=0, 11 run=0.5, 12 tick",
        "",
    ),
    "irregular": (
        "8 event=0, 8:13 run=1, 8:20 run=1, 10:40 event=0, 11:05 tick",
        "11:00 raise",
    ),
    "out_of_order": (
        "11 event=0, 10 run=1, 12 run=1, 11 event=0, 13 tick",
        "12:00 raise",
    ),
    "duplicate_time": (
        "10 event=0, 10 run=1, 10 run=0, 11 run=0, 12 tick",
        "",
    ),
    "gap": (
        "8 event=0, 9 run=1, 70 run=1, 70 event=0, 70:30 run=1, 72 tick",
        "11:00 raise, 12:00 lose_sight, 70:00 raise",
    ),
    "start_up": (
        "10:30 event=0, 11 run=1, 11:50 run=0, 12 tick",
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
        (
            {"running_hours": "always"},
            "parameter 'running_hours': hours 'always' cannot be read write them like mon-fri",
        ),
        (
            {"running_hours": "mon-fri 08:00-18:00", "hours": "Mo-Fr 7-19"},
            "parameter 'hours': hours 'mo-fr 7-19' cannot",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems
