"""How errors are caught and how SQL is written."""

import ast
from pathlib import Path

from tests.architecture.source_tree import PACKAGES, Violation, comments, parse, python_files

BROAD = {"Exception", "BaseException"}
SUPERVISION = "supervision:"

WITH_SQL = ("stores", "journal")
SQL_CALLS = {"text", "execute", "executemany", "executescript", "exec_driver_sql", "sql", "query"}


def unsupervised_excepts(root: Path) -> list[Violation]:
    """Broad excepts without a comment `supervision: ...` on their line or the one before, saying who is told."""
    found = []
    for path in python_files(root, PACKAGES):
        handlers = [node for node in ast.walk(parse(root, path)) if isinstance(node, ast.ExceptHandler)]
        broad = [handler for handler in handlers if is_broad(handler.type)]
        if broad:
            said = comments((root / path).read_text(encoding="utf-8"))
            for node in broad:
                near = said.get(node.lineno, "") + said.get(node.lineno - 1, "")
                if SUPERVISION not in near:
                    found.append(
                        Violation(path, node.lineno, f"broad except without a comment '{SUPERVISION} who is told'")
                    )
    return found


def is_broad(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in BROAD
        case ast.Tuple(elts=members):
            return any(is_broad(member) for member in members)
    return False


def composed_sql(root: Path) -> list[Violation]:
    """SQL put together from text and values; values belong into parameters."""
    found = []
    for path in python_files(root, WITH_SQL):
        tree = parse(root, path)
        composed_names = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and is_composed(node.value, set())
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[statement, *_]) if (
                    name in SQL_CALLS and is_composed(statement, composed_names)
                ):
                    found.append(Violation(path, node.lineno, f"{name}() gets composed SQL: use parameters"))
    return found


def is_composed(node: ast.expr, composed_names: set[str]) -> bool:
    match node:
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.FormattedValue) for part in parts)
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add(), right=right):
            return (
                is_text(left)
                or is_text(right)
                or is_composed(left, composed_names)
                or is_composed(right, composed_names)
            )
        case ast.Call(func=ast.Attribute(value=owner, attr="format" | "format_map" | "replace" | "join")):
            return is_text(owner)
        case ast.Name(id=name):
            return name in composed_names
    return False


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
