"""The rule kind `flatline`: a value that always moves a little does not move any more; its sensor is stuck."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from domain.instant import Duration
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
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
    words = _words(window, settings.tolerance, unit)
    return [
        Level(
            condition=guarded(
                watched,
                settings,
                Aspects(enter=Compare("<=", spread, Number(settings.tolerance)), told=(spread,)),
            ),
            case=words.still,
            expected=words.moves,
            clears=words.moves,
            unit=watched.point.unit,
            told=(("moved", unit),),
            describe_over=words.moved,
        )
    ]


class _Words(Struct, frozen=True, kw_only=True):
    """What is said of a value that does not move, or does; `moved` says how far."""

    still: Text
    moves: Text
    moved: Callable[[float, Told], Text]


@lru_cache(maxsize=4096)
def _words(window: Duration, tolerance: float, unit: str) -> _Words:
    """Made once for all the points of which it is said."""
    lasted, most = span(window), quantity(tolerance, unit)
    still = Text(f"not moving for {lasted.en}", f"{lasted.zh}内无变化")
    moves = Text(f"moves within {lasted.en}", f"{lasted.zh}内有变化")
    if tolerance:
        still = Text(f"moving by no more than {most} within {lasted.en}", f"{lasted.zh}内变动不超过 {most}")
        moves = Text(f"moves by more than {most} within {lasted.en}", f"{lasted.zh}内变动大于 {most}")

    def moved(_: float, told: Told) -> Text:
        far = quantity(told["moved"], unit)
        return Text(f"moved by {far} within {lasted.en}", f"{lasted.zh}内变动 {far}")

    return _Words(still=still, moves=moves, moved=moved)


MEANING: Final = ConditionMeaning(
    kind="flatline",
    summary=Text("a value that should move does not", "测值不再变化"),
    settings=FlatlineSettings,
    state=_state,
)
