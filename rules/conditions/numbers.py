"""What sentences tell besides the shown number, as of the moments at which events happened."""

import numpy as np

from domain.readings import Values
from rules.conditions.evaluation import Evaluation
from rules.conditions.scan import Events, happens_at_moment
from rules.expressions.tree import Node
from rules.segments import Positions


def moments_of(events: Events) -> Positions:
    """The moment that each event happened at, or in the gap after which it did; shape (events,).

    Events name by `reading` the moment that brought them to light, and a gap lies between that one and the one before,
    which may be the head of the row, or the last moment of another row where the timeline has no heads.
    """
    return events.reading - ~happens_at_moment(events.order)


def numbers_at(evaluation: Evaluation, moments: Positions, nodes: tuple[Node, ...]) -> Values:
    """The nodes' values at some moments (NaN: unknown), shape (moments, nodes). A truth is 1 or 0."""
    told = np.empty((moments.size, len(nodes)))
    for column, node in enumerate(nodes):
        values, known = evaluation.column(node)
        told[:, column] = np.where(known[moments], values[moments], np.nan)
    return told
