"""One alarm out of a ladder's levels."""

import pytest

from domain.alarm import CONDITION_TABLE, Condition, ConditionTrigger
from rules.conditions.levels import Standing, joined
from rules.conditions.saying import Event
from rules.conditions.scan import CLEARED, LOST_STALE, RAISED, REGAINED

WORST, LOWER = 0, 1
NOTHING = Standing((False, False))


def event(kind: int, at: int = 1, order: int = 0) -> Event:
    return Event(kind, ConditionTrigger.RAISE, at, at, 0, 1.0, (), (1.0,), at, 1, 1, order)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(LOWER, RAISED, 1)], ["raise 1"]),
        (
            [(LOWER, RAISED, 1), (WORST, RAISED, 2), (WORST, CLEARED, 3), (LOWER, CLEARED, 4)],
            ["raise 1", "worsen 0", "ease 1", "clear 1"],
        ),
        ([(LOWER, RAISED, 1), (WORST, RAISED, 1)], ["raise 0"]),
        ([(WORST, RAISED, 1), (LOWER, RAISED, 2), (WORST, CLEARED, 3), (LOWER, CLEARED, 3)], ["raise 0", "clear 0"]),
        (
            [(LOWER, RAISED, 1), (WORST, RAISED, 2), (WORST, LOST_STALE, 3), (LOWER, LOST_STALE, 3)],
            ["raise 1", "worsen 0", "lose_sight 0"],
        ),
        ([(LOWER, RAISED, 1), (LOWER, LOST_STALE, 2), (LOWER, REGAINED, 3)], ["raise 1", "lose_sight 1", "raise 1"]),
        (
            [(LOWER, RAISED, 1), (LOWER, LOST_STALE, 2), (WORST, RAISED, 3), (LOWER, REGAINED, 3)],
            ["raise 1", "lose_sight 1", "raise 0"],
        ),
    ],
)
def test_the_alarm_stands_at_the_worst_level(events: list[tuple[int, int, int]], expected: list[str]) -> None:
    _, told = joined(NOTHING, [(level, event(kind, at)) for level, kind, at in events])
    assert [f"{each.trigger.value} {level}" for level, _, each in told] == expected
    condition = Condition.INACTIVE
    for _, _, each in told:
        condition = CONDITION_TABLE[condition, each.trigger]
