"""Decision records are found by their number: each has one of its own, and its title says it."""

from pathlib import Path

import pytest

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def flaws(folder: Path) -> list[str]:
    found = []
    numbers: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name == "0000-template.md":
            continue
        number = path.name[:4]
        if number in numbers:
            found.append(f"{path.name} has the number of {numbers[number]}")
        numbers[number] = path.name
        if not path.read_text(encoding="utf-8").startswith(f"# {number}. "):
            found.append(f"{path.name} does not begin with '# {number}. '")
    return found


def test_each_decision_has_a_number_of_its_own() -> None:
    assert flaws(DECISIONS) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("0001-b.md", "# 0001. B\n", "has the number of 0001-a.md"),
        ("0002-b.md", "# 0001. B\n", "does not begin with"),
    ],
)
def test_a_number_given_twice_and_a_title_that_differs_would_be_noticed(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / "0001-a.md").write_text("# 0001. A\n", encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    (flaw,) = flaws(tmp_path)
    assert said in flaw
