"""Joins the events of a rule's levels on a point to those of one alarm, that worsens and eases between them.

Levels count from the most urgent. The alarm stands at the most urgent level that is raised; what happens to a level
below it says nothing.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from rules.conditions import scan
from rules.conditions.saying import Event

TRIGGERS: Final = {
    scan.RAISED: ConditionTrigger.RAISE,
    scan.CLEARED: ConditionTrigger.CLEAR,
    scan.LOST_STALE: ConditionTrigger.LOSE_SIGHT,
    scan.LOST_UNUSABLE: ConditionTrigger.LOSE_SIGHT,
    scan.REGAINED: ConditionTrigger.RAISE,
}
"""What an event of a rule with one level is for its alarm."""


class Standing(Struct, frozen=True):
    """Which levels are raised, and whether sight of them is lost."""

    raised: tuple[bool, ...]
    is_blind: bool = False

    @property
    def top(self) -> int | None:
        """The most urgent raised level, or None."""
        return self.raised.index(True) if True in self.raised else None


def joined(standing: Standing, events: Sequence[tuple[int, Event]]) -> tuple[Standing, list[tuple[int, int, Event]]]:
    """The standing after these events, and what they are for the alarm: the level it is at, the event's, the event."""
    told: list[tuple[int, int, Event]] = []
    for level, event in sorted(events, key=_order):
        before = standing.top
        standing, trigger = _after(standing, level, event.kind)
        at = standing.top if standing.top is not None else before
        if trigger is not None and at is not None:
            told.append((at, level, replace(event, trigger=trigger)))
    return standing, told


def _order(each: tuple[int, Event]) -> tuple[int, int, int, int, int]:
    """As they happened; of what happens at once the most urgent is raised first and cleared last."""
    level, event = each
    return (event.cause, event.index, event.at, event.order, -level if event.kind == scan.CLEARED else level)


def _after(standing: Standing, level: int, kind: int) -> tuple[Standing, ConditionTrigger | None]:
    before = standing.top
    if kind in {scan.LOST_STALE, scan.LOST_UNUSABLE}:
        is_news = before is not None and not standing.is_blind
        return replace(standing, is_blind=before is not None), ConditionTrigger.LOSE_SIGHT if is_news else None
    raised = list(standing.raised)
    if kind != scan.REGAINED:
        raised[level] = kind == scan.RAISED
    after = Standing(tuple(raised))
    if after.top is None:
        return after, None if before is None else ConditionTrigger.CLEAR
    if before is None or standing.is_blind:
        return after, ConditionTrigger.RAISE
    if after.top == before:
        return after, None
    return after, ConditionTrigger.WORSEN if after.top < before else ConditionTrigger.EASE
