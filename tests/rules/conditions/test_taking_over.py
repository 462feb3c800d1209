"""What rows take on of what was remembered of them under the configuration before."""

import pytest
from msgspec.structs import replace

from domain.instant import SECOND
from rules.conditions.condition import Condition
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.expressions.tree import Binary, Compare, Lasting, Number, Previous, Value
from tests.reference.condition_world import GivenConditions, a_condition_rule
from tests.reference.limit_world import START, Reading, a_batch, a_site, point_ids

BEYOND = Compare(">", Value(0), Number(5.0))
RISES = Compare(">", Binary("-", Value(0), Previous(0)), Number(5.0))
HIGH = Condition(inputs=("a",), enter=BEYOND)
LASTS = Condition(inputs=("a",), enter=Lasting(BEYOND, 10 * SECOND))
OF_B = replace(LASTS, inputs=("b",))
RISING = Condition(inputs=("a",), enter=RISES)
SITE = a_site(("a", "b"))


class Rule:
    """A rule whose meaning changes with the configuration."""

    def __init__(self, condition: Condition) -> None:
        self.kind = ConditionKind(GivenConditions({}), Listening())
        self.configure(condition, 0)

    def configure(self, condition: Condition, at: int) -> None:
        self.kind._meaning = GivenConditions({"r": condition})
        spec = replace(a_condition_rule("r", condition), subjects=("a",))
        self.kind.configure([(SITE, spec)], point_ids(SITE), START + at)

    def says(self, *readings: Reading) -> list[str]:
        return [each.trigger.value for each in self.kind.judge(a_batch(SITE, readings))]

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
