"""The lint settings of the pure packages refuse what import contracts cannot see, and refuse it only there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, plant

BANNED = [
    "from datetime import datetime\n\nNOW = datetime.now(tz=None)\n",
    "import datetime\n\nNOW = datetime.datetime.utcnow()\n",
    "import datetime\n\nNOW = datetime.date.today()\n",
    "import time\n\nNOW = time.monotonic()\n",
    "from time import time\n",
    "import random\n",
    "import numpy as np\n\nDRAWN = np.random.default_rng(1)\n",
    "import uuid\n",
    "from uuid import uuid4\n",
    "import secrets\n",
    "from os import path\n",
    "import io\n",
    "from pathlib import Path\n",
    "import logging\n",
    "import threading\n",
    "import asyncio\n",
    "import socket\n",
    "import sqlite3\n",
    "import numpy as np\n\nTOTAL = np.sum([0.1, 0.2])\n",
]


def banned(root: Path, name: str, text: str) -> list[str]:
    for settings in ("pyproject.toml", "domain/ruff.toml", "rules/ruff.toml"):
        plant(root, settings, (ROOT / settings).read_text(encoding="utf-8"))
    plant(root, name, text)
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", "--output-format=json", name]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [found["code"] for found in json.loads(result.stdout) if found["code"] == "TID251"]


@pytest.mark.parametrize("package", ["domain", "rules"])
@pytest.mark.parametrize("text", BANNED)
def test_a_banned_name_is_found(tmp_path: Path, package: str, text: str) -> None:
    assert banned(tmp_path, f"{package}/planted.py", text) != []


def test_time_zones_belong_to_domain_alone(tmp_path: Path) -> None:
    assert banned(tmp_path, "rules/planted.py", "from zoneinfo import ZoneInfo\n") != []
    assert banned(tmp_path, "domain/planted.py", "from zoneinfo import ZoneInfo\n") == []


def test_other_packages_may_read_the_clock(tmp_path: Path) -> None:
    assert banned(tmp_path, "runtime/planted.py", "import time\n\nNOW = time.monotonic()\n") == []


def test_pure_arithmetic_is_allowed(tmp_path: Path) -> None:
    text = "import datetime\n\nimport numpy as np\n\nDAY = datetime.timedelta(days=1)\nTOTAL = np.cumsum([0.1, 0.2])\n"
    assert banned(tmp_path, "rules/planted.py", text) == []
