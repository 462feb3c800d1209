"""What is said of an event: the headline and the answer to "why is this alarm here?", in both languages."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.instant import Instant, from_seconds
from domain.text import Text
from rules.conditions import scan
from rules.conditions.headline import headline, in_unit
from rules.conditions.message import has_message
from rules.conditions.stating import GUARDS, Level, Told, Watched
from rules.expressions.tree import Binary, Node, TimeTo, Value
from rules.point_words import measured, value_words
from rules.rule import Finding
from rules.wording import hours_words, quantity, rounded, span

_SPOKEN_IN_MINUTES: Final = 120.0
_WITHOUT_UNIT: Final = frozenset({"", "1"})
"""The units of what may be a state."""

_LOST: Final = (scan.LOST_STALE, scan.LOST_UNUSABLE)


class Event(Struct, frozen=True):
    """One event of one level's row; `trigger` is what it is for the rule's alarm as a whole.

    `told` are the level's further numbers then, `so` the truths of its condition's `enter` and of each guard, 1 or 0;
    NaN is unknown.
    """

    kind: int
    trigger: ConditionTrigger
    at: Instant
    cause: int
    index: int
    value: float
    told: tuple[float, ...]
    so: tuple[float, ...]
    since: Instant
    since_seq: int
    value_seq: int
    order: int = 0


def finding(watched: Watched, level: Level, of: Level, event: Event) -> Finding:
    """Say an event of the level `of`, after which the alarm is at `level`; the engine adds which clock was believed."""
    point, machine = watched.point, watched.site.machines.get(watched.point.equipment)
    lost, seen = event.kind in _LOST, _seen(watched, level, of, event)
    return Finding(
        rule=watched.spec.id,
        subject=Subject(SubjectKind.POINT, point.id),
        trigger=event.trigger,
        at=event.at,
        cause=event.cause,
        index=event.index,
        asset=point.equipment,
        zone=None if machine is None else machine.zone,
        name=headline(
            watched.spec,
            point,
            machine,
            event.value,
            is_alone=watched.is_alone,
            told=_told(watched, of, event),
        ),
        why=Why(
            seen=seen,
            expected=level.expected,
            since=event.at if lost else event.since,
            clears=clears_of(level),
            evidence=tuple(sorted({seq for seq in (event.since_seq, event.value_seq) if seq > 0})),
            values=_values(of, event),
            states=_states(watched, of, event),
        ),
        priority=level.priority,
        level=level.name,
    )


def _told(watched: Watched, level: Level, event: Event) -> Mapping[str, Text]:
    """The further numbers as a message names them."""
    if not has_message(watched.spec):
        return {}
    inputs = watched.inputs
    return {
        name: value_words(inputs[name], each) if name in inputs else _spoken(each, unit)
        for (name, unit), each in zip(level.told, event.told, strict=True)
    }


def _spoken(number: float, unit: str) -> Text:
    """A number in a message: a forecast of many seconds is one in minutes."""
    if unit == "s" and math.isfinite(number) and number >= _SPOKEN_IN_MINUTES:
        return span(from_seconds(60 * round(number / 60)))
    return _quantity(number, unit)


def _seen(watched: Watched, level: Level, of: Level, event: Event) -> Text:
    if event.kind in _LOST:
        return _lost(watched, of, event)
    said, case, delay = measured(watched.point, event.value), _case(watched, level, of, event), of.condition.on_delay
    seen = Text(f"{said.en}, {case.en}", f"{said.zh}，{case.zh}") if case.en else said
    if event.kind != scan.RAISED or not delay:
        return seen
    lasted = span(delay)
    return Text(f"{seen.en}, for {lasted.en}", f"{seen.zh}，已持续 {lasted.zh}")


def _lost(watched: Watched, level: Level, event: Event) -> Text:
    """Why it cannot be judged any more; where it looks at one point alone, it is known what is the matter with it."""
    name, last = watched.point.name, value_words(watched.point, event.value)
    if len(level.condition.inputs) > 1 or any(_may_fail(each) for each in level.condition.nodes()):
        known = measured(watched.point, event.value, within=True)
        return Text(
            f"can no longer be judged, because a value that it needs is missing; last: {known.en}",
            f"缺少所需测值，无法继续判断；最近值：{known.zh}",
        )
    if event.kind == scan.LOST_STALE:
        held = span(from_seconds(watched.point.holds_seconds))
        because = Text(f"no reading for {held.en}", f"已 {held.zh}无读数")
    else:
        because = Text("its latest reading is unusable", "最新读数不可用")
    lost = Text(f"{name.en} not known: {because.en}", f"{name.zh}未知：{because.zh}")
    if not math.isfinite(event.value):
        return lost
    return Text(f"{lost.en}; last {last.en}", f"{lost.zh}；最近为 {last.zh}")


def _may_fail(node: Node) -> bool:
    """Whether it may be unknown where the value of its point is known."""
    return isinstance(node, TimeTo) or (isinstance(node, Binary) and node.how == "/")


def _case(watched: Watched, level: Level, of: Level, event: Event) -> Text:
    """What is the case now, or what is so now that it is over: of an event that is no loss of sight."""
    case, clears = of.case, of.clears
    enters, *guards = event.so
    if event.kind == scan.CLEARED:
        ended = _ended(watched, guards)
        if ended is not None:
            return ended
        if event.trigger is ConditionTrigger.EASE:
            still = _described(watched, level, level.describe, level.case, event)
            return Text(f"no longer {case.en}, still {still.en}", f"不再{case.zh}，仍{still.zh}")
        over = of.over or Text(f"no longer {case.en}", f"不再{case.zh}")
        return _described(watched, of, of.describe_over, over, event)
    if enters == 0:
        return Text(f"was {case.en}, not over until {clears.en}", f"曾{case.zh}，恢复条件：{clears.zh}")
    return _described(watched, of, of.describe, case, event)


def _described(
    watched: Watched, level: Level, describe: Callable[[float, Told], Text] | None, without: Text, event: Event
) -> Text:
    """What `describe` says, or `without` where a number that it needs is not known; of other points it says so."""
    told = {name: each for (name, _), each in zip(level.told, event.told, strict=True)}
    if describe is None or any(math.isnan(each) for name, each in told.items() if name not in watched.inputs):
        return without
    return describe(event.value, told)


def _ended(watched: Watched, guards: Sequence[float]) -> Text | None:
    """Which guard ended what was the case, whatever the values are; None where all are true."""
    names = [name for name in GUARDS if watched.spec.parameters.get(name)]
    for name, is_so in zip(names, guards, strict=True):
        if is_so == 0:
            guard = str(watched.spec.parameters[name])
            said, when = (watched.words(guard), "while ") if name == "only_while" else (hours_words(guard), "")
            return Text(f"no longer judged: only {when}{said.en}", f"不再判断：仅在 {said.zh} 时判断")
    return None


def clears_of(level: Level) -> Text:
    """What clears an alarm that stands at this level, with the delay until it does."""
    delay = level.condition.off_delay if level.clears_after is None else level.clears_after
    if not delay:
        return level.clears
    lasted = span(delay)
    return Text(f"{level.clears.en}, for {lasted.en}", f"{level.clears.zh}，持续 {lasted.zh}")


def _values(level: Level, event: Event) -> dict[str, float | str]:
    numbers = {"value": (event.value, level.unit)}
    for (name, unit), number in zip(level.told, event.told, strict=True):
        numbers[name] = (number, unit)
    named: dict[str, float | str] = {
        in_unit(name, unit): rounded(number) if math.isfinite(number) else "unknown"
        for name, (number, unit) in numbers.items()
    }
    return named | {name: rounded(each) if isinstance(each, float) else each for name, each in level.compared.items()}


def _states(watched: Watched, level: Level, event: Event) -> dict[str, Text]:
    """What those numbers are called that are states of their points, by their names in `_values`."""
    condition = level.condition
    names = (("value", level.unit), *level.told)
    found = {}
    for (name, unit), node, number in zip(
        names, (condition.shown, *condition.told), (event.value, *event.told), strict=True
    ):
        if unit in _WITHOUT_UNIT and isinstance(node, Value):
            state = watched.site.points[condition.inputs[node.slot]].state(number)
            if state is not None:
                found[in_unit(name, unit)] = state
    return found


def _quantity(value: float, unit: str) -> Text:
    if math.isfinite(value):
        written = quantity(value, unit)
        return Text(written, written)
    return Text("unknown", "未知")
