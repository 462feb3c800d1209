"""What people and devices wrote is printed as it is: brackets in it are no markup, and never end a command."""

import ast
from pathlib import Path

import pytest

from tests.vigil.test_judging import MAP, ROWS, folder
from vigil.commands import judge, learn

__all__ = ["folder"]

ROOT = Path(__file__).parents[2]
HOSTILE = "[/b]"
"""Rich takes it for the end of something that never began, and raises."""


def consoles_with_markup(source: str) -> list[int]:
    """The lines on which a console is made that takes brackets for markup."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Console"
        and not any(each.arg == "markup" and ast.literal_eval(each.value) is False for each in node.keywords)
    ]


def test_no_console_takes_brackets_for_markup() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sorted((ROOT / "vigil").rglob("*.py"))
        if (lines := consoles_with_markup(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_control_one_that_does_is_found() -> None:
    source = (
        "a = Console()\nb = Console(stderr=True)\nc = Console(markup=True)\nd = Console(markup=False, stderr=True)\n"
    )
    assert consoles_with_markup(source) == [1, 2, 3]


def test_learn_prints_a_hostile_cell_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rows.csv").write_text(ROWS + f"2026-01-01T00:04:00,{HOSTILE},9\n")
    assert learn.run(folder / "rows.csv", folder / "map.yaml", ()) == 1
    assert f"column 'flow': '{HOSTILE}' is no number" in capsys.readouterr().err


def test_judge_prints_hostile_names_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = folder / "site" / "lab.yaml"
    site.write_text(site.read_text().replace("name: Flow", f"name: 'Flow {HOSTILE}'"))
    rows = folder / "[b].csv"
    rows.write_text(ROWS + f"2026-01-01T00:04:00,{HOSTILE},9\n")
    (folder / "map.yaml").write_text(MAP)
    options = judge.JudgeOptions(
        files=(rows,), mapping=folder / "map.yaml", config=folder / "site", rules=(), as_json=False
    )
    assert judge.run(options) == 1
    said = capsys.readouterr().out
    assert f"Flow {HOSTILE} 5 m" in said
    assert f"{rows}:6: column 'flow'" in said
