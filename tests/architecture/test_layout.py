from pathlib import Path

from tests.architecture.layout import (
    FUNCTION_LINES,
    MODULE_LINES,
    TEST_MODULE_LINES,
    long_functions,
    long_modules,
    undeclared_packages,
    untested_modules,
    vague_names,
)
from tests.architecture.source_tree import PACKAGES, ROOT, plant, report


def test_the_root_packages_are_the_declared_ones() -> None:
    found = undeclared_packages(ROOT)
    assert not found, report(found)


def test_an_unlisted_or_missing_package_is_found(tmp_path: Path) -> None:
    for package in PACKAGES:
        plant(tmp_path, f"{package}/__init__.py", "")
    assert undeclared_packages(tmp_path) == []
    plant(tmp_path, "extra/__init__.py", "")
    (tmp_path / "notify" / "__init__.py").unlink()
    found = [violation.what for violation in undeclared_packages(tmp_path)]
    assert found == ["package extra is not declared", "declared package notify has no __init__.py"]


def test_names_say_what_a_module_does() -> None:
    found = vague_names(ROOT)
    assert not found, report(found)


def test_vague_names_are_found(tmp_path: Path) -> None:
    plant(tmp_path, "stores/outbox.py", "")
    plant(tmp_path, "stores/utils.py", "")
    plant(tmp_path, "api/core/page.py", "")
    plant(tmp_path, "tests/helpers/__init__.py", "")
    plant(tmp_path, "api/web/parts/common.js", "")
    plant(tmp_path, "api/web/vendor/core.js", "")
    assert [str(violation.path) for violation in vague_names(tmp_path)] == [
        "stores/utils.py",
        "api/core/page.py",
        "tests/helpers/__init__.py",
        "api/web/parts/common.js",
    ]


def test_modules_stay_short() -> None:
    found = long_modules(ROOT)
    assert not found, report(found)


def test_long_modules_are_found(tmp_path: Path) -> None:
    plant(tmp_path, "rules/fits.py", "x = 1\n" * MODULE_LINES)
    plant(tmp_path, "rules/grown.py", "x = 1\n" * (MODULE_LINES + 1))
    plant(tmp_path, "tests/test_fits.py", "x = 1\n" * TEST_MODULE_LINES)
    plant(tmp_path, "tests/test_grown.py", "x = 1\n" * (TEST_MODULE_LINES + 1))
    plant(tmp_path, "api/web/grown.css", "x\n" * (MODULE_LINES + 1))
    plant(tmp_path, "api/web/vendor/library.js", "x\n" * (MODULE_LINES + 1))
    assert [violation.path.name for violation in long_modules(tmp_path)] == ["grown.py", "test_grown.py", "grown.css"]


def test_functions_stay_short() -> None:
    found = long_functions(ROOT)
    assert not found, report(found)


def test_long_functions_are_found(tmp_path: Path) -> None:
    body = "    x = 1\n" * (FUNCTION_LINES - 1)
    plant(tmp_path, "rules/a.py", f"def fits():\n{body}\ndef grown():\n{body}    y = 2\n")
    plant(
        tmp_path,
        "rules/b.py",
        f"class A:\n    async def grown(self):\n{body.replace('    ', '        ')}        y = 2\n",
    )
    assert [violation.what.split()[0] for violation in long_functions(tmp_path)] == ["grown", "grown"]


def test_each_pure_module_has_its_test_file() -> None:
    found = untested_modules(ROOT)
    assert not found, report(found)


def test_a_pure_module_without_a_test_file_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "domain/__init__.py", '"""Words."""\n')
    plant(tmp_path, "domain/alarm.py", "")
    plant(tmp_path, "tests/domain/test_alarm.py", "")
    plant(tmp_path, "rules/kernels/limit.py", "")
    plant(tmp_path, "tests/rules/test_limit.py", "")
    plant(tmp_path, "rules/kernels/__init__.py", "def hidden(): ...\n")
    found = [violation.what for violation in untested_modules(tmp_path)]
    assert found == [
        "has no test file tests/rules/kernels/test_kernels.py",
        "has no test file tests/rules/kernels/test_limit.py",
    ]
