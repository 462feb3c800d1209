"""The rows of one shape: their settings, what is remembered of them, and one step over a batch or to a tick.

A step computes and changes nothing; `commit` puts its result in place.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from domain.instant import Instant, from_seconds
from domain.readings import Times, Values
from rules.conditions.columns import NO_DEADLINE, ConditionState, Delays, next_deadlines
from rules.conditions.condition import Condition, Constants, Shape
from rules.conditions.course import RowReadings, course_to_tick
from rules.conditions.evaluation import Evaluation, Settings, blank_memory, settings_of
from rules.conditions.hearing import Listening
from rules.conditions.inputs import Inputs
from rules.conditions.instants import NEVER, Instants
from rules.conditions.kept import IS_ANEW, IS_CASE, IS_PARKED, IS_RAISED, KeptConditions
from rules.conditions.memory import Column, put, put_slots, taken, taken_slots
from rules.conditions.moments import in_moments
from rules.conditions.numbers import moments_of, numbers_at
from rules.conditions.pieces import Judged, Piece, Step, scan_in_pieces
from rules.conditions.scan import Events, scan
from rules.conditions.timeline import Arrivals, Slots, Timeline, of_arrivals, with_heads
from rules.expressions.tree import Node, Number, Previous, TimeTo, Value, Window, walk
from rules.rule import ReadingBatch
from rules.segments import Mask, Positions, begins, grouped, is_grouped

ALWAYS: Final = from_seconds(100 * 366 * 24 * 3600.0)
"""How long the verdict of a timed row stands: until its next moment, so longer than anything."""


class Group:
    """Rows of one shape. A row is a (rule, subject), or one level of it.

    A *plain* shape looks at one point and shows its value: that value is kept once.
    """

    def __init__(
        self,
        shape: Shape,
        rows: Sequence[tuple[Condition, Constants]],
        points: Sequence[Sequence[int]],
        holds: Sequence[Sequence[int]],
        intervals: Sequence[int],
        table_size: int,
        at: Instant,
        listening: Listening,
    ) -> None:
        """Set up rows of which nothing is known at `at`; per row its slots' points, holds, and shortest interval."""
        self.shape = shape
        self.size = len(rows)
        self.needed = shape.needed()
        self._is_plain = shape.slots == 1 and shape.shown == Value(0)
        self._inputs = Inputs(points, table_size)
        self._settings, kept = settings_of(shape, [constants for _, constants in rows], intervals, listening)
        self.delays = Delays.blank(self.size)
        self.delays.on_delay = np.array([condition.on_delay for condition, _ in rows], dtype=np.int64)
        self.delays.off_delay = np.array([condition.off_delay for condition, _ in rows], dtype=np.int64)
        self.holds = np.asfortranarray(np.array(holds, dtype=np.int64).reshape(self.size, shape.slots))
        self.delays.holds = np.full(self.size, ALWAYS) if shape.is_timed else self.holds[:, 0].copy()
        self.state = KeptConditions.blank(self.size)
        self.state.value[:] = np.nan
        self.state.deadline[:] = at if shape.is_timed else NO_DEADLINE
        self.state.mark[:] = IS_ANEW if shape.is_timed else 0
        self.memory: dict[Node, dict[str, Column]] = {
            node: memory for node in shape.nodes() if (memory := blank_memory(node, self.size, kept)) is not None
        }
        self._instants = Instants(shape)
        self._previous: Node | None = None
        if self._is_plain and not shape.is_timed:
            self._previous = next((node for node in shape.nodes() if isinstance(node, Previous)), None)
        if self._previous is not None:
            del self.memory[self._previous]["last"]  # it is the row's value
        slots = shape.slots if shape.is_timed else 0
        self.slot_value = np.full((self.size, 0 if self._is_plain else slots), np.nan, order="F")
        self.slot_at = np.full((self.size, slots), at, dtype=np.int64, order="F")

    @property
    def keeps_slot_value(self) -> bool:
        """Whether a row's value is what its point said last, known or not."""
        return self._is_plain and self.shape.is_timed

    @property
    def keeps_last_value(self) -> bool:
        """Whether a row's value is the latest known one of its point, which the next is compared with."""
        return self._previous is not None

    def is_case(self, rows: Positions, value: Values) -> Mask:
        """What these rows, over one point that time alone cannot change, say of known values of it."""
        nothing = np.zeros(rows.size, dtype=np.int64)
        line = of_arrivals(Arrivals(np.arange(rows.size), nothing, nothing, nothing, value, nothing), nothing)
        return Evaluation(line, self._settings.take(rows), self._remembered(rows), None).truth(self.shape.enter)[0]

    def step(self, batch: ReadingBatch, known: Values) -> Step | None:
        """Judge a batch; `known` are its values (`inputs.masked`). None where no row looks at it."""
        reading, row, slot = self._inputs.expand(batch.point)
        parked = self.state.has(IS_PARKED, row)
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
        times = batch.at.take(reading)
        at = np.maximum(times, self.state.earliest_time(rows).take(local))
        arrivals, rearranged = Arrivals(local, slot, reading, at, known.take(reading), batch.seq.take(reading)), None
        if self.shape.slots > 1:
            arrivals, rearranged = in_moments(arrivals, times)
        step = self._scanned(self._judge(rows, arrivals, None), None)
        if rearranged is not None:
            rearranged.name(step.events)
        return step

    def fire(self, until: Instant) -> list[Step]:
        """Let time pass: first what changes the condition, then the delays that end; each step is to be committed."""
        steps: list[Step] = []
        rows = np.flatnonzero(self.state.deadline <= until)
        again: Times | None = None
        if self.shape.is_timed and rows.size:
            steps.append(self._scanned(self._judge(rows, Arrivals.none(), until), until))
            self.commit(steps[0])
            is_due = self.state.deadline[rows] <= until
            again, rows = steps[0].again, rows[is_due]
            again = None if again is None else again[is_due]
        if rows.size:
            steps.append(self._to_tick(rows, until, again))
            self.commit(steps[-1])
        return steps

    def commit(self, step: Step) -> None:
        """Put what a step computed in place."""
        state, rows = self.state, step.rows
        if step.passed is not None:  # also readings of rows that were scanned, which are set as a whole then
            passed = step.passed
            state.pass_by(passed.row, passed.at, passed.known, passed.value, passed.seq)
        for piece in step.pieces:
            state.keep(piece.rows, piece.after)
        for node, memory in step.memory.items():
            put(self.memory[node], rows, memory)
        if step.value is not None:
            state.value[rows] = step.value
        if step.deadline is not None:
            state.deadline[rows] = step.deadline
        if step.slot_at is not None:
            put_slots(self.slot_at, rows, step.slot_at)
            state.unflag(IS_ANEW, rows)
        if step.seq is not None:
            state.rest_on(rows, step.seq)
        if step.slot_value is not None:
            put_slots(self.slot_value, rows, step.slot_value)

    def columns(self) -> dict[str, Column]:
        """Everything remembered, by name."""
        found: dict[str, Column] = {"slot_value": self.slot_value, "slot_at": self.slot_at}
        for name in KeptConditions.__dataclass_fields__:
            found[f"state.{name}"] = getattr(self.state, name)
        for number, memory in enumerate(self.memory.values()):
            found |= {f"node{number}.{name}": column for name, column in memory.items()}
        return found

    def at_present(self, rows: Positions) -> Evaluation:
        """The shape as it stands at the moment to which these rows, that time alone can change, were judged last."""
        line = self._headed(rows, Arrivals.none())
        evaluation = Evaluation(line, self._settings.take(rows), self._remembered(rows), None)
        with np.errstate(all="ignore"):
            self._evaluate(evaluation)
        return evaluation

    def outlook(self, rows: Positions) -> tuple[Positions, Slots, Settings]:
        """What rows look at: each slot's point in the engine's table, and what it said last; and their settings."""
        points = self.points()[rows] if rows.size else np.empty((0, self.shape.slots), dtype=np.int64)
        return points, self._slots(rows), self._settings.take(rows)

    def meant(self, node: Window | TimeTo, rows: Positions) -> Values:
        """What a window of rows keeps depends on these: how far it reaches, its grain, and the k numbers in what it
        looks at; shape (2 + k, n).
        """
        settings = self._settings
        within = [settings.numbers[rows, int(each.value)] for each in walk(node.of) if isinstance(each, Number)]
        return np.stack((settings.spans[rows, node.span], settings.grains[rows, node.span], *within))

    def points(self) -> Positions:
        """The place of each slot's point in the engine's table, by row and slot."""
        return self._inputs.points(self.size, self.shape.slots)

    def bytes_per_row(self) -> int:
        """What a row costs in memory."""
        return sum(column.nbytes for column in self.columns().values()) // max(self.size, 1)

    def _carry(self, rows: Positions) -> ConditionState:
        """The given rows as they stand; a value that they have outlived is not known."""
        carry = self.state.unpacked(rows)
        if self.keeps_slot_value:
            at = self.slot_at[rows, 0]
            is_over = (carry.judged_to > at) & (carry.judged_to >= at + self.holds[rows, 0])
            carry.value = np.where(is_over | ~np.isfinite(carry.value), np.nan, carry.value)
        return carry

    def _remembered(self, rows: Positions) -> dict[Node, dict[str, Column]]:
        memory = {node: taken(columns, rows) for node, columns in self.memory.items()}
        if self._previous is not None:
            memory[self._previous]["last"] = self.state.value[rows]
        return memory

    def _slots(self, rows: Positions) -> Slots:
        """What the points of rows said last."""
        if not self.shape.is_timed:
            heard = self.state.judged_to[rows].reshape(-1, 1)
            return Slots(self.state.value[rows].reshape(-1, 1), heard, taken_slots(self.holds, rows))
        value = self.state.value[rows].reshape(-1, 1) if self._is_plain else taken_slots(self.slot_value, rows)
        return Slots(value, taken_slots(self.slot_at, rows), taken_slots(self.holds, rows))

    def _headed(self, rows: Positions, arrivals: Arrivals) -> Timeline:
        """The moments of rows, each row's head first."""
        return with_heads(self._slots(rows), self.state.judged_to[rows], self.state.value_seq(rows), arrivals)

    def _judge(self, rows: Positions, arrivals: Arrivals, until: Instant | None) -> Judged:
        """Evaluate the shape at every moment of these rows."""
        settings = self._settings.take(rows)
        if self.shape.is_timed:
            line = self._headed(rows, arrivals)
            line = self._instants.added(line, settings, self._look_at(rows), until)
        else:
            line = of_arrivals(arrivals, self.holds[rows, 0])
        memory = self._remembered(rows)
        with np.errstate(all="ignore"):
            while True:
                evaluation = Evaluation(line, settings, memory, until)
                self._evaluate(evaluation)
                if not evaluation.due:
                    break
                after = np.concatenate([places for places, _ in evaluation.due])
                line = line.inserted(after, np.concatenate([times for _, times in evaluation.due]))
            return Judged(rows, evaluation, self._verdicts(evaluation))

    def _look_at(self, rows: Positions) -> Times:
        """When rows with new settings are judged by them, though nothing arrives."""
        look_at = np.maximum(self.state.deadline[rows], self.state.judged_to[rows] + 1)
        return np.where(self.state.has(IS_ANEW, rows), look_at, NEVER)

    def _evaluate(self, evaluation: Evaluation) -> None:
        evaluation.truth(self.shape.enter)
        if self.shape.leave is not None:
            evaluation.truth(self.shape.leave)
        for node in (self.shape.shown, *self.shape.told):
            evaluation.number(node)

    def _verdicts(self, evaluation: Evaluation) -> RowReadings:
        """What each moment that is no head says of its row's condition, named by its place in the timeline."""
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
            reading=np.arange(line.row.size),
            at=line.at,
            value=np.where(shown_known, shown, np.nan),
            seq=line.seq,
            known=known,
            beyond=enter,
            decides=decides,
        )
        return verdicts.take(np.flatnonzero(~line.is_head)) if shape.is_timed else verdicts

    def _scanned(self, judged: Judged, until: Instant | None) -> Step:
        """Let the delays run over the verdicts of those rows that have anything to say, and pass the others by."""
        rows, readings = judged.rows, judged.readings
        is_busy = self.state.has(IS_CASE | IS_RAISED, rows)
        eventful = (readings.known & readings.beyond) | is_busy[readings.row]
        events, pieces, told = Events.blank(0), list[Piece](), np.empty((0, len(self.shape.said)))
        passed: RowReadings | None = readings
        if bool(eventful.any()):
            is_scanned = np.zeros(rows.size, dtype=np.bool_)
            is_scanned[readings.row[eventful]] = True
            in_scan = is_scanned[readings.row]
            events, pieces = self._pieces(rows, np.flatnonzero(is_scanned), readings.take(np.flatnonzero(in_scan)))
            told = self._told(judged, events)
            # A moment may be none of a reading, and several be of one: until here only its place says which it is.
            events.reading = judged.evaluation.line.reading[events.reading]
            events.row = rows[events.row]
            passed = None if bool(is_scanned.all()) else readings
        readings.row = rows[readings.row]
        step = Step(rows, pieces, passed, events, told, self._memory_after(judged))
        if self.shape.is_timed:
            self._watch_clock(step, judged, until)
        elif self._previous is not None:
            step.value = judged.evaluation.memory[self._previous]["last"]
        return step

    def _pieces(self, rows: Positions, scanned: Positions, readings: RowReadings) -> tuple[Events, list[Piece]]:
        """Scan some of the rows; events name their places among all of them, pieces rows of the group."""
        number = np.empty(rows.size, dtype=np.int64)
        number[scanned] = np.arange(scanned.size)
        readings.row = number[readings.row]
        carry = self._carry(rows[scanned])
        pieces = scan_in_pieces(carry.take, self.delays.take(rows[scanned]), readings)
        events = Events.joined([piece.events for piece in pieces])
        events.row = scanned[events.row]
        return events, [Piece(rows[scanned[piece.rows]], piece.after, piece.events) for piece in pieces]

    def _memory_after(self, judged: Judged) -> Mapping[Node, Mapping[str, Column]]:
        return {node: columns for node, columns in judged.evaluation.memory.items() if node in self.memory}

    def _watch_clock(self, step: Step, judged: Judged, until: Instant | None) -> None:
        """Add to a step of timed rows what their points said last, and when they must be looked at next."""
        evaluation, rows = judged.evaluation, judged.rows
        line, last = evaluation.line, evaluation.line.last
        if self._is_plain:
            step.value = line.value[0][last]
        else:
            step.slot_value = [each.take(last) for each in line.value]
        step.slot_at = [each.take(last) for each in line.heard]
        step.seq = line.seq.take(last)
        step.again = self._instants.again(evaluation, self._settings.spans[rows], self._settings.listening)
        due = np.full(rows.size, NO_DEADLINE)
        if until is not None:
            due = next_deadlines(self.state.unpacked(rows), self.delays.take(rows))
        for piece in step.pieces:
            due[np.searchsorted(rows, piece.rows)] = piece.after.deadline
        step.deadline = np.minimum(due, step.again)

    def _to_tick(self, rows: Positions, until: Instant, again: Times | None) -> Step:
        """Let the delays of these rows end that end by then."""
        carry, held = self._carry(rows), self.delays.take(rows)
        events, after = scan(carry, held, course_to_tick(carry, held, until))
        told = np.empty((0, len(self.shape.said)))
        if events.row.size:
            told = self._told_at_heads(rows[events.row])
        if again is not None:
            after.deadline = np.minimum(after.deadline, again)
        if self.keeps_slot_value:
            after.value = self.state.value[rows]
        events.row = rows[events.row]
        return Step(rows, [Piece(rows, after, events)], None, events, told, {})

    def _told(self, judged: Judged, events: Events) -> Values:
        """The further numbers at each event; events name places among the rows of the step, and moments of the line."""
        evaluation, moments = judged.evaluation, moments_of(events)
        if self.shape.is_timed or not events.row.size:
            return numbers_at(evaluation, moments, self.shape.said)
        # Rows that only readings can change have no heads: those in whose gap something happened are looked at apart.
        at_head = np.flatnonzero((moments != events.reading) & evaluation.line.first[events.reading])
        told = numbers_at(evaluation, moments, self.shape.said)
        if at_head.size:
            told[at_head] = self._told_at_heads(judged.rows[events.row[at_head]])
        return told

    def _told_at_heads(self, rows: Positions) -> Values:
        """The further numbers of rows as they were judged last, one for each of these."""
        distinct, place = np.unique(rows, return_inverse=True)
        line = self._headed(distinct, Arrivals.none())
        evaluation = Evaluation(line, self._settings.take(distinct), self._remembered(distinct), None)
        with np.errstate(all="ignore"):
            return numbers_at(evaluation, place, self.shape.said)
