"""Carries a large batch through the scan in pieces whose columns stay in the processor's cache.

By the batch law a cut changes nothing. It halves the time of large batches: whole-batch columns would each be fresh
pages from the operating system. The state is left alone; the caller takes the new one when everything is computed, as a
`Step`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import Struct

from domain.readings import Times, Values
from rules.conditions.columns import ConditionState, Delays
from rules.conditions.course import RowReadings, course_of_readings
from rules.conditions.evaluation import Evaluation
from rules.conditions.memory import Column
from rules.conditions.scan import Events, scan
from rules.expressions.tree import Node
from rules.segments import Positions, begins

READINGS_PER_PIECE: Final = 8_192
_FIRST: Final = np.array([0])
_LAST: Final = np.array([-1])


class Piece(Struct, frozen=True):
    """What became of some rows; their events name rows of the kind's table."""

    rows: Positions
    after: ConditionState
    events: Events


@dataclass(slots=True)
class Step:
    """What a step gives: events naming rows of the group, with the numbers sentences need, and what to remember.

    `pieces` are the rows that went through the scan, `passed` all readings (None: of no other rows). Of all `rows` of
    the step there are the memory of nodes, and where the clock or the row's own value matter: deadlines, slots, values,
    and the seqs of the readings that they rest on.
    """

    rows: Positions
    pieces: Sequence[Piece]
    passed: RowReadings | None
    events: Events
    told: Values
    memory: Mapping[Node, Mapping[str, Column]]
    again: Times | None = None
    deadline: Times | None = None
    seq: Times | None = None
    slot_value: Sequence[Values] | None = None
    slot_at: Sequence[Times] | None = None
    value: Values | None = None


@dataclass(slots=True)
class Judged:
    """Rows of this step and, for each of their moments that is no head, what it says, named by its place among all."""

    rows: Positions
    evaluation: Evaluation
    readings: RowReadings


def scan_in_pieces(
    take: Callable[[Positions], ConditionState], delays: Delays, readings: RowReadings, size: int = READINGS_PER_PIECE
) -> Sequence[Piece]:
    """Judge readings sorted by row of the table, of which `take` gives rows; a cut row goes on in the next piece."""
    pieces: list[Piece] = []
    for first in range(0, readings.row.size, size):
        part = readings.take(slice(first, first + size))
        is_first = begins(part.row)
        rows = part.row[is_first]
        carry, held = take(rows), delays.take(rows)
        if pieces and pieces[-1].rows[-1] == rows[0]:
            carry.put(_FIRST, pieces[-1].after.take(_LAST))
        part.row = np.cumsum(is_first) - 1
        events, after = scan(carry, held, course_of_readings(carry, held, part))
        events.row = rows[events.row]
        pieces.append(Piece(rows, after, events))
    return pieces
