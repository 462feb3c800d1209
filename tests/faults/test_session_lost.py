"""F5: the broker's storage is wiped under load; Vigil subscribes again and says that something may be lost."""

import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.brokers import wait_until
from tests.faults.harness import Trial

RESUBSCRIBED_SECONDS = 10.0


def wipe(folder: Path, planted: Sequence[str] = ()) -> tuple[float, str, set[str]]:
    """Give the seconds until messages are stored again, what Vigil said, and what is lost of what was sent later."""
    with Trial(folder, planted=planted) as trial:
        trial.begin()
        trial.wait_stored(100)
        vigil = trial.vigil
        broker = vigil.broker_pid
        os.kill(broker, signal.SIGSTOP)
        shutil.rmtree(vigil.data / "broker" / "store")
        os.kill(broker, signal.SIGKILL)
        began = time.monotonic()
        before = vigil.counted("stored")
        wait_until(lambda: vigil.counted("stored") > before + 20, "messages to be stored again", seconds=30.0)
        took = time.monotonic() - began
        marked = set(trial.ledger.sent)
        trial.wait_acked(300)
        trial.settle()
        trial.vigil.stop()
        later = set(trial.ledger.acked) - marked
        return took, vigil.said, {str(lost) for lost in later - trial.evidence().identities}


@pytest.mark.timeout(120)
def test_a_wiped_broker_is_noticed_told_and_used_again(tmp_path: Path) -> None:
    took, said, lost = wipe(tmp_path)
    assert took <= RESUBSCRIBED_SECONDS
    assert "session_lost" in said
    assert lost == set()


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_telling_it_turns_red(tmp_path: Path) -> None:
    _, said, _ = wipe(tmp_path, planted=("session-loss-untold",))
    assert "session_lost" not in said
