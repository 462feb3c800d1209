"""The recordings that tests play: small ones made here, and those from outside where the machine has them."""

import os
from pathlib import Path

import pytest

from tests.vigil.running_service import ROOT

DATA = ROOT.parent / "shared" / "data"
MAPS = ROOT / "simulators" / "maps"
SITES = ROOT / "simulators" / "recorded_sites"

FLOW_MAP = """\
site: hq
zone: UTC
time: {column: when}
readings: {device: gw, points: {flow: flow}}
"""

SCAN_MAP = """\
site: hq
zone: UTC
time: {column: when}
scans: {checkpoint: place, officer: who, device: phone}
"""


def outside(name: str) -> Path:
    """A recording from outside the repository (docs/recordings.md)."""
    path = DATA / name
    if not path.exists():
        message = f"there is no {path}: docs/recordings.md says where the recordings are from"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def part(name: str, folder: Path, rows: slice) -> Path:
    """Some rows of a recording from outside, with its header, as a file of its own."""
    header, *lines = outside(name).read_text(encoding="utf-8").splitlines(keepends=True)
    cut = folder / name
    cut.write_text(header + "".join(lines[rows]), encoding="utf-8")
    return cut


def write_flow(path: Path, first: str, values: list[float], every: int = 10) -> Path:
    """A recording of one point; `first` is HH:MM on 2020-02-08, `every` seconds."""
    hours, minutes = (int(digits) for digits in first.split(":"))
    lines = ["when,flow\n"]
    for number, value in enumerate(values):
        seconds = hours * 3600 + minutes * 60 + number * every
        lines.append(f"2020-02-08T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z,{value}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path
