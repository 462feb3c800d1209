"""Whether what a rule watches is the case: the axis that rules move and nobody else."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Condition(StrEnum):
    """Whether what the rule watches is the case now; unknown neither raises nor clears."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    UNKNOWN = "unknown"


class ConditionTrigger(StrEnum):
    """What the rule found out. One with a ladder of levels says between them whether it got worse or eased."""

    RAISE = "raise"
    CLEAR = "clear"
    LOSE_SIGHT = "lose_sight"
    WORSEN = "worsen"
    EASE = "ease"


CONDITION_TABLE: Final[Mapping[tuple[Condition, ConditionTrigger], Condition]] = {
    (Condition.INACTIVE, ConditionTrigger.RAISE): Condition.ACTIVE,
    (Condition.ACTIVE, ConditionTrigger.CLEAR): Condition.INACTIVE,
    (Condition.ACTIVE, ConditionTrigger.LOSE_SIGHT): Condition.UNKNOWN,
    (Condition.ACTIVE, ConditionTrigger.WORSEN): Condition.ACTIVE,
    (Condition.ACTIVE, ConditionTrigger.EASE): Condition.ACTIVE,
    (Condition.UNKNOWN, ConditionTrigger.RAISE): Condition.ACTIVE,
    (Condition.UNKNOWN, ConditionTrigger.CLEAR): Condition.INACTIVE,
}
