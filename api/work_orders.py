"""Work orders: lists, single ones, their history, and stepping them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import examples
from api.answers import answer, command_answer, list_answer
from api.changes import Change
from api.command_request import Asked
from api.derived import Listing
from api.parameters import Id, IdFilter, Paging, etag
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, nothing
from api.requests import TransitionBody
from api.views import WorkOrderAnswer, WorkOrderMove
from domain.commands import MoveWorkOrder
from domain.work_order import WORK_ORDER_TABLE, WorkOrder, WorkOrderState
from stores.ports import OrderFilter

router = APIRouter(prefix="/api/v1", tags=["work orders"])


def _order(ports: ApiPorts, order: str) -> WorkOrder:
    found = ports.models.order(order)
    if found is None:
        raise nothing("work order", order)
    return found


@router.get("/work-orders", **list_answer(examples.ORDER))
def list_work_orders(
    ports: Ports,
    page: Paging,
    *,
    site: IdFilter = None,
    state: WorkOrderState | None = None,
    asset: IdFilter = None,
    is_open: Annotated[bool | None, Query(alias="open", description="True: neither closed nor cancelled.")] = None,
) -> Listing[WorkOrder]:
    """Work orders, newest first."""
    return Listing(*ports.models.orders(OrderFilter(site=site, state=state, asset=asset, open=is_open), page))


@router.get("/work-order-moves", **list_answer(examples.ORDER_MOVE))
def list_work_order_moves() -> Listing[WorkOrderMove]:
    """What can be done to an order in each state, so that nobody offers what would be refused."""
    return Listing(
        [
            WorkOrderMove(state=state, trigger=trigger, leads_to=following)
            for (state, trigger), following in WORK_ORDER_TABLE.items()
        ]
    )


@router.get("/work-orders/{order}", **answer(examples.ORDER, NOT_FOUND))
def get_work_order(ports: Ports, order: Id, response: Response) -> WorkOrder:
    """One work order. Its ETag is its version, for If-Match."""
    found = _order(ports, order)
    response.headers.update(etag(found.version))
    return found


@router.get("/work-orders/{order}/history", **list_answer(examples.ORDER_CHANGE, NOT_FOUND))
def list_work_order_history(ports: Ports, order: Id, page: Paging) -> Listing[Change]:
    """Every change of one work order, newest first."""
    entries, following = ports.models.order_history(_order(ports, order).id, page)
    return Listing([Change.of(stored) for stored in entries], following)


@router.post("/work-orders/{order}/transitions", **command_answer(examples.ORDER_ANSWER, examples.WAITING))
async def move_work_order(ports: Ports, asked: Asked, order: Id, body: TransitionBody) -> WorkOrderAnswer | Response:
    """Step a work order, as its table of states allows (docs/state-machines.md)."""
    command = MoveWorkOrder(
        **asked.common(body), order=order, trigger=body.trigger, reason=body.reason, assignee=body.assignee
    )
    return await asked.answer(
        command, order, lambda outcome: WorkOrderAnswer(outcome=outcome, order=_order(ports, order))
    )
