"""The life of a work order as its table tells it."""

import pytest

from domain.errors import IllegalTransition
from domain.transition import step
from domain.work_order import ENDED_STATES, WORK_ORDER_TABLE, WORKED_STATES, WorkOrderState, WorkOrderTrigger

S, T = WorkOrderState, WorkOrderTrigger


def walk(*triggers: WorkOrderTrigger) -> WorkOrderState:
    state = S.REQUESTED
    for trigger in triggers:
        state = step("work order", WORK_ORDER_TABLE, state, trigger)
    return state


def test_the_whole_way_from_request_to_archive() -> None:
    way = (T.DISPATCH, T.ACCEPT, T.ARRIVE, T.START, T.FINISH, T.VERIFY, T.FOLLOW_UP, T.CLOSE)
    assert walk(*way) is S.CLOSED


def test_nothing_leads_out_of_an_ended_order() -> None:
    assert {state for state in S if all(source is not state for source, _ in WORK_ORDER_TABLE)} == ENDED_STATES


def test_finished_work_can_be_reopened_until_it_is_archived() -> None:
    assert {source for source, trigger in WORK_ORDER_TABLE if trigger is T.REOPEN} == WORKED_STATES


def test_a_rejected_order_waits_for_another_dispatch() -> None:
    assert walk(T.DISPATCH, T.REJECT, T.DISPATCH) is S.DISPATCHED


def test_work_in_hand_is_not_cancelled_from_afar() -> None:
    with pytest.raises(IllegalTransition, match="possible: hold, finish"):
        walk(T.DISPATCH, T.ACCEPT, T.ARRIVE, T.START, T.CANCEL)


def test_every_state_can_be_reached() -> None:
    assert {S.REQUESTED, *WORK_ORDER_TABLE.values()} == set(S)
