"""kill -9 while writing: whatever a callback was told is there afterwards. Judged by seqs, not by counts."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.brokers import PATIENCE_SECONDS
from tests.journal.journal_folder import open_journal

ROUNDS = 6
SEED = 20261123


BEGAN = time.time()


def run_until_killed(folder: Path, *, bug: str = "none", after: int = 0, kill_after_lines: int = 0) -> list[int]:
    """Start the writing child; gives the seqs its callbacks reported before it died."""
    command = [sys.executable, "-m", "tests.journal.kill_child", str(folder), bug, str(after), str(BEGAN)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        ledger = b""
        while kill_after_lines and ledger.count(b"\n") < kill_after_lines:
            piece = child.stdout.read1(4096)  # type: ignore[attr-defined]
            assert piece, "the child ended by itself"
            ledger += piece
        if kill_after_lines:
            child.kill()
        ledger += child.stdout.read()
        assert child.wait(PATIENCE_SECONDS) == -9
    return [int(line) for line in ledger.split(b"\n")[:-1]]


def missing(folder: Path, reported: list[int]) -> set[int]:
    with open_journal(folder) as journal:
        assert journal.verify() == []
        stored = [record.seq for record in journal.read(0, 1_000_000)]
    assert stored == sorted(set(stored))
    return set(reported) - set(stored)


def test_what_was_reported_survives_kills_from_outside(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    reported: list[int] = []
    for _ in range(ROUNDS):
        fresh = run_until_killed(tmp_path, kill_after_lines=chance.randint(1, 3000))
        assert not reported or min(fresh) > max(reported), "a seq was given twice"
        reported += fresh
        assert missing(tmp_path, reported) == set()


@pytest.mark.parametrize("after", [1, 57, 400])
def test_what_was_reported_survives_death_inside_the_callback(tmp_path: Path, after: int) -> None:
    reported = run_until_killed(tmp_path, after=after)
    assert len(reported) == after
    assert missing(tmp_path, reported) == set()


@pytest.mark.parametrize("after", [1, 57, 400])
def test_a_callback_before_the_commit_is_found_by_this_test(tmp_path: Path, after: int) -> None:
    reported = run_until_killed(tmp_path, bug="callback-before-commit", after=after)
    assert missing(tmp_path, reported) != set()
