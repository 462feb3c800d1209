"""Tests that stand beside a site's own rules: run by `vigil check --run-tests`, told with file and line."""

import time
from functools import partial
from pathlib import Path

import msgspec
import pytest

from vigil.commands import check
from vigil.commands.check import run, run_rule_tests
from vigil.configuration.loading import load_configuration
from vigil.configuration.packs import read_pack
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.rule_tests import run_pack_tests

SMALL_PACK = "tank"
MANY = 2_000
# About ten times what it takes; with a look at every point of the site per test it would take half a minute.
MANY_SECONDS = 10.0

SITE = """site:
  id: tower
  name: Tower
  timezone: UTC
  zones: [{id: plant, name: Plant}]
  doors: [{id: front, zone: plant, name: Front}]
  equipment: [{id: pump, zone: plant, equipment_class: pump, name: Pump}]
  points:
    - {id: flow, equipment: pump, unit: m3/h, interval_seconds: 60, name: Flow}
    - {id: run, equipment: pump, unit: "1", interval_seconds: 60, name: Running}
    - {id: heat, equipment: pump, unit: degC, interval_seconds: 60, name: Heat}
rules:
  - {id: low, kind: limit, name: Low, priority: high, subjects: [flow], parameters: {low: 20, on_delay_seconds: 60}}
  - id: dry
    kind: expression
    name: Dry
    priority: high
    subjects: [flow]
    inputs: {running: run}
    parameters: {when: value < 5 and running > 0}
  - {id: hot, kind: limit, name: Hot, priority: low, subjects: [heat, flow], enabled: false, parameters: {high: 90}}
  - {id: forced, kind: door_forced, name: Forced, priority: high}
"""
GOOD = """tests:
  - {rule: low, given: "0 value=50, 1 value=5, 2 tick, 3 flow=50", then: "2:00 raise, 3:00 clear"}
  - {rule: dry, given: "0 running=0, 0 flow=1, 1 run=1", then: "1:00 raise"}
  - {rule: hot, given: "0 heat=50, 1 heat=95", then: "1:00 raise"}
  - {rule: dry, given: "0 run=1, 0 flow=9, 1 flow=0, 1 run=0, 2 run=1, 2 flow=9", then: ""}
  - {rule: dry, given: "0 run=1, 0 flow=9, 1 flow=0, 1 tick, 1 run=0", then: "1:00 raise, 1:00 clear"}
  - {rule: dry, given: "0-9 run=1, 0-6 flow=9, 7-9 flow=0", then: "7 raise"}
  - {rule: low, given: "0 value=50, 1 value=5, 2 tick, 2:05 flow=50", then: "2 raise, 2:5  clear"}
"""
BAD = """tests:
  - {rule: low, given: "0 value=50, 9 tick", then: "1:00 raise"}
  - {rule: low, given: "soon value=50", then: ""}
  - {rule: low, given: "1 flow=50, 0 tick", then: ""}
"""


@pytest.fixture(autouse=True)
def pack_tests(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many tests of packs are run beside those of the site: those of one pack, for test_packs runs them all."""
    monkeypatch.setattr(check, "run_pack_tests", partial(run_pack_tests, [SMALL_PACK]))
    return len(read_pack(SMALL_PACK).tests)


def write(folder: Path, tests: str) -> Path:
    (folder / "tower.yaml").write_text(SITE)
    (folder / "tests.yaml").write_text(tests)
    return folder


def test_good_tests_pass_and_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str], pack_tests: int) -> None:
    assert run_rule_tests(write(tmp_path, GOOD)) == 0
    assert pack_tests > 0
    assert f"{7 + pack_tests} rule tests (7 of them in {tmp_path}), 0 failed" in capsys.readouterr().out


def test_a_span_reads_a_point_as_often_as_it_is_measured(tmp_path: Path) -> None:
    # At 10 s a value is known for 30 s: read once a minute it would be unknown half of the time.
    tests = """tests:
  - {rule: low, given: "0-9 flow=5", then: "1:00 raise"}
  - {rule: dry, given: "0-3 flow=9, 0-9 running=1, 4-9 value=2", then: "4:00 raise"}
"""
    (tmp_path / "tower.yaml").write_text(SITE.replace("m3/h, interval_seconds: 60", "m3/h, interval_seconds: 10"))
    (tmp_path / "tests.yaml").write_text(tests)
    assert run_rule_tests(tmp_path) == 0


def test_a_failure_points_at_the_gap_in_which_a_value_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tower.yaml").write_text(SITE.replace("m3/h, interval_seconds: 60", "m3/h, interval_seconds: 10"))
    tests = """tests:
  - {rule: low, given: "0-5 flow=50, 6 flow=5, 8 tick", then: "7:00 raise"}
  - {rule: low, given: "0-5 flow=50", then: "7:00 raise"}
"""
    (tmp_path / "tests.yaml").write_text(tests)
    assert run_rule_tests(tmp_path) == 1
    gap, none = capsys.readouterr().out.splitlines()[:2]
    assert gap.endswith("8 tick. A value of 'flow' is known for 30 s: after 5:00 it is unknown for a while")
    assert none.endswith("given 0-5 flow=50")


def test_what_fails_or_cannot_be_read_is_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_rule_tests(write(tmp_path, BAD)) == 1
    lines = capsys.readouterr().out.splitlines()
    place = tmp_path / "tests.yaml"
    assert lines[0] == f"{place}:2: low: expected '1:00 raise', said nothing, given 0 value=50, 9 tick"
    assert f"{place}:3: low" in lines[1]
    assert "write it like '1:30 flow=2'" in lines[1]
    assert f"{place}:4: low" in lines[2]
    assert "goes back in time" in lines[2]
    assert run(tmp_path, as_json=True, run_tests=True) == 1
    said = msgspec.json.decode(capsys.readouterr().out)
    assert [each["line"] for each in said["failures"]] == [2, 3, 4]


@pytest.mark.parametrize(
    ("tests", "line", "complaint"),
    [
        ("tests: low", 1, "tests are a list"),
        ('tests:\n  - {rule: low, given: "0 flow=1"}', 2, "has no 'then'"),
        (
            'tests:\n  - {rule: lo, given: "", then: ""}',
            2,
            "rule 'lo' of this test is not configured. Did you mean 'low'?",
        ),
        ('tests:\n  - {rule: forced, given: "", then: ""}', 2, "which does not judge readings"),
        (
            'tests:\n  - rule: low\n    then: ""\n    given: "0 flaw=50, 1 flow=50, 2 flaw=3"',
            4,
            "the test of rule 'low' reads 'flaw', which is no point. Did you mean 'flow'?",
        ),
        (
            'tests:\n  - {rule: dry, given: "0 runing=1", then: ""}',
            2,
            "the test of rule 'dry' reads 'runing', which is no point. Did you mean 'running'?",
        ),
        (
            'tests:\n  - {rule: hot, given: "0 value=50", then: ""}',
            2,
            "reads 'value', which is no point. The rule has several subjects: name one of them.",
        ),
    ],
)
def test_tests_that_cannot_be_meant_are_refused_where_they_stand(
    tmp_path: Path, tests: str, line: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(write(tmp_path, tests))
    assert f"tests.yaml:{line}: " in str(refusal.value)
    assert complaint in str(refusal.value)
    assert run_rule_tests(tmp_path) == 0
    assert f"those in {tmp_path} were not run: it has problems" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("99999999999999999999 flow=1", "write it like"),
        ("-5 flow=1", "write it like"),
        ("5:-1 flow=1", "write it like"),
        ("0:99 flow=1", "write it like"),
        ("9-5 flow=1", "has the span '9-5 flow=1': end it after its beginning, within a week"),
        ("0-10081 flow=1", "within a week"),
        ("0-5:30 flow=1", "write it like"),
        ("0.5 flow=1", "write it like"),
        ("5 flow", "write it like"),
        ("5 flow=", "write it like"),
        ("5 tick=3", "write it like"),
        ("5", "write it like"),
        ("0 flow=nan", "write it like"),
        ("0 flow=1e999", "write it like"),
        ("0 flow=1_0", "write it like"),
        ("0 flow=5 m3/h", "write it like"),
        ("0 flow＝5", "write it like"),
        ("0 flow=5，1 flow=6", "write it like"),
        ("9" * 5000 + " flow=1", "write it like"),
        ("5 flow=50, 1 flow=5", "goes back in time at '1 flow=5': put its steps in the order of time"),
    ],
)
def test_a_step_that_cannot_be_meant_is_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str, said: str
) -> None:
    folder = write(tmp_path, f'tests:\n  - {{rule: low, given: "{given}", then: ""}}\n')
    assert run_rule_tests(folder) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{tmp_path / 'tests.yaml'}:2: low: ")
    assert said in first
    assert len(first) < 1_000


def test_a_point_in_a_file_that_cannot_be_read_is_not_called_missing(tmp_path: Path) -> None:
    folder = write(tmp_path, 'tests:\n  - {rule: low, given: "0 flaw=50", then: ""}\n')
    (folder / "more.yaml").write_text("equipment: [")
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(folder)
    assert [Path(problem.file).name for problem in refusal.value.problems] == ["more.yaml"]


def test_a_reading_of_a_point_that_the_rule_does_not_look_at_says_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, 'tests:\n  - {rule: low, given: "0 heat=5, 0 flow=50, 1 heat=5", then: ""}\n')
    assert run_rule_tests(folder) == 0


def test_many_tests_on_a_large_site_are_run_in_little_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pack_tests: int
) -> None:
    points = "".join(
        f"    - {{id: p{number}, equipment: pump, unit: m3/h, interval_seconds: 60, name: P}}\n"
        for number in range(2_000)
    )
    tests = "".join('  - {rule: low, given: "0 flow=50, 1 flow=5, 2 tick", then: "2:00 raise"}\n' for _ in range(MANY))
    (tmp_path / "tower.yaml").write_text(SITE.replace("rules:\n", points + "rules:\n", 1))
    (tmp_path / "tests.yaml").write_text("tests:\n" + tests)
    begun = time.process_time()
    assert run(tmp_path, as_json=True, run_tests=True) == 0
    assert time.process_time() - begun < MANY_SECONDS
    assert msgspec.json.decode(capsys.readouterr().out)["tests"] == MANY + pack_tests


@pytest.mark.parametrize("wrong", ["kind: limmit", "kind: limit, fualt: x"])
def test_a_rule_that_is_wrong_is_told_and_its_tests_are_no_echo_of_it(tmp_path: Path, wrong: str) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "tower.yaml").write_text(SITE.replace("id: low, kind: limit", f"id: low, {wrong}"))
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(folder)
    assert [problem.file for problem in refusal.value.problems] == [str(folder / "tower.yaml")]
