"""Evaluates a shape over the moments of its rows: elementwise arithmetic, three-valued logic, durations and windows.

Every node gives two columns: its values (numbers or truths) and where they are known. Nothing here changes a row's
memory; what it becomes stands in `memory` afterwards, for the caller to put in place.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from domain.instant import SECOND
from domain.readings import Times, Values
from rules.conditions import counts, integrals, windows
from rules.conditions.condition import Constants, Shape
from rules.conditions.hearing import Listening
from rules.conditions.memory import Column, Memory
from rules.conditions.opening import Opening
from rules.conditions.timeline import Timeline
from rules.conditions.windows import Samples
from rules.expressions.tree import (
    TRUTHS,
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
    Unusable,
    Value,
    Window,
    Within,
    slots,
    walk,
)
from rules.segments import Mask, Positions, last_marked

Numbers: TypeAlias = tuple[Values, Mask]
Truths: TypeAlias = tuple[Mask, Mask]

_ARITHMETIC: Final[Mapping[str, Callable[[Values, Values], Values]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "min": np.minimum,
    "max": np.maximum,
}
_ORDER: Final[Mapping[str, Callable[[Values, Values], Mask]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_NEVER: Final = int(np.iinfo(np.int64).max)


class Settings:
    """What rows are judged by: their numbers (., n), spans and each span's window grain (., m).

    They are those of a whole group, in which some rows have their `places`: a step copies nothing but the columns that
    it calculates with. `listening` knows when nobody listened, which is no silence of any row.
    """

    def __init__(
        self,
        numbers: Values,
        spans: Times,
        grains: Times,
        listening: Listening,
        rows: Positions | None = None,
    ) -> None:
        """Hold the columns of a group, and which of its rows these are (None: all)."""
        self.listening = listening
        self.numbers = numbers
        self.spans = spans
        self.grains = grains
        self._rows = rows

    def take(self, rows: Positions) -> "Settings":
        """The settings of some rows."""
        return Settings(self.numbers, self.spans, self.grains, self.listening, self.places(rows))

    def places(self, rows: Positions) -> Positions:
        """Where some of these rows stand in the group."""
        return rows if self._rows is None else self._rows.take(rows)


class Evaluation:
    """One pass over a timeline of R rows, whose memory and settings are theirs in the same order."""

    def __init__(self, line: Timeline, settings: Settings, memory: Mapping[Node, Memory], until: int | None) -> None:
        """Evaluate nothing yet."""
        self.line = line
        self.memory: dict[Node, Memory] = dict(memory)
        self.due: list[tuple[Positions, Times]] = []
        """Moments in whose gap a duration is over, and when: to be inserted before the result counts."""
        self.again = np.full(line.row.size, _NEVER)
        """When a duration is over that is not over yet, per moment."""
        self._before = memory
        self._settings = settings
        self._places = settings.places(line.row)
        self._until = until
        self._numbers: dict[Node, Numbers] = {}
        self._truths: dict[Node, Truths] = {}
        self._unsettled: set[Node] = set()
        self._all = np.ones(line.row.size, dtype=np.bool_)

    def number(self, node: Node) -> Numbers:
        """The node's values, and where they are known."""
        if node not in self._numbers:
            self._numbers[node] = self._number(node)
        return self._numbers[node]

    def truth(self, node: Node) -> Truths:
        """Where the node is true (never where it is unknown), and where it is known."""
        if node not in self._truths:
            self._truths[node] = self._truth(node)
        return self._truths[node]

    def column(self, node: Node) -> Numbers | Truths:
        """The node's values or truths, whichever it has, and where they are known."""
        return self.truth(node) if isinstance(node, TRUTHS) else self.number(node)

    def _number(self, node: Node) -> Numbers:
        match node:
            case Number(place):
                return self._settings.numbers[:, int(place)].take(self._places), self._all
            case Value(slot):
                return self.line.value[slot], self.line.known(slot)
            case Unusable(slot):
                is_unusable = np.isinf(self.line.value[slot])
                return is_unusable.astype(np.float64), is_unusable | (self.line.at > self.line.heard[slot])
            case Unary() | Binary():
                return self._calculated(node)
            case Window():
                return self._window(node)
            case TimeTo():
                return self._time_to(node)
            case Previous():
                return self._previous(node)
            case Count():
                return self._count(node)
        raise TypeError(f"{type(node).__name__} is no number")

    def _calculated(self, node: Unary | Binary) -> Numbers:
        if isinstance(node, Unary):
            values, known = self.number(node.of)
            return (-values if node.how == "-" else np.abs(values)), known
        (one, one_known), (other, other_known) = self.number(node.left), self.number(node.right)
        values = _ARITHMETIC[node.how](one, other)
        return values, one_known & other_known & np.isfinite(values)

    def _truth(self, node: Node) -> Truths:
        match node:
            case Compare(how, left, right):
                (one, one_known), (other, other_known) = self.number(left), self.number(right)
                both = one_known & other_known
                return _ORDER[how](one, other) & both, both
            case Logic(how, left, right):
                return _joined(how, self.truth(left), self.truth(right))
            case Not(of):
                true, known = self.truth(of)
                return known & ~true, known
            case Lasting():
                return self._lasting(node)
            case Silent(slot, place):
                due = self._settings.listening.silent_from(self.line.heard[slot], self._spans(place))
                return self.line.at >= due, self._all
            case Within(hours, timezone):
                return Opening(hours, timezone).is_open(self.line.at), self._all
        raise TypeError(f"{type(node).__name__} is not true or false")

    def _spans(self, place: int) -> Times:
        spans: Times = self._settings.spans[:, place].take(self._places)
        return spans

    def _arrived(self, node: Node) -> Mask:
        arrived = np.zeros(self.line.row.size, dtype=np.bool_)
        for slot in slots(node):
            arrived |= self.line.arrived[slot]
        return arrived

    def _lasting(self, node: Lasting) -> Truths:
        """Count, per moment, how long `of` has been known to be true since it was last known to be false."""
        line, carried = self.line, self._before[node]["held"]
        true, known = self.truth(node.of)
        next_at = line.next_at(self._until)
        span_true = np.where(true, next_at - line.at, 0)
        held = np.cumsum(span_true) - span_true
        first, is_over = line.first, known & ~true
        since = last_marked(first | is_over)
        held = held - held[since] + np.where(is_over[since], 0, carried[line.row])
        span = self._spans(node.span)
        over_at = line.at + (span - held)
        waiting = true & (held < span)
        within = np.flatnonzero(waiting & (over_at <= next_at) & (over_at > line.at) & ~line.is_met(over_at))
        # What it lasts for may begin within a gap in which a duration below it is over: that one is inserted first.
        if within.size and not any(below in self._unsettled for below in walk(node.of)):
            self.due.append((within, over_at[within]))
            self._unsettled.add(node)
        self.again = np.where(waiting, np.minimum(self.again, over_at), self.again)
        last = line.last
        self.memory[node] = {"held": held[last]}
        return true & (held >= span), known

    def _window(self, node: Window) -> Numbers:
        def result(samples: Samples, reach: windows.Reach) -> Values:
            own = samples.value
            if node.how == "avg":
                base, high = np.maximum(reach.base, 0), reach.high
                return integrals.mean(samples.at, samples.span, reach.own, base, high, reach.kept_at, reach.kept_value)
            if node.how == "change":
                return np.where(reach.base >= 0, own - reach.kept_value[reach.base], np.nan)
            if node.how == "spread":
                return windows.extreme(reach, own, highest=True) - windows.extreme(reach, own, highest=False)
            return windows.extreme(reach, own, highest=node.how == "highest")

        return self._over_window(node, node.of, node.span, result)

    def _time_to(self, node: TimeTo) -> Numbers:
        limit, limit_known = self.number(node.limit)

        def result(samples: Samples, reach: windows.Reach) -> Values:
            slope = windows.slope(samples, reach, node.pace)
            left = (limit[self._sampled] - samples.value) / slope
            return np.where(np.isnan(slope), np.nan, np.where(left > 0, left / SECOND, np.inf))

        values, known = self._over_window(node, node.of, node.span, result)
        return values, known & limit_known

    def _over_window(
        self, node: Node, of: Node, place: int, result: Callable[[Samples, windows.Reach], Values]
    ) -> Numbers:
        """Give a window's result at each moment: that of the row's latest reading of what it looks at."""
        values, known = self.number(of)
        line, before = self.line, self._before[node]
        is_sample = self._arrived(of)
        self._sampled = np.flatnonzero(is_sample)
        found = np.full(line.row.size, np.nan)
        if self._sampled.size:
            row, places = line.row[self._sampled], self._places[self._sampled]
            samples = Samples(
                row=row,
                at=line.at[self._sampled],
                value=np.where(known, values, np.nan)[self._sampled],
                holds=self._holds(of)[self._sampled],
                span=self._settings.spans[:, place].take(places),
                grain=self._settings.grains[:, place].take(places),
            )
            reach = windows.reach(samples, before)
            latest = np.full(row.size, np.nan)
            if bool(reach.is_whole.any()):
                latest = np.where(reach.is_whole, result(samples, reach), np.nan)
            found[self._sampled] = latest
            self.memory[node] = windows.after(samples, reach, before, latest)
        since = last_marked(is_sample | line.first)
        found = np.where(is_sample[since], found[since], before["result"][line.row])
        return found, known & ~np.isnan(found)

    def _holds(self, of: Node) -> Times:
        """How long a reading of what a window looks at stands: the shortest of its points'."""
        spans = [self.line.stale[slot] - self.line.heard[slot] for slot in slots(of)]
        shortest: Times = np.minimum.reduce(spans)
        return shortest

    def _previous(self, node: Previous) -> Numbers:
        line, before = self.line, self._before[node]
        values, known = self.line.value[node.slot], line.known(node.slot)
        taken = np.flatnonzero(line.arrived[node.slot] & known)
        former = np.full(line.row.size, np.nan)
        after = {name: column.copy() for name, column in before.items()}
        if taken.size:
            row, value = line.row[taken], values[taken]
            earlier = np.empty_like(value)
            earlier[1:] = value[:-1]
            first = np.ones(taken.size, dtype=np.bool_)
            first[1:] = row[1:] != row[:-1]
            earlier[first] = before["last"][row[first]]
            former[taken] = earlier
            after["last"][row], after["former"][row] = value, earlier
        self.memory[node] = after
        mark = np.zeros(line.row.size, dtype=np.bool_)
        mark[taken] = True
        since = last_marked(mark | line.first)
        found = np.where(mark[since], former[since], before["former"][line.row])
        return found, known & np.isfinite(found)

    def _count(self, node: Count) -> Numbers:
        true, known = self.truth(node.of)
        told = known & ~self.line.is_head
        found, self.memory[node] = counts.counted(
            self.line.row, self.line.at, true, told, self._spans(node.span), self._before[node]
        )
        return found, known


def _joined(how: str, left: Truths, right: Truths) -> Truths:
    """Kleene's logic: what is false decides an `and`, what is true an `or`, whatever is unknown."""
    (one, one_known), (other, other_known) = left, right
    both = one_known & other_known
    if how == "and":
        return one & other, both | (one_known & ~one) | (other_known & ~other)
    return one | other, both | one | other


def settings_of(
    shape: Shape, rows: Sequence[Constants], intervals: Sequence[int], listening: Listening
) -> tuple[Settings, int]:
    """The rows' numbers, spans and grains, and how many readings a window keeps."""
    numbers = np.array([constants.numbers for constants in rows], dtype=np.float64).reshape(len(rows), -1)
    spans = np.array([constants.spans for constants in rows], dtype=np.int64).reshape(len(rows), -1)
    grains = np.ones_like(spans)
    places = [node.span for node in shape.nodes() if isinstance(node, Window | TimeTo)]
    most = 1
    for row, interval in enumerate(intervals):
        for place in places:
            count, grains[row, place] = windows.kept_for(int(spans[row, place]), interval)
            most = max(most, count)
    # Column after column: numpy picks rows of one column that lies together fastest.
    return Settings(np.asfortranarray(numbers), np.asfortranarray(spans), np.asfortranarray(grains), listening), most


def blank_memory(node: Node, rows: int, kept: int) -> dict[str, Column] | None:
    """What a node remembers of rows of which it has seen nothing; None where it remembers nothing."""
    match node:
        case Window() | TimeTo():
            return windows.blank(rows, kept, over_time=isinstance(node, Window) and node.how == "avg")
        case Lasting():
            return {"held": np.zeros(rows, dtype=np.int64)}
        case Previous():
            return {"last": np.full(rows, np.nan), "former": np.full(rows, np.nan)}
        case Count():
            return counts.blank(rows)
    return None
