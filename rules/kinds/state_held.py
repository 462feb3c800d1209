"""The rule kind `state_held`: something stays in one state too long (a lift door open, a pump running)."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from domain.instant import Duration
from domain.site import Point
from domain.text import Text
from rules.conditions.condition import Condition
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Lasting, Number, Value
from rules.kinds.spans import check_span
from rules.point_words import value_words
from rules.wording import span


class StateHeldSettings(ConditionSettings, frozen=True, kw_only=True):
    """The point has been at `state` for `held_seconds` of known time."""

    state: float
    held_seconds: float


def _state(watched: Watched, settings: StateHeldSettings) -> Sequence[Level]:
    held = check_span(watched.spec, "held_seconds", settings.held_seconds)
    state, lasted = _named(watched.point, settings.state), span(held)
    condition, case = _condition(watched, settings, held)
    return [
        Level(
            condition=condition,
            case=case,
            expected=_expected(watched.point, settings.state, state, lasted),
            clears=Text(f"no longer {state.en}", f"不再处于{state.zh}"),
            over=Text(f"no longer {state.en}", f"不再处于{state.zh}"),
            unit=watched.point.unit,
        )
    ]


def _expected(point: Point, at: float, state: Text, lasted: Text) -> Text:
    """The state for a short time only; the other one first, where the point has two: nobody expects people trapped."""
    short = Text(f"{state.en} for less than {lasted.en}", f"处于{state.zh}不足 {lasted.zh}")
    others = [name for value, name in point.state_names.items() if float(value) != at]
    if point.state(at) is None or len(others) != 1:
        return short
    return Text(f"{others[0].en}, or {short.en}", f"“{others[0].zh}”，或{short.zh}")


def _condition(watched: Watched, settings: StateHeldSettings, held: Duration) -> tuple[Condition, Text]:
    """What has lasted is a delay, which costs no memory; under a guard it lasts whether or not the guard is true.

    The state itself is said by the value.
    """
    is_there = Compare("==", Value(0), Number(settings.state))
    if settings.only_while or settings.hours:
        condition = guarded(watched, settings, Aspects(enter=Lasting(is_there, held)))
        lasted = span(held)
        return condition, Text(f"for {lasted.en}", f"已持续 {lasted.zh}")
    condition = guarded(watched, settings, Aspects(enter=is_there))
    return replace(condition, on_delay=held + condition.on_delay), Text("", "")


def _named(point: Point, state: float) -> Text:
    """`open`, or `at 3` where the point does not name its states."""
    said = value_words(point, state)
    if point.state(state) is None:
        return Text(f"at {said.en}", f"“{said.zh}”")
    return Text(said.en, f"“{said.zh}”")


MEANING: Final = ConditionMeaning(
    kind="state_held",
    summary=Text("something stays in one state too long", "状态保持过久"),
    settings=StateHeldSettings,
    state=_state,
)
