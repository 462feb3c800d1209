"""The kind `stale`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.instant import MINUTE
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.reference.limit_world import START
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


def test_what_has_gone_stale_long_ago_is_not_shown_as_its_value() -> None:
    rule = structs.replace(RULE, parameters={"silent_seconds": 600.0, "on_delay_seconds": 300.0})
    (raised,) = findings(SITE, rule, "0 t=20, 12 tick, 16 tick")
    assert raised.at == START + 15 * MINUTE
    assert raised.why.values["value (degC)"] == "unknown"


UNUSABLE: Cases = {
    "fault": ("0 t=20, 5 t=bad, 9 t=bad, 12 t=bad, 13 t=20", "10:00 raise, 13:00 clear"),
    "normal": ("0 t=20, 1 t=bad, 8 t=bad, 9 t=20, 15 t=bad, 18 t=20, 20 tick", ""),
    "equipment_off": ("0 t=bad, 0 fan=0, 8 fan=0, 16 fan=0, 17 tick", "10:00 raise"),
    "point_missing": ("1 t=bad, 11 tick", "10:00 raise"),
    "at_threshold": ("0 t=20, 5 t=bad, 10 tick", "10:00 raise"),
    "irregular": ("0 t=20, 0:10 t=bad, 9 t=21, 9:10 t=bad, 18:50 t=bad, 20 tick", "19:00 raise"),
    "out_of_order": ("8 t=20, 5 t=bad, 16 tick, 19 tick", "18:00 raise"),
    "duplicate_time": ("0 t=20, 0 t=bad, 11 tick, 11 t=bad, 11 t=20", "10:00 raise, 11:00 clear"),
    "gap": ("0 t=20, 2880 t=bad, 2881 t=20", "10:00 raise, 2881:00 clear"),
    "start_up": ("9 tick, 9:30 t=bad, 15 tick", "10:00 raise"),
}
"""The same ten where the point speaks but gives no value."""


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_used_is_no_value(case: str) -> None:
    steps, expected = UNUSABLE[case]
    assert told(SITE, RULE, steps) == expected


@pytest.mark.parametrize(
    ("steps", "en", "zh", "unusable"),
    [
        ("0 t=20, 12 tick", "nothing is heard", "未收到任何读数", 0.0),
        ("12 tick", "nothing is heard", "未收到任何读数", 0.0),
        ("0 t=20, 5 t=bad, 12 tick", "readings come in that cannot be used", "收到的读数不可用", 1.0),
        ("1 t=bad, 12 tick", "readings come in that cannot be used", "收到的读数不可用", 1.0),
    ],
)
def test_the_alarm_tells_a_dead_line_from_a_dead_sensor(steps: str, en: str, zh: str, unusable: float) -> None:
    (raised,) = findings(SITE, RULE, steps)
    assert raised.why.seen.en == f"t unknown, no usable value for 10 min: {en}"
    assert raised.why.seen.zh == f"t未知，10 分钟无可用测值：{zh}"
    assert raised.why.values["latest reading unusable"] == unusable


def test_a_value_that_comes_back_says_nothing_of_what_was_heard() -> None:
    cleared = findings(SITE, RULE, "0 t=20, 5 t=bad, 12 t=21")[-1]
    assert cleared.why.seen.en == "t 21 °C, a usable value has come in"


def test_without_seconds_it_is_so_many_intervals_of_the_point() -> None:
    rule = structs.replace(RULE, parameters={"intervals": 3.0})
    assert told(SITE, rule, "0 t=20, 5 tick") == "3:00 raise"
    assert told(SITE, structs.replace(RULE, parameters={}), "0 t=20, 4 t=bad, 9 tick") == "5:00 raise"


@pytest.mark.parametrize("intervals", [0.5, 600_000.0])
def test_intervals_that_cannot_be_meant_are_refused(intervals: float) -> None:
    problems = check_rule(structs.replace(RULE, parameters={"intervals": intervals}), SITE)
    assert [each.path for each in problems] == [("parameters", "intervals")]
    assert "1 to 527040 intervals of point 't'" in problems[0].remedy


def test_equipment_is_silent_when_all_its_points_are() -> None:
    rule = structs.replace(RULE, inputs={"fan": "fan"})
    assert told(SITE, rule, "0 t=20, 5 fan=1, 12 tick") == ""
    assert told(SITE, rule, "0 t=20, 5 fan=1, 16 tick") == "15:00 raise"
    assert told(SITE, rule, "0 t=20, 5 fan=1, 6 fan=bad, 16 tick") == "15:00 raise"
    why = findings(SITE, rule, "0 t=20, 5 fan=1, 6 fan=bad, 16 tick")[0].why
    assert why.seen.en.endswith("of any of 2 points for 10 min: readings come in that cannot be used")


def test_of_several_states_of_one_machine_each_alarm_says_which() -> None:
    site = a_plant({"running": "1", "tripped": "1"}, low=0.0, high=1.0)
    rule = structs.replace(RULE, subjects=("running", "tripped"))
    found = findings(site, rule, "0 running=1, 0 tripped=0, 11 tick")
    assert [(each.subject.id, each.name.en) for each in found] == [
        ("running", "Machine: something is wrong, running"),
        ("tripped", "Machine: something is wrong, tripped"),
    ]
    alone = structs.replace(RULE, subjects=("running",))
    [one] = findings(site, alone, "0 running=1, 11 tick")
    assert one.name.en == "Machine: something is wrong"
