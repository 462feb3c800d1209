"""What an expression means, as a tree of frozen nodes: numbers, points by slot, comparisons, durations and windows.

Slots count the points a rule looks at; slot 0 is the one the alarm is about. Spans are microseconds. A tree says
nothing of how it is evaluated: `rules.conditions.evaluation` does it over columns.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from domain.instant import Duration


class Node(Struct, frozen=True):
    """Part of an expression; equal parts are evaluated once."""


class Number(Node, frozen=True):
    """A constant."""

    value: float


class Value(Node, frozen=True):
    """What the point of a slot measures."""

    slot: int


class Unary(Node, frozen=True):
    """One operand."""

    how: Literal["-", "abs"]
    of: Node


class Binary(Node, frozen=True):
    """Two numbers make one; dividing by 0 makes an unknown one."""

    how: Literal["+", "-", "*", "/", "min", "max"]
    left: Node
    right: Node


class Compare(Node, frozen=True):
    """Two numbers make a truth."""

    how: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Node
    right: Node


class Logic(Node, frozen=True):
    """Two truths make one, in three-valued (Kleene) logic: false and unknown is false, true or unknown is true."""

    how: Literal["and", "or"]
    left: Node
    right: Node


class Not(Node, frozen=True):
    """The contrary; unknown stays unknown."""

    of: Node


class Lasting(Node, frozen=True):
    """`of` has been true for `span` of known time; unknown spans are not counted, and end nothing."""

    of: Node
    span: Duration


WindowHow: TypeAlias = Literal["avg", "lowest", "highest", "spread", "change"]


class Window(Node, frozen=True):
    """Something over the readings of the latest `span`; unknown until they have been known without a break so long."""

    how: WindowHow
    of: Node
    span: Duration


class TimeTo(Node, frozen=True):
    """Seconds until `of` reaches `limit` if it goes on as in the latest `span`; infinite where it does not get there.

    `pace` says by which slope: that of the whole window, or the quickest or slowest between its thirds.
    """

    pace: Literal["usual", "quickest", "slowest"]
    of: Node
    limit: Node
    span: Duration


class Count(Node, frozen=True):
    """How often `of` became true in the latest `span`, as far as was seen; at most 64."""

    of: Node
    span: Duration


class Previous(Node, frozen=True):
    """The known reading of a slot before its latest known one."""

    slot: int


class Silent(Node, frozen=True):
    """No reading of a slot's point, of whatever quality, for `span`. Always known."""

    slot: int
    span: Duration


class Within(Node, frozen=True):
    """Site time lies within these hours (`domain.opening_hours`). Always known."""

    hours: str
    timezone: str


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    found = (getattr(node, field) for field in node.__struct_fields__)
    return tuple(each for each in found if isinstance(each, Node))


def walk(node: Node) -> Iterator[Node]:
    """All nodes, each after those below it."""
    for child in children(node):
        yield from walk(child)
    yield node


def slots(node: Node) -> tuple[int, ...]:
    """The slots it looks at, ascending."""
    return tuple(sorted({each.slot for each in walk(node) if isinstance(each, Value | Previous | Silent)}))
