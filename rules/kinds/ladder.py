"""The rule kind `ladder`: limits in steps from low-low to high-high; one alarm that worsens and eases between them."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.site import Point
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Compare, Number, Value
from rules.kinds.spans import check_span
from rules.point_words import states_between
from rules.rule_parameters import refuse
from rules.wording import quantity

_NAMES: Final = ("high_high", "low_low", "high", "low")
"""The most urgent first."""

LIMIT_NAMES: Final = {
    "high_high": Text("high-high limit", "高高限"),
    "low_low": Text("low-low limit", "低低限"),
    "high": Text("high limit", "高限"),
    "low": Text("low limit", "低限"),
}
"""What its limits are called, by the name of the level that each begins."""

_WORDS: Final = {
    "high_high": Text("above the high-high limit of", "高于高高限"),
    "low_low": Text("below the low-low limit of", "低于低低限"),
    "high": Text("above the high limit of", "高于高限"),
    "low": Text("below the low limit of", "低于低限"),
}


class LadderSettings(ConditionSettings, frozen=True, kw_only=True):
    """Limits in the point's unit, low_low < low < high < high_high, of which at least one is given.

    The outer ones have `outer_priority`, the inner ones the rule's. A value beyond a limit raises its level after
    `on_delay_seconds` (`outer_on_delay_seconds` for the outer ones); one that is back by `deadband` eases from an outer
    level after `step_down_seconds` and clears after `off_delay_seconds`.
    """

    high_high: float | None = None
    high: float | None = None
    low: float | None = None
    low_low: float | None = None
    deadband: float = 0.0
    outer_priority: Priority = Priority.CRITICAL
    outer_on_delay_seconds: float | None = None
    step_down_seconds: float | None = None


def _state(watched: Watched, settings: LadderSettings) -> Sequence[Level]:
    spec = watched.spec
    given = [(name, getattr(settings, name)) for name in ("low_low", "low", "high", "high_high")]
    steps = [(name, limit) for name, limit in given if limit is not None]
    if not steps:
        raise refuse(spec, "no limit is given: give at least one of low_low, low, high and high_high")
    for (one, low), (other, high) in pairwise(steps):
        if low >= high:
            raise refuse(spec, f"parameter '{one}' is {low!r}, not below '{other}' ({high!r}): swap them?")
    if settings.deadband < 0:
        raise refuse(spec, f"parameter 'deadband' is {settings.deadband!r}: give 0 or more, in the point's unit")
    limits = dict(steps)
    _check_return(spec, settings.deadband, limits)
    return [_level(watched, settings, name, limits[name]) for name in _NAMES if name in limits]


def _check_return(spec: RuleSpec, deadband: float, limits: Mapping[str, float]) -> None:
    """Refuse a deadband that leaves no value at which the alarm would clear."""
    lows = [limits[name] + deadband for name in ("low", "low_low") if name in limits]
    highs = [limits[name] - deadband for name in ("high", "high_high") if name in limits]
    if lows and highs and lows[0] > highs[0]:
        between = f"back from below is {lows[0]!r}, from above {highs[0]!r}"
        raise refuse(spec, f"parameter 'deadband' is {deadband!r}: no value could clear ({between}): make it smaller")


def _level(watched: Watched, settings: LadderSettings, name: str, limit: float) -> Level:
    outer = name in {"high_high", "low_low"}
    is_high = name.startswith("high")
    back = limit - settings.deadband if is_high else limit + settings.deadband
    condition = guarded(
        watched,
        settings,
        Aspects(
            enter=Compare(">" if is_high else "<", Value(0), Number(limit)),
            leave=Compare("<=" if is_high else ">=", Value(0), Number(back)),
        ),
    )
    inner_delay = condition.off_delay
    if outer and settings.outer_on_delay_seconds is not None:
        seconds = settings.outer_on_delay_seconds
        condition = replace(condition, on_delay=check_span(watched.spec, "outer_on_delay_seconds", seconds, least=0.0))
    if outer and settings.step_down_seconds is not None:
        seconds = settings.step_down_seconds
        condition = replace(condition, off_delay=check_span(watched.spec, "step_down_seconds", seconds, least=0.0))
    inner = (settings.high if is_high else settings.low) if outer else None
    words = _words(watched.point, name, limit, settings.deadband, limit if inner is None else inner)
    return Level(
        condition=condition,
        case=words.case,
        expected=words.expected,
        clears=words.clears,
        clears_after=None if inner is None else max(inner_delay, condition.off_delay),
        describe=words.describe,
        describe_over=words.describe_over,
        unit=watched.point.unit,
        compared={name: limit},
        name=name,
        priority=settings.outer_priority if outer else watched.spec.priority,
    )


class _Words(Struct, frozen=True, kw_only=True):
    """What is said of one limit; `describe` says where a value stands to it, `describe_over` where once it is over."""

    case: Text
    expected: Text
    clears: Text
    describe: Callable[[float, Told], Text]
    describe_over: Callable[[float, Told], Text]


def _words(point: Point, name: str, limit: float, deadband: float, inner: float) -> _Words:
    state = states_between(point, *((None, limit) if name.startswith("high") else (limit, None)))
    return _of_limit(name, limit, deadband, inner, point.unit) if state is None else _of_state(state)


@lru_cache(maxsize=4096)
def _of_state(state: Text) -> _Words:
    case = Text(f"expected {state.en}", f"应为{state.zh}")
    over = Text("as expected", "符合预期")
    return _Words(
        case=case,
        expected=state,
        clears=state,
        describe=lambda _value, _told: case,
        describe_over=lambda _value, _told: over,
    )


@lru_cache(maxsize=4096)
def _of_limit(name: str, limit: float, deadband: float, inner: float, unit: str) -> _Words:
    """The words of a limit; only back within the `inner` one of its side the alarm is over as a whole.

    They are made once for all the points of which they are said: there may be a hundred thousand.
    """
    is_high = name.startswith("high")
    back, end = (limit - deadband, inner - deadband) if is_high else (limit + deadband, inner + deadband)
    bound = quantity(limit, unit)
    case = Text(f"{_WORDS[name].en} {bound}", f"{_WORDS[name].zh} {bound}")
    most = Text("at most", "不高于") if is_high else Text("at least", "不低于")
    fell = Text("or less", "回落到") if is_high else Text("or more", "回升到")
    under = "及以下" if is_high else "及以上"

    def returned(to: float, *, is_back: bool) -> Text:
        there = quantity(to, unit)
        en, zh = ("back", "已") if is_back else ("not back", "未")
        return Text(f"{en} to {there} {fell.en}", f"{zh}{fell.zh} {there} {under}")

    def describe(value: float, _: Told) -> Text:
        is_beyond = value > limit if is_high else value < limit
        return case if is_beyond else returned(back, is_back=False)

    def describe_over(value: float, _: Told) -> Text:
        # Between two limits an alarm is over whose inner level has cleared before its outer one did.
        is_at_end = value <= end if is_high else value >= end
        return returned(end if is_at_end else back, is_back=True)

    normal, ends = quantity(inner, unit), quantity(end, unit)
    return _Words(
        case=case,
        expected=Text(f"{most.en} {normal}", f"{most.zh} {normal}"),
        clears=Text(f"{most.en} {ends}", f"{most.zh} {ends}"),
        describe=describe,
        describe_over=describe_over,
    )


MEANING: Final = ConditionMeaning(
    kind="ladder",
    summary=Text("a value is beyond a ladder of limits", "多级越限"),
    settings=LadderSettings,
    state=_state,
)
