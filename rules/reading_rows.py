"""Which (rule, point) pairs a columnar kind judges: one row each, found from a batch's points without a loop."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rules.segments import Positions, spread

Indices = npt.NDArray[np.int32]


class RowTable:
    """The rows of one kind, ordered by point and then by rule; rows of one point are neighbours.

    `rule` and `point` (int32, one per row) index `rule_ids`, which are sorted, and `point_ids`, the engine's table.
    `rank` is each row's place when rows are sorted by (rule id, point id), as findings are.
    """

    def __init__(self, rule_ids: Sequence[str], point_ids: Sequence[str], rule: Indices, point: Indices) -> None:
        """Order the given pairs; `rule_ids` must be sorted."""
        order = np.lexsort((rule, point))
        self.rule_ids = tuple(rule_ids)
        self.point_ids = tuple(point_ids)
        self.rule: Indices = rule[order]
        self.point: Indices = point[order]
        self.rank = _ranks(self.rule, self.point, self.point_ids)
        self._count = np.bincount(self.point, minlength=len(point_ids)).astype(np.int64)
        self._first = np.cumsum(self._count) - self._count

    def __len__(self) -> int:
        """How many rows there are."""
        return int(self.rule.size)

    def expand(self, point: Indices) -> tuple[Positions | None, Positions]:
        """The rows that n readings concern: each element's reading (None: one row per reading, in order) and row."""
        count = self._count.take(point)
        first = self._first.take(point)
        if bool((count == 1).all()):
            return None, first
        reading, place = spread(count)
        return reading, first[reading] + place

    def row_of(self, rule: str, point: str) -> int | None:
        """The row of one pair, or None where the rule does not judge that point."""
        if rule not in self.rule_ids or point not in self.point_ids:
            return None
        wanted = (self.rule == self.rule_ids.index(rule)) & (self.point == self.point_ids.index(point))
        found = np.flatnonzero(wanted)
        return int(found[0]) if found.size else None

    def kept_from(self, other: "RowTable") -> tuple[Positions, Positions]:
        """The rows of this table whose pair is in the other too, and where they are there."""
        theirs = {pair: row for row, pair in enumerate(other.pairs())}
        both = [(row, theirs[pair]) for row, pair in enumerate(self.pairs()) if pair in theirs]
        columns = np.array(both, dtype=np.int64).reshape(-1, 2)
        return columns[:, 0], columns[:, 1]

    def pairs(self) -> list[tuple[str, str]]:
        """(rule id, point id) of each row."""
        rules, points = self.rule.tolist(), self.point.tolist()
        return [(self.rule_ids[rule], self.point_ids[point]) for rule, point in zip(rules, points, strict=True)]


def _ranks(rule: Indices, point: Indices, point_ids: Sequence[str]) -> Positions:
    by_id = sorted(range(len(point_ids)), key=point_ids.__getitem__)
    place = np.empty(len(point_ids), dtype=np.int64)
    place[by_id] = np.arange(len(point_ids))
    rank = np.empty(rule.size, dtype=np.int64)
    rank[np.lexsort((place[point], rule))] = np.arange(rule.size)
    return rank
