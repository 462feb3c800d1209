"""`vigil replay` on the data folder of a service that has run."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from domain.effects import AlarmChanged
from domain.instant import SECOND
from stores.state.opening import open_state_store
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import Device, RunningService, SetClock, one_sentence, vigil, vigil_here


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a service that has seen a forced door, twice, and was restarted in between."""
    folder = tmp_path_factory.mktemp("lived")
    clock = SetClock()
    token = None
    for times, boot in enumerate(("b1", "b2"), start=1):
        with RunningService(folder, None, clock, token) as running:
            token = running.token
            with MqttClient(running.started.devices, "devices") as client:
                controller = Device(client, "ctl", boot)
                controller.access(clock.at, "opened")
                clock.at += SECOND
                controller.access(clock.at, "closed")
            (alarm,) = running.api.wait_for("alarms", 1, rule="forced")
            over = {"condition": "inactive", "occurrences": times}
            wait_until(lambda: over.items() <= running.api.get(f"alarms/{alarm['id']}").items(), f"occurrence {times}")  # noqa: B023
        clock.at += 60 * SECOND
    return folder / "data"


@pytest.fixture
def data(lived: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(lived, copy)
    return copy


def test_it_judges_the_same_again(data: Path, tmp_path: Path) -> None:
    done = vigil_here("replay", "--data", str(data), "--compare", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    said = msgspec.json.decode(done.stdout)
    assert (said["equal"], said["same_engine"], said["differences"]) == (True, True, [])
    assert said["effects"] == said["stored_effects"] > 0
    plain = vigil_here("replay", "--data", str(data), "--compare", cwd=tmp_path)
    assert "Equal, byte for byte." in plain.stdout


def test_under_another_hash_seed_too(data: Path, tmp_path: Path) -> None:
    for seed in ("1", "4711"):
        done = vigil("replay", "--data", str(data), "--compare", cwd=tmp_path, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_tampered_with_shows(data: Path, tmp_path: Path) -> None:
    with open_state_store(data / "state.sqlite") as opened:
        stored = opened.reader.effects_after(0, 1000)
    victim = next(each for each in stored if isinstance(each.effect.body, AlarmChanged))
    later = msgspec.structs.replace(victim.effect, at=victim.effect.at + 1)
    with closing(sqlite3.connect(data / "state.sqlite")) as state, state:
        body = msgspec.msgpack.encode(later)
        changed = state.execute("UPDATE effect SET body = ? WHERE position = ?", (body, victim.position))
        assert changed.rowcount == 1
    done = vigil_here("replay", "--data", str(data), "--compare", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    said = msgspec.json.decode(done.stdout)
    assert not said["equal"]
    assert [each["cause"] for each in said["differences"]] == [victim.effect.cause]


def test_it_counts_and_stops_where_told(data: Path, tmp_path: Path) -> None:
    whole = msgspec.json.decode(vigil_here("replay", "--data", str(data), "--json", cwd=tmp_path).stdout)
    assert whole["effects"]["alarm_changed"] >= 4
    first = msgspec.json.decode(
        vigil_here("replay", "--data", str(data), "--until", "2", "--json", cwd=tmp_path).stdout
    )
    assert first["records"] == 2
    some = vigil_here("replay", "--data", str(data), "--until", "2", "--compare", cwd=tmp_path)
    assert some.returncode == 0


def test_nothing_to_replay_is_said_in_a_sentence(tmp_path: Path) -> None:
    refused = vigil_here("replay", "--data", "nowhere", cwd=tmp_path)
    assert (refused.returncode, one_sentence(refused.stderr)) == (2, True)
    assert "nowhere holds no journal" in refused.stderr
    assert not (tmp_path / "nowhere").exists()
