"""A columnar kind made of conditions (`rules.rule.ReadingKind`): what its rules mean is for its `Meaning`.

It groups rows by the shape of their conditions, carries batches to the groups, and turns events into findings. A rule
with several levels on a point has a row per level, whose events are joined to those of one alarm.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.site import Point, Site
from rules.conditions.columns import NO_DEADLINE
from rules.conditions.condition import Condition, Constants, Shape, shaped
from rules.conditions.earlier_rows import take_over_version_1, with_totals
from rules.conditions.group import Group
from rules.conditions.hearing import Listening
from rules.conditions.inputs import masked
from rules.conditions.kept import IS_KNOWN, IS_PARKED, IS_RAISED
from rules.conditions.levels import TRIGGERS, Standing, joined
from rules.conditions.pieces import Step
from rules.conditions.saying import Event, finding
from rules.conditions.stating import Level, Watched, watched_points
from rules.conditions.stored_rows import WITHOUT_TOTALS, KeptGroup, Key, decode_groups, encode_groups
from rules.conditions.taking_over import take_over
from rules.conditions.undecided import doubt, lacked, undecided_rows
from rules.rule import Doubt, Finding, ReadingBatch, RowNames, UndecidedRows
from rules.segments import Mask, Positions

READINGS_PER_STEP: Final = 16_384
"""A step has a fixed cost: with steps of half the size all takes a fifth longer. Larger ones would copy more of the
kilobytes that rows with windows remember at once."""

_LONGEST_HOLD: Final[Duration] = from_seconds(50 * 366 * 24 * 3600.0)


_Pair: TypeAlias = tuple[str, str]


class _Row(Struct, frozen=True, gc=False):
    key: Key
    watched: Watched
    levels: Sequence[Level]
    group: int
    place: int


class Meaning(Protocol):
    """What the rules of a kind mean (`rules.conditions.stating.ConditionMeaning`)."""

    @property
    def kind(self) -> str:
        """The kind's name."""

    def check(self, spec: RuleSpec) -> Any:  # noqa: ANN401 - settings, of each kind's own type
        """Judge what can be judged without the site, and give the rule's settings.

        Raises:
            ConfigurationError: the parameters are wrong.
        """

    def levels(self, watched: Watched, settings: Any) -> Sequence[Level]:  # noqa: ANN401 - what `check` gave
        """The levels of one rule on one point, the most urgent first, of a rule that `check` admits.

        Raises:
            ConfigurationError: the parameters do not fit the point.
        """


class ConditionKind:
    """All rules of one kind. A call that raises has changed nothing."""

    def __init__(self, meaning: Meaning, listening: Listening) -> None:
        """No rules yet: `configure` brings them. What is silent is asked of `listening`."""
        self.readings_per_step, self.joins_points = READINGS_PER_STEP, False
        self._meaning, self._listening = meaning, listening
        self._rows: dict[Key, _Row] = {}
        self._keys: list[list[Key]] = []
        self._groups: list[Group] = []
        self._standings: dict[_Pair, Standing] = {}
        self._names, self._is_first = _named((), ())

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        """Take the rules that now hold; the engine has fired all deadlines up to `at` under the old ones.

        Rows that stay keep their state. Where a rule changed, its timers are kept, what its points said last is judged
        anew at the next tick or reading, windows fill anew where they changed, and parked rows are judged again.

        Raises:
            ConfigurationError: a rule has wrong parameters or looks at a point that its site does not have.
        """
        rows, keys, groups = self._laid_out(site_rules, point_ids, at)
        self._carry_over(rows, groups, at)
        self._rows, self._keys, self._groups = rows, keys, groups
        self.joins_points = any(group.shape.slots > 1 for group in groups)
        self._names, self._is_first = _named([key for each in keys for key in each], point_ids)
        self._standings = self._stand()

    def judge(self, batch: ReadingBatch) -> Sequence[Finding]:
        """Judge a batch: findings sorted by (cause, index, rule, subject), and by time where these are equal."""
        known = masked(batch)
        steps = [(number, step) for number, group in enumerate(self._groups) if (step := group.step(batch, known))]
        told = [each for number, step in steps for each in self._events(number, step, batch, 0)]
        found, standings = self._findings(told)
        for number, step in steps:
            self._groups[number].commit(step)
        self._standings.update(standings)
        found.sort(key=lambda each: (each.cause, each.index, each.rule, each.subject.id, each.at))
        return found

    def next_deadline(self) -> Instant | None:
        """The minimum of the deadline columns, or None."""
        earliest = min(
            (int(group.state.deadline.min(initial=NO_DEADLINE)) for group in self._groups), default=NO_DEADLINE
        )
        return None if earliest == NO_DEADLINE else earliest

    def fire(self, until: Instant, cause: int) -> Sequence[Finding]:
        """Fire all deadlines <= `until`, stamped with their own time, in `Deadline` order."""
        due = [
            number
            for number, group in enumerate(self._groups)
            if int(group.state.deadline.min(initial=NO_DEADLINE)) <= until
        ]
        if not due:
            return ()
        with self._all_or_nothing(due):
            told: list[tuple[Key, Event]] = []
            for number in due:
                for step in self._groups[number].fire(until):
                    told += self._events(number, step, None, cause)
            found, standings = self._findings(told)
        self._standings.update(standings)
        return sorted(found, key=lambda each: (each.at, each.rule, each.subject.id))

    def park(self, rule: str, point: str) -> None:
        """Judge this (rule, point) no more, until the rule's parameters change.

        Raises:
            ValueError: the rule does not watch that point.
        """
        rows = [row for key, row in self._rows.items() if (key.rule, key.point) == (rule, point)]
        if not rows:
            msg = f"rule '{rule}' of kind {self._meaning.kind} does not watch point '{point}': there is nothing to park"
            raise ValueError(msg)
        for row in rows:
            state = self._groups[row.group].state
            state.flag(IS_PARKED, np.array([row.place]))
            state.deadline[row.place] = NO_DEADLINE

    def undecided(self, at: Instant, usable: Mask) -> UndecidedRows:
        """What cannot be decided once `fire` has let time pass: a rule with several levels once for each point."""
        found, before = [UndecidedRows.blank(0)], 0
        for group in self._groups:
            rows = undecided_rows(group, at, usable)
            rows.place += before
            found.append(rows.take(np.flatnonzero(self._is_first[rows.place])))
            before += group.size
        return UndecidedRows.joined(found)

    def lacked(self, places: Positions, usable: Mask) -> tuple[Positions, Positions]:
        """All points that rows need and that have no usable value, each with its row."""
        return lacked(self._groups, places, usable)

    def names(self) -> RowNames:
        """What all rows are."""
        return self._names

    def places(self, pairs: Sequence[tuple[str, str]]) -> Sequence[int | None]:
        """The rows of (rule, point), None for what is not there."""
        rows = [self._rows.get(Key(rule, point, 0)) for rule, point in pairs]
        begins = [0, *accumulate(group.size for group in self._groups)]
        return [None if row is None else begins[row.group] + row.place for row in rows]

    def doubt(self, place: int, has_value: Callable[[str], bool]) -> Doubt:
        """Why a row that `undecided` gave is so."""
        row = self._rows[self._key(place)]
        condition = row.levels[row.key.level].condition
        return doubt(self._groups[row.group], row.place, row.watched, condition.enter, condition.leave, has_value)

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""
        return encode_groups(self._kept())

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken.

        Raises:
            ValueError: the bytes are of an unknown version or another configuration.
        """
        version, groups = decode_groups(state)
        if version == 1:
            for keys, group in zip(self._keys, self._groups, strict=True):
                take_over_version_1(keys, group, groups)
            self._standings = self._stand()
            return
        ours = self._kept()
        if version == WITHOUT_TOTALS and len(groups) == len(ours):
            groups = [
                KeptGroup(theirs.keys, with_totals(theirs.columns, mine.columns))
                for mine, theirs in zip(ours, groups, strict=True)
            ]
        if [(each.keys, each.forms()) for each in ours] != [(each.keys, each.forms()) for each in groups]:
            msg = "the stored rows are not those configured: restore under the configuration they came from"
            raise ValueError(msg)
        for mine, theirs in zip(ours, groups, strict=True):
            for name, column in mine.columns.items():
                column[...] = theirs.columns[name]
        self._standings = self._stand()

    def _kept(self) -> list[KeptGroup]:
        return [KeptGroup(keys, group.columns()) for keys, group in zip(self._keys, self._groups, strict=True)]

    def rows_and_bytes(self) -> tuple[int, int]:
        """How many rows there are (a rule with levels has one for each), and what they remember, in bytes of memory."""
        return len(self._rows), sum(group.bytes_per_row() * group.size for group in self._groups)

    def _key(self, place: int) -> Key:
        for keys in self._keys:
            if place < len(keys):
                return keys[place]
            place -= len(keys)
        raise IndexError(place)

    def _events(self, group: int, step: Step, batch: ReadingBatch | None, cause: int) -> list[tuple[Key, Event]]:
        """The events of a step, each with its row; at a tick (without a batch) `cause` is the tick's seq."""
        events, keys = step.events, self._keys[group]
        if not events.row.size:
            return []
        count = len(self._groups[group].shape.told)
        causes = np.full(events.row.size, cause) if batch is None else batch.seq[events.reading]
        indices = np.zeros_like(causes) if batch is None else batch.index[events.reading]
        columns = (
            events.row,
            events.kind,
            events.at,
            causes,
            indices,
            events.value,
            step.told[:, :count],
            step.told[:, count:],
            events.since,
            events.since_seq,
            events.value_seq,
            events.order,
        )
        return [
            (keys[row], Event(kind, TRIGGERS[kind], at, cause_, index, value, tuple(told), tuple(so), *rest))
            for row, kind, at, cause_, index, value, told, so, *rest in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]

    def _findings(self, told: Sequence[tuple[Key, Event]]) -> tuple[list[Finding], dict[_Pair, Standing]]:
        """What the events are for their alarms, and how those stand then that have several levels."""
        found: list[Finding] = []
        laddered: dict[_Pair, list[tuple[int, Event]]] = {}
        for key, event in told:
            row = self._rows[key]
            if len(row.levels) == 1:
                found.append(finding(row.watched, row.levels[0], row.levels[0], event))
            else:
                laddered.setdefault((key.rule, key.point), []).append((key.level, event))
        standings: dict[_Pair, Standing] = {}
        for (rule, point), events in laddered.items():
            row = self._rows[Key(rule, point, 0)]
            standings[rule, point], joined_events = joined(self._standings[rule, point], events)
            found += [
                finding(row.watched, row.levels[level], row.levels[of], event) for level, of, event in joined_events
            ]
        return found, standings

    def _stand(self) -> dict[_Pair, Standing]:
        """How the alarms stand that have several levels, from what is remembered of these."""
        found: dict[_Pair, Standing] = {}
        is_raised = [group.state.has(IS_RAISED).tolist() for group in self._groups]
        is_known = [group.state.has(IS_KNOWN).tolist() for group in self._groups]
        for key, row in self._rows.items():
            if key.level == 0 and len(row.levels) > 1:
                levels = [self._rows[replace(key, level=number)] for number in range(len(row.levels))]
                raised = tuple(is_raised[each.group][each.place] for each in levels)
                blind = any(raised[level] and not is_known[each.group][each.place] for level, each in enumerate(levels))
                found[key.rule, key.point] = Standing(raised, blind)
        return found

    def _laid_out(
        self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant
    ) -> tuple[dict[Key, _Row], list[list[Key]], list[Group]]:
        """The rows of these rules, and the groups they form, without any memory."""
        place = {point: number for number, point in enumerate(point_ids)}
        known: dict[object, tuple[Shape, Constants]] = {}
        shapes: dict[Shape, list[tuple[Key, Watched, Sequence[Level], Condition, Constants]]] = {}
        settings = {spec.id: self._meaning.check(spec) for _, spec in site_rules}
        for watched in watched_points(site_rules, place):
            levels = self._meaning.levels(watched, settings[watched.spec.id])
            for number, level in enumerate(levels):
                condition = level.condition
                trees = (
                    condition.enter,
                    condition.leave,
                    condition.shown,
                    condition.told,
                    condition.guards,
                    len(condition.inputs),
                )
                if trees not in known:
                    known[trees] = shaped(condition)
                shape, constants = known[trees]
                key = Key(watched.spec.id, watched.point.id, number)
                shapes.setdefault(shape, []).append((key, watched, levels, condition, constants))
        rows: dict[Key, _Row] = {}
        groups: list[Group] = []
        for shape, members in shapes.items():
            points = [[_point(watched, name) for name in condition.inputs] for _, watched, _, condition, _ in members]
            groups.append(
                Group(
                    shape,
                    [(condition, constants) for *_, condition, constants in members],
                    [[place[point.id] for point in each] for each in points],
                    [[_holds(point) for point in each] for each in points],
                    [min((from_seconds(point.interval_seconds) for point in each), default=1) for each in points],
                    len(point_ids),
                    at,
                    self._listening,
                )
            )
            for number, (key, watched, levels, _, _) in enumerate(members):
                rows[key] = _Row(key, watched, levels, len(groups) - 1, number)
        return rows, [[key for key, *_ in members] for members in shapes.values()], groups

    def _carry_over(self, rows: Mapping[Key, _Row], groups: Sequence[Group], at: Instant) -> None:
        """Take on what is remembered of rows that stay."""
        moves: dict[tuple[int, int], list[tuple[int, int, bool, bool]]] = {}
        for key, row in rows.items():
            before = self._rows.get(key)
            if before is None:
                continue
            old, new = before.levels[key.level].condition, row.levels[key.level].condition
            is_changed = old != new or before.watched.spec.parameters != row.watched.spec.parameters
            is_same = old.inputs == new.inputs and _units(before, new) == _units(row, new)
            move = (before.place, row.place, is_same, is_changed)
            moves.setdefault((before.group, row.group), []).append(move)
        for (source, target), places in moves.items():
            there, here, same, changed = (np.array(column) for column in zip(*places, strict=True))
            take_over(groups[target], self._groups[source], there, here, same=same, changed=changed, at=at)

    @contextmanager
    def _all_or_nothing(self, groups: Iterable[int]) -> Iterator[None]:
        """Put everything back where it was if what is done within raises an error."""
        before = {number: {n: c.copy() for n, c in self._groups[number].columns().items()} for number in groups}
        standings = self._standings
        is_done = False
        try:
            yield
            is_done = True
        finally:
            if not is_done:
                self._standings = standings
                for number, columns in before.items():
                    for name, column in self._groups[number].columns().items():
                        column[...] = columns[name]


def _named(keys: Sequence[Key], point_ids: Sequence[str]) -> tuple[RowNames, Mask]:
    """What the rows are, and which are the first level of their rule on their point."""
    rule_ids = sorted({key.rule for key in keys})
    rules, points = ({name: number for number, name in enumerate(names)} for names in (rule_ids, point_ids))
    names = RowNames(
        rule_ids,
        np.array([rules[key.rule] for key in keys], dtype=np.int32),
        np.array([points[key.point] for key in keys], dtype=np.int32),
    )
    return names, np.array([key.level == 0 for key in keys], dtype=np.bool_)


def _units(row: _Row, condition: Condition) -> list[str]:
    """In what a condition's points are measured, as the row has them."""
    return [_point(row.watched, point).unit for point in condition.inputs]


def _point(watched: Watched, point: str) -> Point:
    return watched.site.points[point]


def _holds(point: Point) -> Duration:
    return min(from_seconds(point.holds_seconds), _LONGEST_HOLD)
