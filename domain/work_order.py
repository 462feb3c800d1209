"""Work orders (工单): one table for their life, from request to archive (CMMS and 物业 practice)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text


class WorkOrderState(StrEnum):
    """Where an order stands: 报修 派单 接单 到场 维修 挂起 完工 验收 回访 归档 取消."""

    REQUESTED = "requested"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    DONE = "done"
    VERIFIED = "verified"
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class WorkOrderTrigger(StrEnum):
    """What people (or the clock) do to an order."""

    DISPATCH = "dispatch"
    ACCEPT = "accept"
    REJECT = "reject"
    REASSIGN = "reassign"
    ARRIVE = "arrive"
    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    FINISH = "finish"
    VERIFY = "verify"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"


_S = WorkOrderState
_T = WorkOrderTrigger

WORK_ORDER_TABLE: Final[Mapping[tuple[WorkOrderState, WorkOrderTrigger], WorkOrderState]] = {
    (_S.REQUESTED, _T.DISPATCH): _S.DISPATCHED,
    (_S.DISPATCHED, _T.ACCEPT): _S.ACCEPTED,
    (_S.DISPATCHED, _T.REJECT): _S.REQUESTED,
    (_S.DISPATCHED, _T.REASSIGN): _S.DISPATCHED,
    (_S.ACCEPTED, _T.REASSIGN): _S.DISPATCHED,
    (_S.ACCEPTED, _T.ARRIVE): _S.ON_SITE,
    (_S.ACCEPTED, _T.HOLD): _S.ON_HOLD,
    (_S.ON_SITE, _T.START): _S.IN_PROGRESS,
    (_S.ON_SITE, _T.HOLD): _S.ON_HOLD,
    (_S.IN_PROGRESS, _T.HOLD): _S.ON_HOLD,
    (_S.ON_HOLD, _T.RESUME): _S.IN_PROGRESS,
    (_S.ON_HOLD, _T.REASSIGN): _S.DISPATCHED,
    (_S.IN_PROGRESS, _T.FINISH): _S.DONE,
    (_S.DONE, _T.VERIFY): _S.VERIFIED,
    (_S.DONE, _T.REOPEN): _S.REQUESTED,
    (_S.VERIFIED, _T.FOLLOW_UP): _S.FOLLOWED_UP,
    (_S.VERIFIED, _T.REOPEN): _S.REQUESTED,
    (_S.VERIFIED, _T.CLOSE): _S.CLOSED,
    (_S.FOLLOWED_UP, _T.REOPEN): _S.REQUESTED,
    (_S.FOLLOWED_UP, _T.CLOSE): _S.CLOSED,
    (_S.REQUESTED, _T.CANCEL): _S.CANCELLED,
    (_S.DISPATCHED, _T.CANCEL): _S.CANCELLED,
    (_S.ACCEPTED, _T.CANCEL): _S.CANCELLED,
    (_S.ON_HOLD, _T.CANCEL): _S.CANCELLED,
}

ENDED_STATES: Final = frozenset({_S.CLOSED, _S.CANCELLED})
"""States no trigger leads out of."""

WORKED_STATES: Final = frozenset({_S.DONE, _S.VERIFIED, _S.FOLLOWED_UP})
"""The work is said to be finished, but the order is not archived: a relapse re-opens it."""

PROGRESSING_STATES: Final = frozenset({_S.ACCEPTED, _S.ON_SITE, _S.IN_PROGRESS})
"""Somebody has taken the order and is at work on it."""


class WorkOrder(Struct, frozen=True, kw_only=True):
    """An order to repair one fault of one asset. `version` grows by one with every change.

    `occurrences` are the alarm occurrences it answers, oldest first; `recall_of` names the earlier order of the same
    fault closed within 30 days; `proposed_done` is set when the alarm cleared by itself, for a person to decide.
    """

    id: str
    site: str
    asset: str
    fault: str
    priority: Priority
    state: WorkOrderState
    title: Text
    procedure: Text
    created_at: Instant
    changed_at: Instant
    occurrences: tuple[str, ...] = ()
    assignee: str | None = None
    hold_reason: str = ""
    reason: str = ""
    proposed_done: bool = False
    recall_of: str | None = None
    done_at: Instant | None = None
    version: int = 1
