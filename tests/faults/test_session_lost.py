"""F5: the broker's storage is wiped under load; Vigil subscribes again and says that something may be lost.

Who notices differs: the bundled broker's supervisor misses the store and makes the sessions anew before the collector
is back; at a broker by URL the collector is told that its session is not there.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from tests.brokers import MosquittoForTests
from tests.faults.harness import REDELIVERY_SECONDS, Trial
from tests.vigil.running_service import url_of

AGAIN_SECONDS = 20.0
"""Until messages are stored again. Five seconds are asked of a quiet machine; `wipe` gives the figure."""


class Wiped(Struct, frozen=True):
    """What a wipe showed: seconds until messages were stored again, what Vigil said, what was lost of later ones."""

    took: float
    said: str
    lost: set[str]


@contextmanager
def bundled(folder: Path, planted: Sequence[str]) -> Iterator[tuple[Trial, Callable[[], None]]]:
    """A Vigil with its own broker under load, and what wipes that."""
    with Trial(folder, planted=planted) as trial:
        trial.begin()

        def wipe() -> None:
            broker = trial.vigil.broker_pid
            os.kill(broker, signal.SIGSTOP)
            shutil.rmtree(trial.vigil.data / "broker" / "store")
            os.kill(broker, signal.SIGKILL)

        yield trial, wipe


@contextmanager
def by_url(folder: Path, planted: Sequence[str]) -> Iterator[tuple[Trial, Callable[[], None]]]:
    """A Vigil at a mosquitto under load, and what wipes that."""
    broker = MosquittoForTests(folder)
    broker.start()
    try:
        with Trial(folder, planted=planted, arguments=(f"--broker={url_of(broker.collector)}",)) as trial:
            trial.begin(address=broker.devices)

            def wipe() -> None:
                broker.kill()
                (folder / "mosquitto" / "mosquitto.db").unlink(missing_ok=True)
                broker.start()

            yield trial, wipe
    finally:
        broker.stop()


PLACES = {"bundled": bundled, "url": by_url}
TOLD = {"bundled": "broker_store_lost", "url": "collector session_lost"}


def wipe(at: str, folder: Path, planted: Sequence[str] = ()) -> Wiped:
    """Wipe the broker's storage once, under load."""
    with PLACES[at](folder, planted) as (trial, wipe_it):
        trial.quiet = REDELIVERY_SECONDS
        trial.wait_stored(100)
        wipe_it()
        began = time.monotonic()
        trial.wait_stored(20, seconds=AGAIN_SECONDS)
        took = time.monotonic() - began
        marked = set(trial.ledger.sent)
        trial.wait_acked(300)
        trial.settle()
        trial.vigil.stop()
        later = set(trial.ledger.acked) - marked
        return Wiped(took=took, said=trial.vigil.said, lost={str(lost) for lost in later - trial.evidence().identities})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("at", ["bundled", pytest.param("url", marks=pytest.mark.long)])
def test_a_wiped_broker_is_noticed_told_and_used_again(tmp_path: Path, at: str) -> None:
    wiped = wipe(at, tmp_path)
    assert TOLD[at] in wiped.said
    assert wiped.lost == set()


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("at", list(PLACES))
def test_without_telling_it_turns_red(tmp_path: Path, at: str) -> None:
    assert TOLD[at] not in wipe(at, tmp_path, ("session-loss-untold",)).said


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_subscribing_again_it_turns_red(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="20 more stored messages"):
        wipe("url", tmp_path, ("subscribe-once",))
