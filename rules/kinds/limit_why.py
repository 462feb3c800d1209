"""What a limit rule says of an event: the headline and the answer to "why is this alarm here?"."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.site import Equipment, Point
from domain.text import Text
from rules.conditions import scan as kernel
from rules.conditions.headline import headline, in_unit
from rules.kinds.limit_settings import LimitSettings
from rules.point_words import measured, states_between, value_words
from rules.rule import Finding
from rules.wording import number, quantity, rounded, span

_TRIGGERS: Final = {
    kernel.RAISED: ConditionTrigger.RAISE,
    kernel.CLEARED: ConditionTrigger.CLEAR,
    kernel.LOST_STALE: ConditionTrigger.LOSE_SIGHT,
    kernel.LOST_UNUSABLE: ConditionTrigger.LOSE_SIGHT,
    kernel.REGAINED: ConditionTrigger.RAISE,
}


class Event(Struct, frozen=True, kw_only=True):
    """One event of the kernel as plain values, with the record and index of the reading that brought it to light."""

    kind: int
    at: Instant
    cause: int
    index: int
    value: float
    value_seq: int
    since: Instant
    since_seq: int
    condition: bool


class Watched(Struct, frozen=True, kw_only=True):
    """One rule on one point, with what its sentences need; `holds` is how long a value stands.

    `machine` is what the point measures, None where it is not configured; `is_alone`: the rule watches no other of it.
    `expected`, `clears` and `compared` (the numbers beside the value) are the same in all its findings.
    """

    spec: RuleSpec
    settings: LimitSettings
    point: Point
    zone: str | None
    holds: Duration
    machine: Equipment | None
    is_alone: bool
    expected: Text
    clears: Text
    compared: Mapping[str, float | str]


def watch(
    spec: RuleSpec,
    settings: LimitSettings,
    point: Point,
    machine: Equipment | None,
    holds: Duration,
    *,
    is_alone: bool = True,
) -> Watched:
    """Make ready what a rule says of a point, which measures `machine` (None: it is not configured)."""
    expected, clears = sentences(settings, point)
    return Watched(
        spec=spec,
        settings=settings,
        point=point,
        zone=None if machine is None else machine.zone,
        holds=holds,
        machine=machine,
        is_alone=is_alone,
        expected=expected,
        clears=clears,
        compared=_compared(settings, point.unit, point.holds_seconds),
    )


def sentences(settings: LimitSettings, point: Point) -> tuple[Text, Text]:
    """What a limit expects of a point, and what clears its alarm."""
    if not point.state_names:
        return _sentences(settings, point.name, point.unit)
    states = states_between(point, settings.low, settings.high)
    ends = _ends(settings)
    back = states_between(point, *ends)
    return (
        states or _within(settings.low, settings.high, point.unit),
        _clears(settings, point.name, back or _within(*ends, point.unit), is_named=back is not None),
    )


@lru_cache(maxsize=4096)
def _sentences(settings: LimitSettings, name: Text, unit: str) -> tuple[Text, Text]:
    """Of a point without states; made once for all of one name."""
    back = _within(*_ends(settings), unit)
    return _within(settings.low, settings.high, unit), _clears(settings, name, back, is_named=False)


def _ends(settings: LimitSettings) -> tuple[float | None, float | None]:
    """The range within which a value is back."""
    low = None if settings.low is None else settings.low_return
    return low, None if settings.high is None else settings.high_return


def finding(watched: Watched, event: Event) -> Finding:
    """Say the event; the engine adds which clock was believed."""
    point = watched.point
    lost = event.kind in (kernel.LOST_STALE, kernel.LOST_UNUSABLE)
    state = point.state(event.value)
    unusable = {event.cause} if event.kind == kernel.LOST_UNUSABLE else set()
    why = Why(
        seen=_seen(watched, event),
        expected=watched.expected,
        since=event.at if lost else event.since,
        clears=watched.clears,
        considered=_considered(watched, event),
        evidence=tuple(sorted({event.since_seq, event.value_seq} | unusable)),
        values={in_unit("value", point.unit): rounded(event.value), **watched.compared},
        states={} if state is None else {in_unit("value", point.unit): state},
    )
    return Finding(
        rule=watched.spec.id,
        subject=Subject(SubjectKind.POINT, point.id),
        trigger=_TRIGGERS[event.kind],
        at=event.at,
        cause=event.cause,
        index=event.index,
        asset=point.equipment,
        zone=watched.zone,
        name=headline(watched.spec, point, watched.machine, event.value, is_alone=watched.is_alone),
        why=why,
    )


def _seen(watched: Watched, event: Event) -> Text:
    name, settings = watched.point.name, watched.settings
    if event.kind == kernel.LOST_STALE:
        held, value = span(watched.holds), value_words(watched.point, event.value)
        return Text(
            f"{name.en} not known: no reading for {held.en}; last {value.en}",
            f"{name.zh}未知：已 {held.zh}无读数；最近为 {value.zh}",
        )
    if event.kind == kernel.LOST_UNUSABLE:
        value = value_words(watched.point, event.value)
        return Text(
            f"{name.en} not known: its latest reading is unusable; last {value.en}",
            f"{name.zh}未知：最新读数不可用；最近为 {value.zh}",
        )
    state = _state(watched, event)
    if event.kind == kernel.REGAINED:
        value = value_words(watched.point, event.value)
        return Text(f"{name.en} known again: {value.en}, {state.en}", f"{name.zh}恢复已知：{value.zh}，{state.zh}")
    delay = settings.on_delay_seconds if event.kind == kernel.RAISED else settings.off_delay_seconds
    lasted = span(from_seconds(delay))
    for_en, for_zh = (f" for {lasted.en}", f"，已持续 {lasted.zh}") if delay else ("", "")
    said = measured(watched.point, event.value)
    return Text(f"{said.en}, {state.en}{for_en}", f"{said.zh}，{state.zh}{for_zh}")


def _state(watched: Watched, event: Event) -> Text:
    """Where the value stands to the limits."""
    settings, unit = watched.settings, watched.point.unit
    is_high = settings.high is not None and event.value > settings.high
    is_low = settings.low is not None and event.value < settings.low
    if states_between(watched.point, settings.low, settings.high) is not None:
        if is_high or is_low:
            return Text(f"expected {watched.expected.en}", f"应为{watched.expected.zh}")
        return Text("as expected", "符合预期")
    if settings.high is not None and is_high:
        end = quantity(settings.high, unit)
        return Text(f"above {end}", f"高于 {end}")
    if settings.low is not None and is_low:
        end = quantity(settings.low, unit)
        return Text(f"below {end}", f"低于 {end}")
    if not event.condition:
        return Text("back within its limits", "已回到限值以内")
    if event.value > settings.high_return:
        back = quantity(settings.high_return, unit)
        return Text(f"not yet back to {back} or less", f"尚未回落到 {back} 及以下")
    back = quantity(settings.low_return, unit)
    return Text(f"not yet back to {back} or more", f"尚未回升到 {back} 及以上")


def _within(low: float | None, high: float | None, unit: str) -> Text:
    """The range from `low` to `high`, both included."""
    if low is None and high is not None:
        top = quantity(high, unit)
        return Text(f"at most {top}", f"不高于 {top}")
    if high is None and low is not None:
        bottom = quantity(low, unit)
        return Text(f"at least {bottom}", f"不低于 {bottom}")
    bounds = number(low or 0.0), quantity(high or 0.0, unit)
    return Text(f"from {bounds[0]} to {bounds[1]}", f"在 {bounds[0]} 至 {bounds[1]} 之间")


def _clears(settings: LimitSettings, name: Text, back: Text, *, is_named: bool) -> Text:
    """That the point is `back`, which are states (`is_named`) or a range."""
    if not settings.off_delay_seconds:
        colon = (":", "：") if is_named else ("", "")
        return Text(f"{name.en}{colon[0]} {back.en}", f"{name.zh}{colon[1]}{back.zh}")
    lasted = span(from_seconds(settings.off_delay_seconds))
    return Text(
        f"{name.en} known to be {back.en} for {lasted.en}",
        f"已知{name.zh}{'为' if is_named else ''}{back.zh}，持续 {lasted.zh}",
    )


def _considered(watched: Watched, event: Event) -> tuple[Text, ...]:
    """The limit of a two-sided rule that the value does not pass."""
    settings = watched.settings
    if settings.high is None or settings.low is None or states_between(watched.point, settings.low, settings.high):
        return ()
    not_high, not_low = _not_beyond(settings.high, settings.low, watched.point.unit)
    if event.value > settings.high_return:
        return (not_low,)
    if event.value < settings.low_return:
        return (not_high,)
    return (not_low, not_high)


@lru_cache(maxsize=4096)
def _not_beyond(high: float, low: float, unit: str) -> tuple[Text, Text]:
    top, bottom = quantity(high, unit), quantity(low, unit)
    return Text(f"not above {top}", f"不高于 {top}"), Text(f"not below {bottom}", f"不低于 {bottom}")


@lru_cache(maxsize=4096)
def _compared(settings: LimitSettings, unit: str, holds_seconds: float) -> Mapping[str, float | str]:
    limits = {"high": settings.high, "low": settings.low, "deadband": settings.deadband}
    named = {in_unit(name, unit): each for name, each in limits.items()} | {
        "on delay (s)": settings.on_delay_seconds,
        "off delay (s)": settings.off_delay_seconds,
        "value holds (s)": holds_seconds,
    }
    return {name: rounded(each) for name, each in named.items() if each is not None}
