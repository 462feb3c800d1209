"""What neither the import contracts nor banned names can see in the pure packages: builtins, order of sets, globals."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_tree import PURE, Violation, parse, python_files

# hash() and id() differ from run to run, the others are I/O or hide what a module does.
FORBIDDEN_BUILTINS = {"__import__", "breakpoint", "compile", "eval", "exec", "hash", "id", "input", "open", "print"}

ALLOWED_IMPORTS = {
    "__future__", "abc", "base64", "bisect", "calendar", "collections", "contextlib", "copy", "dataclasses",
    "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "hashlib", "heapq", "hmac",
    "ast", "ipaddress", "itertools", "json", "math", "operator", "re", "string", "struct", "textwrap", "types",
    "typing", "unicodedata", "zlib", "msgspec", "numpy",
}  # fmt: skip
OWN_IMPORTS = {"domain": {"domain"}, "rules": {"domain", "rules"}}
# Time-zone data is part of the engine's identity, so one module alone asks it.
IMPORTS_OF_ONE = {Path("domain/schedule.py"): {"zoneinfo"}}

SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
SET_TYPES = {"set", "frozenset", "Set", "AbstractSet", "MutableSet"}
# These give the same answer in whatever order a set yields its elements.
ORDER_BLIND = {"sorted", "set", "frozenset", "len", "any", "all", "min", "max"}
ORDER_KEEPING = {
    "list",
    "tuple",
    "iter",
    "next",
    "enumerate",
    "map",
    "filter",
    "zip",
    "sum",
    "reduce",
    "deque",
    "fromkeys",
    "join",
}


def foreign_imports(root: Path) -> list[Violation]:
    """Imports that are not on the allow-list of the pure packages."""
    found = []
    for path in python_files(root, PURE):
        allowed = ALLOWED_IMPORTS | OWN_IMPORTS[path.parts[0]] | IMPORTS_OF_ONE.get(path, set())
        for line, name in imported(parse(root, path)):
            if name not in allowed:
                found.append(Violation(path, line, f"{name} is not on the allow-list of the pure packages"))
    return found


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." if node.level else (node.module or "").partition(".")[0]


def impure_statements(root: Path) -> list[Violation]:
    """Forbidden builtins (called or handed on), `global`, and matrix products, which go to BLAS."""
    found = []
    for path in python_files(root, PURE):
        for node in ast.walk(parse(root, path)):
            match node:
                case ast.Name(id=name, ctx=ast.Load()) if name in FORBIDDEN_BUILTINS:
                    found.append(Violation(path, node.lineno, f"the builtin {name} has no place in a pure package"))
                case ast.Global(names=names):
                    found.append(Violation(path, node.lineno, f"global {', '.join(names)}: state is passed, not kept"))
                case ast.BinOp(op=ast.MatMult()):
                    found.append(Violation(path, node.lineno, "@ goes to BLAS, whose result differs between machines"))
    return found


def set_iterations(root: Path) -> list[Violation]:
    """Places where the order of a set, which changes with PYTHONHASHSEED, can reach a result."""
    found = []
    for path in python_files(root, PURE):
        finder = SetOrder(parse(root, path))
        found += [Violation(path, line, "a set has no order: iterate over sorted(...)") for line in finder.lines()]
    return found


class SetOrder:
    """Finds iteration over expressions that are sets by their form, or by the annotation or assignment of their name.

    Names are known for the whole module: one word for one thing is the rule of the house anyway.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.names: set[str] = set()
        for node in ast.walk(tree):
            self.names.update(self.declared(node))

    def declared(self, node: ast.AST) -> list[str]:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation):
                return [name] if is_set_type(annotation) else []
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                return [name] if is_set_type(annotation) else []
            case ast.Assign(targets=targets, value=value) if self.is_set(value):
                return [target.id for target in targets if isinstance(target, ast.Name)]
        return []

    def is_set(self, node: ast.expr) -> bool:
        match node:
            case ast.Set() | ast.SetComp():
                return True
            case ast.Call(func=ast.Name(id="set" | "frozenset")):
                return True
            case ast.Call(func=ast.Attribute(value=owner, attr=method)):
                return method in SET_METHODS and self.is_set(owner)
            case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
                return self.is_set(left) or self.is_set(right)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in self.names
        return False

    def lines(self) -> list[int]:
        blind = {id(argument) for node in ast.walk(self.tree) for argument in order_blind_arguments(node)}
        found = {
            node.lineno
            for node in ast.walk(self.tree)
            if self.depends_on_order(node, blind) and hasattr(node, "lineno")
        }
        return sorted(found)

    def depends_on_order(self, node: ast.AST, blind: set[int]) -> bool:
        match node:
            case ast.For(iter=source) | ast.Starred(value=source) | ast.YieldFrom(value=source):
                return self.is_set(source)
            case ast.ListComp(generators=generators) | ast.DictComp(generators=generators):
                return id(node) not in blind and any(self.is_set(generator.iter) for generator in generators)
            case ast.GeneratorExp(generators=generators):
                return id(node) not in blind and any(self.is_set(generator.iter) for generator in generators)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments) if name in ORDER_KEEPING:
                return id(node) not in blind and any(self.is_set(argument) for argument in arguments)
            case ast.Call(func=ast.Name(id="sorted" | "min" | "max"), args=[source], keywords=[_, *_]):
                return self.is_set(source)  # with a key, elements that compare equal keep the set's order
            case ast.Call(func=ast.Attribute(value=owner, attr="pop"), args=[]):
                return self.is_set(owner)
        return False


def is_set_type(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Subscript(value=value):
            return is_set_type(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in SET_TYPES
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_set_type(left) or is_set_type(right)
    return False


def order_blind_arguments(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in ORDER_BLIND:
            return arguments
    return []
