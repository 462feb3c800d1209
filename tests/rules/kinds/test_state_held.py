"""The kind `state_held`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.reference.limit_world import START
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


ALONE = structs.replace(RULE, inputs={}, parameters={"state": 1.0, "held_seconds": 120.0})
"""Without a guard what has lasted is a delay."""


@pytest.mark.parametrize("case", sorted({*CASES} - {"equipment_off", "out_of_order", "gap"}))
def test_without_a_guard_the_cases_are_the_same(case: str) -> None:
    steps, expected = TEN[case]
    assert told(SITE, ALONE, steps) == expected


def test_without_a_guard_it_is_raised_as_its_value_goes_stale_at_the_latest() -> None:
    rule = structs.replace(ALONE, parameters={"state": 1.0, "held_seconds": 180.0})
    assert told(SITE, rule, "0 door=1, 30 door=1, 31 door=0") == "3:00 raise, 3:00 lose_sight, 30:00 raise, 31:00 clear"


def test_while_it_is_about_to_clear_going_back_keeps_it() -> None:
    rule = structs.replace(ALONE, parameters={**ALONE.parameters, "off_delay_seconds": 60.0})
    steps = "0 door=1, 1 door=1, 2 door=1, 3 door=0, 3:30 door=1, 4 door=1, 5 door=0, 6 door=0"
    assert told(SITE, rule, steps) == "2:00 raise, 6:00 clear"


def test_it_says_since_when_and_for_how_long() -> None:
    why = findings(SITE, ALONE, TEN["fault"][0])[0].why
    assert (why.seen.en, why.seen.zh) == ("door 1, for 2 min", "door 1，已持续 2 分钟")
    assert (why.expected.en, why.clears.en) == ("at 1 for less than 2 min", "no longer at 1")
    assert why.since == START


@pytest.mark.parametrize("rule", [RULE, ALONE])
def test_a_state_is_said_by_its_name(rule: RuleSpec) -> None:
    door = structs.replace(SITE.points[0], states={"0": Text("closed", "关闭"), "1": Text("open", "开启")})
    site = structs.replace(SITE, points=(door, SITE.points[1]))
    raised, cleared = findings(site, rule, TEN["fault"][0])
    assert raised.why.seen == Text("door: open, for 2 min", "door：开启，已持续 2 分钟")
    assert raised.why.expected == Text("closed, or open for less than 2 min", "“关闭”，或处于“开启”不足 2 分钟")
    assert raised.why.clears == Text("no longer open", "不再处于“开启”")
    assert cleared.why.seen == Text("door: closed, no longer open", "door：关闭，不再处于“开启”")
    assert (raised.why.values["value"], raised.why.states["value"]) == (1.0, Text("open", "开启"))
    assert (cleared.why.values["value"], cleared.why.states["value"]) == (0.0, Text("closed", "关闭"))


def test_a_state_without_a_name_is_a_number_alone() -> None:
    (raised, _) = findings(SITE, RULE, TEN["fault"][0])
    assert (raised.why.values["value"], raised.why.states) == (1.0, {})


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
