"""docs/personal-data.md names every field of the domain that says something about a person, and names none in vain."""

import ast
from pathlib import Path

from tests.architecture.glossary import CODE, exists
from tests.architecture.source_tree import ROOT, Violation, parse, plant, python_files, report

PAGE = Path("docs/personal-data.md")

# What the domain calls what says something about a person; `_by` tells who did something.
NAMES = {"actor", "answers", "assignee", "comment", "credential", "officer", "officers", "person", "photo", "snapshot"}
NAMES |= {"hold_reason", "payload", "roles", "telephone"}
SUFFIXES = ("_by",)
TYPES = {"Credential", "GeoPosition"}


def unlisted_fields(root: Path) -> list[Violation]:
    listed = set(CODE.findall((root / PAGE).read_text(encoding="utf-8")))
    found = []
    for path in python_files(root, ("domain",)):
        module = ".".join(path.with_suffix("").parts)
        for node in parse(root, path).body:
            for line, name, annotation in fields(node):
                owner = f"{module}.{node.name}" if isinstance(node, ast.ClassDef) else module
                if is_personal(name, annotation) and f"{owner}.{name}" not in listed:
                    found.append(Violation(path, line, f"{owner}.{name} is not in {PAGE}"))
    return found


def fields(node: ast.stmt) -> list[tuple[int, str, str]]:
    """The annotated fields of a class with what they hold."""
    return [
        (field.lineno, field.target.id, ast.unparse(field.annotation))
        for field in (node.body if isinstance(node, ast.ClassDef) else [])
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    ]


def is_personal(name: str, annotation: str) -> bool:
    words = {word.strip() for word in annotation.split("|")}
    return name in NAMES or name.endswith(SUFFIXES) or bool(words & TYPES)


def dead_fields(root: Path) -> list[Violation]:
    page = (root / PAGE).read_text(encoding="utf-8")
    dotted = [name for name in CODE.findall(page) if name.startswith(("domain.", "stores.", "journal."))]
    return [Violation(PAGE, 1, f"{name} is not in the code") for name in dotted if not exists(root, name)]


def test_each_field_about_a_person_is_on_the_page() -> None:
    found = unlisted_fields(ROOT)
    assert not found, report(found)


def test_each_field_on_the_page_is_in_the_code() -> None:
    found = dead_fields(ROOT)
    assert not found, report(found)


def test_an_unlisted_and_a_dead_field_are_found(tmp_path: Path) -> None:
    text = """class Scan(Struct):
    officer: str
    place: GeoPosition | None = None
    closed_by: str | None = None
    colour: str
"""
    plant(tmp_path, "domain/scan.py", text)
    plant(tmp_path, str(PAGE), "`domain.scan.Scan.officer` `domain.scan.Scan.face` `mqtts://`")
    assert [violation.what for violation in unlisted_fields(tmp_path)] == [
        f"domain.scan.Scan.place is not in {PAGE}",
        f"domain.scan.Scan.closed_by is not in {PAGE}",
    ]
    assert [violation.what for violation in dead_fields(tmp_path)] == ["domain.scan.Scan.face is not in the code"]
