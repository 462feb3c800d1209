"""Whether somebody has taken an alarm on. It has an end: what was taken on and not dealt with asks again."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Acknowledgement(StrEnum):
    """Whether somebody has taken the alarm on."""

    NOT_NEEDED = "not_needed"
    UNACKED = "unacked"
    ACKED = "acked"


class AcknowledgementTrigger(StrEnum):
    """What asks for, gives or ends an acknowledgement; it expires while the alarm still stands."""

    ASK = "ask"
    ACKNOWLEDGE = "acknowledge"
    EXPIRE = "expire"
    FORGET = "forget"


_A = Acknowledgement
_T = AcknowledgementTrigger

ACKNOWLEDGEMENT_TABLE: Final[Mapping[tuple[Acknowledgement, AcknowledgementTrigger], Acknowledgement]] = {
    (_A.NOT_NEEDED, _T.ASK): _A.UNACKED,
    (_A.UNACKED, _T.ASK): _A.UNACKED,
    (_A.ACKED, _T.ASK): _A.UNACKED,
    (_A.UNACKED, _T.ACKNOWLEDGE): _A.ACKED,
    (_A.ACKED, _T.EXPIRE): _A.UNACKED,
    (_A.UNACKED, _T.FORGET): _A.NOT_NEEDED,
    (_A.ACKED, _T.FORGET): _A.NOT_NEEDED,
}
