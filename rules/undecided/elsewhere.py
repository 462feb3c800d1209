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
from rules.undecided.reasons import COMPUTED, UNHEARD
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
    """Of each of the rows: the number of its rule, its point, whether something else tells of it, and the device whose
    silence explains it (or `NOTHING`).
    """

    rule: Positions
    point: Positions
    is_elsewhere: Mask
    device: Positions


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
        self._at = at
        self._is_told = estate.told(around.silent)
        self._device = estate.silenced(points.judged_to)

    def of(self, rows: Rows) -> Told:
        """What tells of rows: their alarm stands (and says that sight is lost), their place is in a mode, or the points
        that they lack are told of.
        """
        names, place = rows.kind.names(), rows.now.place
        numbers = np.array([self._rules.numbers[rule] for rule in names.rule_ids], dtype=np.int64)
        rule, point = numbers[names.rule[place]], names.point[place].astype(np.int64)
        is_safety = self._rules.is_safety[rule]
        lacking = self._untold(rows)
        is_elsewhere = self._alarmed(rule, point) | (~is_safety & self._estate.in_mode(point, self._around))
        is_elsewhere |= (rows.now.seen != COMPUTED) & (lacking == NOTHING_LACKS)
        is_silent = ~is_safety & np.isin(rows.now.seen, UNHEARD) & (lacking != NOTHING_LACKS)
        device = np.full(place.size, NOTHING)
        device[is_silent] = self._device[lacking[is_silent]]
        return Told(rule, point, is_elsewhere, device)

    def _alarmed(self, rule: Positions, point: Positions) -> Mask:
        found = np.zeros(rule.size, dtype=np.bool_)
        for number in np.flatnonzero(np.bincount(rule)).tolist():
            if points := self._around.alarmed(self._rules.specs[number]):
                rows = [row for each in points if (row := self._estate.rows.get(each)) is not None]
                found |= (rule == number) & np.isin(point, rows)
        return found

    def _untold(self, rows: Rows) -> Positions:
        """A point that each row lacks and of which nothing else tells, or `NOTHING_LACKS`."""
        lacks = rows.lacking != NOTHING_LACKS
        if not bool(self._is_told[rows.lacking[lacks]].any()):
            return rows.lacking
        # What a row still lacks if those points had values.
        rest = attempt(rows.kind.undecided, self._at, self._usable | self._is_told)
        if isinstance(rest, Failure):
            return np.where(lacks & self._is_told[rows.lacking], NOTHING_LACKS, rows.lacking)
        untold = np.full(rows.now.place.size, NOTHING_LACKS)
        where = np.searchsorted(rows.now.place, rest.place)
        is_ours = where < rows.now.place.size
        is_ours[is_ours] = rows.now.place[where[is_ours]] == rest.place[is_ours]
        untold[where[is_ours]] = rest.lacking[is_ours]
        return untold
