"""The rule kind `ladder`: limits in steps from low-low to high-high; one alarm that worsens and eases between them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from domain.priority import Priority
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Number, Value
from rules.kinds.spans import check_span
from rules.rule_parameters import refuse
from rules.wording import quantity

_NAMES: Final = ("high_high", "low_low", "high", "low")
"""The most urgent first."""

_WORDS: Final = {
    "high_high": Text("far above", "高高限"),
    "low_low": Text("far below", "低低限"),
    "high": Text("above", "高限"),
    "low": Text("below", "低限"),
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
    return [_level(watched, settings, name, limits[name]) for name in _NAMES if name in limits]


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
    if outer and settings.outer_on_delay_seconds is not None:
        seconds = settings.outer_on_delay_seconds
        condition = replace(condition, on_delay=check_span(watched.spec, "outer_on_delay_seconds", seconds, least=0.0))
    if outer and settings.step_down_seconds is not None:
        seconds = settings.step_down_seconds
        condition = replace(condition, off_delay=check_span(watched.spec, "step_down_seconds", seconds, least=0.0))
    unit, word = watched.point.unit, _WORDS[name]
    end, returns = quantity(limit, unit), quantity(back, unit)
    return Level(
        condition=condition,
        case=Text(f"{word.en} its limits ({end})", f"越过{word.zh} {end}"),
        expected=Text(f"at most {end}" if is_high else f"at least {end}", f"{'不高于' if is_high else '不低于'} {end}"),
        clears=Text(
            f"at most {returns}" if is_high else f"at least {returns}", f"{'不高于' if is_high else '不低于'} {returns}"
        ),
        unit=unit,
        compared={name: limit},
        name=name,
        priority=settings.outer_priority if outer else watched.spec.priority,
    )


MEANING: Final = ConditionMeaning(
    kind="ladder",
    summary=Text("a value is beyond a ladder of limits", "多级越限"),
    settings=LadderSettings,
    state=_state,
)
