"""`vigil judge`: recorded columns in, occurrences out, and everything that cannot be used is told."""

from pathlib import Path

import msgspec
import pytest

from domain.instant import from_iso
from simulators.recording_map import load_map
from vigil.commands.judge import JudgeOptions, run
from vigil.configuration.loading import load_configuration
from vigil.judging.occurrences import Judge, NothingToJudge
from vigil.judging.recorded_columns import RecordedColumns

SITE = """
site:
  id: lab
  name: Lab
  timezone: UTC
  zones: [{id: plant, name: Plant}]
  equipment: [{id: pump, zone: plant, equipment_class: pump, name: Pump}]
  points:
    - {id: flow, equipment: pump, unit: m3/h, interval_seconds: 60, name: Flow}
    - {id: current, equipment: pump, unit: A, interval_seconds: 60, name: Current}
    - {id: other, equipment: pump, unit: A, interval_seconds: 60, name: Other}
rules:
  - {id: low, kind: limit, name: Low, priority: high, subjects: [flow], parameters: {low: 20, on_delay_seconds: 60}}
  - id: dry
    kind: expression
    name: Dry
    priority: high
    subjects: [flow]
    inputs: {current: current}
    parameters: {when: value < 20 and current > 5}
  - {id: elsewhere, kind: limit, name: Other, priority: low, subjects: [other], parameters: {high: 1}}
"""
MAP = "site: lab\ntime: {column: time}\nreadings: {device: gw, points: {flow: flow, current: amps}}\n"
ROWS = """time,flow,amps
2026-01-01T00:00:00,50,9
2026-01-01T00:01:00,5,9
2026-01-01T00:02:00,5,9
2026-01-01T00:03:00,50,1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "lab.yaml").write_text(SITE)
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


def judged(folder: Path, capsys: pytest.CaptureFixture[str], rows: str, *rules: str) -> tuple[int, dict[str, object]]:
    (folder / "rows.csv").write_text(rows)
    options = JudgeOptions(
        files=(folder / "rows.csv",), mapping=folder / "map.yaml", config=folder / "site", rules=rules, as_json=True
    )
    status = run(options)
    return status, msgspec.json.decode(capsys.readouterr().out, type=dict[str, object])


def occurrences(summary: dict[str, object]) -> list[tuple[object, ...]]:
    found = msgspec.convert(summary["occurrences"], list[dict[str, str | None]])
    return [(each["rule"], each["raised_at"], each["cleared_at"]) for each in found]


def test_rules_over_mapped_points_say_when_they_would_have_raised_and_cleared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, summary = judged(folder, capsys, ROWS)
    assert status == 0
    assert summary["rules"] == ["low", "dry"]
    assert occurrences(summary) == [
        ("dry", "2026-01-01T00:01:00Z", "2026-01-01T00:03:00Z"),
        ("low", "2026-01-01T00:02:00Z", "2026-01-01T00:03:00Z"),
    ]
    assert occurrences(judged(folder, capsys, ROWS, "low")[1]) == occurrences(summary)[1:]


def test_what_cannot_be_used_is_told_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ROWS + "soon,1,1\n2026-01-01T00:04:00,wet,9\n2026-01-01T00:05:00,1\n2026-01-01T00:06:00,,9\n"
    status, summary = judged(folder, capsys, rows)
    assert status == 1
    flaws = msgspec.convert(summary["flaws"], list[dict[str, object]])
    assert {each["line"] for each in flaws} == {6, 7, 8}
    assert summary["readings"] == 11


def test_a_clock_that_goes_back_is_told_and_not_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, summary = judged(folder, capsys, ROWS + "2026-01-01T00:00:30,5,9\n")
    assert (status, summary["late"]) == (1, 2)
    assert len(occurrences(summary)) == 2


def test_parts_of_any_size_give_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "rows.csv").write_text(ROWS)
    mapping = load_map(folder / "map.yaml")
    found = []
    for cells in (2, 4, 1_000):
        monkeypatch.setattr("vigil.judging.recorded_columns.CELLS_PER_PART", cells)
        judge = Judge(load_configuration(folder / "site").configuration, "lab", ["flow", "current"], ())
        for part in RecordedColumns(folder / "rows.csv", mapping).parts():
            judge.judge(part)
        found.append([(each.rule, each.raised_at, each.cleared_at) for each in judge.raised])
    assert found[0] == found[1] == found[2]
    assert found[0][0][1] == from_iso("2026-01-01T00:01:00Z")


def test_nothing_to_judge_is_said(folder: Path) -> None:
    configuration = load_configuration(folder / "site").configuration
    with pytest.raises(NothingToJudge, match="is not configured"):
        Judge(configuration, "elsewhere", ["flow"], ())
    with pytest.raises(NothingToJudge, match="name others"):
        Judge(configuration, "lab", ["flow"], ("none",))
    with pytest.raises(NothingToJudge, match="map more columns"):
        Judge(configuration, "lab", ["current"], ())
