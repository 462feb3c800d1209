"""A columnar kind made of conditions (`rules.rule.ReadingKind`): what its rules mean is for its `Meaning`.

It groups rows by the shape of their conditions, carries batches to the groups, and turns events into findings. A rule
with several levels on a point has a row per level, whose events are joined to those of one alarm.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.site import Point, Site
from rules.conditions.columns import NO_DEADLINE, reconfigured
from rules.conditions.condition import Condition, Constants, Shape, shaped
from rules.conditions.group import Group, Step, masked
from rules.conditions.levels import TRIGGERS, Standing, joined
from rules.conditions.memory import Column, StoredColumn, read, stored
from rules.conditions.saying import Event, finding
from rules.conditions.stating import Level, SiteThings, Watched, site_things
from rules.rule import Finding, ReadingBatch
from rules.rule_parameters import refuse

STATE_VERSION: Final = 1
READINGS_PER_STEP: Final = 8_192
"""Columns of so many stay in the processor's cache."""

_LONGEST_HOLD: Final[Duration] = from_seconds(50 * 366 * 24 * 3600.0)


class Key(Struct, frozen=True, order=True):
    """A row: a rule, a point, and which of the rule's levels (0 is the most urgent)."""

    rule: str
    point: str
    level: int


_Pair: TypeAlias = tuple[str, str]


class _Row(Struct, frozen=True):
    key: Key
    watched: Watched
    levels: Sequence[Level]
    group: int
    place: int


class _Stored(Struct, frozen=True):
    version: int
    groups: list[tuple[list[Key], dict[str, StoredColumn]]]


class Meaning(Protocol):
    """What the rules of a kind mean (`rules.conditions.stating.ConditionMeaning`)."""

    @property
    def kind(self) -> str:
        """The kind's name."""

    def check(self, spec: RuleSpec) -> object:
        """Judge what can be judged without the site.

        Raises:
            ConfigurationError: the parameters are wrong.
        """

    def levels(self, watched: Watched) -> Sequence[Level]:
        """The levels of one rule on one point, the most urgent first, of a rule that `check` admits.

        Raises:
            ConfigurationError: the parameters do not fit the point.
        """


class ConditionKind:
    """All rules of one kind. A call that raises has changed nothing."""

    def __init__(self, meaning: Meaning) -> None:
        """No rules yet: `configure` brings them."""
        self.readings_per_step = READINGS_PER_STEP
        self._meaning = meaning
        self._rows: dict[Key, _Row] = {}
        self._keys: list[list[Key]] = []
        self._groups: list[Group] = []
        self._standings: dict[_Pair, Standing] = {}

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        """Take the rules that now hold; the engine has fired all deadlines up to `at` under the old ones.

        Rows that stay keep their state. Where a rule changed, its timers are kept, what its points said last is judged
        anew at the next tick or reading, windows fill anew where they changed, and parked rows are judged again.

        Raises:
            ConfigurationError: a rule has wrong parameters or looks at a point that its site does not have.
        """
        rows, keys, groups = self._laid_out(site_rules, point_ids, at)
        for row in rows.values():
            before = self._rows.get(row.key)
            if before is not None:
                self._carry_over(before, row, groups[row.group], at)
        for group in groups:
            group.refresh()
        self._rows, self._keys, self._groups = rows, keys, groups
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
            state.parked[row.place], state.deadline[row.place] = True, NO_DEADLINE

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""
        groups = [
            (keys, {name: stored(column) for name, column in group.columns().items()})
            for keys, group in zip(self._keys, self._groups, strict=True)
        ]
        return msgspec.msgpack.encode(_Stored(STATE_VERSION, groups))

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken.

        Raises:
            ValueError: the bytes are of another version or configuration.
        """
        content = msgspec.msgpack.decode(state, type=_Stored)
        if content.version != STATE_VERSION:
            msg = f"the stored rows have version {content.version}, this code reads {STATE_VERSION}: migrate them first"
            raise ValueError(msg)
        ours = [(keys, _forms(group.columns())) for keys, group in zip(self._keys, self._groups, strict=True)]
        theirs = [
            (keys, {name: (column.dtype, column.shape) for name, column in columns.items()})
            for keys, columns in content.groups
        ]
        if ours != theirs:
            msg = "the stored rows are not those configured: restore under the configuration they came from"
            raise ValueError(msg)
        for group, (_, columns) in zip(self._groups, content.groups, strict=True):
            for name, column in group.columns().items():
                column[...] = read(columns[name])
        self._standings = self._stand()

    def bytes_per_row(self) -> int:
        """What a row costs, on the average."""
        return sum(group.bytes_per_row() * group.size for group in self._groups) // max(len(self._rows), 1)

    def _events(self, group: int, step: Step, batch: ReadingBatch | None, cause: int) -> list[tuple[Key, Event]]:
        """The events of a step, each with its row; at a tick (without a batch) `cause` is the tick's seq."""
        events, keys = step.events, self._keys[group]
        if not events.row.size:
            return []
        causes = np.full(events.row.size, cause) if batch is None else batch.seq[events.reading]
        indices = np.zeros_like(causes) if batch is None else batch.index[events.reading]
        columns = (
            events.row,
            events.kind,
            events.at,
            causes,
            indices,
            events.value,
            step.told,
            events.since,
            events.since_seq,
            events.value_seq,
            events.order,
        )
        return [
            (keys[row], Event(kind, TRIGGERS[kind], at, cause_, index, value, tuple(told), *rest))
            for row, kind, at, cause_, index, value, told, *rest in zip(
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
                found.append(finding(row.watched, row.levels[0], event))
            else:
                laddered.setdefault((key.rule, key.point), []).append((key.level, event))
        standings: dict[_Pair, Standing] = {}
        for (rule, point), events in laddered.items():
            row = self._rows[Key(rule, point, 0)]
            standings[rule, point], joined_events = joined(self._standings[rule, point], events)
            found += [finding(row.watched, row.levels[level], event) for level, event in joined_events]
        return found, standings

    def _stand(self) -> dict[_Pair, Standing]:
        """How the alarms stand that have several levels, from what is remembered of these."""
        found: dict[_Pair, Standing] = {}
        for key, row in self._rows.items():
            if key.level == 0 and len(row.levels) > 1:
                levels = [self._rows[replace(key, level=number)] for number in range(len(row.levels))]
                states = [(self._groups[each.group].state, each.place) for each in levels]
                raised = tuple(bool(state.raised[place]) for state, place in states)
                blind = any(bool(state.raised[place] & ~state.known[place]) for state, place in states)
                found[key.rule, key.point] = Standing(raised, blind)
        return found

    def _laid_out(
        self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant
    ) -> tuple[dict[Key, _Row], list[list[Key]], list[Group]]:
        """The rows of these rules, and the groups they form, without any memory."""
        place = {point: number for number, point in enumerate(point_ids)}
        known: dict[object, tuple[Shape, Constants]] = {}
        shapes: dict[Shape, list[tuple[Key, Watched, Sequence[Level], Condition, Constants]]] = {}
        for _, spec in site_rules:
            self._meaning.check(spec)
        for watched in _watched(site_rules, place):
            levels = self._meaning.levels(watched)
            for number, level in enumerate(levels):
                condition = level.condition
                trees = (condition.enter, condition.leave, condition.shown, condition.told, len(condition.inputs))
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
                )
            )
            for number, (key, watched, levels, _, _) in enumerate(members):
                rows[key] = _Row(key, watched, levels, len(groups) - 1, number)
        return rows, [[key for key, *_ in members] for members in shapes.values()], groups

    def _carry_over(self, before: _Row, row: _Row, group: Group, at: Instant) -> None:
        """Take on what is remembered of a row that stays."""
        old = self._groups[before.group]
        here, there = np.array([row.place]), np.array([before.place])
        state = old.state.take(there)
        same_points = old.points[before.place] == group.points[row.place]
        if old.shape == group.shape and same_points:
            for node, memory in group.memory.items():
                for name, column in memory.items():
                    former = old.memory[node][name]
                    if column.shape[1:] == former.shape[1:]:
                        column[here] = former[there]
            group.slot_value[here], group.slot_at[here] = old.slot_value[there], old.slot_at[there]
            group.again[here[: group.again.size]] = old.again[there[: old.again.size]]
        if before.levels[before.key.level].condition != row.levels[row.key.level].condition or (
            before.watched.spec.parameters != row.watched.spec.parameters
        ):
            state.parked[:] = False
            undecided = np.zeros(1, dtype=np.bool_)
            reconfigured(state, group.delays.take(here), at, undecided, undecided)
            if group.shape.is_timed:
                group.again[here] = np.maximum(at, state.judged_to + 1)
        group.state.put(here, state)

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


def _forms(columns: Mapping[str, Column]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The columns' names, types and shapes."""
    return {name: (column.dtype.str, column.shape) for name, column in columns.items()}


def _watched(site_rules: Sequence[tuple[Site, RuleSpec]], place: Mapping[str, int]) -> Iterator[Watched]:
    """Every enabled rule on each of its points, by rule id."""
    sites: dict[str, SiteThings] = {}
    for site, spec in sorted(site_rules, key=lambda pair: pair[1].id):
        if not spec.enabled:
            continue
        if site.id not in sites:
            sites[site.id] = site_things(site)
        things = sites[site.id]
        for name in (*spec.subjects, *spec.inputs.values()):
            if name not in things.points or name not in place:
                raise refuse(spec, f"it names '{name}', which is no point of site '{site.id}': add it or mend the id")
        inputs = {name: things.points[point] for name, point in spec.inputs.items()}
        for subject in spec.subjects:
            yield Watched(spec=spec, point=things.points[subject], inputs=inputs, site=things)


def _point(watched: Watched, point: str) -> Point:
    return watched.site.points[point]


def _holds(point: Point) -> Duration:
    return min(from_seconds(point.holds_seconds), _LONGEST_HOLD)
