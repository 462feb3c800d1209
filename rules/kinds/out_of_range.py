"""The rule kind `out_of_range`: a value that its sensor cannot mean, outside the range configured with the point."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Logic, Node, Number, Value
from rules.rule_parameters import refuse
from rules.wording import number, quantity


class OutOfRangeSettings(ConditionSettings, frozen=True, kw_only=True):
    """Nothing of its own: the range is the point's `low` and `high`."""


def _state(watched: Watched, settings: OutOfRangeSettings) -> Sequence[Level]:
    point = watched.point
    sides: list[Node] = []
    if point.low is not None:
        sides.append(Compare("<", Value(0), Number(point.low)))
    if point.high is not None:
        sides.append(Compare(">", Value(0), Number(point.high)))
    if not sides:
        raise refuse(watched.spec, f"'subjects' names point '{point.id}', which has no range: give it low and high")
    enter = sides[0] if len(sides) == 1 else Logic("or", sides[0], sides[1])
    low = "" if point.low is None else number(point.low)
    high = "" if point.high is None else quantity(point.high, point.unit)
    within = Text(f"within its range, {low} to {high}", f"在量程 {low} 至 {high} 之内")
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=enter)),
            case=Text("outside what its sensor can measure", "超出传感器量程"),
            expected=within,
            clears=within,
            unit=point.unit,
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="out_of_range",
    summary=Text("a value is outside what its sensor can measure", "测值超出传感器量程"),
    settings=OutOfRangeSettings,
    state=_state,
)
