"""Work orders: one open order per (asset, fault), made by occurrences and moved by people.

An order whose work is said to be done is re-opened by a relapse within 24 h of that; a relapse later, or within 30
days of its closing, makes a new order that names it as recalled. Ended orders shrink to what that needs and leave after
30 days.
"""

from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Occurrence
from domain.commands import MoveWorkOrder
from domain.configuration import RuleSpec
from domain.effects import WorkOrderChange, WorkOrderChanged
from domain.errors import CommandRefused
from domain.identity import derive_id
from domain.instant import DAY, HOUR, Duration, Instant
from domain.text import Text
from domain.transition import step
from domain.work_order import (
    ENDED_STATES,
    PROGRESSING_STATES,
    WORK_ORDER_TABLE,
    WORKED_STATES,
    WorkOrder,
    WorkOrderState,
    WorkOrderTrigger,
)

REOPEN_WITHIN: Final[Duration] = 24 * HOUR
RECALL_WITHIN: Final[Duration] = 30 * DAY

OCCURRENCES_LISTED: Final = 200
"""A chattering alarm makes no second order, and no endless list either: the first and the newest are listed."""

_T = WorkOrderTrigger
_NEEDS_ASSIGNEE: Final = (_T.DISPATCH, _T.REASSIGN)
_NEEDS_REASON: Final = (_T.HOLD, _T.CANCEL, _T.REJECT, _T.REOPEN)
_SAYS_REPAIRED: Final = (_T.FINISH, _T.VERIFY, _T.CLOSE)
_NOT_TAKEN: Final = (WorkOrderState.REQUESTED, WorkOrderState.DISPATCHED)

_Key: TypeAlias = tuple[str, str, str]


class OpenOrder(Struct, kw_only=True):
    """An order that has not ended: its active occurrences, how many it has had, and how many of them were corrected."""

    order: WorkOrder
    active: list[str]
    appended: int = 1
    corrected: int = 0

    @property
    def key(self) -> _Key:
        """What it is the one order of: site, asset and fault."""
        return self.order.site, self.order.asset, self.order.fault


class EndedOrder(Struct, frozen=True, kw_only=True):
    """What is remembered of an order after its end; only a closed one can be recalled."""

    id: str
    site: str
    asset: str
    fault: str
    ended_at: Instant
    is_closed: bool


class OrdersState(Struct, frozen=True, kw_only=True):
    """The stored form."""

    open: list[OpenOrder]
    ended: list[EndedOrder]


class WorkOrders:
    """All orders of a lane that have not ended, and the recently ended."""

    def __init__(self, lane: str) -> None:
        """No orders."""
        self._lane = lane
        self._open: dict[str, OpenOrder] = {}
        self._newest: dict[_Key, str] = {}
        self._of_occurrence: dict[str, str] = {}
        self._ended: dict[str, EndedOrder] = {}

    def need(self, spec: RuleSpec, asset: str, occurrence: Occurrence, title: Text) -> WorkOrderChanged:
        """An occurrence wants a repair: append it to the fault's order, re-open that, or make one.

        A rule without a fault code stands for a fault of its own, named by its id.
        """
        at, key = occurrence.raised_at, (spec.site, asset, spec.fault or spec.id)
        held = self._open.get(self._newest.get(key, ""))
        if held is not None and held.order.state not in WORKED_STATES:
            return self._append(held, occurrence, WorkOrderChange.APPENDED)
        if held is not None and at - (held.order.done_at or at) <= REOPEN_WITHIN:
            return self._append(held, occurrence, WorkOrderChange.REOPENED)
        order = WorkOrder(
            id=derive_id("order", self._lane, *key, occurrence.id),
            site=spec.site,
            asset=asset,
            fault=key[2],
            priority=spec.priority,
            state=WorkOrderState.REQUESTED,
            title=title,
            procedure=spec.procedure,
            created_at=at,
            changed_at=at,
            occurrences=(occurrence.id,),
            recall_of=self._recalled(key, at) if held is None else held.order.id,
        )
        self._hold(OpenOrder(order=order, active=[occurrence.id]))
        return WorkOrderChanged(change=WorkOrderChange.CREATED, order=order)

    def cleared(self, occurrence: str, at: Instant, correction: Text | None = None) -> WorkOrderChanged | None:
        """An occurrence is over, or (with `correction`) never was.

        With the last one an order is proposed as done; one that rests on corrected occurrences alone and that nobody
        has accepted is cancelled.
        """
        held = self._open.get(self._of_occurrence.get(occurrence, ""))
        if held is None:
            return None
        if occurrence in held.active:
            held.active.remove(occurrence)
        if correction is not None:
            held.corrected += 1
            if held.corrected == held.appended and held.order.state in _NOT_TAKEN:
                state = step("work order", WORK_ORDER_TABLE, held.order.state, WorkOrderTrigger.CANCEL)
                return self._change(held, WorkOrderChange.MOVED, at, state=state, reason=correction.en)
        if held.active or held.order.proposed_done or held.order.state in WORKED_STATES:
            return None
        return self._change(held, WorkOrderChange.PROPOSED_DONE, at, proposed_done=True)

    def worsened(self, occurrence: Occurrence, at: Instant) -> WorkOrderChanged | None:
        """An occurrence stands at a worse level: its order is as urgent, if it was not before."""
        held = self._open.get(self._of_occurrence.get(occurrence.id, ""))
        if held is None or held.order.priority.rank <= occurrence.priority.rank:
            return None
        moved = replace(held.order, priority=occurrence.priority, changed_at=at)
        return self._keep(held, WorkOrderChange.WORSENED, moved)

    def is_progressing(self, order: str) -> bool:
        """Tell whether somebody has taken this order and is at work on it."""
        held = self._open.get(order)
        return held is not None and held.order.state in PROGRESSING_STATES

    def move(self, command: MoveWorkOrder, at: Instant) -> WorkOrderChanged:
        """Step an order as a person asks.

        Raises:
            CommandRefused: `unknown_order`, `order_ended`, `version_conflict`, `assignee_needed`, `reason_needed` or
                `condition_active`.
            IllegalTransition: the table has no such step from where the order stands.
        """
        held, trigger = self._expected(command), command.trigger
        state = step("work order", WORK_ORDER_TABLE, held.order.state, trigger)
        if trigger in _NEEDS_ASSIGNEE and not command.assignee:
            raise CommandRefused("assignee_needed", f"to {trigger} an order, say to whom: give an assignee")
        if trigger in _NEEDS_REASON and not command.reason.strip():
            raise CommandRefused("reason_needed", f"to {trigger} an order, give a reason")
        if trigger in _SAYS_REPAIRED and held.active and not command.reason.strip():
            detail = (
                f"{len(held.active)} alarm(s) of this order are active: to {trigger} it all the same, give a reason"
            )
            raise CommandRefused("condition_active", detail)
        moved = _moved(held.order, command, state, at)
        change = WorkOrderChange.REOPENED if trigger is _T.REOPEN else WorkOrderChange.MOVED
        return self._keep(held, change, moved, command.actor)

    def forget(self, at: Instant) -> None:
        """Let ended orders go whose time for a recall is over."""
        while self._ended:
            oldest = next(iter(self._ended.values()))
            if oldest.ended_at >= at - RECALL_WITHIN:
                break
            del self._ended[oldest.id]

    def state(self) -> OrdersState:
        """Everything remembered."""
        return OrdersState(open=list(self._open.values()), ended=list(self._ended.values()))

    def restore(self, state: OrdersState) -> None:
        """Take back what `state` gave."""
        self._open, self._newest, self._of_occurrence = {}, {}, {}
        self._ended = {order.id: order for order in state.ended}
        for held in state.open:
            self._hold(held)

    def _append(self, held: OpenOrder, occurrence: Occurrence, change: WorkOrderChange) -> WorkOrderChanged:
        order = held.order
        if change is WorkOrderChange.REOPENED:
            state = step("work order", WORK_ORDER_TABLE, order.state, WorkOrderTrigger.REOPEN)
            order = replace(order, state=state, done_at=None, reason="")
        held.active.append(occurrence.id)
        held.appended += 1
        self._of_occurrence[occurrence.id] = order.id
        appended = replace(
            order,
            occurrences=self._listed(held, occurrence.id),
            priority=min(order.priority, occurrence.priority, key=lambda priority: priority.rank),
            proposed_done=False,
            changed_at=occurrence.raised_at,
        )
        return self._keep(held, change, appended)

    def _listed(self, held: OpenOrder, occurrence: str) -> tuple[str, ...]:
        """The order's occurrences with one more: where there are too many, the oldest after the first is left out."""
        first, *others = held.order.occurrences
        if len(others) + 2 > OCCURRENCES_LISTED:
            left_out = others.pop(0)
            if left_out not in held.active:
                self._of_occurrence.pop(left_out, None)
        return (first, *others, occurrence)

    def _change(
        self,
        held: OpenOrder,
        change: WorkOrderChange,
        at: Instant,
        **fields: WorkOrderState | str | bool,
    ) -> WorkOrderChanged:
        return self._keep(held, change, replace(held.order, changed_at=at, **fields))

    def _keep(
        self, held: OpenOrder, change: WorkOrderChange, order: WorkOrder, actor: str | None = None
    ) -> WorkOrderChanged:
        """Keep the order as its next version, or what is left of it where it ended."""
        held.order = replace(order, version=order.version + 1)
        if order.state in ENDED_STATES:
            self._end(held)
        return WorkOrderChanged(change=change, order=held.order, actor=actor)

    def _hold(self, held: OpenOrder) -> None:
        self._open[held.order.id] = held
        self._newest[held.key] = held.order.id
        self._of_occurrence.update(dict.fromkeys((*held.order.occurrences, *held.active), held.order.id))

    def _end(self, held: OpenOrder) -> None:
        order = held.order
        del self._open[order.id]
        if self._newest.get(held.key) == order.id:
            del self._newest[held.key]
        for occurrence in (*order.occurrences, *held.active):
            self._of_occurrence.pop(occurrence, None)
        self._ended[order.id] = EndedOrder(
            id=order.id,
            site=order.site,
            asset=order.asset,
            fault=order.fault,
            ended_at=order.changed_at,
            is_closed=order.state is WorkOrderState.CLOSED,
        )

    def _recalled(self, key: _Key, at: Instant) -> str | None:
        for ended in reversed(self._ended.values()):
            if ended.is_closed and (ended.site, ended.asset, ended.fault) == key:
                return ended.id if at - ended.ended_at <= RECALL_WITHIN else None
        return None

    def _expected(self, command: MoveWorkOrder) -> OpenOrder:
        held = self._open.get(command.order)
        if held is None and command.order in self._ended:
            raise CommandRefused("order_ended", f"order '{command.order}' has ended: a new fault makes a new order")
        if held is None:
            raise CommandRefused("unknown_order", f"order '{command.order}' is not known, or ended long since")
        if command.expected_version not in (None, held.order.version):
            detail = f"order '{command.order}' is at version {held.order.version}: look again"
            raise CommandRefused("version_conflict", detail)
        return held


def _moved(order: WorkOrder, command: MoveWorkOrder, state: WorkOrderState, at: Instant) -> WorkOrder:
    """The order after a person's step, with what the step says besides the state."""
    trigger = command.trigger
    moved = replace(order, state=state, changed_at=at, reason=command.reason, hold_reason="")
    if trigger in _NEEDS_ASSIGNEE:
        return replace(moved, assignee=command.assignee)
    if trigger is _T.REJECT:
        return replace(moved, assignee=None)
    if trigger is _T.HOLD:
        return replace(moved, hold_reason=command.reason)
    if trigger is _T.FINISH:
        return replace(moved, done_at=at, proposed_done=False)
    if trigger is _T.REOPEN:
        return replace(moved, done_at=None, proposed_done=False)
    return moved
