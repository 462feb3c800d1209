"""F1: SIGKILL to `vigil serve` at random instants under load; the bundled broker lives on and is recognised."""

from pathlib import Path

import pytest

from tests.faults.killing import Killed, kill_often
from tests.known_work import known_seconds, slowness

READY_SECONDS = 5.0
RESUMED_SECONDS = 10.0
"""On the machine of the bars (`tests.known_work`); a start is processor time for the most part."""


def require_clean(killed: Killed) -> None:
    assert killed.complaints == []
    assert killed.acked > 50 * killed.rounds
    assert killed.recognised == killed.rounds
    # The quickest of them, because the tests share the machine; scripts/faults shows what all of them took.
    slow = slowness(min(known_seconds() for _ in range(20)))
    assert min(killed.ready) <= READY_SECONDS * slow, killed.ready
    assert min(killed.resumed) <= RESUMED_SECONDS * slow, killed.resumed


@pytest.mark.timeout(400)
def test_six_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    require_clean(kill_often(tmp_path, rounds=6, seed=1))


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_sixty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    require_clean(kill_often(tmp_path, rounds=60, seed=2))


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("planted", "complaint"),
    [
        ("ack-before-commit", "acknowledged messages are not stored"),
        ("commit-without-outbox", "notifications made"),
    ],
)
def test_a_planted_bug_turns_it_red(tmp_path: Path, planted: str, complaint: str) -> None:
    killed = kill_often(tmp_path, rounds=4, seed=3, planted=(planted,))
    assert any(complaint in each for each in killed.complaints), killed.complaints
