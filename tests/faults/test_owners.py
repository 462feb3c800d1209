"""F20: two engines and one partition; at most one takes effect."""

from pathlib import Path

import pytest

from domain.effects import AlarmChanged
from simulators.device import SimulatedDevice
from stores.state.opening import open_state_store
from tests.brokers import wait_until
from tests.faults import estate
from tests.faults.harness import Trial
from tests.faults.oracles import Evidence
from tests.faults.traffic import now
from tests.vigil.running_service import vigil


@pytest.mark.timeout(120)
def test_a_second_vigil_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with Trial(tmp_path) as trial:
        trial.begin()
        second = vigil(
            "serve",
            f"--data={trial.vigil.data}",
            f"--config={tmp_path / 'config'}",
            "--port=0",
            "--mqtt-port=0",
            cwd=tmp_path,
        )
        assert second.returncode == 2
        assert "in use: stop the other Vigil" in second.stderr
        assert "Traceback" not in second.stderr
        trial.wait_stored(20)
        assert trial.verdict() == []


def lose_the_partition(folder: Path, planted: tuple[str, ...] = ()) -> Evidence:
    """Another engine claims the partition behind the back of the running one; then a door is forced."""
    with Trial(folder, planted=planted) as trial:
        trial.begin(traffic=False)
        with open_state_store(trial.vigil.data / "state.sqlite") as state:
            state.writer.claim()
        controller = SimulatedDevice(estate.SITE, estate.controller_of(0), "b1")
        before = trial.vigil.counted("stored")
        trial.publish(controller.access(now(), estate.door_of(0), "opened"))
        wait_until(lambda: trial.vigil.counted("stored") > before, "the opening to be stored", seconds=30.0)
        if not planted:
            wait_until(lambda: trial.vigil.status_of("/readyz") == 503, "the engine to stop")
            assert "PartitionLost" in trial.vigil.get("status")["ready"]["engine"] + trial.vigil.said
        trial.vigil.stop()
        return trial.evidence()


@pytest.mark.timeout(120)
def test_an_engine_that_was_fenced_off_commits_nothing(tmp_path: Path) -> None:
    evidence = lose_the_partition(tmp_path)
    assert [effect for effect in evidence.effects if isinstance(effect.body, AlarmChanged)] == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_the_guard_it_turns_red(tmp_path: Path) -> None:
    evidence = lose_the_partition(tmp_path, ("guard-off",))
    assert [effect for effect in evidence.effects if isinstance(effect.body, AlarmChanged)] != []
