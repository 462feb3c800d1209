"""A condition as a kind states it, and the shape by which rows are judged together.

Rows whose conditions differ only in numbers and durations have one shape: their numbers become columns, and the tree is
evaluated once for all of them.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from domain.instant import Duration
from rules.expressions.tree import (
    Compare,
    Count,
    Lasting,
    Node,
    Number,
    Previous,
    Silent,
    TimeTo,
    Unusable,
    Value,
    Window,
    Within,
    children,
    slots,
    walk,
)

_TIMED = Lasting | Silent | Unusable | Within | TimeTo


class Condition(Struct, frozen=True, kw_only=True, gc=False):
    """What is the case when an alarm stands, over the points `inputs` (by slot; the first is the one it is about).

    `enter` makes it the case; `leave` ends it (None: when `enter` is no longer true), and between the two it stays.
    `shown` is the number that sentences name, `told` are more of them. Delays are known time in microseconds.
    `guards` are parts of `enter` that say when the rule judges at all.
    """

    inputs: tuple[str, ...]
    enter: Node
    leave: Node | None = None
    shown: Node = Value(0)
    told: tuple[Node, ...] = ()
    on_delay: Duration = 0
    off_delay: Duration = 0
    guards: tuple[Node, ...] = ()

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
    """Whether time alone can change it, or it joins points: then its rows remember when each point was heard last."""
    guards: tuple[Node, ...] = ()

    @property
    def said(self) -> tuple[Node, ...]:
        """What events tell besides the shown number: the told ones, whether `enter` is so, whether each guard is."""
        return (*self.told, self.enter, *self.guards)

    def nodes(self) -> list[Node]:
        """Its distinct nodes, lower ones first."""
        trees = (self.enter, *([] if self.leave is None else [self.leave]), self.shown, *self.told)
        return list(dict.fromkeys(node for tree in trees for node in walk(tree)))

    def needed(self) -> list[int]:
        """The slots without whose values it cannot be judged: not those that are only listened to for silence."""
        trees = [self.enter] if self.leave is None else [self.enter, self.leave]
        return sorted({node.slot for tree in trees for node in walk(tree) if isinstance(node, Value | Previous)})


class Constants(Struct, frozen=True, gc=False):
    """The numbers of one row, and its spans in microseconds."""

    numbers: tuple[float, ...]
    spans: tuple[Duration, ...]


def shaped(condition: Condition) -> tuple[Shape, Constants]:
    """Part a condition into its shape and its numbers."""
    lift = _Lift()
    shape = Shape(
        enter=lift.node(condition.enter),
        leave=None if condition.leave is None else lift.node(condition.leave),
        shown=lift.node(condition.shown),
        told=tuple(lift.node(each) for each in condition.told),
        slots=len(condition.inputs),
        is_timed=len(condition.inputs) > 1
        or any(isinstance(each, _TIMED) or _is_fixed(each) for each in condition.nodes()),
        guards=tuple(lift.node(each) for each in condition.guards),
    )
    return shape, Constants(tuple(lift.numbers), tuple(lift.spans))


def _is_fixed(node: Node) -> bool:
    """Whether it is true or false whatever is measured: then it is known also where no value is."""
    return isinstance(node, Compare) and not slots(node)


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
