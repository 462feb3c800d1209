"""The operators' log (值班日志): what the control room writes down, in the order of events, beside what Vigil saw."""

from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant


class LogKind(StrEnum):
    """What an entry is: free words, the room's regular entry, a call that came in, or what the next shift must know."""

    NOTE = "note"
    ROOM_LOG = "room_log"
    CALL = "call"
    HANDOVER = "handover"


class LogEntry(Struct, frozen=True, kw_only=True):
    """One entry. It is never changed: a correction is an entry that says so.

    `at` is when it happened, `written_at` when it was written; `caller` is who telephoned, as typed. `alarms` are the
    alarms it speaks of.
    """

    id: str
    site: str
    kind: LogKind
    text: str
    at: Instant
    written_at: Instant
    written_by: str
    caller: str = ""
    alarms: tuple[str, ...] = ()
