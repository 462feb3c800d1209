"""F1: kill Vigil at random instants under load, and start it again."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from tests.brokers import wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial, runs

EARLY_CHANCE: Final = 0.2
"""How often Vigil dies again while it starts."""

LONGEST_START: Final = 3.0


class Killed(Struct):
    """What a series of kills showed; times in seconds from the start of the process, without those in which others had
    the processor: how busy the machine is says nothing about Vigil.

    `recognised` counts brokers that were left behind and ended by the next start.
    """

    rounds: int
    seed: int
    acked: int
    complaints: list[str]
    ready: list[float]
    resumed: list[float]
    recognised: int


def kill_often(folder: Path, *, rounds: int, seed: int, rate: float = 200.0, planted: Sequence[str] = ()) -> Killed:
    """Kill with SIGKILL `rounds` times; the bundled broker lives on each time, and must be recognised."""
    random = Random(seed)
    ready: list[float] = []
    resumed: list[float] = []
    recognised = 0
    with Trial(folder, seed=seed, rate=rate, planted=planted) as trial:
        vigil = trial.vigil
        trial.quiet = REDELIVERY_SECONDS
        trial.begin()
        for _ in range(rounds):
            trial.wait_acked(random.randrange(50, 300))
            trial.ledger.sync()
            vigil.kill()
            left_behind = vigil.broker_pid
            assert runs(left_behind, vigil.data), "the broker died with Vigil"
            began = vigil.launch()
            if random.random() < EARLY_CHANCE:
                at_random(random, LONGEST_START)
                vigil.kill()
                began = vigil.launch()
            ready.append(vigil.wait_ready(began) - vigil.kept_waiting())
            wait_until(lambda: vigil.counted("stored") > 0, "messages to be stored again", seconds=60.0)
            resumed.append(time.monotonic() - began - vigil.kept_waiting())
            recognised += not runs(left_behind, vigil.data)
        found = trial.verdict()
        return Killed(
            rounds=rounds,
            seed=seed,
            acked=len(trial.ledger.acked),
            complaints=found,
            ready=ready,
            resumed=resumed,
            recognised=recognised,
        )


def at_random(random: Random, longest: float) -> None:
    """Let a random time pass: the instant is what is being tested."""
    threading.Event().wait(random.uniform(0.0, longest))
