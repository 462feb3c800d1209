"""The rule kind `short_cycling`: a machine starts more often than it can bear."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.counts import MOST
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Compare, Count, Number, Value
from rules.kinds.spans import check_span
from rules.rule_parameters import refuse
from rules.wording import span


class ShortCyclingSettings(ConditionSettings, frozen=True, kw_only=True):
    """The point rose above `on_above` (it started) more than `most_starts` times within `window_seconds`."""

    most_starts: int
    window_seconds: float = 3600.0
    on_above: float = 0.5


def _state(watched: Watched, settings: ShortCyclingSettings) -> Sequence[Level]:
    window = check_span(watched.spec, "window_seconds", settings.window_seconds)
    if not 1 <= settings.most_starts < MOST:
        raise refuse(watched.spec, f"parameter 'most_starts' is {settings.most_starts!r}: give 1 to {MOST - 1}")
    starts = Count(Compare(">", Value(0), Number(settings.on_above)), window)
    within, most = span(window), settings.most_starts
    few = Text(f"at most {_starts(most)} within {within.en}", f"{within.zh}内启动不超过 {most} 次")
    often = Text(f"started more than {_times(most)} within {within.en}", f"{within.zh}内启动超过 {most} 次")

    def started(_: float, told: Told) -> Text:
        count = int(told["starts"])
        return Text(
            f"{_starts(count)} within {within.en}, more than {most}", f"{within.zh}内启动 {count} 次，超过 {most} 次"
        )

    def fewer(_: float, told: Told) -> Text:
        count = int(told["starts"])
        return Text(f"{_starts(count)} within {within.en}", f"{within.zh}内启动 {count} 次")

    return [
        Level(
            condition=guarded(
                watched, settings, Aspects(enter=Compare(">", starts, Number(float(most))), told=(starts,))
            ),
            case=often,
            expected=few,
            clears=few,
            over=few,
            unit=watched.point.unit,
            told=(("starts", ""),),
            describe=started,
            describe_over=fewer,
        )
    ]


def _starts(count: int) -> str:
    return "1 start" if count == 1 else f"{count} starts"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


MEANING: Final = ConditionMeaning(
    kind="short_cycling",
    summary=Text("a machine starts too often", "启停过于频繁"),
    settings=ShortCyclingSettings,
    state=_state,
)
