import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm import Occurrence, OccurrenceState, Why
from domain.commands import MoveWorkOrder
from domain.effects import WorkOrderChange, WorkOrderChanged
from domain.errors import CommandRefused, IllegalTransition
from domain.instant import DAY, HOUR, Instant
from domain.priority import Priority
from domain.text import Text, same
from domain.work_order import WORK_ORDER_TABLE, WorkOrderState, WorkOrderTrigger
from rules.work_ordering import OCCURRENCES_LISTED, WorkOrders
from tests.rules.estate import a_rule

RULE = a_rule("r", "limit", fault="pump.no_flow", priority=Priority.MEDIUM, procedure=Text("look", "看"))
T = WorkOrderTrigger
S = WorkOrderState
WALK = (T.DISPATCH, T.ACCEPT, T.ARRIVE, T.START, T.FINISH, T.VERIFY, T.CLOSE)


def an_occurrence(number: int, at: Instant, priority: Priority = Priority.MEDIUM) -> Occurrence:
    return Occurrence(
        id=f"occurrence-{number}",
        alarm="alarm-1",
        number=number,
        state=OccurrenceState.ACTIVE,
        priority=priority,
        raised_at=at,
        why=Why(seen=same(""), expected=same(""), since=at, clears=same("")),
        configuration="d",
    )


def need(orders: WorkOrders, number: int, at: Instant, **fields: object) -> WorkOrderChanged:
    rule = replace(RULE, **fields)
    return orders.need(rule, "pump", an_occurrence(number, at, rule.priority), same("no flow"))


def one() -> tuple[WorkOrders, str]:
    orders = WorkOrders("real")
    return orders, need(orders, 1, 10).order.id


def a_move(order: str, trigger: WorkOrderTrigger, **fields: object) -> MoveWorkOrder:
    command = MoveWorkOrder(id="c", actor="op", order=order, trigger=trigger, assignee="wu", reason="because")
    return replace(command, **fields)


def walk(orders: WorkOrders, order: str, until: WorkOrderTrigger, at: Instant = 20) -> WorkOrderChanged:
    for trigger in WALK:
        moved = orders.move(a_move(order, trigger), at)
        if trigger is until:
            return moved
    raise AssertionError(until)


def refusal(orders: WorkOrders, command: MoveWorkOrder) -> str:
    with pytest.raises(CommandRefused) as refused:
        orders.move(command, 99)
    return refused.value.code


def test_an_occurrence_makes_an_order() -> None:
    made = need(WorkOrders("real"), 1, 10)
    order = made.order
    assert made.change is WorkOrderChange.CREATED
    assert (order.asset, order.fault, order.state, order.priority) == (
        "pump",
        "pump.no_flow",
        S.REQUESTED,
        Priority.MEDIUM,
    )
    assert (order.title, order.procedure, order.created_at) == (same("no flow"), RULE.procedure, 10)
    assert (order.occurrences, order.recall_of, order.version) == (("occurrence-1",), None, 1)


def test_one_open_order_per_asset_and_fault() -> None:
    orders, first = one()
    again = need(orders, 2, 20, id="other-rule", priority=Priority.CRITICAL)
    assert (again.change, again.order.id, again.order.priority) == (
        WorkOrderChange.APPENDED,
        first,
        Priority.CRITICAL,
    )
    assert again.order.occurrences == ("occurrence-1", "occurrence-2")
    assert need(orders, 3, 30, priority=Priority.LOW).order.priority is Priority.CRITICAL
    assert need(orders, 4, 40, fault="pump.leak").order.id != first


def test_a_rule_without_a_fault_code_is_a_fault_of_its_own() -> None:
    assert need(WorkOrders("real"), 1, 10, fault=None).order.fault == "r"


def test_clearing_proposes_done_when_the_last_occurrence_is_over() -> None:
    orders, first = one()
    need(orders, 2, 20)
    assert orders.cleared("occurrence-1", 30) is None
    proposed = orders.cleared("occurrence-2", 40)
    assert proposed is not None
    assert (proposed.change, proposed.order.id, proposed.order.proposed_done) == (
        WorkOrderChange.PROPOSED_DONE,
        first,
        True,
    )
    assert orders.cleared("occurrence-2", 41) is None
    assert orders.cleared("occurrence-9", 41) is None
    assert need(orders, 3, 50).order.proposed_done is False


def test_people_walk_an_order_to_its_end() -> None:
    orders, first = one()
    orders.cleared("occurrence-1", 15)
    assert orders.move(a_move(first, T.DISPATCH, assignee="wu"), 20).order.assignee == "wu"
    assert orders.move(a_move(first, T.REJECT, reason="away"), 21).order.assignee is None
    orders.move(a_move(first, T.DISPATCH), 22)
    orders.move(a_move(first, T.ACCEPT), 23)
    held = orders.move(a_move(first, T.HOLD, reason="parts"), 24).order
    assert (held.state, held.hold_reason) == (S.ON_HOLD, "parts")
    assert orders.move(a_move(first, T.RESUME), 25).order.hold_reason == ""
    done = orders.move(a_move(first, T.FINISH, reason=""), 26)
    assert (done.order.done_at, done.order.proposed_done, done.actor) == (26, False, "op")
    orders.move(a_move(first, T.VERIFY, reason=""), 27)
    assert orders.move(a_move(first, T.CLOSE, reason=""), 28).order.state is S.CLOSED
    assert refusal(orders, a_move(first, T.REOPEN)) == "order_ended"


def test_what_an_order_needs_to_move() -> None:
    orders, first = one()
    assert refusal(orders, a_move("order-0", T.DISPATCH)) == "unknown_order"
    assert refusal(orders, a_move(first, T.DISPATCH, expected_version=9)) == "version_conflict"
    assert refusal(orders, a_move(first, T.DISPATCH, assignee=None)) == "assignee_needed"
    assert refusal(orders, a_move(first, T.CANCEL, reason=" ")) == "reason_needed"
    with pytest.raises(IllegalTransition):
        orders.move(a_move(first, T.FINISH), 20)


@pytest.mark.parametrize("trigger", [T.FINISH, T.VERIFY, T.CLOSE])
def test_to_call_it_repaired_while_the_alarm_is_active_needs_a_reason(trigger: WorkOrderTrigger) -> None:
    orders, first = one()
    before = WALK[WALK.index(trigger) - 1]
    walk(orders, first, before)
    assert refusal(orders, a_move(first, trigger, reason="")) == "condition_active"
    orders.cleared("occurrence-1", 30)
    orders.move(a_move(first, trigger, reason=""), 31)


def test_a_relapse_within_a_day_opens_the_order_again() -> None:
    orders, first = one()
    orders.cleared("occurrence-1", 15)
    walk(orders, first, T.VERIFY)
    again = need(orders, 2, 20 + 24 * HOUR)
    assert (again.change, again.order.id, again.order.state) == (WorkOrderChange.REOPENED, first, S.REQUESTED)
    assert again.order.done_at is None


def test_a_relapse_after_a_day_is_a_recall_though_the_old_order_was_never_closed() -> None:
    orders, first = one()
    walk(orders, first, T.FINISH)
    again = need(orders, 2, 21 + 24 * HOUR)
    assert (again.change, again.order.recall_of) == (WorkOrderChange.CREATED, first)
    assert need(orders, 3, 22 + 24 * HOUR).order.id == again.order.id
    orders.move(a_move(first, T.VERIFY), 30)
    orders.move(a_move(first, T.CLOSE), 31)
    assert need(orders, 4, 23 + 24 * HOUR).order.id == again.order.id


def test_a_relapse_within_thirty_days_of_closing_is_a_recall() -> None:
    for later, recalled in ((30 * DAY, True), (30 * DAY + 1, False)):
        orders, first = one()
        walk(orders, first, T.CLOSE)
        again = need(orders, 2, 20 + later)
        assert again.order.id != first
        assert again.order.recall_of == (first if recalled else None)


def test_a_cancelled_order_is_not_recalled() -> None:
    orders, first = one()
    orders.move(a_move(first, T.CANCEL), 20)
    assert need(orders, 2, 30).order.recall_of is None


def test_ended_orders_leave_after_thirty_days() -> None:
    orders, first = one()
    walk(orders, first, T.CLOSE)
    orders.forget(20 + 30 * DAY)
    assert refusal(orders, a_move(first, T.REOPEN)) == "order_ended"
    orders.forget(21 + 30 * DAY)
    assert refusal(orders, a_move(first, T.REOPEN)) == "unknown_order"


def test_a_person_can_open_a_done_order_again() -> None:
    orders, first = one()
    walk(orders, first, T.FINISH)
    again = orders.move(a_move(first, T.REOPEN, reason="still drips"), 30)
    assert (again.change, again.order.done_at, again.order.reason) == (WorkOrderChange.REOPENED, None, "still drips")


def test_an_order_that_rests_on_a_corrected_alarm_is_cancelled_unless_somebody_took_it() -> None:
    orders, first = one()
    orders.move(a_move(first, T.DISPATCH), 20)
    void = orders.cleared("occurrence-1", 30, same("walked 02:10"))
    assert void is not None
    assert (void.order.state, void.order.reason) == (S.CANCELLED, "walked 02:10")

    orders, first = one()
    walk(orders, first, T.ACCEPT)
    kept = orders.cleared("occurrence-1", 30, same("walked 02:10"))
    assert kept is not None
    assert (kept.change, kept.order.state) == (WorkOrderChange.PROPOSED_DONE, S.ACCEPTED)


def test_an_order_with_another_occurrence_outlives_a_correction() -> None:
    orders, first = one()
    need(orders, 2, 20)
    assert orders.cleared("occurrence-1", 30, same("walked")) is None
    void = orders.cleared("occurrence-2", 40, same("walked too"))
    assert void is not None
    assert (void.order.id, void.order.state) == (first, S.CANCELLED)


def test_a_chattering_alarm_makes_no_endless_list() -> None:
    orders, first = one()
    for number in range(2, 2 * OCCURRENCES_LISTED):
        orders.cleared(f"occurrence-{number - 1}", number)
        order = need(orders, number, number).order
    assert order.id == first
    assert len(order.occurrences) == OCCURRENCES_LISTED
    assert (order.occurrences[0], order.occurrences[-1]) == ("occurrence-1", f"occurrence-{number}")
    assert len(orders._of_occurrence) == OCCURRENCES_LISTED


def test_an_active_occurrence_that_is_listed_no_more_still_counts() -> None:
    orders, _ = one()
    need(orders, 2, 2)
    for number in range(3, OCCURRENCES_LISTED + 10):
        need(orders, number, number)
        orders.cleared(f"occurrence-{number}", number)
    restored = WorkOrders("real")
    restored.restore(orders.state())
    assert restored.cleared("occurrence-1", 900) is None
    proposed = restored.cleared("occurrence-2", 901)
    assert proposed is not None


TRIGGERS = st.lists(st.one_of(st.sampled_from(list(T)), st.sampled_from(["raise", "clear", "restart"])), max_size=40)


@given(TRIGGERS)
def test_no_course_of_events_leaves_the_table_or_makes_a_second_open_order(steps: list[str]) -> None:
    orders, order_id = one()
    number = 1
    for at, step in enumerate(steps, start=20):
        if step == "raise":
            number += 1
            order_id = need(orders, number, at).order.id
        elif step == "clear":
            orders.cleared(f"occurrence-{number}", at)
        elif step == "restart":
            restored = WorkOrders("real")
            restored.restore(orders.state())
            orders = restored
        else:
            before = {held.order.id: held.order.state for held in orders.state().open}
            trigger = WorkOrderTrigger(step)
            try:
                after = orders.move(a_move(order_id, trigger), at).order.state
            except (IllegalTransition, CommandRefused):
                assert {held.order.id: held.order.state for held in orders.state().open} == before
            else:
                assert WORK_ORDER_TABLE[before[order_id], trigger] is after
        assert len(orders.state().open) <= 1
