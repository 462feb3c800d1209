"""`vigil play`: recordings over a real broker, on their own clock and on ours."""

import csv
import signal
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.alarm import Alarm
from domain.instant import Instant, from_datetime, from_iso
from stores.ports import AlarmFilter, Page
from stores.state.opening import open_state_store
from tests.brokers import MosquittoForTests, wait_until
from tests.security.certificates import Authority
from tests.vigil.recordings import FLOW_MAP, MAPS, SCAN_MAP, SITES, outside, part, write_flow
from tests.vigil.running_service import Api, Process, one_sentence, url_of, vigil, vigil_here, write_site
from vigil.broker_process import free_port

KEPT: Final = ("sent", "acknowledged", "journalled", "quarantined", "duplicates", "lost", "alarms", "work_orders")


def play(*arguments: str | Path, cwd: Path, status: int = 0, seconds: float = 60.0) -> Mapping[str, Any]:
    done = vigil("play", *map(str, arguments), "--json", cwd=cwd, seconds=seconds)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1, "one line of JSON and nothing else"
    said: Mapping[str, Any] = msgspec.json.decode(done.stdout)
    return said


def alarms_of(data: Path) -> Sequence[Alarm]:
    with open_state_store(data / "state.sqlite") as state:
        return state.reader.alarms(AlarmFilter(), Page(limit=100))[0]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(FLOW_MAP)
    (tmp_path / "scans.yaml").write_text(SCAN_MAP)
    return write_site(tmp_path / "config")


def test_recordings_are_lived_through_at_their_own_time(site: Path, tmp_path: Path) -> None:
    """Ten minutes without a row lie between the files: they raise nothing, and are not waited for."""
    first = write_flow(tmp_path / "first.csv", "10:20", [62.0] * 60)
    second = write_flow(tmp_path / "second.csv", "10:40", [5.0] * 30)
    common = (first, second, "--map", "flow.yaml", "--config", site, "--keep-time", "--speed", "1200", "--data", "kept")
    said = play(*common, cwd=tmp_path)
    assert [said[name] for name in KEPT] == [90, 90, 90, 0, 0, 0, {"no-flow": 1}, 1]
    (alarm,) = alarms_of(tmp_path / "kept")
    assert (alarm.rule, alarm.subject.id) == ("no-flow", "flow")
    assert alarm.latest.raised_at == from_iso("2020-02-08T10:40:00Z")
    compared = vigil_here("replay", "--data", "kept", "--compare", "--json", cwd=tmp_path)
    assert (compared.returncode, msgspec.json.decode(compared.stdout)["equal"]) == (0, True)


def test_scans_drive_the_checkpoints(site: Path, tmp_path: Path) -> None:
    """Due at ten past, missed at eleven past: walked at ten, too late at eleven, and the passer-by does not count.

    Nothing is heard of the point for an hour and a half, so its rule is told to be undecided.
    """
    recording = tmp_path / "scans.csv"
    recording.write_text(
        "when,place,who\n"
        "2020-02-08T09:50:00Z,cp-1,o-1\n"
        "2020-02-08T10:09:00Z,cp-1,o-1\n"
        "2020-02-08T11:20:00Z,cp-1,o-1\n"
        "2020-02-08T11:30:00Z,cp-9,o-1\n"
    )
    options = ("--map", "scans.yaml", "--config", site, "--keep-time", "--speed", "20000", "--data", "kept")
    said = play(recording, *options, cwd=tmp_path)
    assert [said[name] for name in KEPT] == [4, 4, 4, 0, 0, 0, {"missed": 1, "vigil-undecided-rule": 1}, 0]
    (alarm,) = [each for each in alarms_of(tmp_path / "kept") if each.rule == "missed"]
    assert alarm.latest.raised_at == from_iso("2020-02-08T11:11:00Z")
    assert alarm.condition == "inactive", "the scan of 11:20 ends it"


def test_rows_that_cannot_be_used_are_told_and_the_others_played_up_to_a_limit(site: Path, tmp_path: Path) -> None:
    recording = write_flow(tmp_path / "flow.csv", "10:20", [62.0] * 7)
    recording.write_text(recording.read_text() + "yesterday,1\n2020-02-08T10:30:00Z,1,2\n")
    options = ("--map", "flow.yaml", "--config", site, "--keep-time", "--speed", "600", "--limit", "5")
    said = play(recording, *options, cwd=tmp_path, status=1)
    assert said["sent"] == 5
    places = [problem.partition(": ")[0].rpartition("/")[2] for problem in said["problems"]]
    assert places == ["flow.csv:9", "flow.csv:10"]


def test_without_keep_time_it_plays_into_a_vigil_that_runs(site: Path, tmp_path: Path) -> None:
    """It happens now, and twice the same file is two recordings, not one repeated."""
    recording = write_flow(tmp_path / "flow.csv", "10:20", [62.0, 62.0, 5.0])
    ports = ("--port", "0", "--mqtt-port", str(free_port("127.0.0.1")))
    with Process("serve", *ports, cwd=tmp_path) as serving:
        url = serving.wait_for(r"Vigil is running: (\S+)")
        api = Api(url, serving.wait_for(r"only this once: (\S+)"))
        for _ in range(2):
            said = play(recording, "--map", "flow.yaml", "--speed", "100", cwd=tmp_path)
            assert (said["sent"], said["acknowledged"]) == (3, 3)
        wait_until(lambda: points(api) == 2 * [62.0, 62.0, 5.0], f"the readings: {points(api)}")
        # The series knows of a reading before the engine has judged it.
        # Others may be there: this Vigil goes by the wall clock, and the round of each hour is missed at eleven past.
        assert len(api.wait_for("alarms", 1, rule="no-flow")) == 1
        assert api.get("quarantine")["items"] == []
        api.close()
        assert serving.end() == 0


def test_it_finds_a_listener_that_speaks_tls_alone(site: Path, tmp_path: Path) -> None:
    recording = write_flow(tmp_path / "flow.csv", "10:20", [62.0, 61.0])
    tls = Authority(tmp_path).issue("broker", "DNS:elsewhere.example")
    ports = ("--port", "0", "--mqtt-port", str(free_port("127.0.0.1")))
    files = ("--mqtt-tls-cert", str(tls.certificate), "--mqtt-tls-key", str(tls.key))
    with Process("serve", *ports, *files, cwd=tmp_path) as serving:
        serving.wait_for(r"Vigil is running: (\S+)")
        said = play(recording, "--map", "flow.yaml", "--speed", "100", cwd=tmp_path)
        assert (said["sent"], said["acknowledged"]) == (2, 2)
        assert said["broker"].startswith("mqtts://")
        assert serving.end() == 0


def points(api: Api) -> list[float]:
    found: list[float] = api.get("points/flow/readings")["mean"]
    return found


@pytest.mark.parametrize("keep", [("--keep-time", "--config", "config"), ()])
def test_ctrl_c_ends_it_with_a_summary(
    site: Path, tmp_path: Path, mosquitto_broker: MosquittoForTests, keep: tuple[str, ...]
) -> None:
    write_flow(tmp_path / "flow.csv", "10:20", [62.0] * 50)
    options = ("--map", "flow.yaml", *keep, "--broker", url_of(mosquitto_broker.everything))
    with Process("play", "flow.csv", *options, cwd=tmp_path) as playing:
        playing.wait_for("Playing 50 rows of flow.csv")
        status = playing.end(signal.SIGINT)
    assert status == 0, playing.err
    assert "acknowledged: " in playing.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("flow.csv", "--map", "flow.yaml"), "no bundled broker has run on vigil-data"),
        (("flow.csv", "--map", "flow.yaml", "--broker", "http://x"), "mqtt://"),
        (("flow.csv", "--map", "none.yaml"), "none.yaml"),
        (("none.csv", "--map", "flow.yaml"), "none.csv"),
        (("flow.csv", "--map", "flow.yaml", "--keep-time", "--config", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(
    site: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    write_flow(tmp_path / "flow.csv", "10:20", [62.0])
    before = sorted(tmp_path.iterdir())
    refused = vigil_here("play", *arguments, cwd=tmp_path)
    assert (refused.returncode, one_sentence(refused.stderr)) == (2, True), refused.stderr
    assert said in refused.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_broker_that_is_not_there_is_said_in_a_sentence(site: Path, tmp_path: Path) -> None:
    write_flow(tmp_path / "flow.csv", "10:20", [62.0])
    options = ("--map", "flow.yaml", "--broker", "mqtt://127.0.0.1:1", "--json")
    before = signal.getsignal(signal.SIGTERM)
    refused = vigil_here("play", "flow.csv", *options, cwd=tmp_path)
    assert signal.getsignal(signal.SIGTERM) is before, "its handler would answer for this process later"
    assert (refused.returncode, one_sentence(refused.stderr)) == (2, True), refused.stderr
    assert "cannot publish to mqtt://127.0.0.1:1" in refused.stderr


# Recordings from outside (docs/recordings.md)

PUMP: Final = ("--map", MAPS / "pump_loop.yaml", "--config", SITES / "pump-lab", "--keep-time")
PARK: Final = ("--map", MAPS / "checkpoint_passes.yaml", "--config", SITES / "park", "--keep-time")


def require_one_alarm_in_the_second_file(said: Mapping[str, Any], data: Path, rows: int) -> None:
    assert [said[name] for name in KEPT] == [rows, rows, rows, 0, 0, 0, {"loop-flow-low": 1}, 1]
    assert said["problems"] == []
    (alarm,) = alarms_of(data)
    assert alarm.occurrences == 1
    first_row = from_iso("2020-03-09T10:34:33+03:00")
    assert alarm.latest.raised_at - first_row == 15_000_000, "the on-delay after the first row of the second file"
    assert alarm.condition == "active"


def test_the_end_of_a_normal_run_and_the_beginning_of_the_other(tmp_path: Path) -> None:
    normal = part("pump_loop_normal.csv", tmp_path, slice(-900, None))
    valve = part("pump_loop_valve1_1.csv", tmp_path, slice(0, 300))
    said = play(normal, valve, *PUMP, "--speed", "600", "--data", "kept", cwd=tmp_path)
    require_one_alarm_in_the_second_file(said, tmp_path / "kept", 1200)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_both_pump_recordings_whole(tmp_path: Path) -> None:
    normal, valve = outside("pump_loop_normal.csv"), outside("pump_loop_valve1_1.csv")
    said = play(normal, valve, *PUMP, "--speed", "600", "--data", "kept", cwd=tmp_path, seconds=150.0)
    require_one_alarm_in_the_second_file(said, tmp_path / "kept", 10_550)


def test_passes_of_rangers_drive_the_checkpoints_of_the_park(tmp_path: Path) -> None:
    """The first eight days; who misses what is counted here once more, straight from the file."""
    passes = [row for row in rangers() if row[0] < "2015-05-09"]
    said = play(
        outside("checkpoint_passes.csv"), *PARK, "--speed", "200000", "--limit", str(len(passes)), "--data", "kept",
        cwd=tmp_path,
    )  # fmt: skip
    require_the_misses(said, tmp_path / "kept", passes)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_all_passes_of_the_park(tmp_path: Path) -> None:
    passes = rangers()
    recording = outside("checkpoint_passes.csv")
    said = play(recording, *PARK, "--speed", "100000", "--data", "kept", cwd=tmp_path, seconds=150.0)
    require_the_misses(said, tmp_path / "kept", passes)
    assert said["alarms"] == {"missed-checkpoint": 4}


def rangers() -> list[tuple[str, str]]:
    """Time and gate of each pass of a ranger, in the file's order, which is that of time."""
    with outside("checkpoint_passes.csv").open(encoding="utf-8", newline="") as file:
        return [(row["Timestamp"], row["gate-name"]) for row in csv.DictReader(file) if row["car-type"] == "2P"]


def require_the_misses(said: Mapping[str, Any], data: Path, passes: list[tuple[str, str]]) -> None:
    stops = ("ranger-base", "gate8", "general-gate5", "ranger-stop6", "ranger-stop3")
    days = sorted({at[:10] for at, _ in passes})
    # The day on which the clock begins has begun already, and the last one ends before the evening.
    missed = {
        (stop, day)
        for stop in stops
        for day in days[1:-1]
        if not any(gate == stop and f"{day} 06:00:00" <= at <= f"{day} 18:30:00" for at, gate in passes)
    }
    assert missed, "a recording in which nothing is missed would show nothing"
    assert said["alarms"] == {"missed-checkpoint": len(missed)}
    assert [said[name] for name in KEPT[:6]] == [len(passes)] * 3 + [0, 0, 0]
    latest = {stop: max(day for each, day in missed if each == stop) for stop, _ in missed}
    found = {alarm.subject.id: alarm.latest.raised_at for alarm in alarms_of(data)}
    assert found == {f"day-round/{stop}": in_the_evening(day) for stop, day in latest.items()}


def in_the_evening(day: str) -> Instant:
    return from_datetime(datetime.fromisoformat(f"{day} 18:30:00").replace(tzinfo=ZoneInfo("America/New_York")))
