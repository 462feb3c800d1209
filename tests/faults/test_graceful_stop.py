"""F22: SIGTERM while viewers follow the live stream and messages wait."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.brokers import wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial, VigilProcess

VIEWERS = 50
EXIT_SECONDS = 10.0


@contextmanager
def viewer(vigil: VigilProcess) -> Iterator[socket.socket]:
    """Somebody who opens the live stream and then reads nothing more of it."""
    with socket.create_connection(("127.0.0.1", vigil.api_port), 10.0) as connection:
        head = f"GET /api/v1/stream HTTP/1.1\r\nHost: vigil\r\nAuthorization: {vigil.login()['Authorization']}\r\n\r\n"
        connection.sendall(head.encode())
        assert b" 200 " in connection.recv(64)
        yield connection


def stop_under_load(folder: Path, planted: Sequence[str] = ()) -> tuple[float, list[str]]:
    """Give the seconds until the exit, and what is wrong after another start."""
    with Trial(folder, rate=300.0, planted=planted) as trial, ExitStack() as viewers:
        trial.quiet = REDELIVERY_SECONDS  # what was in hand at the end comes again
        trial.begin()
        trial.wait_acked(300)
        for _ in range(VIEWERS):
            viewers.enter_context(viewer(trial.vigil))
        trial.wait_acked(300)
        began = time.monotonic()
        trial.vigil.terminate()
        wait_until(trial.vigil.died, "Vigil to end", seconds=2 * EXIT_SECONDS)
        took = time.monotonic() - began
        said = trial.vigil.said
        trial.vigil.start()
        found = trial.verdict()
    return took, [*found, *(["a traceback was shown"] if "Traceback" in said else [])]


@pytest.mark.timeout(120)
def test_it_ends_in_time_with_viewers_and_a_backlog(tmp_path: Path) -> None:
    took, complaints = stop_under_load(tmp_path)
    assert complaints == []
    assert took <= EXIT_SECONDS


@pytest.mark.long
@pytest.mark.timeout(120)
def test_an_api_that_waits_for_its_viewers_turns_it_red(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="Vigil to end"):
        stop_under_load(tmp_path, planted=("stop-waits-for-viewers",))
