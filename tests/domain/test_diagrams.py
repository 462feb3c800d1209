"""The drawn state machines are the tables."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def check(page: str) -> "subprocess.CompletedProcess[str]":
    code = (
        "import sys, pathlib; sys.argv = ['diagrams.py', '--check'];"
        "import importlib.util as u; s = u.spec_from_file_location('diagrams', 'scripts/diagrams.py');"
        "m = u.module_from_spec(s); s.loader.exec_module(m);"
        f"m.PAGE = pathlib.Path({page!r}); raise SystemExit(m.main())"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_page_is_current() -> None:
    answer = check(str(ROOT / "docs" / "state-machines.md"))
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("stale", ["", "# State machines\n"])
def test_a_stale_page_is_noticed(tmp_path: Path, stale: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(stale, encoding="utf-8")
    answer = check(str(page))
    assert answer.returncode == 1
    assert "run python scripts/diagrams.py" in answer.stdout
