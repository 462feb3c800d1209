"""A made-up columnar kind that can be told to fail: a slow scalar loop, which tests of the engine's side do not mind.

A value above 10 raises, any other clears; each value asks to be called 60 s later (`silent`), which loses sight of a
raised alarm. A rule fails on the values of its parameters `fails_on` (a reading) and `fails_after` (its deadline).
"""

import copy
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import MINUTE, Instant
from domain.site import Site
from domain.text import same
from rules.conditions.hearing import Listening
from rules.rule import Doubt, Finding, ReadingBatch, RowNames, UndecidedRows
from rules.segments import Mask, Positions

KIND = "fragile"


class Row(Struct):
    """The state of one (rule, point)."""

    value: float = 0.0
    active: bool = False
    deadline: Instant | None = None
    parked: bool = False


class FragileKind:
    """Implements `rules.rule.ReadingKind`."""

    def __init__(self, listening: Listening | None = None) -> None:
        self.listening = listening
        self.rows: dict[tuple[str, str], Row] = {}
        self.specs: dict[str, RuleSpec] = {}
        self.point_ids: Sequence[str] = ()
        self.batches = 0

    readings_per_step = 2**31
    joins_points = False

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        self.specs = {spec.id: spec for _, spec in site_rules}
        self.point_ids = point_ids
        pairs = [(spec.id, point) for _, spec in site_rules for point in spec.subjects]
        if any(spec.parameters.get("refuses") for spec in self.specs.values()):
            msg = "these rules do not go together"
            raise ValueError(msg)
        self.rows = {pair: self.rows.get(pair, Row()) for pair in sorted(pairs)}

    def judge(self, batch: ReadingBatch) -> Sequence[Finding]:
        self.batches += 1
        rows = copy.deepcopy(self.rows)
        found: list[Finding] = []
        columns = zip(batch.seq, batch.index, batch.point, batch.at, batch.values, strict=True)
        for seq, index, point, at, value in columns:
            name = self.point_ids[int(point)]
            for (rule, subject), row in rows.items():
                if subject == name and not row.parked:
                    found += self.take(rule, name, row, int(at), float(value), (int(seq), int(index)))
        self.rows = rows
        return found

    def take(self, rule: str, point: str, row: Row, at: Instant, value: float, cause: tuple[int, int]) -> list[Finding]:
        found = []
        if row.deadline is not None and row.deadline <= at:
            found += self.end_sight(rule, point, row, cause)
        if self.specs[rule].parameters.get("fails_on") == value:
            raise ArithmeticError(value)
        row.value, row.deadline = value, at + MINUTE
        if (value > 10) != row.active:
            row.active = value > 10
            found.append(finding(rule, point, "raise" if row.active else "clear", at, cause))
        return found

    def end_sight(self, rule: str, point: str, row: Row, cause: tuple[int, int]) -> list[Finding]:
        assert row.deadline is not None
        if self.specs[rule].parameters.get("fails_after") == row.value:
            raise ArithmeticError(row.value)
        found = [finding(rule, point, "lose_sight", row.deadline, cause)] if row.active else []
        row.active, row.deadline = False, None
        return found

    def next_deadline(self) -> Instant | None:
        times = [row.deadline for row in self.rows.values() if row.deadline is not None and not row.parked]
        return min(times, default=None)

    def fire(self, until: Instant, cause: int) -> Sequence[Finding]:
        rows = copy.deepcopy(self.rows)
        found: list[Finding] = []
        due = [
            (row.deadline, rule, point)
            for (rule, point), row in rows.items()
            if row.deadline is not None and row.deadline <= until and not row.parked
        ]
        for _, rule, point in sorted(due):
            found += self.end_sight(rule, point, rows[rule, point], (cause, 0))
        self.rows = rows
        return found

    def park(self, rule: str, point: str) -> None:
        self.rows[rule, point].parked = True

    def rows_and_bytes(self) -> tuple[int, int]:
        return len(self.rows), len(self.snapshot())

    def undecided(self, at: Instant, usable: Mask) -> UndecidedRows:
        """Everything whose point has no usable value."""
        points = [self.point_ids.index(point) for _, point in self.rows]
        places = [
            place for place, (row, point) in enumerate(zip(self.rows.values(), points, strict=True))
            if not row.parked and not usable[point]
        ]  # fmt: skip
        found = UndecidedRows.blank(len(places))
        found.place[:] = places
        found.lacking[:] = [points[place] for place in places]
        return found

    def lacked(self, places: Positions, usable: Mask) -> tuple[Positions, Positions]:
        points = np.array([self.point_ids.index(point) for _, point in self.rows], dtype=np.int64)[places]
        row = np.flatnonzero(~usable[points])
        return row, points[row]

    def names(self) -> RowNames:
        rule_ids = sorted(self.specs)
        return RowNames(
            rule_ids,
            np.array([rule_ids.index(rule) for rule, _ in self.rows], dtype=np.int32),
            np.array([self.point_ids.index(point) for _, point in self.rows], dtype=np.int32),
        )

    def places(self, pairs: Sequence[tuple[str, str]]) -> Sequence[int | None]:
        ours = list(self.rows)
        return [ours.index(pair) if pair in self.rows else None for pair in pairs]

    def doubt(self, place: int, has_value: Callable[[str], bool]) -> Doubt:
        return Doubt(lacking=(list(self.rows)[place][1],))

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode([(rule, point, row) for (rule, point), row in self.rows.items()])

    def restore(self, state: bytes) -> None:
        stored = msgspec.msgpack.decode(state, type=list[tuple[str, str, Row]])
        self.rows = {(rule, point): row for rule, point, row in stored}


def finding(rule: str, point: str, trigger: str, at: Instant, cause: tuple[int, int]) -> Finding:
    return Finding(
        rule=rule,
        subject=Subject(SubjectKind.POINT, point),
        trigger=ConditionTrigger(trigger),
        at=at,
        cause=cause[0],
        index=cause[1],
        asset="pump",
        zone=None,
        name=same(f"{point} is high"),
        why=Why(seen=same(""), expected=same(""), since=at, clears=same("")),
    )
