"""Lists and look-ups stay quick when the tables are large: each uses the index that was made for it."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from domain.effects import AlarmChange, AlarmChanged, WorkOrderChange, WorkOrderChanged
from stores.ports import AlarmFilter, OrderFilter, Page
from stores.state.opening import StateStore, open_state_store
from tests.samples import NOW, an_alarm, an_order
from tests.stores.commits import Owner, a_message, quarantined

QUERIES: dict[str, tuple[str, Callable[[StateStore], object]]] = {
    "alarms": ("alarm_urgency", lambda store: store.reader.alarms(AlarmFilter(), Page(limit=1))),
    "orders": ("work_order_created", lambda store: store.reader.orders(OrderFilter(), Page(limit=1))),
    "runs": ("tour_run_start", lambda store: store.reader.runs(None, None, Page())),
    "runs of a tour": ("tour_run_tour", lambda store: store.reader.runs("tower", "night", Page())),
    "occurrences": ("occurrence_number", lambda store: store.reader.occurrences("alarm-1", Page())),
    "alarm history": ("effect_history", lambda store: store.reader.alarm_history("alarm-1", Page())),
    "order history": ("effect_history", lambda store: store.reader.order_history("order-1", Page())),
    "notifications of an alarm": (
        "sqlite_autoindex_notification_1",
        lambda store: store.reader.notifications("alarm-1", Page()),
    ),
    "attempts of a message": ("sqlite_autoindex_attempt_1", lambda store: store.messages.attempts("m")),
    "quarantine by reason": ("quarantine_reason", lambda store: store.reader.quarantine("oversize", Page())),
    "quarantine counts": ("quarantine_reason", lambda store: store.reader.quarantine_counts()),
    "stream": ("INTEGER PRIMARY KEY", lambda store: store.reader.effects_after(1, 10)),
    "due messages": ("outbox_order", lambda store: store.outbox.claim_messages(1, "console", 10, NOW + 99)),
    "counts": ("outbox_sent", lambda store: store.outbox.counts()),
    "receipt": ("sqlite_autoindex_outbox_1", lambda store: store.outbox.mark_sent("m", NOW)),
    "replacing": (
        "outbox_address",
        lambda store: Owner(store.writer).commit(outbox=[a_message("n", "t", retain=True)]),
    ),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with open_state_store(tmp_path / "state.sqlite") as opened:
        alarm = an_alarm()
        Owner(opened.writer).commit(
            AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=alarm.latest),
            WorkOrderChanged(change=WorkOrderChange.CREATED, order=an_order()),
            quarantined("oversize"),
            outbox=[a_message("m")],
        )
        yield opened


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_queries_use_their_index(store: StateStore, tmp_path: Path, name: str) -> None:
    index, ask = QUERIES[name]
    statements: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE outbox", "DELETE")):
            statements.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask(store)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    connection = sqlite3.connect(tmp_path / "state.sqlite")
    plans = [
        row[3]
        for statement, parameters in statements
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
    ]
    connection.close()
    assert any(index in plan for plan in plans), plans
    assert not any(plan.startswith("SCAN") for plan in plans if "effect_stream" not in plan), plans
    assert not any("TEMP B-TREE" in plan for plan in plans), plans


def test_a_page_further_on_enters_the_index_too(store: StateStore, tmp_path: Path) -> None:
    Owner(store.writer).commit(WorkOrderChanged(change=WorkOrderChange.CREATED, order=an_order("order-2")))
    _, cursor = store.reader.orders(OrderFilter(), Page(limit=1))
    QUERIES["next page"] = (
        "work_order_created (lane=? AND created_at<?)",
        lambda store: store.reader.orders(OrderFilter(), Page(limit=1, cursor=cursor)),
    )
    test_queries_use_their_index(store, tmp_path, "next page")
    del QUERIES["next page"]
