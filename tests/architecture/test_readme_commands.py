"""Who adds a command says in both READMEs what it is for."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from tests.architecture.source_tree import ROOT
from vigil.cli import app

READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
ROW = re.compile(r"^\| (`vigil .+?) \| .+ \|$", re.MULTILINE)


def listed(text: str) -> set[str]:
    """The commands in the first column of the table."""
    return {command for cell in ROW.findall(text) for command in re.findall(r"`vigil ([a-z-]+)`", cell)}


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_stands_in_the_table(readme: Path) -> None:
    there_are = set(get_command(app).commands)  # type: ignore[attr-defined]
    in_table = listed(readme.read_text(encoding="utf-8"))
    assert there_are == in_table, f"put it into the table of commands of {readme.name}: {sorted(there_are ^ in_table)}"


def test_a_command_without_a_row_is_found() -> None:
    assert listed("| `vigil play`, `vigil learn` | both |\n| `vigil x` in text |\nvigil serve\n") == {"play", "learn"}
