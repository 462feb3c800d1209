"""What an expression means, as a tree of frozen nodes: numbers, points by slot, comparisons, durations and windows.

Slots count the points a rule looks at; slot 0 is the one the alarm is about. Spans are microseconds. A tree says
nothing of how it is evaluated: `rules.conditions.evaluation` does it over columns.
"""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from domain.instant import Duration


class Node(Struct, frozen=True, gc=False):
    """Part of an expression; equal parts are evaluated once."""


class Number(Node, frozen=True, gc=False):
    """A constant."""

    value: float


class Value(Node, frozen=True, gc=False):
    """What the point of a slot measures."""

    slot: int


class Unary(Node, frozen=True, gc=False):
    """One operand."""

    how: Literal["-", "abs"]
    of: Node


class Binary(Node, frozen=True, gc=False):
    """Two numbers make one; dividing by 0 makes an unknown one."""

    how: Literal["+", "-", "*", "/", "min", "max"]
    left: Node
    right: Node


class Compare(Node, frozen=True, gc=False):
    """Two numbers make a truth."""

    how: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Node
    right: Node


class Logic(Node, frozen=True, gc=False):
    """Two truths make one, in three-valued (Kleene) logic: false and unknown is false, true or unknown is true."""

    how: Literal["and", "or"]
    left: Node
    right: Node


class Not(Node, frozen=True, gc=False):
    """The contrary; unknown stays unknown."""

    of: Node


class Lasting(Node, frozen=True, gc=False):
    """`of` has been true for `span` of known time; unknown spans are not counted, and end nothing."""

    of: Node
    span: Duration


WindowHow: TypeAlias = Literal["avg", "lowest", "highest", "spread", "change"]


class Window(Node, frozen=True, gc=False):
    """Something over the readings of the latest `span`; unknown until they have been known without a break so long."""

    how: WindowHow
    of: Node
    span: Duration


class TimeTo(Node, frozen=True, gc=False):
    """Seconds until `of` reaches `limit` if it goes on as in the latest `span`; infinite where it does not get there.

    `pace` says by which slope: that of the whole window, or the quickest or slowest between its thirds.
    """

    pace: Literal["usual", "quickest", "slowest"]
    of: Node
    limit: Node
    span: Duration


class Count(Node, frozen=True, gc=False):
    """How often `of` became true in the latest `span`, as far as was seen; at most 64."""

    of: Node
    span: Duration


class Previous(Node, frozen=True, gc=False):
    """The known reading of a slot before its latest known one."""

    slot: int


class Silent(Node, frozen=True, gc=False):
    """No usable value of a slot's point for `span`: nothing came, or only what cannot be used. Always known."""

    slot: int
    span: Duration


class Unusable(Node, frozen=True, gc=False):
    """1 where a slot's latest reading cannot be used, 0 where none came since the usable one; else unknown.

    It tells what a silent point is silent about: nothing is heard of it, or something is, but no value.
    """

    slot: int


class Within(Node, frozen=True, gc=False):
    """Site time lies within these hours (`domain.opening_hours`). Always known."""

    hours: str
    timezone: str


TRUTHS: Final = (Compare, Logic, Not, Lasting, Silent, Within)
"""The nodes that are true or false; the others are numbers."""


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
    return tuple(sorted({each.slot for each in walk(node) if isinstance(each, Value | Previous | Silent | Unusable)}))
