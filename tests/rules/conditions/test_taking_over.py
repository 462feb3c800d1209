"""What rows take on of what was remembered of them under the configuration before."""

import pytest
from msgspec.structs import replace

from domain.instant import SECOND
from rules.conditions.condition import Condition
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.expressions.tree import Binary, Compare, Lasting, Node, Number, Previous, Value, Window, WindowHow
from tests.reference.condition_world import GivenConditions, a_condition_rule
from tests.reference.limit_world import START, Reading, a_batch, a_site, point_ids

BEYOND = Compare(">", Value(0), Number(5.0))
RISES = Compare(">", Binary("-", Value(0), Previous(0)), Number(5.0))
HIGH = Condition(inputs=("a",), enter=BEYOND)
LASTS = Condition(inputs=("a",), enter=Lasting(BEYOND, 10 * SECOND))
OF_B = replace(LASTS, inputs=("b",))
RISING = Condition(inputs=("a",), enter=RISES)
SITE = a_site(("a", "b"))


def a_window(how: WindowHow, seconds: int, least: float, of: Node = Value(0)) -> Condition:  # noqa: B008 - frozen
    """The case is a window above `least`, or below it where the lowest is looked at."""
    over = Compare("<" if how == "lowest" else ">", Window(how, of, seconds * SECOND), Number(least))
    return Condition(inputs=("a",), enter=over)


class Rule:
    """A rule whose meaning changes with the configuration."""

    def __init__(self, condition: Condition) -> None:
        self.kind = ConditionKind(GivenConditions({}), Listening())
        self.configure(condition, 0)

    def configure(self, condition: Condition, at: int, *others: Condition) -> None:
        rules = {"r": condition} | {f"other-{number}": each for number, each in enumerate(others)}
        self.kind._meaning = GivenConditions(rules)
        specs = [replace(a_condition_rule(*each), subjects=("a",)) for each in rules.items()]
        self.kind.configure([(SITE, spec) for spec in specs], point_ids(SITE), START + at)

    def says(self, *readings: Reading) -> list[str]:
        return [each.trigger.value for each in self.kind.judge(a_batch(SITE, readings)) if each.rule == "r"]

    def fires(self, at: int) -> list[tuple[int, str]]:
        return [((each.at - START) // SECOND, each.trigger.value) for each in self.kind.fire(START + at * SECOND, 9)]


@pytest.mark.parametrize(("before", "follows"), [(HIGH, [(2, "lose_sight")]), (OF_B, [])])
def test_what_another_shape_or_point_kept_is_not_what_the_point_said_last(
    before: Condition, follows: list[tuple[int, str]]
) -> None:
    """Else a value of before would count as said with the configuration, and would last from then on."""
    rule = Rule(before)
    rule.says(Reading(before.inputs[0], 0, 9.0, seq=1))
    rule.configure(LASTS, 2 * SECOND)
    assert rule.fires(30) == follows


@pytest.mark.parametrize("before", [HIGH, replace(RISING, inputs=("b",))])
def test_nothing_is_compared_with_what_another_shape_or_point_kept(before: Condition) -> None:
    rule = Rule(before)
    rule.says(Reading(before.inputs[0], 0, 1.0, seq=1))
    rule.configure(RISING, 2 * SECOND)
    assert rule.says(Reading("a", 3 * SECOND, 9.0, seq=2)) == []
    assert rule.says(Reading("a", 4 * SECOND, 15.0, seq=3)) == ["raise"]


def test_of_the_same_shape_everything_goes_on() -> None:
    rule = Rule(RISING)
    rule.says(Reading("a", 0, 1.0, seq=1))
    rule.configure(replace(RISING, off_delay=SECOND), SECOND)
    assert rule.says(Reading("a", 3 * SECOND, 9.0, seq=2)) == ["raise"]


STEADY = [Reading("a", second * SECOND, 20.0, seq=second + 1) for second in range(0, 300, 10)]


@pytest.mark.parametrize(("how", "limit"), [("lowest", 5.0), ("change", 5.0), ("spread", 5.0)])
def test_a_window_that_changed_fills_anew_and_sees_nothing_that_never_was(how: WindowHow, limit: float) -> None:
    rule = Rule(a_window(how, 60, limit))
    assert rule.says(*STEADY[:10]) == []
    rule.configure(a_window(how, 120, limit), 95 * SECOND)
    assert rule.says(*STEADY[10:]) == []


@pytest.mark.parametrize(
    ("how", "limit", "before"), [("lowest", 50.0, 2.0), ("change", 5.0, 2.0), ("spread", 5.0, 2.0), ("avg", 79.0, 4.0)]
)
def test_a_window_over_another_multiple_fills_anew(how: WindowHow, limit: float, before: float) -> None:
    """What it keeps are results: twice or four times 20, while each reading that comes counts three times."""
    former, new = (Binary("*", Value(0), Number(factor)) for factor in (before, 3.0))
    rule = Rule(a_window(how, 60, 0.0 if how == "lowest" else 1e6, former))
    assert rule.says(*STEADY[:10]) == []
    rule.configure(a_window(how, 60, limit, new), 95 * SECOND)
    assert rule.says(*STEADY[10:]) == []


@pytest.mark.parametrize("condition", [a_window("spread", 60, 50.0), RISING], ids=["window", "previous"])
def test_nothing_is_compared_with_what_a_point_said_in_another_unit(condition: Condition) -> None:
    rule = Rule(condition)
    for unit, value, readings in (("bar", 3.0, STEADY[:10]), ("kPa", 300.0, STEADY[10:])):
        site = a_site(("a", "b"), unit=unit)
        spec = replace(a_condition_rule("r", condition), subjects=("a",))
        rule.kind.configure([(site, spec)], point_ids(site), START + readings[0].at)
        said = [Reading("a", each.at, value, seq=each.seq) for each in readings]
        assert rule.says(*said) == [], unit
    assert rule.says(Reading("a", 300 * SECOND, 400.0, seq=99)) == ["raise"]


def test_a_window_goes_on_where_another_number_of_its_rule_changed() -> None:
    doubled = Binary("*", Value(0), Number(2.0))
    rule = Rule(a_window("highest", 60, 1e6, doubled))
    rule.says(*STEADY[:10])
    rule.configure(a_window("highest", 60, 39.0, doubled), 95 * SECOND)
    assert rule.says(STEADY[10]) == ["raise"]


def test_a_window_that_changed_is_whole_after_its_span() -> None:
    rule = Rule(a_window("highest", 60, 25.0))
    rule.says(*STEADY[:10])
    rule.configure(a_window("highest", 120, 15.0), 95 * SECOND)
    assert rule.says(*STEADY[10:22]) == []
    assert rule.says(STEADY[22]) == ["raise"]


@pytest.mark.parametrize("how", ["lowest", "change", "spread", "highest", "avg"])
def test_a_window_goes_on_where_another_rule_brings_a_longer_or_shorter_one(how: WindowHow) -> None:
    rule, undisturbed = Rule(a_window(how, 60, 8.0)), Rule(a_window(how, 60, 8.0))
    values = [
        3.0,
        9.0,
        9.0,
        4.0,
        9.0,
        20.0,
        20.0,
        20.0,
        20.0,
        20.0,
        20.0,
        20.0,
        20.0,
        4.0,
        4.0,
        4.0,
        4.0,
        4.0,
        4.0,
        4.0,
    ]
    readings = [Reading("a", 10 * number * SECOND, value, seq=number + 1) for number, value in enumerate(values)]
    said = rule.says(*readings[:5])
    rule.configure(a_window(how, 60, 8.0), 45 * SECOND, a_window(how, 600, 1e6))
    said += rule.says(*readings[5:9])
    rule.configure(a_window(how, 60, 8.0), 85 * SECOND)
    said += rule.says(*readings[9:])
    assert said == undisturbed.says(*readings)
    assert said[0] == "raise"
