"""F10: another process holds the write lock of Vigil's databases; devices notice nothing but a pause."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.brokers import wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep everybody else from writing to a database."""
    connection = sqlite3.connect(path, timeout=20.0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def lock_for(folder: Path, seconds: float, planted: Sequence[str] = ()) -> list[str]:
    with Trial(folder, planted=planted) as trial:
        trial.quiet = REDELIVERY_SECONDS
        trial.begin()
        trial.wait_acked(200)
        data = trial.vigil.data
        with ExitStack() as locks:
            for path in [*sorted((data / "journal").glob("*.sqlite")), data / "state.sqlite"]:
                locks.enter_context(locked(path))
            until = time.monotonic() + seconds
            wait_until(lambda: time.monotonic() > until, "the lock to have lasted", seconds=2 * seconds)
            assert trial.vigil.status_of("/healthz") == 200
            assert trial.vigil.status_of("/api/v1/alarms") == 200
        trial.wait_stored()
        return trial.verdict()


@pytest.mark.timeout(120)
def test_locked_databases_lose_nothing(tmp_path: Path) -> None:
    assert lock_for(tmp_path, 6.0) == []


@pytest.mark.long
@pytest.mark.timeout(180)
def test_databases_locked_for_half_a_minute_lose_nothing(tmp_path: Path) -> None:
    assert lock_for(tmp_path, 30.0) == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_acknowledging_what_was_refused_turns_it_red(tmp_path: Path) -> None:
    complaints = lock_for(tmp_path, 12.0, planted=("ack-what-failed",))
    assert any("acknowledged messages are not stored" in each for each in complaints), complaints
