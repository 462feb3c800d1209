"""A condition as a kind states it, and the shape by which rows are judged together.

Rows whose conditions differ only in numbers and durations have one shape: their numbers become columns, and the tree is
evaluated once for all of them.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from domain.instant import Duration
from rules.expressions.tree import (
    Count,
    Lasting,
    Node,
    Number,
    Silent,
    TimeTo,
    Value,
    Window,
    Within,
    children,
    slots,
    walk,
)

_TIMED = Lasting | Silent | Within | TimeTo


class Condition(Struct, frozen=True, kw_only=True):
    """What is the case when an alarm stands, over the points `inputs` (by slot; the first is the one it is about).

    `enter` makes it the case; `leave` ends it (None: when `enter` is no longer true), and between the two it stays.
    `shown` is the number that sentences name, `told` are more of them. Delays are known time in microseconds.
    """

    inputs: tuple[str, ...]
    enter: Node
    leave: Node | None = None
    shown: Node = Value(0)
    told: tuple[Node, ...] = ()
    on_delay: Duration = 0
    off_delay: Duration = 0

    def nodes(self) -> Iterator[Node]:
        """All nodes of all its trees, lower ones first."""
        for tree in (self.enter, *([] if self.leave is None else [self.leave]), self.shown, *self.told):
            yield from walk(tree)


class Shape(Struct, frozen=True):
    """A condition whose numbers and spans are places in a row's `Constants`."""

    enter: Node
    leave: Node | None
    shown: Node
    told: tuple[Node, ...]
    slots: int
    is_timed: bool
    """Whether time alone can change it or numbers are told, so that its rows remember what each point said last."""

    def nodes(self) -> list[Node]:
        """Its distinct nodes, lower ones first."""
        trees = (self.enter, *([] if self.leave is None else [self.leave]), self.shown, *self.told)
        return list(dict.fromkeys(node for tree in trees for node in walk(tree)))


class Constants(Struct, frozen=True):
    """The numbers of one row, and its spans in microseconds."""

    numbers: tuple[float, ...]
    spans: tuple[Duration, ...]


def shaped(condition: Condition) -> tuple[Shape, Constants]:
    """Part a condition into its shape and its numbers."""
    lift = _Lift()
    looked_at = [slot for node in condition.nodes() for slot in slots(node)]
    shape = Shape(
        enter=lift.node(condition.enter),
        leave=None if condition.leave is None else lift.node(condition.leave),
        shown=lift.node(condition.shown),
        told=tuple(lift.node(each) for each in condition.told),
        slots=len(condition.inputs),
        is_timed=len(condition.inputs) > 1
        or bool(condition.told)
        or not looked_at
        or any(isinstance(each, _TIMED) for each in condition.nodes()),
    )
    return shape, Constants(tuple(lift.numbers), tuple(lift.spans))


class _Lift:
    def __init__(self) -> None:
        self.numbers: list[float] = []
        self.spans: list[Duration] = []
        self._done: dict[Node, Node] = {}

    def node(self, node: Node) -> Node:
        """The node with places for numbers; equal parts share theirs, so that they stay equal."""
        if node not in self._done:
            self._done[node] = self._lifted(node)
        return self._done[node]

    def _lifted(self, node: Node) -> Node:
        if isinstance(node, Number):
            self.numbers.append(node.value)
            return Number(float(len(self.numbers) - 1))
        changed: dict[str, object] = {}
        if isinstance(node, Lasting | Window | TimeTo | Count | Silent):
            self.spans.append(node.span)
            changed["span"] = len(self.spans) - 1
        for field in node.__struct_fields__:
            part = getattr(node, field)
            if isinstance(part, Node):
                changed[field] = self.node(part)
        return replace(node, **changed) if children(node) or changed else node
