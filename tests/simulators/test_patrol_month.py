"""A small month of patrols: no walked stop stays missed, and what was faked is told from what was not."""

import subprocess
import sys

import msgspec

from tests.architecture.source_tree import ROOT


def test_a_small_month() -> None:
    command = [sys.executable, "scripts/patrol_month.py", "--json", "--sites", "2", "--tours", "6", "--stops", "12"]
    ran = subprocess.run([*command, "--nights", "40"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=55)
    found = msgspec.json.decode(ran.stdout)
    assert (found["runs"], found["false_missed"]) == (240, 0)
    assert found["cheats"] > 0
    assert found["precision"] > 0.9
    assert found["recall"] > 0.9
    assert found["corrected_alarms"] > 0
    assert all(rate < 0.01 for rate in found["honest_scan_rate"].values())
