"""F2: death at each step of a message's way, and one start after it."""

from pathlib import Path

import pytest

from tests.brokers import wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial


def die_and_go_on(folder: Path, *planted: str) -> list[str]:
    """Run until the planted death, start again without it but with the other plants, and say what is wrong."""
    with Trial(folder, planted=planted) as trial:
        trial.quiet = REDELIVERY_SECONDS
        trial.begin()
        wait_until(trial.vigil.died, "the planted death", seconds=30.0)
        trial.ledger.sync()
        trial.vigil.planted = tuple(name for name in planted if not name.startswith("die"))
        trial.vigil.start()
        trial.wait_acked(200)
        return trial.verdict()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("death", ["die-after-commit:40"])
def test_death_between_two_steps_loses_and_doubles_nothing(tmp_path: Path, death: str) -> None:
    assert die_and_go_on(tmp_path, death) == []


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "death",
    ["die-before-commit:30", "die-after-commit:7", "die-after-effects:1", "die-after-effects:3", "die-after-sending:2"],
)
def test_death_at_other_steps_loses_and_doubles_nothing(tmp_path: Path, death: str) -> None:
    assert die_and_go_on(tmp_path, death) == []


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("planted", "complaint"),
    [
        (("ack-before-commit", "die-before-commit:60"), "acknowledged messages are not stored"),
        (("outbox-after-commit", "die-between-effects-and-outbox:3"), "notifications made"),
    ],
)
def test_a_planted_bug_turns_it_red(tmp_path: Path, planted: tuple[str, ...], complaint: str) -> None:
    complaints = die_and_go_on(tmp_path, *planted)
    assert any(complaint in each for each in complaints), complaints
