"""The life of one activation of an alarm."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class OccurrenceState(StrEnum):
    """The life of one activation."""

    ACTIVE = "active"
    CLEARED = "cleared"
    CLOSED = "closed"


class OccurrenceTrigger(StrEnum):
    """What moves an occurrence on."""

    CLEAR = "clear"
    CLOSE = "close"


OCCURRENCE_TABLE: Final[Mapping[tuple[OccurrenceState, OccurrenceTrigger], OccurrenceState]] = {
    (OccurrenceState.ACTIVE, OccurrenceTrigger.CLEAR): OccurrenceState.CLEARED,
    (OccurrenceState.CLEARED, OccurrenceTrigger.CLOSE): OccurrenceState.CLOSED,
}
