"""The rows of one shape: their settings, what is remembered of them, and one step over a batch or to a tick.

A step computes and changes nothing; `commit` puts its result in place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.instant import Instant, from_seconds
from domain.readings import Quality, Times, Values
from rules.conditions import windows
from rules.conditions.columns import NO_DEADLINE, ConditionState, Delays, earliest_time, next_deadlines
from rules.conditions.condition import Condition, Constants, Shape
from rules.conditions.course import TICK, RowReadings, course_to_tick
from rules.conditions.evaluation import Evaluation, Settings, blank_memory
from rules.conditions.inputs import Inputs
from rules.conditions.memory import Column, put, taken
from rules.conditions.opening import Opening
from rules.conditions.pieces import scan_in_pieces
from rules.conditions.scan import Events, happens_at_moment, scan
from rules.conditions.timeline import Arrivals, Slots, Timeline, of_arrivals, with_heads
from rules.expressions.tree import Node, Silent, TimeTo, Window, Within
from rules.rule import ReadingBatch
from rules.segments import Mask, Positions, begins, grouped, is_grouped

ALWAYS: Final = from_seconds(100 * 366 * 24 * 3600.0)
"""How long the verdict of a timed row stands: until its next moment, so longer than anything."""


@dataclass(slots=True)
class Step:
    """What a step gives: events naming rows of the group, with the numbers sentences need, and the rows' new memory."""

    rows: Positions
    state: ConditionState
    events: Events
    told: Values
    memory: Mapping[Node, Mapping[str, Column]]
    slot_value: Values | None
    slot_at: Times | None
    again: Times | None


@dataclass(slots=True)
class _Judged:
    """Rows of this step and, for each of their moments that is no head, what it says."""

    rows: Positions
    line: Timeline
    evaluation: Evaluation
    readings: RowReadings


class Group:
    """Rows of one shape. A row is a (rule, subject), or one level of it; `key` says which."""

    def __init__(
        self,
        shape: Shape,
        rows: Sequence[tuple[Condition, Constants]],
        points: Sequence[Sequence[int]],
        holds: Sequence[Sequence[int]],
        intervals: Sequence[int],
        table_size: int,
        at: Instant,
    ) -> None:
        """Set up rows of which nothing is known at `at`; per row its slots' points, holds, and shortest interval."""
        self.shape = shape
        self.size = len(rows)
        self.points = points
        self._inputs = Inputs(points, table_size)
        self._settings, kept = _settings(shape, rows, intervals)
        self.delays = Delays.blank(self.size)
        self.delays.on_delay = np.array([condition.on_delay for condition, _ in rows], dtype=np.int64)
        self.delays.off_delay = np.array([condition.off_delay for condition, _ in rows], dtype=np.int64)
        self._holds = np.array(holds, dtype=np.int64).reshape(self.size, shape.slots)
        self.delays.holds = np.full(self.size, ALWAYS) if shape.is_timed else self._holds[:, 0].copy()
        self.state = ConditionState.blank(self.size)
        self.state.deadline[:] = NO_DEADLINE
        self.memory: dict[Node, dict[str, Column]] = {
            node: memory for node in shape.nodes() if (memory := blank_memory(node, self.size, kept)) is not None
        }
        self._hours = [node for node in shape.nodes() if isinstance(node, Within)]
        self._silent_nodes = [node for node in shape.nodes() if isinstance(node, Silent)]
        slots = shape.slots if shape.is_timed else 0
        self.slot_value = np.full((self.size, slots), np.nan)
        self.slot_at = np.full((self.size, slots), at, dtype=np.int64)
        self.again = np.full(self.size if shape.is_timed else 0, at, dtype=np.int64)
        self.refresh()

    def refresh(self) -> None:
        """Work the deadlines out anew, from state and settings."""
        self.state.deadline = self._deadlines(self.state, self.delays, self.again if self.shape.is_timed else None)

    def step(self, batch: ReadingBatch, known: Values) -> Step | None:
        """Judge a batch; `known` are its values, NaN where unknown. None where no row looks at it."""
        reading, row, slot = self._inputs.expand(batch.point)
        parked = self.state.parked[row]
        if bool(parked.any()):
            keep = np.flatnonzero(~parked)
            reading, row, slot = reading[keep], row[keep], slot[keep]
        if not row.size:
            return None
        if not is_grouped(row):
            order = grouped(row)
            reading, row, slot = reading[order], row[order], slot[order]
        is_first = begins(row)
        rows = row[is_first]
        local = np.cumsum(is_first) - 1
        carry = self.state.take(rows)
        at = np.maximum(batch.at[reading], earliest_time(carry)[local])
        judged = self._judge(rows, carry, Arrivals(local, slot, reading, at, known[reading], batch.seq[reading]), None)
        return self._scanned(judged, carry)

    def fire(self, until: Instant) -> list[Step]:
        """Let time pass: first what changes the condition, then the delays that end; each step is to be committed."""
        steps: list[Step] = []
        if self.shape.is_timed:
            rows = np.flatnonzero((self.again <= until) & ~self.state.parked)
            if rows.size:
                carry = self.state.take(rows)
                judged = self._judge(rows, carry, _no_arrivals(), until)
                steps.append(self._scanned(judged, carry))
                self.commit(steps[0])
        rows = np.flatnonzero(self.state.deadline <= until)
        if rows.size:
            steps.append(self._to_tick(rows, until))
            self.commit(steps[-1])
        return steps

    def commit(self, step: Step) -> None:
        """Put what a step computed in place."""
        self.state.put(step.rows, step.state)
        for node, memory in step.memory.items():
            put(self.memory[node], step.rows, memory)
        if step.slot_value is not None and step.slot_at is not None and step.again is not None:
            self.slot_value[step.rows], self.slot_at[step.rows] = step.slot_value, step.slot_at
            self.again[step.rows] = step.again

    def columns(self) -> dict[str, Column]:
        """Everything remembered, by name."""
        found: dict[str, Column] = {"slot_value": self.slot_value, "slot_at": self.slot_at, "again": self.again}
        for name in ConditionState.__dataclass_fields__:
            found[f"state.{name}"] = getattr(self.state, name)
        for number, memory in enumerate(self.memory.values()):
            found |= {f"node{number}.{name}": column for name, column in memory.items()}
        return found

    def bytes_per_row(self) -> int:
        """What a row costs in memory."""
        return sum(column.nbytes for column in self.columns().values()) // max(self.size, 1)

    def _judge(self, rows: Positions, carry: ConditionState, arrivals: Arrivals, until: Instant | None) -> _Judged:
        """Evaluate the shape at every moment of these rows."""
        settings = self._settings.take(rows)
        memory = {node: taken(columns, rows) for node, columns in self.memory.items()}
        if self.shape.is_timed:
            slots = Slots(self.slot_value[rows], self.slot_at[rows], self._holds[rows])
            line = with_heads(slots, carry, arrivals)
            line = self._with_instants(line, rows, settings, until)
        else:
            line = of_arrivals(arrivals, self._holds[rows, 0])
        with np.errstate(all="ignore"):
            while True:
                evaluation = Evaluation(line, settings, memory, until)
                self._evaluate(evaluation)
                if not evaluation.due:
                    break
                after = np.concatenate([places for places, _ in evaluation.due])
                line = line.inserted(after, np.concatenate([times for _, times in evaluation.due]))
            return _Judged(rows, line, evaluation, self._verdicts(evaluation))

    def _evaluate(self, evaluation: Evaluation) -> None:
        evaluation.truth(self.shape.enter)
        if self.shape.leave is not None:
            evaluation.truth(self.shape.leave)
        for node in (self.shape.shown, *self.shape.told):
            evaluation.number(node)

    def _verdicts(self, evaluation: Evaluation) -> RowReadings:
        """What each moment that is no head says of its row's condition."""
        line, shape = evaluation.line, self.shape
        enter, known = evaluation.truth(shape.enter)
        decides = known
        if shape.leave is not None:
            leave, leave_known = evaluation.truth(shape.leave)
            known = enter | leave | (known & leave_known)
            decides = enter | leave
        shown, shown_known = evaluation.number(shape.shown)
        verdicts = RowReadings(
            row=line.row,
            reading=line.reading,
            at=line.at,
            value=np.where(shown_known, shown, np.nan),
            seq=line.seq,
            known=known,
            beyond=enter,
            decides=decides,
        )
        return verdicts.take(np.flatnonzero(~line.is_head)) if shape.is_timed else verdicts

    def _scanned(self, judged: _Judged, carry: ConditionState) -> Step:
        """Let the delays run over the verdicts of those rows that have anything to say, and pass the others by."""
        rows, readings = judged.rows, judged.readings
        after = carry.copy()
        eventful = (readings.known & readings.beyond) | carry.condition[readings.row] | carry.raised[readings.row]
        is_scanned = np.zeros(rows.size, dtype=np.bool_)
        is_scanned[readings.row[eventful]] = True
        events = Events.blank(0)
        if bool(is_scanned.any()):
            scanned = readings.take(np.flatnonzero(is_scanned[readings.row]))
            pieces = scan_in_pieces(carry, self.delays.take(rows), scanned)
            events = Events.joined([piece.events for piece in pieces])
            for piece in pieces:
                after.put(piece.rows, piece.after)
            readings = readings.take(np.flatnonzero(~is_scanned[readings.row]))
        _pass_by(after, readings)
        told = self._told(judged, events)
        events.row = rows[events.row]
        return self._step(judged, after, events, told)

    def _step(self, judged: _Judged, after: ConditionState, events: Events, told: Values) -> Step:
        line, evaluation, rows = judged.line, judged.evaluation, judged.rows
        slot_value: Values | None = None
        slot_at: Times | None = None
        again: Times | None = None
        memory = {node: columns for node, columns in evaluation.memory.items() if node in self.memory}
        if self.shape.is_timed:
            last = line.last
            slot_value = np.stack([each[last] for each in line.value], axis=1)
            slot_at = np.stack([each[last] for each in line.heard], axis=1)
            again = self._again(evaluation, last, rows)
        after.deadline = self._deadlines(after, self.delays.take(rows), again)
        return Step(rows, after, events, told, memory, slot_value, slot_at, again)

    def _to_tick(self, rows: Positions, until: Instant) -> Step:
        """Let the delays of these rows end that end by then."""
        carry = self.state.take(rows)
        held = self.delays.take(rows)
        events, after = scan(carry, held, course_to_tick(carry, held, until))
        told = np.full((events.row.size, len(self.shape.told)), np.nan)
        if self.shape.told and self.shape.is_timed:
            judged = self._judge(rows, carry, _no_arrivals(), None)
            told = self._told(judged, events)
        again = self.again[rows] if self.shape.is_timed else None
        after.deadline = self._deadlines(after, held, again)
        events.row = rows[events.row]
        return Step(rows, after, events, told, {}, None, None, None)

    def _told(self, judged: _Judged, events: Events) -> Values:
        """The further numbers at each event, as of the moment it happened at or after."""
        line, evaluation = judged.line, judged.evaluation
        told = np.full((events.row.size, len(self.shape.told)), np.nan)
        if not events.row.size or not self.shape.told:
            return told
        begin, end = np.searchsorted(line.row, [events.row, events.row + 1])
        at_moment = happens_at_moment(events.order)
        columns = zip(
            begin.tolist(), end.tolist(), events.at.tolist(), events.reading.tolist(), at_moment.tolist(), strict=True
        )
        places = np.array([_moment(line, *each) for each in columns])
        for column, node in enumerate(self.shape.told):
            values, known = evaluation.number(node)
            told[:, column] = np.where(known[places], values[places], np.nan)
        return told

    def _with_instants(self, line: Timeline, rows: Positions, settings: Settings, until: Instant | None) -> Timeline:
        """Add the moments at which something changes by the clock alone."""
        next_at = line.next_at(until)
        after: list[Positions] = []
        times: list[Times] = []

        def add(at: Times, counts: Mask | None = None) -> None:
            is_due = (at > line.at) & (at <= next_at)
            due = np.flatnonzero(is_due if counts is None else is_due & counts)
            if due.size:
                after.append(due)
                times.append(at[due])

        for slot in range(self.shape.slots):
            add(line.stale[slot], np.isfinite(line.value[slot]))
        for node in self._silent_nodes:
            add(line.heard[node.slot] + settings.spans[line.row, node.span])
        add(self.again[rows][line.row], line.is_head)
        for hours in self._hours:
            self._add_hours(hours, line, next_at, after, times)
        return line.inserted(np.concatenate(after), np.concatenate(times)) if after else line

    def _add_hours(
        self, node: Within, line: Timeline, next_at: Times, after: list[Positions], times: list[Times]
    ) -> None:
        """Beginnings and ends of hours, as long as anything is known: what is not known does not change with them."""
        opening = Opening(node.hours, node.timezone)
        end = next_at
        if not self._silent_nodes:
            end = np.minimum(
                end,
                np.maximum.reduce(
                    [
                        np.where(np.isfinite(value), stale, 0)
                        for value, stale in zip(line.value, line.stale, strict=True)
                    ]
                ),
            )
        begin = np.maximum(line.at, np.minimum.reduce(line.heard))
        following = opening.next_change(begin)
        for place in np.flatnonzero(following <= end).tolist():
            changes = opening.changes(int(begin[place]), int(end[place]))
            after.append(np.full(changes.size, place))
            times.append(changes)

    def _again(self, evaluation: Evaluation, last: Positions, rows: Positions) -> Times:
        """When each row must be looked at next though nothing arrives."""
        line = evaluation.line
        at = line.at[last]
        again = evaluation.again[last]
        for slot in range(self.shape.slots):
            stale = line.stale[slot][last]
            again = np.where(np.isfinite(line.value[slot][last]) & (stale > at), np.minimum(again, stale), again)
        spans = self._settings.spans[rows]
        for node in self._silent_nodes:
            due = line.heard[node.slot][last] + spans[:, node.span]
            again = np.where(due > at, np.minimum(again, due), again)
        for hours in self._hours:
            again = np.minimum(again, Opening(hours.hours, hours.timezone).next_change(at))
        return again

    @staticmethod
    def _deadlines(state: ConditionState, delays: Delays, again: Times | None) -> Times:
        due = next_deadlines(state, delays)
        if again is None:
            return due
        return np.where(state.parked, NO_DEADLINE, np.minimum(due, again))


def _moment(line: Timeline, begin: int, end: int, at: int, reading: int, is_at_moment: bool) -> int:  # noqa: FBT001
    """The place of the moment that an event happened at, or in the gap after which it did."""
    ours, readings = line.at[begin:end], line.reading[begin:end]
    if is_at_moment:
        return begin + int(np.flatnonzero((ours == at) & (readings == reading))[-1])
    before = (ours <= at) & ((readings < reading) if reading != TICK else np.ones(ours.size, dtype=np.bool_))
    return begin + max(0, int(np.count_nonzero(before)) - 1)


def _pass_by(state: ConditionState, readings: RowReadings) -> None:
    """Take on the latest value of rows without events; of several readings of a row the last assigned one stays."""
    row = readings.row
    state.judged_to[row] = np.maximum(readings.at, np.maximum(state.judged_to[row], state.origin[row]))
    state.known[row] = readings.known
    if not bool(readings.known.all()):
        readings = readings.take(np.flatnonzero(readings.known))
    state.value[readings.row], state.value_seq[readings.row] = readings.value, readings.seq


def _no_arrivals() -> Arrivals:
    nothing = np.empty(0, dtype=np.int64)
    return Arrivals(nothing, nothing, nothing, nothing, np.empty(0), nothing)


def _settings(
    shape: Shape, rows: Sequence[tuple[Condition, Constants]], intervals: Sequence[int]
) -> tuple[Settings, int]:
    """The rows' numbers, spans and grains, and how many readings a window keeps."""
    numbers = np.array([constants.numbers for _, constants in rows], dtype=np.float64).reshape(len(rows), -1)
    spans = np.array([constants.spans for _, constants in rows], dtype=np.int64).reshape(len(rows), -1)
    grains = np.ones_like(spans)
    places = [node.span for node in shape.nodes() if isinstance(node, Window | TimeTo)]
    most = 1
    for row, interval in enumerate(intervals):
        for place in places:
            count, grains[row, place] = windows.kept_for(int(spans[row, place]), interval)
            most = max(most, count)
    return Settings(numbers, spans, grains), most


def masked(batch: ReadingBatch) -> Values:
    """The batch's values, NaN where they are not known."""
    return np.where((batch.quality == Quality.GOOD) & np.isfinite(batch.values), batch.values, np.nan)
