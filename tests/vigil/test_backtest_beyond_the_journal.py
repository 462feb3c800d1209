"""`vigil backtest` where the journal has let its readings go: they come from telemetry, or are told as lost."""

import shutil
import zlib
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from domain.instant import DAY, SECOND, to_iso
from journal.chain import SegmentKind
from journal.sqlite_journal import SqliteJournal
from stores.historian_segments import Segment, SegmentFolder
from tests.samples import NOW
from tests.vigil.lived_data import JOURNAL_KEY, LivedData
from tests.vigil.running_service import vigil_here
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder

SITES = """
site:
  id: {site}
  name: {site}
  timezone: UTC
  zones: [{{id: {site}-house, name: House}}]
  doors: [{{id: {site}-door, name: Door, zone: {site}-house}}]
  equipment: [{{id: {site}-pump, zone: {site}-house, equipment_class: pump, name: Pump}}]
  points: [{{id: {site}-flow, name: Flow, equipment: {site}-pump, unit: m3/h, interval_seconds: 20}}]
  devices:
    - {{id: {site}-gateway, name: Gateway, kind: gateway, points: [{site}-flow], report_seconds: 60}}
    - {{id: {site}-panel, name: Panel, kind: controller, doors: [{site}-door]}}
rules:
  - id: {site}-no-flow
    kind: limit
    name: No flow
    priority: high
    subjects: [{site}-flow]
    makes_order: true
    parameters: {{low: 20, on_delay_seconds: {delay}}}
  - {{id: {site}-held, kind: door_held, name: Held, priority: medium, parameters: {{held_seconds: 60}}}}
"""
NAMES = ("tower", "annex")


def send(data: LivedData, site: str, kind: str, number: int, **body: object) -> None:
    device = f"{site}-gateway" if kind == "readings" else f"{site}-panel"
    whole = {"device": device, "boot": "b1", "seq": number, "at": to_iso(data.clock.at), **body}
    data.raw(f"vigil/v1/{site}/{device}/{kind}", msgspec.json.encode(whole))


def read_flow(data: LivedData, number: int, flow: float) -> None:
    for site in NAMES:
        send(data, site, "readings", number, points=[f"{site}-flow"], values=[flow])
    data.settle()


def live_two_days(data: LivedData) -> None:
    """On both, an hour of good flow with two minutes of too little, and a door held open; a message comes twice."""
    number = 0
    for day in range(2):
        send(data, "tower", "access", 1 + 2 * day, door="tower-door", event="opened")
        for step in range(24):
            number += 1
            read_flow(data, number, 5.0 if 3 <= step < 9 else 30.0)
            data.clock.race(20.0)
            if step % 5 == 4:
                read_flow(data, number, 5.0 if 3 <= step < 9 else 30.0)
        send(data, "tower", "access", 2 + 2 * day, door="tower-door", event="closed")
        late = to_iso(data.clock.at - 90 * SECOND)
        number += 1
        send(data, "annex", "readings", number, at=late, points=["annex-flow"], values=[1.0])
        send(data, "tower", "readings", number, points=["tower-flow"], values=[30.0])
        data.settle()
        data.clock.race(DAY / SECOND)
    for site in NAMES:
        assert data.raised(f"{site}-no-flow") == [f"{site}-flow"] * 2
    assert "tower-door" in data.raised("tower-held")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days at two sites, the rules as they were, and others."""
    root = tmp_path_factory.mktemp("lived")
    for name, delay in (("same", 30), ("slow", 60)):
        (root / name).mkdir()
        for site in NAMES:
            (root / name / f"{site}.yaml").write_text(SITES.format(site=site, delay=delay), encoding="utf-8")
    with LivedData(root / "data", configuration=load_configuration(root / "same").configuration) as data:
        live_two_days(data)
    shutil.copytree(root / "data", root / "whole")
    folder = DataFolder(root / "data")
    journal = SqliteJournal(folder.journal, JOURNAL_KEY, lambda: NOW + 40 * DAY)
    assert len(journal.retire(SegmentKind.READINGS, NOW + 40 * DAY)) == 1
    journal.close()
    return root


def tried(lived: Path, data: str, rules: str = "slow") -> dict[str, Any]:
    done = vigil_here("backtest", "--rules", rules, "--data", data, "--json", cwd=lived)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said: dict[str, Any] = msgspec.json.decode(done.stdout)
    return said


def compared(said: dict[str, Any], left_out: list[str]) -> list[Any]:
    return [each for each in said["occurrences"] if each["rule"] not in left_out]


@pytest.mark.parametrize("rules", ["same", "slow"])
def test_it_finds_the_same_as_before_retention(lived: Path, rules: str) -> None:
    before, after = tried(lived, "whole", rules), tried(lived, "data", rules)
    assert compared(before, after["left_out"]) == after["occurrences"]
    assert (after["complete"], after["gaps"], after["telemetry"]["guessed"]) == (True, [], 0)
    assert after["telemetry"]["records"] > 40
    assert before["records"] - after["records"] == after["telemetry"]["left_nothing"] > 0
    assert (before["telemetry"]["records"], before["left_out"]) == (0, [])
    assert {each["verdict"] for each in after["occurrences"]} == ({"same"} if rules == "same" else {"same", "later"})
    assert after["equal"] is (rules == "same")


def test_what_telemetry_has_no_more_is_told(lived: Path, tmp_path: Path) -> None:
    shutil.copytree(lived / "data", tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "telemetry")
    shutil.copytree(lived / "same", tmp_path / "same")
    said = tried(tmp_path, "data", "same")
    assert (said["complete"], said["telemetry"]["records"]) == (False, 0)
    (gap,) = said["gaps"]
    gone = tried(lived, "data")["telemetry"]
    assert gap["records"] == gone["records"] + gone["left_nothing"]
    assert to_iso(NOW) <= gap["from"] < gap["to"]
    missed = {(each["rule"], each["verdict"]) for each in said["occurrences"] if each["rule"].endswith("no-flow")}
    assert ("tower-no-flow", "missed") in missed
    plain = vigil_here("backtest", "--rules", "same", "--data", "data", cwd=tmp_path)
    assert plain.returncode == 1
    assert f"no readings from {gap['from']} to {gap['to']}: {gap['records']} records are kept nowhere" in plain.stdout
    assert "not compared, because they look at more than readings: vigil-" in plain.stdout


def as_version_1(folder: Path) -> None:
    """Write the segments as a Vigil of before the envelopes did."""
    segments = SegmentFolder(folder)
    for segment in segments.found()[0]:
        file = segments.file(segment)
        written = folder / "old"
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(file)).project('seq, point, "at", value, quality')
            rows.write_parquet(str(written), compression="zstd")
        content = written.read_bytes()
        file.unlink()
        old = msgspec.structs.replace(segment, size=len(content), crc=zlib.crc32(content))
        written.rename(segments.file(old))


def test_telemetry_of_version_1_is_judged_with_what_is_configured(lived: Path, tmp_path: Path) -> None:
    shutil.copytree(lived / "data", tmp_path / "data")
    for rules in ("same", "slow"):
        shutil.copytree(lived / rules, tmp_path / rules)
    as_version_1(tmp_path / "data" / "telemetry")
    for rules in ("same", "slow"):
        before, after = tried(lived, "whole", rules), tried(tmp_path, "data", rules)
        assert compared(before, after["left_out"]) == after["occurrences"]
        assert after["telemetry"]["guessed"] == after["telemetry"]["records"] > 40
        assert after["complete"]
    plain = vigil_here("backtest", "--rules", "same", "--data", "data", cwd=tmp_path)
    assert "records were stored without device and time of receipt" in plain.stdout
    assert "of them from telemetry" in plain.stdout


def test_a_replay_says_that_it_has_the_journal_alone(lived: Path) -> None:
    for data, complete in (("whole", True), ("data", False)):
        for more in ((), ("--compare",)):
            done = vigil_here("replay", "--data", data, "--json", *more, cwd=lived)
            assert msgspec.json.decode(done.stdout)["complete"] is complete
            plain = vigil_here("replay", "--data", data, *more, cwd=lived)
            assert ("Retention has taken the journal's readings up to record" in plain.stdout) is not complete
            assert plain.returncode == done.returncode == (0 if complete or not more else 1)


def test_damaged_telemetry_is_told(lived: Path, tmp_path: Path) -> None:
    shutil.copytree(lived / "data", tmp_path / "data")
    shutil.copytree(lived / "same", tmp_path / "same")
    segments = SegmentFolder(tmp_path / "data" / "telemetry")
    damaged: Segment = max(segments.found()[0], key=lambda each: each.size)
    file = segments.file(damaged)
    file.write_bytes(bytes(len(file.read_bytes())))
    done = vigil_here("backtest", "--rules", "same", "--data", "data", "--json", cwd=tmp_path)
    assert f"segment {damaged.name} was damaged" in done.stderr
    assert not msgspec.json.decode(done.stdout)["complete"]
