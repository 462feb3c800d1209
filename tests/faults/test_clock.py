"""F11: the wall clock is set while Vigil runs; nothing is lost or doubled, and the jump is on record."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from domain.record import MonitorGap
from tests.brokers import wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial
from tests.faults.oracles import Evidence

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400


def jump(
    folder: Path, seconds: int, planted: Sequence[str] = (), *, tells: bool = False
) -> tuple[list[str], Evidence, str]:
    """Set Vigil's clock by so many seconds under load; the devices keep theirs. `tells` waits for the alarm."""
    offset = folder / "clock-offset"
    with Trial(folder, planted=("movable-clock", *planted)) as trial:
        trial.quiet = REDELIVERY_SECONDS
        offset.write_text("0")
        trial.begin()
        wait_until(
            lambda: trial.vigil.figures().get("vigil_engine_ticks_total", 0.0) > 0, "the first tick", seconds=30.0
        )
        fresh = offset.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(offset)
        trial.wait_stored(300)
        wait_until(lambda: trial.vigil.status_of("/healthz") == 200, "the API")
        if tells:
            alarms = partial(trial.vigil.get, "alarms", rule="vigil-clock", condition="active")
            wait_until(lambda: alarms()["items"], "the alarm about the clock", seconds=30.0)
        found = trial.verdict(effects=seconds > 0)
        return found, trial.evidence(), trial.vigil.said


def jumps(evidence: Evidence) -> list[str]:
    return [
        body.reason
        for body in evidence.bodies(MonitorGap)
        if isinstance(body, MonitorGap) and "clock jumped ahead" in body.reason
    ]


@pytest.mark.timeout(120)
def test_a_clock_set_an_hour_ahead_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found, evidence, _ = jump(tmp_path, HOUR_SECONDS)
    assert found == []
    assert len(jumps(evidence)) == 1


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_clock_set_a_day_ahead_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found, evidence, _ = jump(tmp_path, DAY_SECONDS)
    assert found == []
    assert len(jumps(evidence)) == 1


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seconds", [-HOUR_SECONDS, -DAY_SECONDS])
def test_a_clock_set_back_loses_nothing_and_is_told(tmp_path: Path, seconds: int) -> None:
    found, _, said = jump(tmp_path, seconds, tells=True)
    assert found == []
    assert "it went back by" in said


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_the_gap_law_it_turns_red(tmp_path: Path) -> None:
    _, evidence, _ = jump(tmp_path, HOUR_SECONDS, planted=("gap-law-off",))
    assert jumps(evidence) == []
