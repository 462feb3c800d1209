"""docs/reliability.md names each row of the bar with a test that exists and a planted bug, or says what is not held."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.faults.planted import PLANTED

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"

FAULTS = (1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 17, 18, 19, 20, 21, 22, 25, 27, 28, 29)
ASKED = {
    *(f"F{number}" for number in FAULTS),
    *(f"B{number}" for number in range(1, 9)),
    *(f"W{number}" for number in (1, 2, 3, 4, 5, 6, 8, 9, 15, 20)),
}
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
BUG = re.compile(r"`([a-z][a-z0-9-]*)`")


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each row that has a test and a planted bug."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"[FBW]\d+", cells[0]) and len(cells) > 3:
            found[cells[0]] = cells
    return found


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def complaints(text: str) -> list[str]:
    """Everything on the page that is not so."""
    table = rows(text)
    found = [f"row {row} is missing" for row in sorted(ASKED - table.keys())]
    for path, name in TEST.findall(text):
        if not (ROOT / path).exists() or (name and name not in functions(path)):
            found.append(f"{path}::{name} does not exist")
    for row, cells in table.items():
        tests, planted = cells[-2], cells[-1]
        if not TEST.search(tests):
            found.append(f"row {row} has no test")
        if not TEST.search(planted) and "not proven" not in planted:
            found.append(f"row {row} has no planted bug and does not say that it is not proven")
        found += [f"row {row} plants '{bug}', which is unknown" for bug in BUG.findall(planted) if bug not in PLANTED]
        if row.startswith("F") and not re.fullmatch(r"\d+|every run", cells[3]):
            found.append(f"row {row} does not say how often it was run")
    return found


def test_the_page_says_what_is_there() -> None:
    assert complaints(PAGE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("\n| F9 |", "\n| F99 |", "row F9 is missing"),
        ("test_kill.py::test_sixty_kills", "test_kill.py::test_many_kills", "does not exist"),
        ("`guard-off`", "`guards-off`", "plants 'guards-off'"),
        ("every run |", "often |", "does not say how often"),
    ],
)
def test_what_is_wrong_on_it_is_found(was: str, becomes: str, complaint: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert was in text
    assert any(complaint in each for each in complaints(text.replace(was, becomes, 1)))
