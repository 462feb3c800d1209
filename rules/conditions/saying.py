"""What is said of an event: the headline and the answer to "why is this alarm here?", in both languages."""

import math
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.instant import Instant
from domain.text import Text
from rules.conditions import scan
from rules.conditions.headline import headline, in_unit
from rules.conditions.stating import Level, Watched
from rules.rule import Finding
from rules.wording import quantity, rounded, span

_LOST: Final = (scan.LOST_STALE, scan.LOST_UNUSABLE)


class Event(Struct, frozen=True):
    """One event of one level's row; `trigger` is what it is for the rule's alarm as a whole."""

    kind: int
    trigger: ConditionTrigger
    at: Instant
    cause: int
    index: int
    value: float
    told: tuple[float, ...]
    since: Instant
    since_seq: int
    value_seq: int
    order: int = 0


def finding(watched: Watched, level: Level, event: Event) -> Finding:
    """Say the event; the engine adds which clock was believed."""
    point, machine = watched.point, watched.site.machines.get(watched.point.equipment)
    value = _quantity(event.value, level.unit)
    said = headline(watched.spec, point, machine)
    told = {name: number for (name, _), number in zip(level.told, event.told, strict=True)}
    lost = event.kind in _LOST
    return Finding(
        rule=watched.spec.id,
        subject=Subject(SubjectKind.POINT, point.id),
        trigger=event.trigger,
        at=event.at,
        cause=event.cause,
        index=event.index,
        asset=point.equipment,
        zone=None if machine is None else machine.zone,
        name=Text(f"{said.en} {value.en}", f"{said.zh} {value.zh}"),
        why=Why(
            seen=_seen(watched, level, event, told),
            expected=level.expected,
            since=event.at if lost else event.since,
            clears=_clears(level),
            evidence=tuple(sorted({seq for seq in (event.since_seq, event.value_seq) if seq > 0})),
            values=_values(level, event),
        ),
        priority=level.priority,
        level=level.name,
    )


def _seen(watched: Watched, level: Level, event: Event, told: Mapping[str, float]) -> Text:
    name, value = watched.point.name, _quantity(event.value, level.unit)
    if event.kind in _LOST:
        return Text(
            f"cannot be judged any more: what it looks at is not known; last {name.en} {value.en}",
            f"无法继续判断：所需测值未知；最后的{name.zh} {value.zh}",
        )
    case = level.case if level.describe is None else level.describe(event.value, told)
    if event.kind == scan.CLEARED:
        return Text(f"{name.en} {value.en}, no longer {case.en}", f"{name.zh} {value.zh}，不再{case.zh}")
    delay = level.condition.on_delay
    if event.kind == scan.REGAINED or not delay:
        return Text(f"{name.en} {value.en}, {case.en}", f"{name.zh} {value.zh}，{case.zh}")
    lasted = span(delay)
    return Text(
        f"{name.en} {value.en}, {case.en}, for {lasted.en}", f"{name.zh} {value.zh}，{case.zh}，已持续 {lasted.zh}"
    )


def _clears(level: Level) -> Text:
    if not level.condition.off_delay:
        return level.clears
    lasted = span(level.condition.off_delay)
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


def _quantity(value: float, unit: str) -> Text:
    if math.isfinite(value):
        written = quantity(value, unit)
        return Text(written, written)
    return Text("unknown", "未知")
