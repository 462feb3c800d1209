"""Reads docs/glossary.md and holds it against the code: every word of the domain is there, no other is used."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.architecture.source_tree import PACKAGES, Violation, parse, python_files

GLOSSARY = Path("docs/glossary.md")
ENTRY_COLUMNS = ["term", "中文", "meaning", "in the code"]
BAN_COLUMNS = ["not", "but", "not in"]

CHINESE = re.compile("[\u4e00-\u9fff]")
CODE = re.compile("`([^`]+)`")
# A word of camelCase, PascalCase, snake_case or CONSTANT_CASE.
WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True)
class Row:
    """One line of a table: its cells by the names of their columns."""

    line: int
    cells: dict[str, str]

    def code(self, column: str) -> list[str]:
        """What stands in backticks in a cell."""
        return CODE.findall(self.cells[column])


@dataclass(frozen=True)
class Type:
    """A class of the domain; `members` are an enum's words."""

    name: str
    path: Path
    line: int
    bases: tuple[str, ...]
    members: tuple[str, ...]


def rows(root: Path, columns: list[str]) -> list[Row]:
    """The rows of all tables that have these columns."""
    found: list[Row] = []
    header: list[str] = []
    for number, text in enumerate((root / GLOSSARY).read_text(encoding="utf-8").splitlines(), start=1):
        cells = [cell.strip() for cell in text.strip().strip("|").split("|")] if text.startswith("|") else []
        if not cells:
            header = []
        elif not header:
            header = cells
        elif header == columns and not set(text) <= set("|-: "):
            padded = (cells + [""] * len(columns))[: len(columns)]
            found.append(Row(number, dict(zip(columns, padded, strict=True))))
    return found


def bad_entries(root: Path) -> list[Violation]:
    """Entries with an empty cell, without a Chinese word, or for a word that another entry has explained already."""
    found = []
    seen: dict[str, int] = {}
    for row in rows(root, ENTRY_COLUMNS):
        empty = [column for column, cell in row.cells.items() if not cell]
        found += [Violation(GLOSSARY, row.line, f"nothing stands under '{column}'") for column in empty]
        if not CHINESE.search(row.cells["中文"]):
            found.append(Violation(GLOSSARY, row.line, f"'{row.cells['term']}' has no Chinese word"))
        for word in (row.cells["term"].casefold(), row.cells["中文"]):
            if word in seen:
                found.append(Violation(GLOSSARY, row.line, f"'{word}' stands in line {seen[word]} already"))
            seen[word] = row.line
    return found


def unexplained_types(root: Path) -> list[Violation]:
    """Types of the domain that no entry names. Errors explain themselves in sentences."""
    explained = {name for row in rows(root, ENTRY_COLUMNS) for name in row.code("in the code")}
    return [
        Violation(each.path, each.line, f"{each.name} has no entry in {GLOSSARY}")
        for each in domain_types(root)
        if each.name not in explained
    ]


def unexplained_members(root: Path) -> list[Violation]:
    """Words of an enum that its entry does not give in Chinese: each stands there as `word` 中文."""
    entries = rows(root, ENTRY_COLUMNS)
    found = []
    for each in domain_types(root):
        said = " ".join(row.cells["meaning"] for row in entries if each.name in row.code("in the code"))
        missing = [member for member in each.members if not re.search(f"`{re.escape(member)}` ?[\u4e00-\u9fff]", said)]
        found += [Violation(each.path, each.line, f"{each.name}: {GLOSSARY} lacks `{word}` 中文") for word in missing]
    return found


def dead_references(root: Path) -> list[Violation]:
    """Names that entries give and the code does not have."""
    return [
        Violation(GLOSSARY, row.line, f"{reference} is not in the code")
        for row in rows(root, ENTRY_COLUMNS)
        for reference in row.code("in the code")
        if not exists(root, reference)
    ]


def exists(root: Path, reference: str) -> bool:
    """Tell whether a dotted name is a module, or something that a module or a class of it defines."""
    parts = reference.split(".")
    for length in range(len(parts), 0, -1):
        path = Path(*parts[:length])
        module = path.with_suffix(".py") if (root / path.with_suffix(".py")).is_file() else path / "__init__.py"
        if (root / module).is_file():
            return is_defined(parse(root, module).body, parts[length:])
    return False


def is_defined(body: list[ast.stmt], names: list[str]) -> bool:
    if not names:
        return True
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name == names[0]:
            return is_defined(node.body, names[1:])
        if len(names) == 1 and names[0] in bound_names(node):
            return True
    return False


def domain_types(root: Path) -> list[Type]:
    """The public classes of domain/ but for errors."""
    found = [each for path in python_files(root, ("domain",)) for each in classes(root, path)]
    errors = {"Exception"}
    for _ in found:
        errors |= {each.name.rpartition(".")[2] for each in found if errors.intersection(each.bases)}
    return [each for each in found if not errors.intersection(each.bases)]


def classes(root: Path, path: Path) -> Iterator[Type]:
    module = ".".join(path.with_suffix("").parts)
    for node in parse(root, path).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
            yield Type(f"{module}.{node.name}", path, node.lineno, bases, tuple(members(node, bases)))


def members(node: ast.ClassDef, bases: tuple[str, ...]) -> Iterator[str]:
    """The words of an enum: its texts, or the names of its numbers."""
    for statement in node.body if any(base.endswith("Enum") for base in bases) else []:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                yield value if isinstance(value, str) else name.lower()


def banned_words(root: Path) -> list[Violation]:
    """Names of modules, and identifiers that our code binds, which use a word that the glossary has replaced."""
    bans = rows(root, BAN_COLUMNS)
    found = []
    for path in python_files(root, PACKAGES):
        here = [ban for ban in bans if not ban.code("not in") or path.parts[0] in ban.code("not in")]
        replaced = [(word, ban.cells["but"]) for ban in here for word in ban.code("not")]
        names = [(line, name) for node in ast.walk(parse(root, path)) for line, name in bound(node)]
        found += [
            Violation(path, line, f"{name}: say {instead}, not {word}")
            for line, name in [(1, path.stem), *names]
            for word, instead in replaced
            if uses(name, word)
        ]
    return found


@cache
def uses(name: str, word: str) -> bool:
    """Tell whether a name contains a word (`fire_exit` is one of two), in the singular or in the plural."""
    words = "_".join(part.lower() for part in WORD.findall(name))
    return re.search(f"_{re.escape(word)}(s|es)?_", f"_{words}_") is not None


def bound_names(node: ast.AST) -> set[str]:
    return {name for child in ast.walk(node) for _, name in bound(child)}


def bound(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The names that this node itself gives to something: names that libraries gave to theirs do not count."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield node.lineno, name
        case ast.arg(arg=name):
            yield node.lineno, name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield node.lineno, name
        case ast.alias(asname=str(name)):
            yield node.lineno, name
