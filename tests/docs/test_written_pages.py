"""Pages that scripts write are what the scripts would write now."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [("diagrams", "state-machines.md"), ("life_of_a_scan", "life-of-a-scan.md")]
STALE = ("", "# State machines\n")

# Holds several files against the page, which is made once.
CHECK = """
import contextlib, importlib.util, io, json, pathlib, sys
script, *files = sys.argv[1:]
spec = importlib.util.spec_from_file_location(script, f"scripts/{script}.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
make, made = module.page, []
def once(*arguments):
    made[:] = made or [make(*arguments)]
    return made[0]
module.page = once
sys.argv = [script, "--check"]
answers = []
for file in files:
    module.PAGE = pathlib.Path(file)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = module.main()
    answers.append([status, said.getvalue()])
print(json.dumps(answers))
"""


@pytest.mark.parametrize(("script", "name"), PAGES)
def test_the_page_is_current_and_a_stale_one_is_noticed(tmp_path: Path, script: str, name: str) -> None:
    stale = [tmp_path / f"{number}.md" for number in range(len(STALE))]
    for page, text in zip(stale, STALE, strict=True):
        page.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", CHECK, script, str(ROOT / "docs" / name), *map(str, stale)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr
    current, *others = json.loads(answer.stdout)
    assert current == [0, "current\n"], current
    assert [status for status, _ in others] == [1] * len(STALE)
    assert all(f"run python scripts/{script}.py" in said for _, said in others)
