from pathlib import Path

import pytest

from tests.architecture.purity import foreign_imports, impure_statements, set_iterations
from tests.architecture.source_tree import ROOT, plant, report


def test_pure_packages_import_only_what_is_allowed() -> None:
    found = foreign_imports(ROOT)
    assert not found, report(found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("domain/alarm.py", "import os.path"),
        ("domain/alarm.py", "from rules import engine"),
        ("domain/alarm.py", "import zoneinfo"),
        ("domain/alarm.py", "from . import site"),
        ("rules/tour.py", "def late():\n    import uuid"),
        ("rules/tour.py", "from zoneinfo import ZoneInfo"),
        ("rules/tour.py", "import stores.ports"),
    ],
)
def test_a_foreign_import_is_found(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, f"import msgspec\nimport datetime\n{text}\n")
    assert len(foreign_imports(tmp_path)) == 1


def test_what_the_allow_list_names_may_be_imported(tmp_path: Path) -> None:
    plant(tmp_path, "domain/schedule.py", "from zoneinfo import ZoneInfo\nfrom collections.abc import Mapping\n")
    plant(tmp_path, "rules/engine.py", "import numpy as np\nfrom domain import alarm\nfrom rules.tour import fold\n")
    assert foreign_imports(tmp_path) == []


def test_pure_packages_use_no_forbidden_builtin() -> None:
    found = impure_statements(ROOT)
    assert not found, report(found)


@pytest.mark.parametrize(
    "text",
    [
        "x = hash('a')",
        "x = id(object())",
        "x = open('a')",
        "x = sorted([], key=hash)",
        "print('a')",
        "def f():\n    global x\n    x = 1",
        "x = a @ b",
    ],
)
def test_an_impure_statement_is_found(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "rules/tour.py", f"{text}\n")
    assert len(impure_statements(tmp_path)) == 1


def test_fields_named_like_a_builtin_are_no_violation(tmp_path: Path) -> None:
    plant(tmp_path, "domain/site.py", "class Site:\n    id: str\ndef f(site): return site.id, site.open()\n")
    assert impure_statements(tmp_path) == []


def test_no_order_of_a_set_reaches_a_result() -> None:
    found = set_iterations(ROOT)
    assert not found, report(found)


@pytest.mark.parametrize(
    "text",
    [
        "for x in {1, 2}: pass",
        "for x in set(y): pass",
        "for x in frozenset(y) - z: pass",
        "for x in set(y).union(z): pass",
        "a = [x for x in {1, 2}]",
        "a = {x: 1 for x in set(y)}",
        "a = list(set(y))",
        "a = tuple(x for x in set(y))",
        "a = ','.join({'a', 'b'})",
        "a = dict.fromkeys(set(y))",
        "a = [*set(y)]",
        "a = sum({0.1, 0.2, 0.3})",
        "a = next(iter(set(y)))",
        "a = sorted(set(y), key=len)",
        "seen = set()\nfor x in seen: pass",
        "def f(seen: set[str]): return [x for x in seen]",
        "def f(seen: frozenset[str] | None): return list(seen or ()) if seen is None else list(seen)",
        "class A:\n    seen: set[str]\ndef f(a: A): return list(a.seen)",
        "def f(seen: set[str]): return seen.pop()",
    ],
)
def test_an_order_that_depends_on_the_hash_seed_is_found(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "rules/tour.py", f"{text}\n")
    assert set_iterations(tmp_path) != []


@pytest.mark.parametrize(
    "text",
    [
        "for x in sorted({1, 2}): pass",
        "a = sorted(x for x in set(y))",
        "a = {x + 1 for x in set(y)}",
        "a = len(set(y)), max(set(y)), any(x > 1 for x in set(y))",
        "a = 1 in {1, 2}",
        "for x in [1, 2]: pass",
        "def f(seen: dict[str, set[str]]): return list(seen)",
        "def f(queue: list[str]): return queue.pop()",
    ],
)
def test_order_blind_uses_of_a_set_are_no_violation(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "rules/tour.py", f"{text}\n")
    found = set_iterations(tmp_path)
    assert not found, report(found)
