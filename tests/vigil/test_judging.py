"""`vigil judge`: recorded columns in, occurrences out, and everything that cannot be used is told."""

from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from domain.instant import from_iso
from tests.vigil.running_service import vigil_here
from vigil.commands.judge import JudgeOptions, run
from vigil.configuration.loading import load_configuration
from vigil.judging.occurrences import Judge, NothingToJudge
from vigil.judging.recorded_columns import RecordedColumns
from vigil.recorded_map import load_map

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
    found = msgspec.convert(summary["occurrences"], list[dict[str, str | float | None]])
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


def test_occurrences_stand_in_the_order_in_which_they_began(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Both delays end between two readings, the one of the first rule later.
    first, second = (
        LADDER.replace("id: steps", f"id: {rule}").replace("low_low: 10", f"on_delay_seconds: {seconds}")
        for rule, seconds in (("late", 30), ("soon", 10))
    )
    (folder / "site" / "lab.yaml").write_text(SITE + first + second)
    found = occurrences(judged(folder, capsys, ROWS)[1])
    assert [rule for rule, *_ in found] == ["dry", "soon", "late", "low"]


def test_a_row_is_one_moment(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pump that was switched off had no time at all to run without flow; one row later it would have had."""
    off = ROWS.replace("00:01:00,5,9\n", "00:01:00,5,1\n").replace("00:02:00,5,9\n", "00:02:00,5,1\n")
    assert occurrences(judged(folder, capsys, off, "dry")[1]) == []
    apart = off.replace("00:01:00,5,1\n", "00:01:00,5,\n2026-01-01T00:01:00,,1\n")
    assert occurrences(judged(folder, capsys, apart, "dry")[1]) == [
        ("dry", "2026-01-01T00:01:00Z", "2026-01-01T00:01:00Z")
    ]


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
    with pytest.raises(NothingToJudge, match=r"rule 'lo' of --rule is not configured: Did you mean 'low'\?"):
        Judge(configuration, "lab", ["flow"], ("lo",))
    with pytest.raises(NothingToJudge, match="map more columns"):
        Judge(configuration, "lab", ["current"], ())


LADDER = """
  - id: steps
    kind: ladder
    name: {en: Flow steps, zh: 流量多级}
    priority: medium
    subjects: [flow]
    parameters: {low: 20, low_low: 10, outer_priority: critical}
"""


def in_shanghai(folder: Path) -> None:
    (folder / "site" / "lab.yaml").write_text(SITE.replace("timezone: UTC", "timezone: Asia/Shanghai") + LADDER)


def test_it_tells_as_much_as_the_alarm_would(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_shanghai(folder)
    rows = ROWS.replace("00:01:00,5,9", "00:01:00,15,9")
    _, summary = judged(folder, capsys, rows, "steps")
    assert summary["timezone"] == "Asia/Shanghai"
    (found,) = msgspec.convert(summary["occurrences"], list[dict[str, str | float | None]])
    assert found == {
        "rule": "steps",
        "point": "flow",
        "raised_at": "2026-01-01T00:01:00Z",
        "cleared_at": "2026-01-01T00:03:00Z",
        "seconds": 120.0,
        "level": "low_low",
        "priority": "critical",
        "name": "Pump: flow steps, flow 15 m³/h",
        "seen": "Flow 15 m³/h, below the low limit of 20 m³/h",
        "ended": "Flow 50 m³/h, back to 20 m³/h or more",
        "name_zh": "Pump：流量多级，Flow 15 m³/h",
        "seen_zh": "Flow 15 m³/h，低于低限 20 m³/h",
        "ended_zh": "Flow 50 m³/h，已回升到 20 m³/h 及以上",
    }


def test_people_read_the_times_of_the_site(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_shanghai(folder)
    rows = ROWS.replace("2026-01-01T00:03", "2026-01-01T16:03") + "2026-01-01T16:04:00,5,1\n"
    (folder / "rows.csv").write_text(rows)
    options = JudgeOptions(
        files=(folder / "rows.csv",), mapping=folder / "map.yaml", config=folder / "site", rules=("low",), as_json=False
    )
    assert run(options) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == [
        "Times are those of the site, Asia/Shanghai.",
        "2026-01-01 08:02:00 to 2026-01-02 00:03:00  16 h 1 min  high  Pump: low, flow 5 m³/h",
        "  low on flow: Flow 5 m³/h, below 20 m³/h for 1 min",
        "  over: Flow 50 m³/h, back within its limits",
    ]
    (folder / "rows.csv").write_text(ROWS.split("2026-01-01T00:03", maxsplit=1)[0])
    run(options)
    assert capsys.readouterr().out.splitlines()[1].startswith("2026-01-01 08:02:00 to the end    high  ")


def test_people_read_their_language_in_columns_that_stay_straight(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_shanghai(folder)
    rows = ROWS.replace("00:01:00,5,9", "00:01:00,15,9") + "2026-01-01T00:04:00,5,9\n2026-01-01T00:15:00,5,9\n"
    (folder / "rows.csv").write_text(rows)
    arguments = ("judge", "rows.csv", "--map", "map.yaml", "--config", "site", "--rule", "steps", "--rule", "dry")
    chinese = vigil_here(*arguments, "--language", "zh", cwd=folder, VIGIL_LANGUAGE="en")
    assert chinese.returncode == 0, chinese.stderr
    said = chinese.stdout.splitlines()
    assert said[0] == "时间均为项目当地时间（Asia/Shanghai）。"
    heads = [line for line in said if line.startswith("2026-01-01")]
    assert heads == [
        "2026-01-01 08:01:00 至 08:03:00  2 分钟  紧急（低低限）  Pump：流量多级，Flow 15 m³/h",
        "2026-01-01 08:01:00 至 08:03:00  2 分钟  高              Pump：Dry，Flow 15 m³/h",
        "2026-01-01 08:04:00 至 结束              紧急（低低限）  Pump：流量多级，Flow 5 m³/h",
        "2026-01-01 08:04:00 至 结束              高              Pump：Dry，Flow 5 m³/h",
    ]
    assert len({cell_len(head.partition("Pump")[0]) for head in heads}) == 1
    assert "  解除：Flow 50 m³/h，已回升到 20 m³/h 及以上" in said
    assert said[-1].startswith("12 个读数、2 条规则，报警 4 次；用时 ")
    assert vigil_here(*arguments, cwd=folder, VIGIL_LANGUAGE="zh").stdout.splitlines()[:-1] == said[:-1]
    (folder / "vigil.toml").write_text('language = "zh"\n')
    assert vigil_here(*arguments, cwd=folder).stdout.splitlines()[:-1] == said[:-1]
    english = vigil_here(*arguments, "--language", "en", cwd=folder).stdout
    assert "critical (low-low limit)" in english
    assert vigil_here(*arguments, "--language", "fr", cwd=folder).returncode == 2
