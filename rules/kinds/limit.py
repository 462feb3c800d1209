"""The rule kind `limit`: a value beyond a limit for long enough, with deadband and on and off delay.

What it does exactly stands in docs/rule-kinds.md; `tests/reference/limit_scalar.py` says the same in plain Python. This
module keeps the rows and carries batches to the kernel; it is the pattern for every columnar kind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from domain.configuration import RuleSpec
from domain.instant import Instant, from_seconds
from domain.site import Equipment, Point, Site
from rules.conditions.columns import NO_DEADLINE, ConditionState, next_deadlines, reconfigured
from rules.conditions.course import RowReadings, course_to_tick
from rules.conditions.headline import crowded
from rules.conditions.kept import IS_CASE, IS_KNOWN, IS_PARKED, IS_RAISED, KeptConditions
from rules.conditions.pieces import scan_in_pieces
from rules.conditions.scan import Events, scan
from rules.kinds.limit_bounds import LimitBounds, is_back, is_beyond
from rules.kinds.limit_settings import LimitSettings, check_parameters
from rules.kinds.limit_why import Event, Watched, finding, watch
from rules.reading_rows import RowTable
from rules.reading_state import decode_rows, encode_rows
from rules.rule import NOTHING_LACKS, Doubt, Finding, ReadingBatch, RowNames, UndecidedRows
from rules.rule_parameters import refuse
from rules.segments import Mask, Positions, grouped, is_grouped

__all__ = ["KIND", "LimitKind", "LimitSettings", "check_parameters"]

KIND: Final = "limit"
STATE_VERSION: Final = 2
"""Version 1 kept flags and seqs in columns of their own."""
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
    crowded: frozenset[str]


class LimitKind:
    """All limit rules at once (`rules.rule.ReadingKind`). A call that raises has changed nothing."""

    def __init__(self) -> None:
        """No rules yet: `configure` brings them."""
        self.readings_per_step, self.joins_points = ANY_NUMBER, False
        self._rules: tuple[_Rule, ...] = ()
        self._table = _table((), ())
        self._bounds = LimitBounds.blank(0)
        self._state = KeptConditions.blank(0)

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        """Take the rules that now hold; the engine has fired all deadlines up to `at` under the old ones.

        Rows that stay keep their state. Where a rule's parameters changed, its timers are kept, the present value is
        judged anew (not one in another unit than the point has now), and parked rows are judged again.

        Raises:
            ConfigurationError: a rule has wrong parameters or watches a point that its site does not have.
        """
        rules = _checked(site_rules, point_ids)
        table = _table(rules, point_ids)
        bounds = _bounds(rules, table)
        state = KeptConditions.blank(len(table))
        kept, before = table.kept_from(self._table)
        state.put(kept, self._state.take(before))
        former = {rule.spec.id: rule.settings for rule in self._rules}
        is_changed = np.array([former.get(rule.spec.id) != rule.settings for rule in rules], dtype=np.bool_)
        is_ours = is_changed[table.rule[kept]]
        changed = kept[is_ours]
        units, former_units = _units(rules, table, changed), _units(self._rules, self._table, before[is_ours])
        is_alike = np.array([one == other for one, other in zip(units, former_units, strict=True)], dtype=np.bool_)
        revised = state.unpacked(changed)
        revised.known &= revised.raised | ~revised.parked  # a parked row may have missed readings since its value
        revised.parked[:] = False
        held = bounds.take(changed)
        beyond = is_beyond(revised.value, held)
        reconfigured(revised, held, at, beyond, is_alike & (beyond | is_back(revised.value, held)))
        state.keep(changed, revised)
        state.deadline = next_deadlines(state.unpacked(np.arange(len(table))), bounds)
        self._rules, self._table, self._bounds, self._state = rules, table, bounds, state

    def judge(self, batch: ReadingBatch) -> Sequence[Finding]:
        """Judge a batch: findings sorted by (cause, index, rule, subject), and by time where these are equal.

        Rows that are neither beyond a limit nor raised, before and throughout, only take their latest value on; the
        others go through the segment scan.
        """
        readings = self._row_readings(batch)
        row = readings.row
        eventful = (readings.known & readings.beyond) | self._state.has(IS_CASE | IS_RAISED, row)
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
        carry, bounds = self._state.unpacked(rows), self._bounds.take(rows)
        events, after = scan(carry, bounds, course_to_tick(carry, bounds, until))
        events.row = rows[events.row]
        order = np.lexsort((self._table.rank[events.row], events.at))
        found = self._findings(events.take(order), [cause] * order.size, [0] * order.size)
        self._state.keep(rows, after)
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
        self._state.flag(IS_PARKED, np.array([row]))
        self._state.deadline[row] = NO_DEADLINE

    def undecided(self, at: Instant, usable: Mask) -> UndecidedRows:
        """What cannot be decided: rows whose value is not known, or whose point has none that could be."""
        point = self._table.point.astype(np.int64)
        lacks = ~usable[point]
        is_known = self._state.has(IS_KNOWN) & (self._state.judged_to + self._bounds.holds > at)
        rows = np.flatnonzero((lacks | ~is_known) & ~self._state.has(IS_PARKED))
        return UndecidedRows(
            place=rows,
            lacking=np.where(lacks, point, NOTHING_LACKS)[rows],
            is_new=~lacks[rows],
            mark=self._state.value_seq(rows),
            span=np.zeros_like(rows),
            slow=self._bounds.holds[rows],
        )

    def lacked(self, places: Positions, usable: Mask) -> tuple[Positions, Positions]:
        """The points of rows that have no usable value, each with its row."""
        point = self._table.point[places].astype(np.int64)
        row = np.flatnonzero(~usable[point])
        return row, point[row]

    def names(self) -> RowNames:
        """What all rows are."""
        return RowNames(self._table.rule_ids, self._table.rule, self._table.point)

    def places(self, pairs: Sequence[tuple[str, str]]) -> Sequence[int | None]:
        """The rows of (rule, point), None for what is not there."""
        ours = {pair: row for row, pair in enumerate(self._table.pairs())} if pairs else {}
        return [ours.get(pair) for pair in pairs]

    def doubt(self, place: int, has_value: Callable[[str], bool]) -> Doubt:
        """Why a row that `undecided` gave is so."""
        point = self._table.point_ids[int(self._table.point[place])]
        return Doubt(lacking=() if has_value(point) else (point,))

    def rows_and_bytes(self) -> tuple[int, int]:
        """How many rows there are, and what they remember, in bytes of memory."""
        return len(self._table), len(self._table) * KeptConditions.bytes_per_row()

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""
        return encode_rows(STATE_VERSION, self._table, self._state)

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken.

        Raises:
            ValueError: the bytes are of another version or configuration.
        """
        restored, former = KeptConditions.blank(len(self._table)), ConditionState.blank(len(self._table))
        if decode_rows(state, self._table, {1: former, STATE_VERSION: restored}) == 1:
            restored = KeptConditions.packed(former)
        restored.deadline = next_deadlines(restored.unpacked(np.arange(len(self._table))), self._bounds)
        self._state = restored

    def _row_readings(self, batch: ReadingBatch) -> RowReadings:
        """Every reading once for each row that watches its point, in judging order."""
        reading, row = self._table.expand(batch.point)
        at, value, seq = batch.at, batch.values, batch.seq
        known = batch.known()
        if reading is None:
            reading = np.arange(row.size)
        else:
            at, value, seq, known = at[reading], value[reading], seq[reading], known[reading]
        beyond = is_beyond(value, self._bounds, row)
        readings = RowReadings(row, reading, at, value, seq, known, beyond, beyond)
        parked = self._state.has(IS_PARKED, row)
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
        at = np.maximum(readings.at, np.maximum(state.judged_to[row], state.origin[row]))
        state.pass_by(row, at, readings.known, readings.value, readings.seq)

    def _scan(self, readings: RowReadings, batch: ReadingBatch) -> list[Finding]:
        if not is_grouped(readings.row):
            readings = readings.take(grouped(readings.row))
        readings.decides = readings.beyond | is_back(readings.value, self._bounds, readings.row)
        pieces = scan_in_pieces(self._state.unpacked, self._bounds, readings)
        events = Events.joined([piece.events for piece in pieces])
        cause, index = batch.seq[events.reading], batch.index[events.reading]
        order = np.lexsort((events.at, self._table.rank[events.row], index, cause))
        found = self._findings(events.take(order), cause[order].tolist(), index[order].tolist())
        for piece in pieces:
            self._state.keep(piece.rows, piece.after)
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
        is_alone = point.equipment not in rule.crowded
        return watch(rule.spec, rule.settings, point, machine, int(self._bounds.holds[row]), is_alone=is_alone)


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
        points = things[site.id].points
        together = crowded(points[subject] for subject in spec.subjects)
        rules.append(_Rule(spec, check_parameters(spec), things[site.id], together))
    return tuple(rules)


def _things(site: Site) -> _Things:
    return _Things({each.id: each for each in site.points}, {each.id: each for each in site.equipment})


def _table(rules: Sequence[_Rule], point_ids: Sequence[str]) -> RowTable:
    place = {point: index for index, point in enumerate(point_ids)}
    pairs = [(number, place[point]) for number, rule in enumerate(rules) for point in rule.spec.subjects]
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return RowTable([rule.spec.id for rule in rules], point_ids, columns[:, 0], columns[:, 1])


def _units(rules: Sequence[_Rule], table: RowTable, rows: Positions) -> Iterator[str]:
    """In what the points of these rows are measured."""
    for rule, point in zip(table.rule[rows].tolist(), table.point[rows].tolist(), strict=True):
        yield rules[rule].site.points[table.point_ids[point]].unit


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
