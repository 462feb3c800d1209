"""Pages that scripts write are what the scripts would write now."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [("diagrams", "state-machines.md"), ("life_of_a_scan", "life-of-a-scan.md")]


def check(script: str, page: Path) -> "subprocess.CompletedProcess[str]":
    code = (
        f"import importlib.util as u, pathlib, sys; sys.argv = ['{script}.py', '--check'];"
        f"s = u.spec_from_file_location('{script}', 'scripts/{script}.py'); m = u.module_from_spec(s);"
        f"s.loader.exec_module(m); m.PAGE = pathlib.Path({str(page)!r}); raise SystemExit(m.main())"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(("script", "name"), PAGES)
def test_the_page_is_current(script: str, name: str) -> None:
    answer = check(script, ROOT / "docs" / name)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(("script", "name"), PAGES)
@pytest.mark.parametrize("stale", ["", "# State machines\n"])
def test_a_stale_page_is_noticed(tmp_path: Path, script: str, name: str, stale: str) -> None:
    page = tmp_path / name
    page.write_text(stale, encoding="utf-8")
    answer = check(script, page)
    assert answer.returncode == 1
    assert f"run python scripts/{script}.py" in answer.stdout
