"""Which modules there are, what they are called, how long they may grow, and which test file each needs."""

import ast
from pathlib import Path

from tests.architecture.source_tree import PACKAGES, PURE, Violation, functions, page_files, parse, python_files

FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc", "manager", "managers"}
MODULE_LINES = 400
TEST_MODULE_LINES = 600
FUNCTION_LINES = 50
CODE = (*PACKAGES, "scripts")
EVERYWHERE = (*CODE, "tests")


def undeclared_packages(root: Path) -> list[Violation]:
    """Root folders that are import packages and are not declared, and declared ones that are missing."""
    present = {path.parent.name for path in root.glob("*/__init__.py")}
    unlisted = [f"package {name} is not declared" for name in sorted(present - set(PACKAGES))]
    missing = [f"declared package {name} has no __init__.py" for name in sorted(set(PACKAGES) - present)]
    return [Violation(Path(), 1, what) for what in unlisted + missing]


def vague_names(root: Path) -> list[Violation]:
    """Modules and folders whose name says nothing about what they do."""
    found = []
    for path in [*python_files(root, EVERYWHERE), *page_files(root)]:
        vague = FORBIDDEN_NAMES.intersection([*path.parts[:-1], path.stem])
        found += [Violation(path, 1, f"the name {name!r} says nothing: name what it does") for name in sorted(vague)]
    return found


def long_modules(root: Path) -> list[Violation]:
    found = []
    for path in [*python_files(root, EVERYWHERE), *page_files(root)]:
        limit = TEST_MODULE_LINES if path.parts[0] == "tests" else MODULE_LINES
        lines = len((root / path).read_text(encoding="utf-8").splitlines())
        if lines > limit:
            found.append(Violation(path, lines, f"module has {lines} lines, the limit is {limit}"))
    return found


def long_functions(root: Path) -> list[Violation]:
    found = []
    for path in python_files(root, EVERYWHERE):
        for function in functions(parse(root, path)):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES:
                what = f"{function.name} has {lines} lines, the limit is {FUNCTION_LINES}"
                found.append(Violation(path, function.lineno, what))
    return found


def untested_modules(root: Path) -> list[Violation]:
    """Modules of the pure packages without a test file of their own: rules/a/b.py needs tests/rules/a/test_b.py."""
    found = []
    for path in python_files(root, PURE):
        if path.name == "__init__.py" and not defines_something(parse(root, path)):
            continue
        name = path.parent.name if path.name == "__init__.py" else path.stem
        expected = Path("tests") / path.parent / f"test_{name}.py"
        if not (root / expected).is_file():
            found.append(Violation(path, 1, f"has no test file {expected}"))
    return found


def defines_something(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in tree.body)
