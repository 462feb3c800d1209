"""What the clock alone changes about the rows of a shape: which moments that adds, and when to look again."""

from typing import Final

import numpy as np

from domain.instant import Instant
from domain.readings import Times
from rules.conditions.condition import Shape
from rules.conditions.evaluation import Evaluation, Settings
from rules.conditions.hearing import Listening
from rules.conditions.opening import Opening
from rules.conditions.timeline import Timeline
from rules.expressions.tree import Silent, Within
from rules.segments import Mask, Positions

NEVER: Final = int(np.iinfo(np.int64).max)


class Instants:
    """Values that go stale, points that fall silent, hours that begin and end, settings that changed."""

    def __init__(self, shape: Shape) -> None:
        """Find what there is of them in a shape."""
        self._slots = range(shape.slots)
        self._hours = [Opening(node.hours, node.timezone) for node in shape.nodes() if isinstance(node, Within)]
        self._silent = [node for node in shape.nodes() if isinstance(node, Silent)]

    def added(self, line: Timeline, settings: Settings, look_at: Times, until: Instant | None) -> Timeline:
        """The timeline with these moments; each row's head is looked at again at `look_at`."""
        next_at = line.next_at(until)
        after: list[Positions] = []
        times: list[Times] = []

        def add(at: Times, counts: Mask | None = None) -> None:
            is_due = (at > line.at) & (at <= next_at)
            due = np.flatnonzero(is_due if counts is None else is_due & counts)
            if due.size:
                after.append(due)
                times.append(at[due])

        for slot in self._slots:
            add(line.stale[slot], np.isfinite(line.value[slot]))
        for node in self._silent:
            span = settings.spans[:, node.span].take(settings.places(line.row))
            add(settings.listening.silent_from(line.heard[node.slot], span))
        if bool((look_at != NEVER).any()):
            add(look_at[line.row], line.is_head)
        if self._hours:
            begin, end = self._within(line, next_at)
            for opening in self._hours:
                following = opening.next_change(begin)
                for place in np.flatnonzero(following <= end).tolist():
                    changes = opening.changes(int(begin[place]), int(end[place]))
                    after.append(np.full(changes.size, place))
                    times.append(changes)
        return line.inserted(np.concatenate(after), np.concatenate(times)) if after else line

    def again(self, evaluation: Evaluation, spans: Times, listening: Listening) -> Times:
        """When each row must be looked at next though nothing arrives, or NEVER; `spans` are those of its nodes."""
        line = evaluation.line
        last = line.last
        at = line.at[last]
        again = evaluation.again[last]
        for slot in self._slots:
            stale = line.stale[slot][last]
            again = np.where(np.isfinite(line.value[slot][last]) & (stale > at), np.minimum(again, stale), again)
        for node in self._silent:
            due = listening.silent_from(line.heard[node.slot][last], spans[:, node.span])
            again = np.where(due > at, np.minimum(again, due), again)
        if self._hours:
            begin, end = (each[last] for each in self._within(line, np.full(line.row.size, NEVER)))
            for opening in self._hours:
                following = opening.next_change(begin)
                again = np.where(following <= end, np.minimum(again, following), again)
        return again

    def _within(self, line: Timeline, end: Times) -> tuple[Times, Times]:
        """From when to when beginnings and ends of hours count: what is not known does not change with them."""
        if not self._silent:
            known_until = [
                np.where(np.isfinite(value), stale, 0) for value, stale in zip(line.value, line.stale, strict=True)
            ]
            end = np.minimum(end, np.maximum.reduce(known_until))
        return np.maximum(line.at, np.minimum.reduce(line.heard)), end
