"""What else tells of rows that cannot be decided, as things are at one look; what is left is for Vigil's own alarms."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.configuration import RuleSpec
from domain.instant import Instant
from rules.point_table import PointTable
from rules.rule import NOTHING_LACKS, ReadingKind
from rules.segments import Mask, Positions
from rules.supervision import Failure, attempt
from rules.undecided.choice import NOTHING
from rules.undecided.estate import Estate, Surroundings
from rules.undecided.reasons import COMPUTED
from rules.undecided.rows import Doubts


class RulesInForce:
    """The rules over readings that judge, by number, sorted by id."""

    def __init__(self, specs: Sequence[RuleSpec] = ()) -> None:
        """Take them as they are sorted."""
        self.specs = specs
        self.numbers: Mapping[str, int] = {spec.id: number for number, spec in enumerate(specs)}
        self.is_safety: Mask = np.array([spec.is_safety for spec in specs], dtype=np.bool_)


class Rows(NamedTuple):
    """Rows of a kind that were told or are due to be, and a point that each lacks (or `NOTHING_LACKS`)."""

    kind: ReadingKind
    now: Doubts
    lacking: Positions


class Told(NamedTuple):
    """Of each of the rows: the number of its rule, its point, and whether something else tells of it.

    `lacks` are what is told of no other way: pairs of a row and a point that it lacks, or `NOTHING_LACKS` where what
    hinders its rule lies in the rule; each row that is not told elsewhere has one at least.
    """

    rule: Positions
    point: Positions
    is_elsewhere: Mask
    lacks: "Lacks"


class Lacks(NamedTuple):
    """Pairs of a row and a point that it lacks, and what explains why that point gives nothing: the number of the
    device whose silence does, else that of its machine (each or `NOTHING`).
    """

    row: Positions
    point: Positions
    device: Positions
    machine: Positions


class Elsewhere:
    """What is known at one look."""

    def __init__(
        self, rules: RulesInForce, estate: Estate, points: PointTable, usable: Mask, around: Surroundings, at: Instant
    ) -> None:
        """Take it as it is; `usable` are the points that have a value."""
        self._rules = rules
        self._estate = estate
        self._usable = usable
        self._around = around
        self._is_told = estate.told(around.silent)
        self._device = estate.silenced(points.judged_to, at)
        self.is_lost: Mask = ~usable & ~self._is_told & (self._device == NOTHING)
        """Which points give no usable value though their devices are heard, and nothing else tells of it."""

    def of(self, rows: Rows) -> Told:
        """What tells of rows: their alarm stands (and says that sight is lost), their place is in a mode, or the points
        that they lack are told of.
        """
        names, place = rows.kind.names(), rows.now.place
        numbers = np.array([self._rules.numbers[rule] for rule in names.rule_ids], dtype=np.int64)
        rule, point = numbers[names.rule[place]], names.point[place].astype(np.int64)
        is_safety = self._rules.is_safety[rule]
        row, lacked = self._lacked(rows)
        has_untold = np.zeros(place.size, dtype=np.bool_)
        has_untold[row] = True
        is_elsewhere = self._alarmed(rule, point) | (~is_safety & self._estate.in_mode(point, self._around))
        is_elsewhere |= ~has_untold
        mine = np.flatnonzero(~is_elsewhere[row])
        return Told(rule, point, is_elsewhere, self._explained(row[mine], lacked[mine], is_safety))

    def _explained(self, row: Positions, lacked: Positions, is_safety: Mask) -> Lacks:
        device, machine = np.full(row.size, NOTHING), np.full(row.size, NOTHING)
        # What saves lives is told by its rule, whatever else is missing.
        for_all = np.flatnonzero((lacked != NOTHING_LACKS) & ~is_safety[row])
        device[for_all] = self._device[lacked[for_all]]
        machine[for_all] = np.where(device[for_all] == NOTHING, self._estate.machine_of[lacked[for_all]], NOTHING)
        return Lacks(row, lacked, device, machine)

    def _alarmed(self, rule: Positions, point: Positions) -> Mask:
        found = np.zeros(rule.size, dtype=np.bool_)
        for number in np.flatnonzero(np.bincount(rule)).tolist():
            if points := self._around.alarmed(self._rules.specs[number]):
                rows = [row for each in points if (row := self._estate.rows.get(each)) is not None]
                found |= (rule == number) & np.isin(point, rows)
        return found

    def _lacked(self, rows: Rows) -> tuple[Positions, Positions]:
        """What each row lacks and of which nothing else tells, as pairs of row and point (or `NOTHING_LACKS`)."""
        found = attempt(rows.kind.lacked, rows.now.place, self._usable)
        if isinstance(found, Failure):
            row = np.flatnonzero(rows.lacking != NOTHING_LACKS)
            found = row, rows.lacking[row]
        row, point = found
        untold = ~self._is_told[point]
        computed = np.flatnonzero(rows.now.seen == COMPUTED)
        row = np.concatenate([row[untold], computed])
        point = np.concatenate([point[untold], np.full(computed.size, NOTHING_LACKS)])
        order = np.argsort(row, kind="stable")
        return row[order], point[order]


def lacked_points(kinds: Mapping[str, ReadingKind], doubts: Mapping[str, Doubts], usable: Mask) -> Mask:
    """Which points rows of these kinds lack that were told; all, where a kind fails on the question."""
    found = np.zeros_like(usable)
    for name, rows in doubts.items():
        told = rows.place[(rows.told_at > 0) & (rows.over_at == 0)]
        lacked = attempt(kinds[name].lacked, told, usable)
        found[slice(None) if isinstance(lacked, Failure) else lacked[1]] = True
    return found
