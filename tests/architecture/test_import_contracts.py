"""The import contracts hold a clean skeleton of the ten packages to be right and each planted violation to be wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT, plant

SKELETON = {
    "domain/alarm.py": "import datetime\nimport msgspec\n",
    "domain/schedule.py": "import zoneinfo\n",
    "rules/settings.py": "import msgspec\nfrom domain import alarm\n",
    "rules/engine.py": "import numpy as np\nfrom domain import alarm\nfrom rules import settings\n",
    "journal/ports.py": "from typing import Protocol\nfrom domain import alarm\n",
    "journal/segments.py": "import sqlite3\nfrom journal import ports\n",
    "stores/ports.py": "from domain import alarm\n",
    "stores/state.py": "import sqlalchemy\nfrom stores import ports\n",
    "notify/sender.py": "from domain import alarm\n",
    "notify/webhook.py": "import httpx\nfrom notify import sender\n",
    "collector/intake.py": "import paho.mqtt.client\nfrom domain import alarm\nfrom journal.ports import Protocol\n",
    "runtime/loop.py": (
        "import time\nfrom domain import alarm\nfrom rules.engine import np\n"
        "from journal import ports\nimport stores.ports\nfrom notify.sender import alarm as other\n"
    ),
    "api/app.py": "import fastapi\nfrom rules import settings\nfrom journal import ports\nimport stores.ports\n",
    "simulators/guard.py": "import aiomqtt\nfrom domain import alarm\n",
    "vigil/wiring.py": (
        "from journal import segments\nfrom stores import state\nfrom notify import webhook\n"
        "from runtime import loop\nfrom api import app\nfrom collector import intake\nfrom simulators import guard\n"
        "from rules import engine\n"
    ),
}

# Where the violation is planted, what is added there, and the contract it must break.
PLANTED = [
    ("domain/alarm.py", "import rules.engine", "never sideways"),
    ("domain/alarm.py", "from vigil import wiring", "never sideways"),
    ("domain/alarm.py", "import time", "reach no clock"),
    ("domain/alarm.py", "from os import environ", "reach no clock"),
    ("domain/alarm.py", "import pydantic", "reach no clock"),
    ("domain/alarm.py", "def late() -> None:\n    import logging", "reach no clock"),
    ("rules/engine.py", "import asyncio", "reach no clock"),
    ("rules/engine.py", "import sqlite3", "reach no clock"),
    ("rules/engine.py", "import random", "reach no clock"),
    ("rules/engine.py", "from journal import ports", "never sideways"),
    ("rules/engine.py", "import stores.ports", "never sideways"),
    ("journal/segments.py", "from rules import settings", "never sideways"),
    ("journal/segments.py", "from stores import ports", "never sideways"),
    ("stores/state.py", "from journal import ports", "never sideways"),
    ("notify/webhook.py", "from stores import ports", "never sideways"),
    ("collector/intake.py", "from journal import segments", "Only vigil wires journal"),
    ("collector/intake.py", "import journal", "Only vigil wires journal"),
    ("collector/intake.py", "from stores import ports", "collector reaches neither"),
    ("collector/intake.py", "from rules import settings", "collector reaches neither"),
    ("collector/intake.py", "from notify import sender", "collector reaches neither"),
    ("collector/intake.py", "from runtime import loop", "never sideways"),
    ("collector/intake.py", "import tests", "no test code"),
    ("runtime/loop.py", "from journal import segments", "Only vigil wires journal"),
    ("runtime/loop.py", "from stores import state", "Only vigil wires store"),
    ("runtime/loop.py", "from notify import webhook", "Only vigil wires senders"),
    ("runtime/loop.py", "from api import app", "never sideways"),
    ("runtime/loop.py", "from vigil import wiring", "never sideways"),
    ("api/app.py", "from rules import engine", "rules is for runtime"),
    ("api/app.py", "from notify import sender", "api sends nothing"),
    ("api/app.py", "from stores.state import sqlalchemy", "Only vigil wires store"),
    ("api/app.py", "from journal import segments", "Only vigil wires journal"),
    ("api/app.py", "from simulators import guard", "never sideways"),
    ("simulators/guard.py", "from rules import settings", "simulators reach domain alone"),
    ("simulators/guard.py", "from journal import ports", "simulators reach domain alone"),
    ("simulators/guard.py", "from stores import ports", "simulators reach domain alone"),
    ("simulators/guard.py", "from collector import intake", "never sideways"),
    ("journal/ports.py", "from journal import segments", "A port reaches no adapter"),
    ("stores/ports.py", "import sqlalchemy", "A port reaches no adapter"),
    ("notify/sender.py", "from notify import webhook", "A port reaches no adapter"),
    ("rules/settings.py", "from rules import engine", "No cycles"),
]


def make_skeleton(root: Path) -> None:
    for package in PACKAGES:
        plant(root, f"{package}/__init__.py", "")
    for name, text in SKELETON.items():
        plant(root, name, text)
    plant(root, "tests/__init__.py", "")
    plant(root, "pyproject.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    # A wide terminal, because names of contracts are wrapped at its edge.
    wide = {"COLUMNS": "500"}
    return subprocess.run([program, "--no-cache"], cwd=root, env=wide, capture_output=True, text=True, check=False)


def test_the_skeleton_keeps_every_contract(tmp_path: Path) -> None:
    make_skeleton(tmp_path)
    result = lint_imports(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(("where", "what", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, where: str, what: str, contract: str) -> None:
    make_skeleton(tmp_path)
    plant(tmp_path, where, f"{SKELETON[where]}{what}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert any(contract in line for line in broken), result.stdout
