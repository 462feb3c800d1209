"""kill -9 at every statement of a commit and of a migration, and at chance moments."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stores.migrating import HEADS
from stores.ports import Page
from stores.state.opening import StateStore, open_state_store
from tests.brokers import PATIENCE_SECONDS
from tests.samples import NOW, an_occurrence
from tests.stores.commits import Owner
from tests.stores.dying_process import commit_next, consequences

ROOT = Path(__file__).resolve().parents[2]
ACKNOWLEDGED_BEFORE_KILL = 60
OLDER = [f"{number:04}" for number in range(1, int(HEADS["state"]))]
"""The schemas that earlier releases wrote."""


def dying(action: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.stores.dying_process", action, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run_dying(action: str, folder: Path) -> list[Path]:
    """Let the process die at every statement; gives the folders of all attempts, the finished one last."""
    with dying(action, folder) as process:
        _, errors = process.communicate(timeout=50)
        assert process.returncode == 0, errors
    return sorted(folder.iterdir(), key=lambda path: int(path.name))


def torn(store: StateStore) -> Iterator[str]:
    """Whatever does not fit the seq that the store says it has reached."""
    seq = store.writer.last_seq()
    effects = store.reader.effects_after(0, 10_000)
    bodies = [body for record in range(1, seq + 1) for body in consequences(record)[0]]
    if [stored.effect.body for stored in effects] != bodies:
        yield f"{len(effects)} effects at seq {seq}"
    if [stored.position for stored in effects] != list(range(1, len(bodies) + 1)):
        yield f"{len(effects)} effects at positions with gaps, at seq {seq}"
    if store.reader.last_position() != len(bodies):
        yield f"last position {store.reader.last_position()} at seq {seq}"
    if len(store.reader.devices("tower")) != seq:
        yield f"{len(store.reader.devices('tower'))} devices at seq {seq}"
    alarm, order = store.reader.alarm("alarm-1"), store.reader.order("order-1")
    if seq and (alarm is None or order is None or alarm.version != seq or order.version != seq):
        yield f"alarm or order of another record than {seq}"
    # One message of every record, and the last retained one.
    if store.outbox.counts()["waiting"] != (seq + 1 if seq else 0):
        yield f"outbox {store.outbox.counts()} at seq {seq}"


def test_a_commit_killed_at_any_statement_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    attempts = run_dying("commit", tmp_path)
    reached = []
    for folder in attempts:
        with open_state_store(folder / "state.sqlite") as store:
            assert list(torn(store)) == []
            reached.append(store.writer.last_seq())
            commit_next(Owner(store.writer))
            assert list(torn(store)) == []
    assert len(attempts) > 10
    assert reached == [1] * (len(attempts) - 1) + [2]


def test_the_judge_sees_a_commit_without_a_transaction(tmp_path: Path) -> None:
    found = []
    for folder in run_dying("commit-without-begin", tmp_path):
        with open_state_store(folder / "state.sqlite") as store:
            found += list(torn(store))
    assert found


def test_a_migration_killed_at_any_statement_is_made_up_for_at_the_next_start(tmp_path: Path) -> None:
    attempts = run_dying("migrate", tmp_path)
    assert len(attempts) > 10
    for folder in attempts:
        with open_state_store(folder / "state.sqlite") as store:
            commit_next(Owner(store.writer))
            assert list(torn(store)) == []


@pytest.mark.parametrize(
    "revision",
    # From the oldest all steps are taken, and from the newest the last one alone; what lies between repeats them.
    [pytest.param(each, marks=() if each in {OLDER[0], OLDER[-1]} else pytest.mark.long) for each in OLDER],
)
def test_an_upgrade_killed_at_any_statement_is_made_up_for_and_keeps_what_was_there(
    tmp_path: Path, revision: str
) -> None:
    attempts = run_dying(f"upgrade-{revision}", tmp_path)
    assert len(attempts) >= 10
    for folder in attempts:
        with open_state_store(folder / "state.sqlite") as store:
            (occurrence,) = store.reader.occurrences("alarm-1", Page())[0]
            assert occurrence == an_occurrence()
            commit_next(Owner(store.writer))
            assert list(torn(store)) == []
    with closing(sqlite3.connect(attempts[0] / "state.sqlite")) as connection:
        filled = connection.execute("SELECT site, rule, priority, raised_at, count FROM occurrence").fetchall()
    assert filled == [("tower", "door-forced", "high", NOW, 1)]


def test_what_was_acknowledged_before_a_kill_is_stored_exactly_once(tmp_path: Path) -> None:
    with dying("loop", tmp_path) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(ACKNOWLEDGED_BEFORE_KILL)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout.read().split()]
        process.communicate(timeout=PATIENCE_SECONDS)
    with open_state_store(tmp_path / "state.sqlite") as store:
        assert store.writer.last_seq() in {acknowledged[-1], acknowledged[-1] + 1}
        assert list(torn(store)) == []
