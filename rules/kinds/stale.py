"""The rule kind `stale`: a point, or every point of a piece of equipment, has given no usable value for too long.

Judged by the clock, and always known. A reading that cannot be used (bad, uncertain, not a number, null) is heard but
gives no value: the alarm tells which it is, because the one is a line that is down and the other a sensor.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Final

from msgspec import Struct

from domain.configuration import RuleSpec
from domain.instant import Duration, from_seconds
from domain.site import Point
from domain.text import Text
from rules.conditions.stating import (
    LONGEST_DELAY_SECONDS,
    Aspects,
    ConditionMeaning,
    ConditionSettings,
    Level,
    Told,
    Watched,
    guarded,
)
from rules.expressions.tree import Binary, Logic, Node, Silent, Unusable
from rules.kinds.spans import check_span
from rules.rule import Finding
from rules.rule_parameters import refuse
from rules.wording import number, span

_UNUSABLE: Final = "latest reading unusable"
_CLEARS: Final = Text("a usable value comes in", "收到可用测值")
_OVER: Final = Text("a usable value has come in", "已收到可用测值")


class StaleSettings(ConditionSettings, frozen=True, kw_only=True):
    """No usable value for `silent_seconds`, or for so many `intervals` of the point where that is not given.

    With `inputs` none of these must have given one either: then the equipment is stale.
    """

    silent_seconds: float | None = None
    intervals: float = 5.0


def _state(watched: Watched, settings: StaleSettings) -> Sequence[Level]:
    points = list(watched.names.values())
    spans = [_wait(watched.spec, settings, point) for point in points]
    silent: list[Node] = [Silent(slot, lasts) for slot, lasts in enumerate(spans)]
    unusable: list[Node] = [Unusable(slot) for slot in range(len(points))]
    words = _words(min(spans), len(points))
    aspects = Aspects(
        enter=reduce(lambda one, other: Logic("and", one, other), silent),
        told=(reduce(lambda one, other: Binary("max", one, other), unusable),),
    )
    return [
        Level(
            condition=guarded(watched, settings, aspects),
            case=words.case,
            expected=words.expected,
            clears=_CLEARS,
            over=_OVER,
            unit=watched.point.unit,
            told=((_UNUSABLE, ""),),
            describe=words.describe,
        )
    ]


class _Words(Struct, frozen=True, kw_only=True):
    """What is said of points that are silent; `describe` says whether anything is heard of them."""

    case: Text
    expected: Text
    describe: Callable[[float, Told], Text]


@lru_cache(maxsize=4096)
def _words(wait: Duration, points: int) -> _Words:
    """Made once for all the points of which it is said."""
    lasted = span(wait)
    case = Text(f"no usable value for {lasted.en}", f"{lasted.zh}无可用测值")
    if points > 1:
        case = Text(
            f"no usable value of any of {points} points for {lasted.en}", f"全部 {points} 个测点 {lasted.zh}无可用测值"
        )
    expected = Text(f"a usable value at least every {lasted.en}", f"至少每 {lasted.zh}一个可用测值")
    return _Words(case=case, expected=expected, describe=_described(case))


def hears_nothing(found: Finding) -> bool:
    """Whether a rule of this kind found that nothing is heard, not even readings that cannot be used."""
    return found.why.values.get(_UNUSABLE) == 0


def _wait(spec: RuleSpec, settings: StaleSettings, point: Point) -> Duration:
    """For how long a point may give no usable value."""
    if settings.silent_seconds is not None:
        return check_span(spec, "silent_seconds", settings.silent_seconds)
    seconds = settings.intervals * point.interval_seconds
    if not settings.intervals >= 1 or seconds > LONGEST_DELAY_SECONDS:
        most = number(math.floor(LONGEST_DELAY_SECONDS / point.interval_seconds))
        raise refuse(
            spec,
            f"parameter 'intervals' is {settings.intervals!r}: give 1 to {most} intervals of point '{point.id}'",
        )
    return from_seconds(max(1.0, seconds))


def _described(case: Text) -> Callable[[float, Told], Text]:
    nothing = Text(f"{case.en}: nothing is heard", f"{case.zh}：未收到任何读数")
    unusable = Text(f"{case.en}: readings come in that cannot be used", f"{case.zh}：收到的读数不可用")

    def described(_value: float, told: Told) -> Text:
        return unusable if told[_UNUSABLE] else nothing

    return described


MEANING: Final = ConditionMeaning(
    kind="stale",
    summary=Text("a point or a piece of equipment gives no usable value", "测点或设备无可用数据"),
    settings=StaleSettings,
    state=_state,
)
