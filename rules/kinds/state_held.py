"""The rule kind `state_held`: something stays in one state too long (a lift door open, a pump running)."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Lasting, Number, Value
from rules.kinds.spans import check_span
from rules.wording import quantity, span


class StateHeldSettings(ConditionSettings, frozen=True, kw_only=True):
    """The point has been at `state` for `held_seconds` of known time."""

    state: float
    held_seconds: float


def _state(watched: Watched, settings: StateHeldSettings) -> Sequence[Level]:
    held = check_span(watched.spec, "held_seconds", settings.held_seconds)
    state, lasted = quantity(settings.state, watched.point.unit), span(held)
    return [
        Level(
            condition=guarded(
                watched, settings, Aspects(enter=Lasting(Compare("==", Value(0), Number(settings.state)), held))
            ),
            case=Text(f"at {state} for {lasted.en}", f"处于 {state} 已 {lasted.zh}"),
            expected=Text(f"not at {state} for {lasted.en} on end", f"不持续处于 {state} 达 {lasted.zh}"),
            clears=Text(f"no longer at {state}", f"不再处于 {state}"),
            unit=watched.point.unit,
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="state_held",
    summary=Text("something stays in one state too long", "状态保持过久"),
    settings=StateHeldSettings,
    state=_state,
)
