"""Modes (模式): a place is worked on or tested for a while, and alarms there are suppressed by design meanwhile.

A mode has a person, a reason and an end. Life safety and duress are never suppressed by it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.instant import Instant


class ModeKind(StrEnum):
    """What is done there."""

    MAINTENANCE = "maintenance"
    TESTING = "testing"
    OUT_OF_SERVICE = "out_of_service"


class ModePlace(StrEnum):
    """What kinds of things can be in a mode; of a zone, with all zones inside it."""

    SITE = "site"
    ZONE = "zone"
    EQUIPMENT = "equipment"
    POINT = "point"
    DOOR = "door"
    DEVICE = "device"
    CHECKPOINT = "checkpoint"


class ModeState(StrEnum):
    """Whether the mode holds."""

    IN_FORCE = "in_force"
    OVER = "over"


class ModeTrigger(StrEnum):
    """What moves a mode: an operator gives it another end or ends it, or its time is over."""

    EXTEND = "extend"
    END = "end"
    EXPIRE = "expire"


_S = ModeState
_T = ModeTrigger

MODE_TABLE: Final[Mapping[tuple[ModeState, ModeTrigger], ModeState]] = {
    (_S.IN_FORCE, _T.EXTEND): _S.IN_FORCE,
    (_S.IN_FORCE, _T.END): _S.OVER,
    (_S.IN_FORCE, _T.EXPIRE): _S.OVER,
}


class Mode(Struct, frozen=True, kw_only=True):
    """A mode as it is now; `version` grows by one with every change.

    The thing is known by `place` and `thing`, its id. It ends at `until` at the latest. `with_dependents`: what the
    thing feeds or carries is in it too. `ended_by` None: its time was over.
    """

    id: str
    site: str
    place: ModePlace
    thing: str
    kind: ModeKind
    reason: str
    begun_by: str
    begun_at: Instant
    until: Instant
    with_dependents: bool = False
    state: ModeState = ModeState.IN_FORCE
    ended_at: Instant | None = None
    ended_by: str | None = None
    version: int = 1
