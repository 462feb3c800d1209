"""The rule kind `time_to_limit`: a value will soon be at a limit: a tank empties, a filter clogs.

The way is the trend of the latest window; the interval told is that between its quickest and its slowest third.
"""

import math
from collections.abc import Sequence
from typing import Final

from domain.instant import MINUTE, from_seconds
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Compare, Number, TimeTo, Value
from rules.kinds.spans import check_span
from rules.wording import quantity, span


class TimeToLimitSettings(ConditionSettings, frozen=True, kw_only=True):
    """At the pace of the latest `window_seconds` the value reaches `limit` within `within_seconds`."""

    limit: float
    within_seconds: float
    window_seconds: float


def _state(watched: Watched, settings: TimeToLimitSettings) -> Sequence[Level]:
    window = check_span(watched.spec, "window_seconds", settings.window_seconds, least=60.0)
    within = span(check_span(watched.spec, "within_seconds", settings.within_seconds))
    point, limit = watched.point, Number(settings.limit)
    usual, quickest, slowest = (TimeTo(pace, Value(0), limit, window) for pace in ("usual", "quickest", "slowest"))
    end = quantity(settings.limit, point.unit)
    later = Text(f"not at {end} within {within.en}", f"{within.zh}内不会到达 {end}")

    def describe(_: float, told: Told) -> Text:
        reached = _interval(told["earliest"], told["latest"])
        return Text(f"at this pace at {end} {reached.en}", f"按目前趋势{reached.zh}到达 {end}")

    return [
        Level(
            condition=guarded(
                watched,
                settings,
                Aspects(
                    enter=Compare("<", usual, Number(settings.within_seconds)),
                    leave=Compare(">=", usual, Number(1.25 * settings.within_seconds)),
                    told=(usual, quickest, slowest),
                ),
            ),
            case=Text(f"on its way to {end} within {within.en}", f"{within.zh}内将到达 {end}"),
            expected=later,
            clears=later,
            over=Text(f"at this pace {later.en}", f"按目前趋势 {later.zh}"),
            unit=point.unit,
            told=(("likely", "s"), ("earliest", "s"), ("latest", "s")),
            describe=describe,
        )
    ]


def _interval(earliest: float, latest: float) -> Text:
    """`in 30 min to 45 min`, whole minutes; open where it may not get there at all."""
    if not math.isfinite(earliest):
        return Text("at an unknown time", "在未知时间")
    begin = span(max(MINUTE, from_seconds(earliest) // MINUTE * MINUTE))
    if not math.isfinite(latest):
        return Text(f"in {begin.en} or later", f" {begin.zh}后或更晚")
    end = span(max(MINUTE, -(-from_seconds(latest) // MINUTE) * MINUTE))
    return Text(f"in {begin.en} to {end.en}", f" {begin.zh}至 {end.zh}后")


MEANING: Final = ConditionMeaning(
    kind="time_to_limit",
    summary=Text("a value will soon reach a limit", "趋势预警"),
    settings=TimeToLimitSettings,
    state=_state,
)
