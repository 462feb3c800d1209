"""Reads the checkout for the architecture tests: which files there are, and what Python says about them."""

import ast
import io
import shutil
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = ("domain", "rules", "journal", "stores", "notify", "collector", "runtime", "api", "simulators", "vigil")
PURE = ("domain", "rules")
PAGE = Path("api/web")

# What stands in a checkout without being part of it, for the machine that has no git to ask.
NOT_OURS = {".git", ".venv", "build", "dist", "data", "var", "__pycache__", "node_modules"}
CACHES = {".cache", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


@dataclass(frozen=True)
class Violation:
    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def report(violations: list[Violation]) -> str:
    return "\n" + "\n".join(str(violation) for violation in violations)


def project_files(root: Path) -> list[Path]:
    """Files that are in git or would be added to it, relative to `root`."""
    if (root / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
        names = [Path(name) for name in listed.split("\0") if name]
        return sorted(name for name in names if (root / name).is_file())
    skipped = NOT_OURS | CACHES
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path for path in found if not skipped.intersection(path.parts))


def python_files(root: Path, folders: tuple[str, ...]) -> list[Path]:
    """Python files below the given folders of `root`, relative to it."""
    found: list[Path] = []
    for folder in folders:
        found += [path.relative_to(root) for path in sorted((root / folder).rglob("*.py"))]
    return [path for path in found if "__pycache__" not in path.parts]


def page_files(root: Path) -> list[Path]:
    """The page's own modules and styles, relative to `root`; libraries that it only carries are not ours."""
    found = [path.relative_to(root) for path in sorted((root / PAGE).rglob("*")) if path.suffix in {".js", ".css"}]
    return [path for path in found if "vendor" not in path.parts]


def parse(root: Path, path: Path) -> ast.Module:
    return ast.parse((root / path).read_text(encoding="utf-8"), filename=str(path))


def comments(source: str) -> dict[int, str]:
    """The comment on each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def plant(root: Path, name: str, text: str) -> Path:
    """Write a file of a made-up checkout; the tests plant their violations with it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
