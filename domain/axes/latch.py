"""The latch of rules that ask for one: the alarm stays after its condition is over, until somebody resets it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Latch(StrEnum):
    """Whether the alarm is held on."""

    RELEASED = "released"
    LATCHED = "latched"


class LatchTrigger(StrEnum):
    """The condition sets it, an operator resets it."""

    SET = "set"
    RESET = "reset"


LATCH_TABLE: Final[Mapping[tuple[Latch, LatchTrigger], Latch]] = {
    (Latch.RELEASED, LatchTrigger.SET): Latch.LATCHED,
    (Latch.LATCHED, LatchTrigger.SET): Latch.LATCHED,
    (Latch.LATCHED, LatchTrigger.RESET): Latch.RELEASED,
}
