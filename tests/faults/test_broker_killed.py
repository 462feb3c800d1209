"""F4: SIGKILL to the bundled nats-server under load; its supervisor starts it again, and nothing is lost."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.brokers import wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial, VigilProcess, runs

RESUMED_SECONDS = 10.0


def kill_broker_often(folder: Path, *, rounds: int, seed: int, planted: Sequence[str] = ()) -> list[str]:
    random = Random(seed)
    with Trial(folder, seed=seed, planted=planted) as trial:
        vigil = trial.vigil
        trial.quiet = REDELIVERY_SECONDS
        trial.begin()
        for _ in range(rounds):
            trial.wait_acked(random.randrange(20, 200))
            kill_broker(vigil)
            trial.wait_stored(seconds=RESUMED_SECONDS + 10.0)
        return trial.verdict()


def kill_broker(vigil: VigilProcess) -> None:
    """Kill it, and wait until its supervisor has started another."""
    killed = vigil.broker_pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: vigil.broker_pid != killed and runs(vigil.broker_pid, vigil.data), "a new broker")


@pytest.mark.timeout(120)
def test_three_kills_of_the_broker_lose_nothing(tmp_path: Path) -> None:
    assert kill_broker_often(tmp_path, rounds=3, seed=1) == []


@pytest.mark.long
@pytest.mark.timeout(600)
def test_thirty_kills_of_the_broker_lose_nothing(tmp_path: Path) -> None:
    assert kill_broker_often(tmp_path, rounds=30, seed=2) == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_collector_without_a_lasting_session_turns_it_red(tmp_path: Path) -> None:
    complaints = kill_broker_often(tmp_path, rounds=5, seed=3, planted=("clean-session",))
    assert any("acknowledged messages are not stored" in each for each in complaints), complaints
