"""Chatter (抖动): an alarm that comes and goes too often stands as one, with a count, until it has been quiet."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Chatter(StrEnum):
    """Whether the alarm comes and goes too often to be told each time."""

    STEADY = "steady"
    CHATTERING = "chattering"


class ChatterTrigger(StrEnum):
    """Too many activations in too short a time, and a time without any."""

    EXCEED = "exceed"
    QUIET = "quiet"


CHATTER_TABLE: Final[Mapping[tuple[Chatter, ChatterTrigger], Chatter]] = {
    (Chatter.STEADY, ChatterTrigger.EXCEED): Chatter.CHATTERING,
    (Chatter.CHATTERING, ChatterTrigger.QUIET): Chatter.STEADY,
}
