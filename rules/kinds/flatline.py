"""The rule kind `flatline`: a value that always moves a little does not move any more; its sensor is stuck."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Number, Value, Window
from rules.kinds.difference_unit import difference_unit
from rules.kinds.spans import check_span
from rules.rule_parameters import refuse
from rules.wording import quantity, span


class FlatlineSettings(ConditionSettings, frozen=True, kw_only=True):
    """All readings of the latest `window_seconds` lie within `tolerance` of each other, in the point's unit."""

    window_seconds: float
    tolerance: float = 0.0


def _state(watched: Watched, settings: FlatlineSettings) -> Sequence[Level]:
    window = check_span(watched.spec, "window_seconds", settings.window_seconds)
    if settings.tolerance < 0:
        raise refuse(watched.spec, f"parameter 'tolerance' is {settings.tolerance!r}: give 0 or more")
    spread = Window("spread", Value(0), window)
    unit = difference_unit(watched.point.unit)
    lasted, most = span(window), quantity(settings.tolerance, unit)
    moves = Text(f"moves by more than {most} within {lasted.en}", f"{lasted.zh} 内变动大于 {most}")
    return [
        Level(
            condition=guarded(
                watched,
                settings,
                Aspects(enter=Compare("<=", spread, Number(settings.tolerance)), told=(spread,)),
            ),
            case=Text(f"moving by no more than {most} within {lasted.en}", f"{lasted.zh} 内变动不超过 {most}"),
            expected=moves,
            clears=moves,
            unit=watched.point.unit,
            told=(("moved", unit),),
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="flatline",
    summary=Text("a value that should move does not", "测值不再变化"),
    settings=FlatlineSettings,
    state=_state,
)
