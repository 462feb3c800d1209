"""Shelving (搁置): an operator puts an alarm aside for a while. It says nothing about condition or acknowledgement."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Shelving(StrEnum):
    """Whether an operator has put the alarm aside: until a time, or until it is over once."""

    UNSHELVED = "unshelved"
    TIMED = "timed"
    ONE_SHOT = "one_shot"


class ShelvingTrigger(StrEnum):
    """Who or what moves it: an operator, the clock, or the end of the condition (one-shot only)."""

    SHELVE = "shelve"
    SHELVE_ONCE = "shelve_once"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"
    CONDITION_ENDS = "condition_ends"


_S = Shelving
_T = ShelvingTrigger

SHELVING_TABLE: Final[Mapping[tuple[Shelving, ShelvingTrigger], Shelving]] = {
    (_S.UNSHELVED, _T.SHELVE): _S.TIMED,
    (_S.UNSHELVED, _T.SHELVE_ONCE): _S.ONE_SHOT,
    # OPC UA Part 9, 5.8.17: from either kind to the other, with a new time.
    (_S.TIMED, _T.SHELVE): _S.TIMED,
    (_S.TIMED, _T.SHELVE_ONCE): _S.ONE_SHOT,
    (_S.ONE_SHOT, _T.SHELVE): _S.TIMED,
    (_S.ONE_SHOT, _T.SHELVE_ONCE): _S.ONE_SHOT,
    (_S.TIMED, _T.UNSHELVE): _S.UNSHELVED,
    (_S.ONE_SHOT, _T.UNSHELVE): _S.UNSHELVED,
    (_S.TIMED, _T.EXPIRE): _S.UNSHELVED,
    (_S.ONE_SHOT, _T.EXPIRE): _S.UNSHELVED,
    (_S.ONE_SHOT, _T.CONDITION_ENDS): _S.UNSHELVED,
}
