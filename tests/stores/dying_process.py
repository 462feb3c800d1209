"""Processes that die at chosen places while they write. Run as `python -m tests.stores.dying_process ACTION FOLDER`.

`commit`: in FOLDER/0, FOLDER/1, ... a store with one record; a child then commits a second record and kills itself
before its n-th statement; the last child finishes. `migrate`: the same while a database is made; `upgrade-0001`: while
one of that schema is brought up to date. `commit-without-begin` is `commit` with a planted bug: no transaction is
opened. `loop`: commits until killed, telling each seq.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import alembic.command  # noqa: F401 - loaded once here, not in every child
import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, text

from domain.effects import AlarmChange, AlarmChanged, EffectBody, WorkOrderChange, WorkOrderChanged
from stores import dialect
from stores.migrating import _upgrade
from stores.ports import OutboxMessage
from stores.state.opening import open_state_store
from tests.samples import NOW, an_alarm, an_order
from tests.stores.commits import Owner, a_device, a_message

MOST_STATEMENTS = 200


def consequences(seq: int) -> tuple[Sequence[EffectBody], Sequence[OutboxMessage]]:
    """What the record `seq` leads to: every kind of row that a commit writes."""
    alarm = an_alarm(version=seq)
    bodies: list[EffectBody] = [
        AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=alarm.latest),
        WorkOrderChanged(change=WorkOrderChange.CREATED, order=an_order(version=seq)),
        a_device(f"gateway-{seq}"),
    ]
    return bodies, [a_message(f"retained-{seq}", "status", retain=True), a_message(f"passing-{seq}")]


def commit_next(owner: Owner) -> None:
    bodies, messages = consequences(owner.seq + 1)
    owner.commit(*bodies, outbox=messages)


def die_before_statement(number: int) -> None:
    """Kill this process before it sends its statement `number` (from 0); COMMIT counts as one."""
    sent = 0

    def count(*_: object) -> None:
        nonlocal sent
        if sent == number:
            os.kill(os.getpid(), signal.SIGKILL)
        sent += 1

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


def at_every_statement(folder: Path, prepared: Path, act: Callable[[Path], None]) -> None:
    for number in range(MOST_STATEMENTS):
        here = folder / str(number)
        shutil.copytree(prepared, here)

        def die(number: int = number, here: Path = here) -> None:
            die_before_statement(number)
            act(here)

        if in_child(die) == 0:
            return
    sys.exit(f"not through after {MOST_STATEMENTS} statements")


def in_child(act: Callable[[], None]) -> int:
    """Run `act` in a process of its own, so that no connection outlives it; gives its wait status."""
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def commit_first(folder: Path) -> None:
    """Make a store that has one record, and close it."""
    with open_state_store(folder / "state.sqlite") as store:
        commit_next(Owner(store.writer))


def make_older(folder: Path, revision: str) -> None:
    """Make a store of an earlier release's schema, with the alarm and the occurrence that it would have written."""
    engine = create_engine(f"sqlite:///{folder / 'state.sqlite'}")
    with engine.begin() as connection:
        _upgrade(connection, "state", revision)
        alarm = an_alarm()
        row: dict[str, object] = {
            "lane": "real",
            "id": alarm.id,
            "site": alarm.site,
            "rule": alarm.rule,
            "condition": "active",
        }
        row.update(standing=True, urgency=1, raised_at=NOW, body=msgspec.msgpack.encode(alarm))
        insert_row(connection, "alarm", row)
        latest = alarm.latest
        row = {"lane": "real", "id": latest.id, "alarm": alarm.id, "number": 1, "body": msgspec.msgpack.encode(latest)}
        insert_row(connection, "occurrence", row)
    engine.dispose()


def insert_row(connection: Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 - names of ours


def commit_second(folder: Path) -> None:
    commit_next(Owner(open_state_store(folder / "state.sqlite").writer))


def make(folder: Path) -> None:
    open_state_store(folder / "state.sqlite")


def loop(folder: Path) -> None:
    owner = Owner(open_state_store(folder / "state.sqlite").writer)
    while True:
        commit_next(owner)
        print(owner.seq, flush=True)  # noqa: T201 - the parent reads what is acknowledged


def main(action: str, folder: Path) -> None:
    if action == "loop":
        loop(folder)
        return
    if action == "commit-without-begin":
        dialect._BEGIN = "SELECT 1"  # type: ignore[misc]
    act: Callable[[Path], None] = commit_second
    prepare: Callable[[Path], None] = commit_first
    if action == "migrate":
        act, prepare = make, lambda _: None
    elif action.startswith("upgrade-"):
        act, prepare = make, lambda folder: make_older(folder, action.removeprefix("upgrade-"))
    with tempfile.TemporaryDirectory() as prepared:
        # Made by a child: no connection may be open when this process forks.
        if in_child(lambda: prepare(Path(prepared))) != 0:
            sys.exit("cannot prepare a store")
        at_every_statement(folder, Path(prepared), act)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
