"""The kind `ladder`: the ten cases, and what is refused."""

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
        ({"low": 5.0, "high": 9.0, "deadband": 2.5}, "no value could clear (back from below is 7.5, from above 6.5)"),
        ({"low_low": 5.0, "low": 8.0, "high_high": 9.0, "deadband": 1.0}, "no value could clear"),
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


def test_it_says_what_the_value_has_left_and_what_it_is_still_beyond() -> None:
    seen = [
        each.why.seen.en for each in findings(SITE, RULE, "0 fan=1, 0 t=45, 1 t=35, 2 t=35, 3 t=bad, 4 t=29, 4 fan=1")
    ]
    assert seen == [
        "t 45 °C, above the high-high limit of 40 °C",
        "t 35 °C, no longer above the high-high limit of 40 °C, still above the high limit of 30 °C",
        "can no longer be judged, because a value that it needs is missing; last: t 35 °C",
        "t 29 °C, was above the high limit of 30 °C, not over until at most 28 °C",
    ]


@pytest.mark.parametrize("delay", [0.0, 60.0])
def test_a_guard_that_ends_the_alarm_is_named(delay: float) -> None:
    rule = structs.replace(RULE, parameters={"high": 30.0, "off_delay_seconds": delay, "only_while": "fan > 0"})
    *_, over = findings(SITE, rule, "0 fan=1, 0 t=35, 1 fan=0, 2 tick")
    assert over.why.seen.en == "t 35 °C, no longer judged: only while fan > 0"


@pytest.mark.parametrize("brought_by", ["6 t=35", "2:30 tick, 6 t=35", "5 tick"])
def test_hours_that_end_the_alarm_are_named_whatever_brings_it_to_light(brought_by: str) -> None:
    hours = {"high": 30.0, "off_delay_seconds": 60.0, "hours": "daily 08:00-08:02"}
    rule = structs.replace(RULE, inputs={}, parameters=hours)
    *_, over = findings(SITE, rule, f"0 t=20, 1 t=35, {brought_by}")
    assert over.why.seen.en == "t 35 °C, no longer judged: only daily 08:00-08:02"


@pytest.mark.parametrize("later", [9, 10])
def test_levels_are_joined_in_order_also_where_one_reading_tells_two_moments(later: int) -> None:
    """At 9 the guard goes with the first of two values. That high was not known before must not bring it forward."""
    unknown = [Reading("t", at * SECOND, 45.0, seq=at + 1) for at in range(3)]
    record = [("t", 9, 5.0), ("t", later, 35.0), ("fan", 9, 1.0)]
    known = [Reading(point, at * SECOND, value, seq=9, index=index) for index, (point, at, value) in enumerate(record)]
    kind = CATALOG.readings[RULE.kind](Listening())
    kind.configure([(SITE, RULE)], point_ids(SITE), START)
    found = kind.judge(a_batch(SITE, [*unknown, *known]))
    assert [(each.trigger.value, each.level, each.index) for each in found] == [
        ("raise", "low", 2),
        ("worsen", "high", 2),
    ]


def test_an_alarm_at_its_outer_level_says_what_clears_it_as_a_whole() -> None:
    steps = "0 fan=1, 0 t=45, 1 t=45, 1 fan=1, 2 t=35, 2 fan=1, 3 t=35, 3 fan=1, 4 t=35"
    whys = [(each.level, each.why.clears.en) for each in findings(SITE, RULE, steps)]
    assert whys == [("high_high", "at most 28 °C, for 2 min"), ("high", "at most 28 °C, for 2 min")]
