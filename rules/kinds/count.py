"""The rule kind `count`: something happens too often within a window (a value passes a limit again and again)."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.counts import MOST
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Compare, Count, Number
from rules.kinds.spans import check_span
from rules.rule_parameters import refuse
from rules.wording import span


class CountSettings(ConditionSettings, frozen=True, kw_only=True):
    """What `of` says, an expression such as `value > 5`, began `times` times or more within `window_seconds`."""

    of: str
    times: int
    window_seconds: float


def _state(watched: Watched, settings: CountSettings) -> Sequence[Level]:
    window = check_span(watched.spec, "window_seconds", settings.window_seconds)
    if not 1 <= settings.times <= MOST:
        raise refuse(watched.spec, f"parameter 'times' is {settings.times!r}: give 1 to {MOST}")
    count = Count(watched.expression("of", settings.of), window)
    within, of = span(window), watched.words(settings.of)
    fewer = Text(
        f"less than {_times(settings.times)} within {within.en}: {of.en}",
        f"{within.zh}内少于 {settings.times} 次：{of.zh}",
    )

    def counted(_: float, told: Told) -> Text:
        times = int(told["times"])
        return Text(f"{_times(times)} within {within.en}: {of.en}", f"{within.zh}内 {times} 次：{of.zh}")

    often = Text(
        f"{_times(settings.times)} or more within {within.en}: {of.en}",
        f"{within.zh}内不少于 {settings.times} 次：{of.zh}",
    )
    return [
        Level(
            condition=guarded(
                watched, settings, Aspects(enter=Compare(">=", count, Number(float(settings.times))), told=(count,))
            ),
            case=often,
            expected=fewer,
            clears=fewer,
            over=fewer,
            unit=watched.point.unit,
            told=(("times", ""),),
            describe=counted,
            describe_over=counted,
        )
    ]


def _times(times: int) -> str:
    return {0: "not once", 1: "once"}.get(times, f"{times} times")


MEANING: Final = ConditionMeaning(
    kind="count",
    summary=Text("something happens too often", "事件过于频繁"),
    settings=CountSettings,
    state=_state,
)
