"""`vigil learn`: limits from a recording, as a rule that can be pasted; those in the repository are learned ones."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.vigil.recordings import FLOW_MAP, MAPS, SITES, outside, write_flow
from tests.vigil.running_service import SITE, one_sentence, vigil_here, write_site

NORMAL = [62.0 + (number % 7) * 0.1 for number in range(1200)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(FLOW_MAP)
    write_flow(tmp_path / "normal.csv", "01:00", NORMAL)
    return tmp_path


def test_a_learned_rule_can_be_pasted_into_a_configuration(folder: Path) -> None:
    learned = vigil_here("learn", "normal.csv", "--map", "flow.yaml", cwd=folder)
    assert (learned.returncode, learned.stderr) == (0, "")
    assert learned.stdout.startswith("# 1200 values from 2020-02-08T01:00:00Z to 2020-02-08T04:19:50Z")
    pasted = SITE + "\n".join(f"  {line}" for line in learned.stdout.splitlines()) + "\n"
    write_site(folder / "config", pasted)
    checked = vigil_here("check", cwd=folder)
    assert checked.returncode == 0, checked.stdout
    assert "5 rules. No problems." in checked.stdout
    (rule,) = yaml.safe_load(learned.stdout)
    assert rule["parameters"]["low"] < min(NORMAL) <= max(NORMAL) < rule["parameters"]["high"]


def test_a_recording_that_teaches_nothing_is_said(folder: Path) -> None:
    write_flow(folder / "short.csv", "01:00", [62.0] * 10)
    refused = vigil_here("learn", "short.csv", "--map", "flow.yaml", cwd=folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "point 'flow' has 10 values: record at least 1000" in refused.stderr


def test_an_unknown_point_is_said_with_those_that_there_are(folder: Path) -> None:
    refused = vigil_here("learn", "normal.csv", "--map", "flow.yaml", "--point", "flwo", cwd=folder)
    assert (refused.returncode, one_sentence(refused.stderr)) == (2, True)
    assert "the map has no point 'flwo': it has flow" in refused.stderr


def test_the_limit_of_the_pump_laboratory_is_the_learned_one(tmp_path: Path) -> None:
    recording, mapping = str(outside("pump_loop_normal.csv")), str(MAPS / "pump_loop.yaml")
    learned = vigil_here("learn", recording, "--map", mapping, "--point", "loop-flow", cwd=tmp_path)
    assert learned.returncode == 0, learned.stderr
    (rule,) = yaml.safe_load(learned.stdout)
    expected = {name: value for name, value in rule["parameters"].items() if name != "high"}
    (configured,) = pump_lab()["rules"]
    assert configured["parameters"] == expected
    assert configured["subjects"] == rule["subjects"]


def pump_lab() -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((SITES / "pump-lab" / "site.yaml").read_text(encoding="utf-8"))
