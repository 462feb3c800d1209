"""Tests that stand beside a site's own rules: run by `vigil check --run-tests`, told with file and line."""

from pathlib import Path

import msgspec
import pytest

from vigil.commands.check import run, run_rule_tests
from vigil.configuration.loading import load_configuration
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.rule_tests import run_pack_tests

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
"""
BAD = """tests:
  - {rule: low, given: "0 value=50, 9 tick", then: "1:00 raise"}
  - {rule: low, given: "soon value=50", then: ""}
  - {rule: low, given: "0 flaw=50", then: ""}
  - {rule: hot, given: "0 value=50", then: ""}
"""


def write(folder: Path, tests: str) -> Path:
    (folder / "tower.yaml").write_text(SITE)
    (folder / "tests.yaml").write_text(tests)
    return folder


def test_good_tests_pass_and_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_rule_tests(write(tmp_path, GOOD)) == 0
    assert f"{3 + run_pack_tests()[0]} rule tests (3 of them in {tmp_path}), 0 failed" in capsys.readouterr().out


def test_what_fails_or_cannot_be_read_is_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_rule_tests(write(tmp_path, BAD)) == 1
    lines = capsys.readouterr().out.splitlines()
    place = tmp_path / "tests.yaml"
    assert lines[0] == f"{place}:2: low: expected '1:00 raise', said '', given 0 value=50, 9 tick"
    assert f"{place}:3: low" in lines[1]
    assert "write it like '1:30 flow=2'" in lines[1]
    assert f"{place}:4: low" in lines[2]
    assert "Did you mean 'flow'?" in lines[2]
    assert f"{place}:5: hot" in lines[3]
    assert "reads 'value', which is no point" in lines[3]
    assert run(tmp_path, as_json=True, run_tests=True) == 1
    said = msgspec.json.decode(capsys.readouterr().out)
    assert [each["line"] for each in said["failures"]] == [2, 3, 4, 5]


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
