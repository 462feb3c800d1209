"""The kind `discrepancy`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.instant import SECOND
from domain.priority import Priority
from domain.text import Text
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.settings import check_rule
from tests.reference.limit_world import START, Reading, a_batch, point_ids
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"run": "1", "cmd": "1", "local": "1"})
RULE = RuleSpec(
    id="r",
    kind="discrepancy",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("run",),
    inputs={"command": "cmd", "local": "local"},
    parameters={"on_delay_seconds": 60.0, "only_while": "local == 0"},
)
TEN: Cases = {
    "fault": (
        "0 local=0, 0 cmd=1, 0 run=0, 0:30 run=0, 1:10 run=0, 2 run=1",
        "1:00 raise, 2:00 clear",
    ),
    "normal": (
        "0 local=0, 0 cmd=0, 0 run=0, 1 cmd=1, 1:20 run=1, 2 cmd=1, 2 run=1",
        "",
    ),
    "equipment_off": (
        "0 local=1, 0 cmd=1, 0 run=0, 1 run=0, 2 run=0",
        "",
    ),
    "point_missing": (
        "0 local=0, 0 run=1, 1 run=1, 2 run=1, 2:30 tick",
        "",
    ),
    "at_threshold": (
        "0 local=0, 0 cmd=1, 0 run=0.5, 1 run=0.5",
        "1:00 raise",
    ),
    "irregular": (
        "0 local=0, 0 cmd=0, 0:13 run=1, 0:20 run=1, 1:50 run=1",
        "1:13 raise",
    ),
    "out_of_order": (
        "1 local=0, 1 cmd=1, 0:30 run=0, 1:30 cmd=1, 2 run=0",
        "2:00 raise",
    ),
    "duplicate_time": (
        "0 local=0, 0 cmd=1, 0 run=0, 0 run=1, 1 run=1, 2 run=1",
        "",
    ),
    "gap": (
        "0 local=0, 0 cmd=1, 0 run=0, 60 run=0, 60 cmd=1, 60 local=0, 60:30 run=0",
        "1:00 raise, 3:00 lose_sight, 60:00 raise",
    ),
    "start_up": (
        "0 local=0, 0 cmd=0, 0 run=0, 1 cmd=1, 1:50 run=1, 2 cmd=1",
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
        ({"on_above": "x"}, "write a number"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_a_command_and_its_feedback_in_one_message_do_not_differ_for_an_instant() -> None:
    rule = structs.replace(RULE, parameters={"on_delay_seconds": 0.0}, inputs={"command": "cmd"})
    kind = CATALOG.readings[rule.kind](Listening())
    kind.configure([(SITE, rule)], point_ids(SITE), START)
    both = [
        Reading(point, at * SECOND, on, seq=at + 1, index=index)
        for at, on in ((0, 0.0), (9, 1.0), (20, 0.0))
        for index, point in enumerate(("cmd", "run"))
    ]
    assert kind.judge(a_batch(SITE, both)) == []
    assert told(SITE, rule, "0 cmd=0, 0 run=0, 2 cmd=1, 2 run=1") == "2:00 raise, 2:00 clear"
