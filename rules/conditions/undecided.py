"""Which rows of a group cannot be decided at present, and which part of their condition is to blame.

Looks at what is remembered anyway, and changes nothing. It is asked once a minute, never for a reading.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from domain.instant import Instant
from domain.readings import Times
from domain.text import Text
from domain.undecided import UndecidedCause
from rules.conditions.columns import known_until
from rules.conditions.evaluation import Evaluation
from rules.conditions.group import Group
from rules.conditions.kept import IS_KNOWN, IS_PARKED
from rules.conditions.stating import Watched
from rules.expressions.tree import (
    Binary,
    Node,
    Number,
    Previous,
    TimeTo,
    Value,
    Window,
    children,
    walk,
)
from rules.rule import NOTHING_LACKS, Doubt, UndecidedRows
from rules.segments import Mask, Positions

_ROWS_AT_ONCE: Final = 4_096
"""Rows with windows remember kilobytes, which are copied to look at them."""

_NOTHING: Final[Positions] = np.empty(0, dtype=np.int64)

_IN_WORDS: Final = {
    UndecidedCause.DIVISION_BY_ZERO: Text("division by zero", "除数为零"),
    UndecidedCause.NOT_FINITE: Text("a number too large to calculate with", "数值超出可计算范围"),
    UndecidedCause.TOO_FEW_READINGS: Text("not enough readings without a break", "连续读数不足"),
    UndecidedCause.NEVER_HEARD: Text("no reading since the rule is in force", "规则生效后尚无读数"),
}


def undecided_rows(group: Group, at: Instant, usable: Mask) -> UndecidedRows:
    """The rows that cannot be decided at a time up to which deadlines were fired, by their places in the group.

    Also those whose condition is false in spite of a point without a value ("false and unknown"): it cannot become
    true, so nobody is guarded. Not those whose guard is known not to hold, nor those that are parked.
    """
    is_timed, needed = group.shape.is_timed, group.needed
    rows = np.flatnonzero(_may_be(group, at, usable))
    state, delays = group.state.unpacked(rows), group.delays.take(rows)
    points, said, settings = group.outlook(rows)
    lacking = np.full(rows.size, NOTHING_LACKS)
    unheard = np.zeros(rows.size, dtype=np.bool_)
    for slot in reversed(needed):
        point = points[:, slot]
        lacking = np.where(usable[point], lacking, point)
        unheard |= usable[point] & np.isnan(said.value[:, slot])
    lacks = lacking != NOTHING_LACKS
    unknown = ~state.known | (known_until(state, delays) <= at)
    if not needed:
        unknown &= state.judged_to != 0  # what needs no value is known from its first moment on, whatever that brings
    hindered = state.known & lacks & ~state.condition
    if is_timed and group.shape.guards:
        candidates = np.flatnonzero(hindered)
        hindered[candidates] = ~_is_off(group, rows[candidates])
    found = np.flatnonzero(unknown | hindered)
    return UndecidedRows(
        place=rows[found],
        lacking=lacking[found],
        is_new=(unheard if is_timed else (state.judged_to == 0) & ~lacks)[found],
        mark=np.zeros_like(found) if is_timed else state.value_seq[found],
        span=_longest_window(group, settings.spans[settings.places(found)]),
        slow=said.holds[found].max(axis=1, initial=0),
    )


def lacked(groups: Sequence[Group], places: Positions, usable: Mask) -> tuple[Positions, Positions]:
    """All points that n rows of these groups need and that have no usable value, as pairs: (0 to n - 1, point)."""
    rows, points, before = [_NOTHING], [_NOTHING], 0
    for group in groups:
        here = np.flatnonzero((places >= before) & (places < before + group.size))
        if here.size and group.needed:
            needed = group.points()[places[here] - before][:, group.needed]
            row, slot = np.nonzero(~usable[needed])
            rows.append(here[row])
            points.append(needed[row, slot])
        before += group.size
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    return row[order], np.concatenate(points)[order]


def _may_be(group: Group, at: Instant, usable: Mask) -> Mask:
    """The rows worth a closer look: few, as long as points speak."""
    may = ~group.state.has(IS_KNOWN)
    if not group.shape.is_timed:
        may |= group.state.judged_to + group.delays.holds <= at
    if not bool(usable.all()):
        points = group.points()
        for slot in group.needed:
            may |= ~usable[points[:, slot]]
    may &= ~group.state.has(IS_PARKED)
    return may


def doubt(
    group: Group, row: int, watched: Watched, enter: Node, leave: Node | None, has_value: Callable[[str], bool]
) -> Doubt:
    """Why a row is undecided, whose condition is `enter` and `leave` before its numbers were lifted out of it."""
    names = list(watched.names.values())
    lacking = tuple(point for slot in group.needed if not has_value(point := names[slot].id))
    if lacking:
        return Doubt(lacking=lacking)
    lifted = _nodes(group.shape.enter, group.shape.leave)
    part, cause = _to_blame(group, row) if group.shape.is_timed else _likely(group, row, lifted)
    said = _IN_WORDS[cause]
    if cause is UndecidedCause.NEVER_HEARD:
        return Doubt(cause=cause, said=said)
    where = watched.place_of(dict(zip(lifted, _nodes(enter, leave), strict=True))[part])
    return Doubt(cause=cause, said=Text(f"{said.en} {where.en}".rstrip(), f"{said.zh}{where.zh}"))


def _is_off(group: Group, rows: Positions) -> Mask:
    """Whether a guard of these rows is known not to hold."""
    off = np.zeros(rows.size, dtype=np.bool_)
    for first in range(0, rows.size, _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        evaluation = group.at_present(rows[part])
        last = evaluation.line.last
        for guard in group.shape.guards:
            holds, known = evaluation.truth(guard)
            off[part] |= (known & ~holds)[last]
    return off


def _longest_window(group: Group, spans: Times) -> Times:
    """How long it takes until the windows of rows with these spans are filled."""
    windows = [node.span for node in group.shape.nodes() if isinstance(node, Window | TimeTo)]
    longest: Times = spans[:, windows].max(axis=1, initial=0)
    return longest


def _nodes(enter: Node, leave: Node | None) -> list[Node]:
    return [*walk(enter), *([] if leave is None else walk(leave))]


def _to_blame(group: Group, row: int) -> tuple[Node, UndecidedCause]:
    """The lowest part that is not known though all that it is made of is."""
    evaluation = group.at_present(np.array([row]))
    node, leave = group.shape.enter, group.shape.leave
    if leave is not None and _is_known(evaluation, node):
        node = leave
    while below := [child for child in children(node) if not _is_known(evaluation, child)]:
        node = below[0]
    if isinstance(node, Binary) and node.how == "/" and evaluation.number(node.right)[0][-1] == 0:
        return node, UndecidedCause.DIVISION_BY_ZERO
    if isinstance(node, Binary):
        return node, UndecidedCause.NOT_FINITE
    is_unheard = isinstance(node, Value)
    return node, UndecidedCause.NEVER_HEARD if is_unheard else UndecidedCause.TOO_FEW_READINGS


def _is_known(evaluation: Evaluation, node: Node) -> bool:
    _, known = evaluation.column(node)
    return bool(known[-1])


def _likely(group: Group, row: int, nodes: Sequence[Node]) -> tuple[Node, UndecidedCause]:
    """The same where the latest value is not remembered: what can fail there though that is good."""
    if not group.state.judged_to[row]:
        return nodes[-1], UndecidedCause.NEVER_HEARD
    for node in nodes:
        remembered = group.memory.get(node, {}).get("former" if isinstance(node, Previous) else "result")
        if remembered is not None and np.isnan(remembered[row]):
            return node, UndecidedCause.TOO_FEW_READINGS
    for node in nodes:
        if isinstance(node, Binary) and node.how == "/" and not isinstance(node.right, Number):
            return node, UndecidedCause.DIVISION_BY_ZERO
    return nodes[-1], UndecidedCause.NOT_FINITE
