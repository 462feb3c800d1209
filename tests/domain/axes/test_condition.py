"""The condition: what is out of sight may come back or end, and a level changes only what is seen."""

import itertools

from domain.axes.condition import CONDITION_TABLE, Condition, ConditionTrigger

S, T = Condition, ConditionTrigger


def test_what_a_rule_cannot_find() -> None:
    missing = set(itertools.product(Condition, ConditionTrigger)) - set(CONDITION_TABLE)
    assert missing == {
        (S.INACTIVE, T.CLEAR),
        (S.INACTIVE, T.LOSE_SIGHT),
        (S.ACTIVE, T.RAISE),
        (S.UNKNOWN, T.LOSE_SIGHT),
        *itertools.product((S.INACTIVE, S.UNKNOWN), (T.WORSEN, T.EASE)),
    }
