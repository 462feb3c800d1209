import tomllib
from pathlib import Path

import pytest

from tests.architecture.portability import bound_to_a_machine, unhashed_pins, unlocked_requirements
from tests.architecture.source_tree import ROOT, plant, project_files, report

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME: list[str] = PROJECT["dependencies"]
DEV: list[str] = [*RUNTIME, *PROJECT["optional-dependencies"]["dev"]]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = bound_to_a_machine(ROOT)
    assert not found, report(found)


# Put together here, because the check reads this file too.
@pytest.mark.parametrize(
    "line",
    [
        "path = '" + "/ho" + "me/someone/x'",
        "cd " + "/ro" + "ot/x",
        "C:" + "\\Users\\someone",
        "https://py" + "pi.org/simple",
        "--index" + "-url somewhere",
    ],
)
def test_a_machine_path_or_registry_is_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "docs/a.md", f"fine\n{line}\n")
    assert [violation.line for violation in bound_to_a_machine(tmp_path)] == [2]


@pytest.mark.parametrize("line", ["/var/lib/vigil", "/api/v1/" + "work/1", "docs/home/page", "$HOME/x"])
def test_other_paths_are_no_violation(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "docs/a.md", f"{line}\n")
    assert bound_to_a_machine(tmp_path) == []


def test_files_are_found_without_git(tmp_path: Path) -> None:
    plant(tmp_path, "docs/a.md", "")
    plant(tmp_path, ".venv/lib/b.py", "")
    assert project_files(tmp_path) == [Path("docs/a.md")]


@pytest.mark.parametrize(("lock", "wanted"), [("requirements.lock", RUNTIME), ("requirements-dev.lock", DEV)])
def test_the_locks_pin_every_requirement_with_a_hash(lock: str, wanted: list[str]) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert unlocked_requirements(wanted, text) == [], "run scripts/lock"
    assert unhashed_pins(text) == []


def test_a_missing_pin_and_a_missing_hash_are_found() -> None:
    lock = (
        "numpy==2.4.0 \\\n    --hash=sha256:00\nrich==15.0.0\n    # via vigil\npyyaml==6.0.3 \\\n    --hash=sha256:00\n"
    )
    assert unlocked_requirements(["numpy>=2", "PyYAML>=6", "duckdb>=1.4"], lock) == ["duckdb"]
    assert unhashed_pins(lock) == ["rich==15.0.0"]
