"""The rule kind `limit`: a value beyond a limit for long enough, with deadband and on and off delay.

What it does exactly stands in docs/rule-kinds.md; `tests/reference/limit_scalar.py` says the same in plain Python. This
module keeps the rows and carries batches to the kernel; it is the pattern for every columnar kind.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from domain.configuration import RuleSpec
from domain.instant import Instant, from_seconds
from domain.readings import Quality
from domain.site import Equipment, Point, Site
from rules.conditions.columns import NO_DEADLINE, ConditionState, next_deadlines, reconfigured
from rules.conditions.course import RowReadings, course_to_tick
from rules.conditions.pieces import scan_in_pieces
from rules.conditions.scan import Events, scan
from rules.kinds.limit_bounds import LimitBounds, is_back, is_beyond
from rules.kinds.limit_settings import LimitSettings, check_parameters
from rules.kinds.limit_why import Event, Watched, finding, watch
from rules.reading_rows import RowTable
from rules.reading_state import decode_rows, encode_rows
from rules.rule import Finding, ReadingBatch
from rules.rule_parameters import refuse
from rules.segments import Positions, grouped, is_grouped

__all__ = ["KIND", "LimitKind", "LimitSettings", "check_parameters"]

KIND: Final = "limit"
STATE_VERSION: Final = 1
NO_PLACE: Final = -1
ANY_NUMBER: Final = 2**31
"""It passes most readings by and cuts the rest itself."""
_LONGEST_HOLD_SECONDS = 100 * 366 * 24 * 3600.0  # keeps sums of times within 64 bits


class _Things(Struct, frozen=True):
    points: Mapping[str, Point]
    machines: Mapping[str, Equipment]


class _Rule(Struct, frozen=True):
    spec: RuleSpec
    settings: LimitSettings
    site: _Things


class LimitKind:
    """All limit rules at once (`rules.rule.ReadingKind`). A call that raises has changed nothing."""

    def __init__(self) -> None:
        """No rules yet: `configure` brings them."""
        self.readings_per_step = ANY_NUMBER
        self._rules: tuple[_Rule, ...] = ()
        self._table = _table((), ())
        self._bounds = LimitBounds.blank(0)
        self._state = ConditionState.blank(0)

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        """Take the rules that now hold; the engine has fired all deadlines up to `at` under the old ones.

        Rows that stay keep their state. Where a rule's parameters changed, its timers are kept, the present value is
        judged anew, and parked rows are judged again.

        Raises:
            ConfigurationError: a rule has wrong parameters or watches a point that its site does not have.
        """
        rules = _checked(site_rules, point_ids)
        table = _table(rules, point_ids)
        bounds = _bounds(rules, table)
        state = ConditionState.blank(len(table))
        kept, before = table.kept_from(self._table)
        state.put(kept, self._state.take(before))
        former = {rule.spec.id: rule.settings for rule in self._rules}
        is_changed = np.array([former.get(rule.spec.id) != rule.settings for rule in rules], dtype=np.bool_)
        changed = kept[is_changed[table.rule[kept]]]
        revised = state.take(changed)
        revised.known &= revised.raised | ~revised.parked  # a parked row may have missed readings since its value
        revised.parked[:] = False
        held = bounds.take(changed)
        beyond = is_beyond(revised.value, held)
        reconfigured(revised, held, at, beyond, beyond | is_back(revised.value, held))
        state.put(changed, revised)
        state.deadline = next_deadlines(state, bounds)
        self._rules, self._table, self._bounds, self._state = rules, table, bounds, state

    def judge(self, batch: ReadingBatch) -> Sequence[Finding]:
        """Judge a batch: findings sorted by (cause, index, rule, subject), and by time where these are equal.

        Rows that are neither beyond a limit nor raised, before and throughout, only take their latest value on; the
        others go through the segment scan.
        """
        readings = self._row_readings(batch)
        row, state = readings.row, self._state
        eventful = (readings.known & readings.beyond) | state.condition[row] | state.raised[row]
        if not bool(eventful.any()):
            self._pass_by(readings, np.arange(row.size))
            return ()
        is_scanned = np.zeros(len(self._table), dtype=np.bool_)
        is_scanned[row[eventful]] = True
        scanned = is_scanned[row]
        if bool(scanned.all()):
            return self._scan(readings, batch)
        found = self._scan(readings.take(np.flatnonzero(scanned)), batch)
        self._pass_by(readings, np.flatnonzero(~scanned))
        return found

    def next_deadline(self) -> Instant | None:
        """The minimum of the deadline column, or None."""
        earliest = int(self._state.deadline.min(initial=NO_DEADLINE))
        return None if earliest == NO_DEADLINE else earliest

    def fire(self, until: Instant, cause: int) -> Sequence[Finding]:
        """Fire all deadlines <= `until`, stamped with their own time, in `Deadline` order."""
        rows = np.flatnonzero(self._state.deadline <= until)
        if not rows.size:
            return ()
        carry, bounds = self._state.take(rows), self._bounds.take(rows)
        events, after = scan(carry, bounds, course_to_tick(carry, bounds, until))
        events.row = rows[events.row]
        order = np.lexsort((self._table.rank[events.row], events.at))
        found = self._findings(events.take(order), [cause] * order.size, [0] * order.size)
        self._state.put(rows, after)
        return found

    def park(self, rule: str, point: str) -> None:
        """Judge this (rule, point) no more, until the rule's parameters change.

        Raises:
            ValueError: the rule does not watch that point.
        """
        row = self._table.row_of(rule, point)
        if row is None:
            msg = f"rule '{rule}' of kind {KIND} does not watch point '{point}': there is nothing to park"
            raise ValueError(msg)
        self._state.parked[row] = True
        self._state.deadline[row] = NO_DEADLINE

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""
        return encode_rows(STATE_VERSION, self._table, self._state)

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken.

        Raises:
            ValueError: the bytes are of another version or configuration.
        """
        restored = ConditionState.blank(len(self._table))
        decode_rows(state, STATE_VERSION, self._table, restored)
        restored.deadline = next_deadlines(restored, self._bounds)
        self._state = restored

    def _row_readings(self, batch: ReadingBatch) -> RowReadings:
        """Every reading once for each row that watches its point, in judging order."""
        reading, row = self._table.expand(batch.point)
        at, value, seq = batch.at, batch.values, batch.seq
        known = (batch.quality == Quality.GOOD) & np.isfinite(value)
        if reading is None:
            reading = np.arange(row.size)
        else:
            at, value, seq, known = at[reading], value[reading], seq[reading], known[reading]
        beyond = is_beyond(value, self._bounds, row)
        readings = RowReadings(row, reading, at, value, seq, known, beyond, beyond)
        parked = self._state.parked[row]
        return readings.take(np.flatnonzero(~parked)) if bool(parked.any()) else readings

    def _pass_by(self, readings: RowReadings, place: Positions) -> None:
        """Take on the latest value of rows without events; of several readings of a row the last assigned one stays."""
        if place.size > len(self._table) and bool(readings.known.all()):
            latest = np.full(len(self._table), NO_PLACE)
            latest[readings.row[place]] = place
            place = latest[latest != NO_PLACE]
        if place.size < readings.row.size:
            readings = readings.take(place)
        row, state = readings.row, self._state
        state.judged_to[row] = np.maximum(readings.at, np.maximum(state.judged_to[row], state.origin[row]))
        state.known[row] = readings.known
        if not bool(readings.known.all()):
            readings = readings.take(np.flatnonzero(readings.known))
        state.value[readings.row] = readings.value
        state.value_seq[readings.row] = readings.seq

    def _scan(self, readings: RowReadings, batch: ReadingBatch) -> list[Finding]:
        if not is_grouped(readings.row):
            readings = readings.take(grouped(readings.row))
        readings.decides = readings.beyond | is_back(readings.value, self._bounds, readings.row)
        pieces = scan_in_pieces(self._state, self._bounds, readings)
        events = Events.joined([piece.events for piece in pieces])
        cause, index = batch.seq[events.reading], batch.index[events.reading]
        order = np.lexsort((events.at, self._table.rank[events.row], index, cause))
        found = self._findings(events.take(order), cause[order].tolist(), index[order].tolist())
        for piece in pieces:
            self._state.put(piece.rows, piece.after)
        return found

    def _findings(self, events: Events, causes: list[int], indices: list[int]) -> list[Finding]:
        watched = {row: self._watched(row) for row in np.unique(events.row).tolist()}
        columns = zip(
            events.row.tolist(),
            events.kind.tolist(),
            events.at.tolist(),
            causes,
            indices,
            events.value.tolist(),
            events.value_seq.tolist(),
            events.since.tolist(),
            events.since_seq.tolist(),
            events.condition.tolist(),
            strict=True,
        )
        return [
            finding(
                watched[row],
                Event(
                    kind=kind,
                    at=at,
                    cause=cause,
                    index=index,
                    value=value,
                    value_seq=value_seq,
                    since=since,
                    since_seq=since_seq,
                    condition=condition,
                ),
            )
            for row, kind, at, cause, index, value, value_seq, since, since_seq, condition in columns
        ]

    def _watched(self, row: int) -> Watched:
        rule = self._rules[int(self._table.rule[row])]
        point = rule.site.points[self._table.point_ids[int(self._table.point[row])]]
        machine = rule.site.machines.get(point.equipment)
        return watch(rule.spec, rule.settings, point, machine, int(self._bounds.holds[row]))


def _checked(site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str]) -> tuple[_Rule, ...]:
    """The enabled rules by id, each with its settings and its site's points."""
    listed = frozenset(point_ids)
    sites = {site.id: site for site, _ in site_rules}
    things = {site: _things(each) for site, each in sites.items()}
    rules = []
    for site, spec in sorted(site_rules, key=lambda pair: pair[1].id):
        if not spec.enabled:
            continue
        for subject in spec.subjects:
            if subject not in things[site.id].points or subject not in listed:
                raise refuse(
                    spec, f"'subjects' names '{subject}', which is no point of site '{site.id}': add it or mend the id"
                )
        rules.append(_Rule(spec, check_parameters(spec), things[site.id]))
    return tuple(rules)


def _things(site: Site) -> _Things:
    return _Things({each.id: each for each in site.points}, {each.id: each for each in site.equipment})


def _table(rules: Sequence[_Rule], point_ids: Sequence[str]) -> RowTable:
    place = {point: index for index, point in enumerate(point_ids)}
    pairs = [(number, place[point]) for number, rule in enumerate(rules) for point in rule.spec.subjects]
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return RowTable([rule.spec.id for rule in rules], point_ids, columns[:, 0], columns[:, 1])


def _bounds(rules: Sequence[_Rule], table: RowTable) -> LimitBounds:
    by_rule = LimitBounds.blank(len(rules))
    for number, rule in enumerate(rules):
        settings = rule.settings
        by_rule.high[number] = np.inf if settings.high is None else settings.high
        by_rule.low[number] = -np.inf if settings.low is None else settings.low
        by_rule.high_return[number] = settings.high_return
        by_rule.low_return[number] = settings.low_return
        by_rule.on_delay[number] = from_seconds(settings.on_delay_seconds)
        by_rule.off_delay[number] = from_seconds(settings.off_delay_seconds)
    bounds = by_rule.take(table.rule.astype(np.int64))
    for row, (rule_index, point_index) in enumerate(zip(table.rule.tolist(), table.point.tolist(), strict=True)):
        point = rules[rule_index].site.points[table.point_ids[point_index]]
        bounds.holds[row] = from_seconds(min(point.holds_seconds, _LONGEST_HOLD_SECONDS))
    return bounds
