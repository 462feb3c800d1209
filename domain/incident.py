"""Incidents (事件): occurrences gathered under one cause, so that a storm is a handful of lines and not a thousand."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text


class IncidentState(StrEnum):
    """Whether something of it stands; quiet: all is over, but what comes soon still belongs to it."""

    OPEN = "open"
    QUIET = "quiet"
    CLOSED = "closed"
    MERGED = "merged"


class IncidentTrigger(StrEnum):
    """What moves an incident on."""

    JOIN = "join"
    QUIETEN = "quieten"
    CLOSE = "close"
    MERGE = "merge"


_S = IncidentState
_T = IncidentTrigger

INCIDENT_TABLE: Final[Mapping[tuple[IncidentState, IncidentTrigger], IncidentState]] = {
    (_S.OPEN, _T.JOIN): _S.OPEN,
    (_S.OPEN, _T.QUIETEN): _S.QUIET,
    (_S.OPEN, _T.MERGE): _S.MERGED,
    (_S.QUIET, _T.JOIN): _S.OPEN,
    (_S.QUIET, _T.CLOSE): _S.CLOSED,
    (_S.QUIET, _T.MERGE): _S.MERGED,
}


class Grouping(StrEnum):
    """Why an occurrence is part of an incident."""

    FIRST = "first"
    PARENT_FAILED = "parent_failed"
    BY_DESIGN = "by_design"
    SAME_ZONE_AND_KIND = "same_zone_and_kind"
    CONFIRMED = "confirmed"
    FLOOD = "flood"


class Incident(Struct, frozen=True, kw_only=True):
    """An incident as it is now; its occurrences name it. `version` grows by one with every change that is told.

    `title` is its first occurrence's headline, or that of the parent it was gathered under; `grouping` the strongest
    reason for which something joined. `occurrences` counts all that ever joined, `standing` those that are not over,
    `suppressed` those of them that something else stands for. `priority` is the worst of what joined. A merged one
    names the incident that it became part of. `concerns` is as in its alarms.
    """

    id: str
    site: str
    zone: str | None
    state: IncidentState
    title: Text
    grouping: Grouping
    priority: Priority
    is_safety: bool
    first: str
    opened_at: Instant
    changed_at: Instant
    occurrences: int = 0
    standing: int = 0
    suppressed: int = 0
    is_confirmed: bool = False
    merged_into: str | None = None
    concerns: str | None = None
    version: int = 0


class Flood(Struct, frozen=True, kw_only=True):
    """A time with more alarms than the operators on duty can read. `alarms` were announced in it.

    `peak` is the most in any ten minutes (the policy's span) of it.
    """

    began_at: Instant
    alarms: int
    peak: int
    ended_at: Instant | None = None
