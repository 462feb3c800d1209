"""Reads an expression into its tree, checking names and units; every error names the column.

The grammar is Python's for expressions, read by the standard library's parser and admitted node by node: what is not
listed here is refused, nothing is ever executed. Two spellings are ours and are exchanged for equally long Python
before it is parsed, so that columns stay: `10 min` and `... for 10 min`.
"""

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, NoReturn, get_args

from msgspec import Struct

from domain.errors import ConfigurationError, VigilError
from domain.instant import DAY, HOUR, MINUTE, SECOND, Duration
from domain.opening_hours import read_hours
from rules.expressions import measures
from rules.expressions.measures import BARE, TRUTH
from rules.expressions.slips import slip
from rules.expressions.tree import (
    Binary,
    Compare,
    Count,
    Lasting,
    Logic,
    Node,
    Not,
    Number,
    Previous,
    Silent,
    TimeTo,
    Unary,
    Value,
    Window,
    WindowHow,
    Within,
    slots,
)

LONGEST: Final = 1_000
"""Characters; a longer expression is several rules."""

MOST_PARTS: Final = 100
LONGEST_SPAN: Final[Duration] = 366 * DAY

_SPAN: Final = re.compile(r"(?<![\w.])(\d{1,9}(?:\.\d{1,6})?)[ \t]{1,4}(s|min|h|d)\b")
_FOR: Final = re.compile(r"\bfor\b")
_UNITS: Final[Mapping[str, Duration]] = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_ARITHMETIC: Final[Mapping[type[ast.operator], Literal["+", "-", "*", "/"]]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_ORDER: Final[Mapping[type[ast.cmpop], Literal["<", "<=", ">", ">=", "==", "!="]]] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_CALCULATED: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": float.__add__,
    "-": float.__sub__,
    "*": float.__mul__,
    "/": float.__truediv__,
    "min": min,
    "max": max,
}
_WINDOWS: Final = get_args(WindowHow)
FUNCTIONS: Final = ("abs", "min", "max", *_WINDOWS, "count", "previous", "silent", "time_to", "hours")


class ExpressionError(VigilError):
    """An expression that cannot be read; the text begins with the column, counted from 1."""


class Expression(Struct, frozen=True):
    """A tree and its measure: a unit, or `measures.TRUTH`."""

    tree: Node
    measure: str


def parse(text: str, units: Mapping[str, str], timezone: str) -> Expression:
    """Read an expression over named points; slots are counted in the order of `units`, which gives each name's unit.

    Raises:
        ExpressionError: names the column, what stands there, and the remedy.
    """
    return _parsed(text, units, timezone)[0]


def located(text: str, units: Mapping[str, str], timezone: str) -> Mapping[Node, tuple[int, str]]:
    """Where each part of an expression that can be read stands first: its column, counted from 1, and its text."""
    content = text.encode()
    return {
        node: (len(content[:begin].decode()) + 1, content[begin:end].decode())
        for node, (begin, end) in _parsed(text, units, timezone)[1].items()
    }


def _parsed(text: str, units: Mapping[str, str], timezone: str) -> tuple[Expression, Mapping[Node, tuple[int, int]]]:
    """An expression, and from where to where its parts go, in bytes."""
    if len(text) > LONGEST:
        raise ExpressionError(f"column {LONGEST}: it is longer than {LONGEST} characters: make several rules of it")
    if "#" in text:
        column = text.index("#") + 1
        raise ExpressionError(f"column {column}: '#' means nothing here, and would hide the rest: remove it")
    python = _FOR.sub(" in", _SPAN.sub(_as_product, text))
    try:
        body = ast.parse(python, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        column = getattr(error, "offset", None) or 1
        strange = python[column - 1 : column]
        if strange and not strange.isascii() and not strange.isalnum():
            what = f"'{strange}' means nothing here: type it with the keyboard set to English"
            raise ExpressionError(f"column {column}: {what}") from error
        column, complaint = slip(text) or (
            column,
            "cannot be read: write it like `flow < 20 for 10 min and current > 5`",
        )
        raise ExpressionError(f"column {column}: {complaint}") from error
    if sum(1 for _ in ast.walk(body)) > MOST_PARTS * 2:
        raise ExpressionError(f"column 1: it has more than {MOST_PARTS} parts: make several rules of it")
    parser = _Parser(units, timezone)
    try:
        return parser.read(body), parser.places
    except _Refused as refused:
        column = len(python.encode()[: refused.offset].decode(errors="replace")) + 1
        raise ExpressionError(f"column {column}: {refused.complaint}") from refused


def _as_product(found: re.Match[str]) -> str:
    """`10 min` as `10*min`, as long as it was."""
    return f"{found[1]}*{found[2].rjust(len(found[0]) - len(found[1]) - 1)}"


def parse_condition(text: str, units: Mapping[str, str], timezone: str) -> Node:
    """Read an expression that is true or false.

    Raises:
        ExpressionError: it cannot be read, or is a number.
    """
    found = parse(text, units, timezone)
    if found.measure != TRUTH:
        raise ExpressionError("column 1: it is a number, not true or false: compare it, for instance `... > 0`")
    return found.tree


class _Parser:
    def __init__(self, units: Mapping[str, str], timezone: str) -> None:
        self._measures = {name: measures.measure_of(unit) for name, unit in units.items()}
        self._slots = {name: slot for slot, name in enumerate(units)}
        self._timezone = timezone
        self.places: dict[Node, tuple[int, int]] = {}

    def read(self, node: ast.expr) -> Expression:
        found = self._read(node)
        self.places.setdefault(found.tree, (node.col_offset, node.end_col_offset or node.col_offset))
        return found

    def _read(self, node: ast.expr) -> Expression:  # noqa: RET503 - what is refused does not return
        match node:
            case ast.Constant() | ast.Name():
                return self._leaf(node)
            case ast.UnaryOp(op=ast.Not()):
                return Expression(Not(self._truth(node.operand)), TRUTH)
            case ast.UnaryOp(op=ast.USub()):
                return self._unary("-", node.operand)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.BoolOp():
                return self._logic(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS and not node.keywords:
                return self._call(node, name)
            case ast.Tuple(elts=[_, second, *_]):
                _refuse(
                    second,
                    "a comma stands before it",
                    "write 1000 for 1,000, 0.5 for 0,5, and `and` between comparisons",
                )
            case _:
                listed = ", ".join(FUNCTIONS)
                _refuse(node, "this is not part of the language", f"use + - * /, comparisons, and, or, not, {listed}")

    def _leaf(self, node: ast.Constant | ast.Name) -> Expression:
        if isinstance(node, ast.Name):
            return Expression(Value(self._slot(node, node.id)), self._measures[node.id])
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            _refuse(node, f"{node.value!r} means nothing here", "use numbers, points and comparisons")
        try:
            number = float(node.value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            _refuse(node, "the number is too large", "write it smaller")
        return Expression(Number(number), BARE)

    def _slot(self, node: ast.expr, name: str) -> int:
        if name not in self._slots:
            known = ", ".join(self._slots)
            _refuse(node, f"'{name[:64]}' is no point of this rule", f"name one of {known}, or add it to 'inputs'")
        return self._slots[name]

    def _number(self, node: ast.expr) -> Expression:
        found = self.read(node)
        if found.measure == TRUTH:
            _refuse(node, "this is true or false, a number is wanted", "put parentheses where they are meant")
        return found

    def _truth(self, node: ast.expr) -> Node:
        found = self.read(node)
        if found.measure != TRUTH:
            _refuse(node, "this is a number, true or false is wanted", "compare it, for instance `> 0`")
        return found.tree

    def _unary(self, how: Literal["-", "abs"], operand: ast.expr) -> Expression:
        found = self._number(operand)
        if how == "-" and isinstance(found.tree, Number):
            return Expression(Number(-found.tree.value), found.measure)
        return Expression(Unary(how, found.tree), found.measure)

    def _arithmetic(self, node: ast.BinOp) -> Expression:
        how = _ARITHMETIC.get(type(node.op))
        if how is None:
            _refuse(node, "this operator is not part of the language", "use + - * /")
        left, right = self._number(node.left), self._number(node.right)
        if how == "/" and _constant(right.tree) == 0.0:
            _refuse(node.right, "it divides by 0", "divide by something else")
        if how in {"*", "/"}:
            measure: str | None = (measures.multiplied if how == "*" else measures.divided)(left.measure, right.measure)
        else:
            measure = (measures.added if how == "+" else measures.subtracted)(left.measure, right.measure)
        return Expression(Binary(how, left.tree, right.tree), self._alike(node, left, right, measure))

    def _alike(self, node: ast.expr, left: Expression, right: Expression, measure: str | None) -> str:
        if measure is None:
            what = f"'{left.measure}' and '{right.measure}' do not go together"
            _refuse(node, what, "compare like with like, or multiply by a factor of conversion")
        return measure

    def _logic(self, node: ast.BoolOp) -> Expression:
        how: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
        first, *others = [self._truth(each) for each in node.values]
        for each in others:
            first = Logic(how, first, each)
        return Expression(first, TRUTH)

    def _comparison(self, node: ast.Compare) -> Expression:
        *operators, last = node.ops
        operands = [node.left, *node.comparators]
        span = None
        if isinstance(last, ast.In):
            span = self._span(operands.pop())
        else:
            operators.append(last)
        tree = self._chain(node, operators, operands) if operators else self._truth(operands[0])
        return Expression(tree if span is None else Lasting(tree, span), TRUTH)

    def _chain(self, node: ast.Compare, operators: list[ast.cmpop], operands: list[ast.expr]) -> Node:
        """`a < b < c` means what it means on paper."""
        found: Node | None = None
        for operator, left, right in zip(operators, operands, operands[1:], strict=False):
            how = _ORDER.get(type(operator))
            if how is None:
                _refuse(node, "this comparison is not part of the language", "use < <= > >= == !=; `for` comes last")
            one, other = self._number(left), self._number(right)
            self._alike(right, one, other, measures.like(one.measure, other.measure))
            step = Compare(how, one.tree, other.tree)
            found = step if found is None else Logic("and", found, step)
        if found is None:
            _refuse(node, "nothing is compared", "write it like `flow < 20`")
        return found

    def _call(self, node: ast.Call, name: str) -> Expression:
        wanted = {"abs": 1, "previous": 1, "hours": 1, "time_to": 3}.get(name, 2)
        few = name in {"min", "max"} and len(node.args) > wanted
        if len(node.args) != wanted and not few:
            _refuse(
                node,
                f"'{name}' takes {wanted} things in its parentheses, not {len(node.args)}",
                "see docs/expressions.md",
            )
        return self._functions()[name](node, name)

    def _functions(self) -> Mapping[str, Callable[[ast.Call, str], Expression]]:
        own = {
            "abs": lambda node, _: self._unary("abs", node.args[0]),
            "min": self._extreme,
            "max": self._extreme,
            "count": lambda node, _: Expression(Count(self._truth(node.args[0]), self._span(node.args[1])), BARE),
            "previous": self._previous,
            "silent": lambda node, _: Expression(Silent(self._point(node.args[0]), self._span(node.args[1])), TRUTH),
            "time_to": self._time_to,
            "hours": self._hours,
        }
        return dict.fromkeys(_WINDOWS, self._window) | own

    def _extreme(self, node: ast.Call, name: str) -> Expression:
        how: Literal["min", "max"] = "min" if name == "min" else "max"
        found = self._number(node.args[0])
        for each in node.args[1:]:
            other = self._number(each)
            measure = self._alike(each, found, other, measures.like(found.measure, other.measure))
            found = Expression(Binary(how, found.tree, other.tree), measure)
        return found

    def _window(self, node: ast.Call, name: str) -> Expression:
        of = self._number_over_time(node, name)
        how: WindowHow = next(each for each in _WINDOWS if each == name)
        difference = how in {"spread", "change"}
        measure = measures.subtracted(of.measure, of.measure) if difference else of.measure
        return Expression(Window(how, of.tree, self._span(node.args[1])), measure or BARE)

    def _number_over_time(self, node: ast.Call, name: str) -> Expression:
        """What a function looks at over time: something that is measured."""
        of = self._number(node.args[0])
        if not slots(of.tree):
            _refuse(node.args[0], f"'{name}' looks at no point, so that nothing ever comes in", "name a point in it")
        return of

    def _time_to(self, node: ast.Call, _: str) -> Expression:
        of, limit = self._number_over_time(node, "time_to"), self._number(node.args[1])
        self._alike(node.args[1], of, limit, measures.like(of.measure, limit.measure))
        return Expression(TimeTo("usual", of.tree, limit.tree, self._span(node.args[2])), "s")

    def _previous(self, node: ast.Call, _: str) -> Expression:
        slot = self._point(node.args[0])
        return Expression(Previous(slot), list(self._measures.values())[slot])

    def _point(self, node: ast.expr) -> int:
        if not isinstance(node, ast.Name):
            _refuse(node, "a point is wanted", "name one")
        return self._slot(node, node.id)

    def _hours(self, node: ast.Call, _: str) -> Expression:
        argument = node.args[0]
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            _refuse(argument, "hours are wanted", "write them like hours('mon-fri 08:00-18:00')")
        try:
            read_hours(argument.value)
        except ConfigurationError as error:
            _refuse(argument, str(error), "mend them")
        return Expression(Within(argument.value, self._timezone), TRUTH)

    def _span(self, node: ast.expr) -> Duration:  # noqa: RET503 - what is refused does not return
        match node:
            case ast.BinOp(left=ast.Constant(value=int() | float() as count), op=ast.Mult(), right=ast.Name(id=unit)):
                span = round(count * _UNITS.get(unit, 0))
                if 0 < span <= LONGEST_SPAN:
                    return span
                _refuse(node, "the time is out of range", "give more than 0 and at most 366 d")
            case _:
                _refuse(node, "a time is wanted", "write it like 30 s, 10 min, 2 h or 1 d")


def _constant(node: Node) -> float | None:
    """What a part without points always is; None where it depends on a reading, or is no number at all."""
    match node:
        case Number(value=value):
            return value
        case Unary(how=how, of=of):
            found = _constant(of)
            return found if found is None else abs(found) if how == "abs" else -found
        case Binary(how="-", left=left, right=right) if left == right and isinstance(left, Value):
            return 0.0
        case Binary(how=how, left=left, right=right):
            one, other = _constant(left), _constant(right)
            if one is None or other is None or (how == "/" and other == 0.0):
                return 0.0 if how == "*" and 0.0 in {one, other} else None
            return _CALCULATED[how](one, other)
        case _:
            return None


class _Refused(Exception):
    """A part that cannot be meant: where it begins, in bytes of UTF-8, and the complaint with its remedy."""

    def __init__(self, offset: int, complaint: str) -> None:
        self.offset, self.complaint = offset, complaint
        super().__init__(complaint)


def _refuse(node: ast.expr, what: str, remedy: str) -> NoReturn:
    raise _Refused(node.col_offset, f"{what}: {remedy}")
