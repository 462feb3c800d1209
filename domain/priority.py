"""Priority: one word for how urgently somebody must act. There is no second 'severity'."""

from enum import StrEnum


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
