"""The kind `expression`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"flow": "m3/h", "current": "A", "fan": "1"})
RULE = RuleSpec(
    id="r",
    kind="expression",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("flow",),
    inputs={"current": "current", "fan": "fan"},
    parameters={
        "when": "value < 20 and current > 5 for 1 min",
        "until": "value > 25 or current < 1",
        "only_while": "fan > 0",
    },
)
TEN: Cases = {
    "fault": (
        "0 fan=1, 0 flow=5, 0 current=9, 1 current=9, 2 flow=22, 2:30 flow=26",
        "1:00 raise, 2:30 clear",
    ),
    "normal": (
        "0 fan=1, 0 flow=50, 0 current=9, 1 current=9, 2 flow=50",
        "",
    ),
    "equipment_off": (
        "0 fan=0, 0 flow=5, 0 current=9, 1 current=9, 2 flow=5",
        "",
    ),
    "point_missing": (
        "0 fan=1, 0 flow=5, 1 flow=5, 2 flow=5, 2:30 tick",
        "",
    ),
    "at_threshold": (
        "0 fan=1, 0 flow=20, 0 current=5, 1 current=5, 2 flow=20",
        "",
    ),
    "irregular": (
        "0 fan=1, 0:11 flow=5, 0:20 current=9, 0:50 flow=6, 1:25 flow=5",
        "1:20 raise",
    ),
    "out_of_order": (
        "1 fan=1, 1 flow=5, 0:30 current=9, 1:30 flow=5, 1 fan=1, 2:30 flow=5",
        "2:00 raise",
    ),
    "duplicate_time": (
        "0 fan=1, 0 current=9, 0 flow=5, 0 flow=50, 1 current=9, 1:30 flow=50",
        "",
    ),
    "gap": (
        "0 fan=1, 0 flow=5, 0 current=9, 60 flow=5, 60 current=9, 60 fan=1, 60:30 flow=5",
        "1:00 raise, 3:00 lose_sight, 60:00 raise",
    ),
    "start_up": (
        "0 flow=5, 0 current=9, 1 current=9, 1:30 fan=1, 2 flow=50",
        "1:30 raise, 2:00 clear",
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
        ({"when": "value > other"}, "no point of this rule"),
        ({"when": "value > current"}, "do not go together"),
        ({"when": "value < 3", "until": "value"}, "true or false"),
        ({"when": "value < 3", "only_while": "open(1)"}, "not part of the language"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("0 fan=1, 0 current=0, 0 flow=5, 1 flow=0, 2 flow=5", ""),
        (
            "0 fan=1, 0 current=5, 0 flow=5, 1 current=0, 2 flow=0, 3 flow=5, 4 current=5, 5 current=1",
            "0:00 raise, 1:00 lose_sight, 4:00 raise, 5:00 clear",
        ),
    ],
    ids=["nothing is raised", "what is raised stands, and says that sight was lost once"],
)
def test_dividing_by_a_point_that_is_0_gives_neither_true_nor_false(steps: str, expected: str) -> None:
    """Also 0 by 0. The rule goes on as soon as it can divide again."""
    rule = structs.replace(RULE, parameters={"when": "value / current < 2"})
    assert told(SITE, rule, steps) == expected


def test_an_input_that_is_a_state_is_told_by_its_name_beside_the_number() -> None:
    fan = structs.replace(SITE.points[2], states={"0": Text("stopped", "停"), "1": Text("running", "运行")})
    site = structs.replace(SITE, points=(*SITE.points[:2], fan))
    raised = findings(site, RULE, TEN["fault"][0])[0]
    assert (raised.why.values["fan"], raised.why.values["current (A)"]) == (1.0, 9.0)
    assert raised.why.states == {"fan": Text("running", "运行")}


def test_points_that_names_do_not_tell_apart_are_called_as_the_rule_calls_them() -> None:
    alike = structs.replace(SITE.points[1], name=SITE.points[0].name)
    why = findings(structs.replace(SITE, points=(SITE.points[0], alike, SITE.points[2])), RULE, TEN["fault"][0])[0].why
    assert why.expected.en == "not (value < 20 and current > 5 for 1 min)"
    told = findings(SITE, RULE, TEN["fault"][0])[0].why
    assert told.expected.en == "not (flow < 20 m³/h and current > 5 A for 1 min)"
    assert told.clears == Text("flow > 25 m³/h or current < 1 A", "flow > 25 m³/h 或 current < 1 A")


@pytest.mark.parametrize("value", ["21.1", "-18.7", "0.3", "1.013", "120.6"])
@pytest.mark.parametrize("how", [">", "<", "!="])
def test_a_mean_of_what_never_changed_is_exactly_that_value(how: str, value: str) -> None:
    """Also where binary fractions are none of the field's: 21.1 is not above 21.1."""
    rule = structs.replace(RULE, inputs={}, parameters={"when": f"avg(value, 5 min) {how} {value}"})
    steps = ", ".join(f"{minute} flow={value}" for minute in range(12))
    assert told(SITE, rule, steps) == ""
    moved = float(value) + (-1 if how == "<" else 1)
    assert told(SITE, rule, f"{steps}, 12 flow={moved}, 13 flow={moved}") == "13:00 raise"
