"""The rule kind `rate`: a value changes faster than it should, over a window of time."""

from collections.abc import Sequence
from typing import Final

from domain.instant import from_seconds
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
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
    limits = [quantity(each, unit) for each in (settings.rise, settings.fall) if each is not None]
    per = span(from_seconds(settings.window_seconds))
    within = (
        Text(f"within {per.en}", f"在 {per.zh} 内") if window else Text("from one reading to the next", "相邻读数间")
    )
    most = Text(f"changes by at most {' or '.join(limits)} {within.en}", f"{within.zh}变化不超过 {' 或 '.join(limits)}")
    return [
        Level(
            condition=guarded(
                watched,
                settings,
                Aspects(enter=sides[0] if len(sides) == 1 else Logic("or", sides[0], sides[1]), told=(change,)),
            ),
            case=Text(
                f"changing faster than {' or '.join(limits)} {within.en}", f"{within.zh}变化超过 {' 或 '.join(limits)}"
            ),
            expected=most,
            clears=most,
            unit=point.unit,
            told=(("change", unit),),
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="rate",
    summary=Text("a value changes too fast", "测值变化过快"),
    settings=RateSettings,
    state=_state,
)
