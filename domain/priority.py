"""Priority: one word for how urgently somebody must act. There is no second 'severity'."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Priority(StrEnum):
    """From consequence x urgency (domain.md section 0); the order of members is the order of urgency."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most urgent; sort ascending to see the worst first."""
        return _RANK[self]

    @property
    def order_class(self) -> str:
        """The work-order class of the trade: P1 to P4."""
        return f"P{self.rank + 1}"


_RANK = {priority: rank for rank, priority in enumerate(Priority)}


class Consequence(StrEnum):
    """What happens if nobody acts, the worst first."""

    INJURY = "injury"
    DAMAGE = "damage"
    DISRUPTION = "disruption"
    NUISANCE = "nuisance"


class ActWithin(StrEnum):
    """How soon somebody must act for it to help: within minutes, the hour, or the shift."""

    MINUTES = "minutes"
    HOUR = "hour"
    SHIFT = "shift"


_P = Priority

PRIORITY_TABLE: Final[Mapping[tuple[Consequence, ActWithin], Priority]] = {
    (Consequence.INJURY, ActWithin.MINUTES): _P.CRITICAL,
    (Consequence.INJURY, ActWithin.HOUR): _P.CRITICAL,
    (Consequence.INJURY, ActWithin.SHIFT): _P.HIGH,
    (Consequence.DAMAGE, ActWithin.MINUTES): _P.CRITICAL,
    (Consequence.DAMAGE, ActWithin.HOUR): _P.HIGH,
    (Consequence.DAMAGE, ActWithin.SHIFT): _P.MEDIUM,
    (Consequence.DISRUPTION, ActWithin.MINUTES): _P.HIGH,
    (Consequence.DISRUPTION, ActWithin.HOUR): _P.MEDIUM,
    (Consequence.DISRUPTION, ActWithin.SHIFT): _P.LOW,
    (Consequence.NUISANCE, ActWithin.MINUTES): _P.LOW,
    (Consequence.NUISANCE, ActWithin.HOUR): _P.LOW,
    (Consequence.NUISANCE, ActWithin.SHIFT): _P.LOW,
}
"""Priority from consequence x urgency (ISA-18.2's method): a worse or sooner one is never less urgent."""


def priority_of(consequence: Consequence, act_within: ActWithin) -> Priority:
    """The priority that follows from what is at stake and how soon somebody must act."""
    return PRIORITY_TABLE[consequence, act_within]
