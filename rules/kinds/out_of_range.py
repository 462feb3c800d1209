"""The rule kind `out_of_range`: a value that its sensor cannot mean, outside the range configured with the point."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Logic, Node, Number, Value
from rules.rule_parameters import refuse
from rules.wording import number, quantity

_OUTSIDE: Final = Text("outside what its sensor can measure", "超出传感器量程")
_BACK: Final = Text("back within its range", "已回到量程之内")


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
    within = _within(point.low, point.high, point.unit)
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=enter)),
            case=_OUTSIDE,
            expected=within,
            clears=within,
            over=_BACK,
            unit=point.unit,
        )
    ]


@lru_cache(maxsize=4096)
def _within(low: float | None, high: float | None, unit: str) -> Text:
    """The range in words; at least one end is given."""
    if low is None or high is None:
        end = quantity(low or high or 0.0, unit)
        if low is None:
            return Text(f"within its range, at most {end}", f"在量程之内，不高于 {end}")
        return Text(f"within its range, at least {end}", f"在量程之内，不低于 {end}")
    bottom, top = number(low), quantity(high, unit)
    return Text(f"within its range, {bottom} to {top}", f"在量程 {bottom} 至 {top} 之内")


MEANING: Final = ConditionMeaning(
    kind="out_of_range",
    summary=Text("a value is outside what its sensor can measure", "测值超出传感器量程"),
    settings=OutOfRangeSettings,
    state=_state,
)
