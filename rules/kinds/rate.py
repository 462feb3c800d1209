"""The rule kind `rate`: a value changes faster than it should, over a window of time."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from domain.instant import from_seconds
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Binary, Compare, Logic, Node, Number, Previous, Value, Window
from rules.kinds.difference_unit import difference_unit
from rules.kinds.spans import check_span
from rules.rule_parameters import refuse
from rules.wording import quantity, span


class RateSettings(ConditionSettings, frozen=True, kw_only=True):
    """It changes by more than `rise` upwards or `fall` downwards (positive numbers, in the point's unit).

    The change is that over the latest `window_seconds`; 0: from one reading to the next.
    """

    rise: float | None = None
    fall: float | None = None
    window_seconds: float = 0.0


def _state(watched: Watched, settings: RateSettings) -> Sequence[Level]:
    point, spec = watched.point, watched.spec
    if settings.rise is None and settings.fall is None:
        raise refuse(spec, "parameters 'rise' and 'fall' are both missing: give at least one")
    window = check_span(spec, "window_seconds", settings.window_seconds, least=0.0)
    change: Node = Window("change", Value(0), window) if window else Binary("-", Value(0), Previous(0))
    sides: list[Node] = []
    for name, limit, how, sign in (("rise", settings.rise, ">", 1.0), ("fall", settings.fall, "<", -1.0)):
        if limit is None:
            continue
        if limit <= 0:
            raise refuse(spec, f"parameter '{name}' is {limit!r}: give more than 0")
        sides.append(Compare(">" if how == ">" else "<", change, Number(sign * limit)))
    unit = difference_unit(point.unit)
    words = _words(settings, unit)
    return [
        Level(
            condition=guarded(
                watched,
                settings,
                Aspects(enter=sides[0] if len(sides) == 1 else Logic("or", sides[0], sides[1]), told=(change,)),
            ),
            case=words.case,
            expected=words.expected,
            clears=words.expected,
            unit=point.unit,
            told=(("change", unit),),
            describe=words.describe,
            describe_over=words.describe_over,
        )
    ]


class _Words(Struct, frozen=True, kw_only=True):
    """What is the case, and what is expected instead: which way, how far and within what time."""

    case: Text
    expected: Text
    describe: Callable[[float, Told], Text]
    describe_over: Callable[[float, Told], Text]


@lru_cache(maxsize=4096)
def _words(settings: RateSettings, unit: str) -> _Words:
    """Made once for all the points of which it is said."""
    ways = ((Text("rising", "上升"), "rises", settings.rise), (Text("falling", "下降"), "falls", settings.fall))
    limits = [(going, goes, quantity(limit, unit)) for going, goes, limit in ways if limit is not None]
    within = _within(settings)
    fast = " or ".join(f"{going.en} by more than {limit}" for going, _, limit in limits)
    slow = " and ".join(f"{goes} by at most {limit}" for _, goes, limit in limits)
    fast_zh = " 或".join(f"{going.zh}超过 {limit}" for going, _, limit in limits)
    slow_zh = " 且".join(f"{going.zh}不超过 {limit}" for going, _, limit in limits)
    case = Text(f"{fast} {within.en}", f"{within.zh}{fast_zh}")
    return _Words(
        case=case,
        expected=Text(f"{slow} {within.en}", f"{within.zh}{slow_zh}"),
        describe=_described(settings, unit, case),
        describe_over=lambda _value, told: _moved(settings, told["change"], unit),
    )


def _within(settings: RateSettings) -> Text:
    if not settings.window_seconds:
        return Text("from one reading to the next", "相邻读数间")
    per = span(from_seconds(settings.window_seconds))
    return Text(f"within {per.en}", f"{per.zh}内")


def _described(settings: RateSettings, unit: str, case: Text) -> Callable[[float, Told], Text]:
    """Which way it went too fast, how far and how far it may go; `case` where that way is free."""

    def described(_value: float, told: Told) -> Text:
        change, moved = told["change"], _moved(settings, told["change"], unit)
        limit = settings.rise if change > 0 else settings.fall
        if limit is None:
            return case
        most = quantity(limit, unit)
        return Text(f"{moved.en}, more than {most}", f"{moved.zh}，超过 {most}")

    return described


def _moved(settings: RateSettings, change: float, unit: str) -> Text:
    """Which way and how far it went."""
    within, far = _within(settings), quantity(abs(change), unit)
    if change == 0:
        return Text(f"unchanged {within.en}", f"{within.zh}无变化")
    if change > 0:
        return Text(f"rose by {far} {within.en}", f"{within.zh}上升 {far}")
    return Text(f"fell by {far} {within.en}", f"{within.zh}下降 {far}")


MEANING: Final = ConditionMeaning(
    kind="rate",
    summary=Text("a value changes too fast", "测值变化过快"),
    settings=RateSettings,
    state=_state,
)
