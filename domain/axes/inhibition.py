"""Suppression by design: another alarm, a mode of its place or a source that says too much stands for this alarm."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Inhibition(StrEnum):
    """Whether something else stands for the alarm; it is kept, and shown under that."""

    FREE = "free"
    INHIBITED = "inhibited"


class InhibitionTrigger(StrEnum):
    """What begins, hands over and ends it."""

    INHIBIT = "inhibit"
    HAND_OVER = "hand_over"
    RELEASE = "release"


INHIBITION_TABLE: Final[Mapping[tuple[Inhibition, InhibitionTrigger], Inhibition]] = {
    (Inhibition.FREE, InhibitionTrigger.INHIBIT): Inhibition.INHIBITED,
    (Inhibition.INHIBITED, InhibitionTrigger.HAND_OVER): Inhibition.INHIBITED,
    (Inhibition.INHIBITED, InhibitionTrigger.RELEASE): Inhibition.FREE,
}
