"""What each kind says it saw, as an operator reads it at night: when it is raised and when it is over."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.site import Point, Site
from domain.text import Text
from rules.catalog import CATALOG
from rules.conditions.stating import Watched, site_things
from tests.rules.kinds.ten_cases import a_plant, findings

PLANT = a_plant({"t": "degC", "fan": "1", "cmd": "1", "kw": "kW"})
NAMES = {
    "t": Text("Supply air", "送风温度"),
    "fan": Text("Fan", "风机"),
    "cmd": Text("Fan command", "风机指令"),
    "kw": Text("Power", "功率"),
}


def _named(point: Point) -> Point:
    ends = (0.0, 1.0) if point.unit == "1" else (None, 60.0)
    return structs.replace(point, name=NAMES[point.id], low=ends[0], high=ends[1])


SITE = structs.replace(PLANT, points=tuple(_named(each) for each in PLANT.points))
UNCERTAIN_SITE: Site = structs.replace(SITE, points=(structs.replace(SITE.points[0], low=-20.0, high=None),))
"""Whose range ends on one side only."""


def a_rule(kind: str, subject: str, inputs: str = "", /, **parameters: Parameter) -> RuleSpec:
    named = {each: each for each in inputs.split()}
    return RuleSpec(
        id="r",
        kind=kind,
        site="tower",
        name=Text("Something is wrong", "异常"),
        priority=Priority.HIGH,
        subjects=(subject,),
        inputs=named,
        parameters=parameters,
    )


CASES: dict[str, tuple[RuleSpec, str, list[tuple[str, str]]]] = {
    "limit": (
        a_rule("limit", "fan", low=0.5),
        "0 fan=0, 1 fan=1",
        [("Fan: off, expected on", "风机：关，应为开"), ("Fan: on, as expected", "风机：开，符合预期")],
    ),
    "ladder of a state": (
        a_rule("ladder", "fan", low=0.5),
        "0 fan=0, 1 fan=1",
        [("Fan: off, expected on", "风机：关，应为开"), ("Fan: on, as expected", "风机：开，符合预期")],
    ),
    "ladder": (
        a_rule("ladder", "t", low=10.0, low_low=5.0, deadband=1.0),
        "0 t=4, 1 t=8, 2 t=4, 3 t=10.5, 4 t=11",
        [
            ("Supply air 4 °C, below the low-low limit of 5 °C", "送风温度 4 °C，低于低低限 5 °C"),
            (
                "Supply air 8 °C, no longer below the low-low limit of 5 °C, still below the low limit of 10 °C",
                "送风温度 8 °C，不再低于低低限 5 °C，仍低于低限 10 °C",
            ),
            ("Supply air 4 °C, below the low-low limit of 5 °C", "送风温度 4 °C，低于低低限 5 °C"),
            (
                "Supply air 10.5 °C, no longer below the low-low limit of 5 °C, still not back to 11 °C or more",
                "送风温度 10.5 °C，不再低于低低限 5 °C，仍未回升到 11 °C 及以上",
            ),
            ("Supply air 11 °C, back to 11 °C or more", "送风温度 11 °C，已回升到 11 °C 及以上"),
        ],
    ),
    "ladder that is over from its outer level": (
        a_rule("ladder", "t", high=30.0, high_high=40.0, deadband=2.0),
        "0 t=45, 1 t=20",
        [
            ("Supply air 45 °C, above the high-high limit of 40 °C", "送风温度 45 °C，高于高高限 40 °C"),
            ("Supply air 20 °C, back to 28 °C or less", "送风温度 20 °C，已回落到 28 °C 及以下"),
        ],
    ),
    "ladder whose outer level ends last": (
        a_rule("ladder", "t", low=10.0, low_low=5.0, deadband=1.0, step_down_seconds=120.0),
        "0 t=4, 1 t=11, 2 t=10.5, 4 t=10.5",
        [
            ("Supply air 4 °C, below the low-low limit of 5 °C", "送风温度 4 °C，低于低低限 5 °C"),
            ("Supply air 10.5 °C, back to 6 °C or more", "送风温度 10.5 °C，已回升到 6 °C 及以上"),
        ],
    ),
    "rate": (
        a_rule("rate", "t", rise=5.0),
        "0 t=20, 1 t=26, 2 t=20",
        [
            (
                "Supply air 26 °C, rose by 6 K from one reading to the next, more than 5 K",
                "送风温度 26 °C，相邻读数间上升 6 K，超过 5 K",
            ),
            (
                "Supply air 20 °C, fell by 6 K from one reading to the next",
                "送风温度 20 °C，相邻读数间下降 6 K",
            ),
        ],
    ),
    "flatline": (
        a_rule("flatline", "t", window_seconds=120.0),
        "0 t=20, 1 t=20, 2 t=20, 3 t=25",
        [
            ("Supply air 20 °C, not moving for 2 min", "送风温度 20 °C，2 分钟内无变化"),
            ("Supply air 25 °C, moved by 5 K within 2 min", "送风温度 25 °C，2 分钟内变动 5 K"),
        ],
    ),
    "flatline with a tolerance": (
        a_rule("flatline", "t", window_seconds=120.0, tolerance=0.5),
        "0 t=20, 1 t=20, 2 t=20.1",
        [
            (
                "Supply air 20.1 °C, moving by no more than 0.5 K within 2 min",
                "送风温度 20.1 °C，2 分钟内变动不超过 0.5 K",
            )
        ],
    ),
    "out_of_range": (
        a_rule("out_of_range", "t"),
        "0 t=61, 1 t=60",
        [
            ("Supply air 61 °C, outside what its sensor can measure", "送风温度 61 °C，超出传感器量程"),
            ("Supply air 60 °C, back within its range", "送风温度 60 °C，已回到量程之内"),
        ],
    ),
    "stale": (
        a_rule("stale", "t", silent_seconds=60.0),
        "0 t=20, 2 tick, 3 t=21",
        [
            (
                "Supply air 20 °C, no usable value for 1 min: nothing is heard",
                "送风温度 20 °C，1 分钟无可用测值：未收到任何读数",
            ),
            ("Supply air 21 °C, a usable value has come in", "送风温度 21 °C，已收到可用测值"),
        ],
    ),
    "deviation": (
        a_rule("deviation", "cmd", "fan", most=0.5),
        "0 cmd=1, 0 fan=0, 1 fan=1",
        [
            ("Fan command: on, fan: off, 1 apart", "风机指令：开，风机：关，相差 1"),
            ("Fan command: on, fan: on, 0 apart", "风机指令：开，风机：开，相差 0"),
        ],
    ),
    "discrepancy": (
        a_rule("discrepancy", "fan", "cmd"),
        "0 cmd=1, 0 fan=0, 1 fan=bad, 2 fan=1",
        [
            ("Fan: off, does not follow fan command (on)", "风机：关，与风机指令（开）不一致"),
            (
                "can no longer be judged, because a value that it needs is missing; last: fan: off",
                "缺少所需测值，无法继续判断；最近值：风机：关",
            ),
            ("Fan: on, follows fan command (on)", "风机：开，与风机指令（开）一致"),
        ],
    ),
    "state_held": (
        a_rule("state_held", "fan", state=1.0, held_seconds=120.0),
        "0 fan=1, 2 fan=1, 3 fan=bad, 4 fan=0",
        [
            ("Fan: on, for 2 min", "风机：开，已持续 2 分钟"),
            ("Fan not known: its latest reading is unusable; last on", "风机未知：最新读数不可用；最近为 开"),
            ("Fan: off, no longer on", "风机：关，不再处于“开”"),
        ],
    ),
    "count": (
        a_rule("count", "kw", of="value > 5", times=2, window_seconds=300.0),
        "0 kw=0, 1 kw=6, 2 kw=0, 3 kw=6, 7 kw=6",
        [
            ("Power 6 kW, 2 times within 5 min: power > 5 kW", "功率 6 kW，5 分钟内 2 次：功率 > 5 kW"),
            ("Power 6 kW, once within 5 min: power > 5 kW", "功率 6 kW，5 分钟内 1 次：功率 > 5 kW"),
        ],
    ),
    "short_cycling": (
        a_rule("short_cycling", "fan", most_starts=1, window_seconds=300.0),
        "0 fan=0, 1 fan=1, 2 fan=0, 3 fan=1, 7 fan=1",
        [
            ("Fan: on, 2 starts within 5 min, more than 1", "风机：开，5 分钟内启动 2 次，超过 1 次"),
            ("Fan: on, 1 start within 5 min", "风机：开，5 分钟内启动 1 次"),
        ],
    ),
    "outside_hours": (
        a_rule("outside_hours", "kw", running_hours="mon-fri 08:00-18:00; sat 09:00-12:00"),
        "1200 kw=3, 1201 kw=0",
        [
            (
                "Power 3 kW, outside its running hours (mon-fri 08:00-18:00; sat 09:00-12:00)",
                "功率 3 kW，不在运行时段内（周一至周五 08:00-18:00；周六 09:00-12:00）",
            ),
            ("Power 0 kW, stopped", "功率 0 kW，已停机"),
        ],
    ),
    "time_to_limit": (
        a_rule("time_to_limit", "kw", limit=0.0, within_seconds=3600.0, window_seconds=180.0),
        "0 kw=20, 1 kw=19, 2 kw=18, 3 kw=17, 4 kw=30",
        [
            (
                "Power 17 kW, at this pace at 0 kW in 17 min to 17 min",
                "功率 17 kW，按目前趋势 17 分钟至 17 分钟后到达 0 kW",
            ),
            ("Power 30 kW, at this pace not at 0 kW within 1 h", "功率 30 kW，按目前趋势 1 小时内不会到达 0 kW"),
        ],
    ),
    "expression": (
        a_rule("expression", "t", "fan", when="value > 30 and fan > 0"),
        "0 fan=1, 0 t=31, 1 t=20",
        [
            (
                "Supply air 31 °C, fan: on, supply air > 30 °C and fan is on",
                "送风温度 31 °C，风机：开，满足 送风温度 > 30 °C 且 风机为“开”",
            ),
            (
                "Supply air 20 °C, fan: on, no longer supply air > 30 °C and fan is on",
                "送风温度 20 °C，风机：开，不再满足 送风温度 > 30 °C 且 风机为“开”",
            ),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_seen_in_both_languages(case: str) -> None:
    rule, steps, expected = CASES[case]
    assert [(each.why.seen.en, each.why.seen.zh) for each in findings(SITE, rule, steps)] == expected


def test_every_kind_over_readings_has_its_sentences() -> None:
    assert {rule.kind for rule, _, _ in CASES.values()} == {*CATALOG.readings}


def test_a_range_that_ends_on_one_side_is_said_so() -> None:
    for site, en in ((SITE, "at most 60 °C"), (UNCERTAIN_SITE, "at least -20 °C")):
        steps = "0 t=61" if site is SITE else "0 t=-30"
        assert findings(site, a_rule("out_of_range", "t"), steps)[0].why.expected.en == f"within its range, {en}"


def test_hours_that_begin_end_what_runs_outside_of_them() -> None:
    rule = a_rule("outside_hours", "fan", running_hours="daily 12:00-18:00")
    raised, over, *_ = findings(SITE, rule, "0 fan=1, 60 fan=1, 1400 tick")
    assert raised.why.seen.zh == "风机：开，不在运行时段内（每天 12:00-18:00）"
    assert over.why.seen == Text("Fan: on, within its running hours", "风机：开，已进入运行时段")


def test_a_message_names_the_state_of_an_input() -> None:
    rule = structs.replace(
        a_rule("expression", "t", "fan", when="value > 30"),
        message=Text("{value} with fan {fan}", "风机{fan}，{value}"),
    )
    assert findings(SITE, rule, "0 fan=1, 0 t=31")[0].name == Text("31 °C with fan on", "风机开，31 °C")


ALIKE = [
    *(CASES[case][0] for case in ("ladder", "rate", "stale", "flatline", "out_of_range")),
    a_rule("expression", "t", when="value > 30"),
]


@pytest.mark.parametrize("rule", ALIKE, ids=lambda rule: str(rule.kind))
def test_what_is_said_alike_of_many_points_is_made_once(rule: RuleSpec) -> None:
    """A hundred thousand points under one rule are taken on in seconds."""
    make, point, things = CATALOG.entries[rule.kind].levels, SITE.points[0], site_things(SITE)
    assert make is not None
    first, second = (
        make(Watched(spec=rule, point=structs.replace(point, id=name), inputs={}, site=things)) for name in ("a", "b")
    )
    for one, other in zip(first, second, strict=True):
        assert one.case is other.case
        assert (one.expected is other.expected, one.clears is other.clears, one.over is other.over) == (True,) * 3
        assert (one.describe, one.describe_over) == (other.describe, other.describe_over)
