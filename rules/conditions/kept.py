"""How rows are kept between batches: 56 bytes each, the flags of a row beside the seq of its latest known reading.

A step unpacks only the rows that it carries through the scan.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from domain.readings import Times, Values
from rules.conditions.columns import ConditionState
from rules.reading_state import FLOAT64, INT64, Columns
from rules.segments import Mask, Positions

IS_CASE: Final = 1
IS_RAISED: Final = 2
IS_KNOWN: Final = 4
IS_PARKED: Final = 8
IS_ANEW: Final = 16
_BITS: Final = {"condition": IS_CASE, "raised": IS_RAISED, "known": IS_KNOWN, "parked": IS_PARKED, "anew": IS_ANEW}
_SEQ_SHIFT: Final = 8
"""The lowest 8 bits are flags; 55 remain for a seq, which are a thousand million records a second for a year."""
_FLAGS: Final = (1 << _SEQ_SHIFT) - 1


@dataclass(slots=True)
class KeptConditions(Columns):
    """A `ConditionState`, 56 bytes a row; `mark` holds `value_seq` and the flags."""

    value: Values = field(metadata=FLOAT64)
    judged_to: Times = field(metadata=INT64)
    origin: Times = field(metadata=INT64)
    since: Times = field(metadata=INT64)
    since_seq: Times = field(metadata=INT64)
    deadline: Times = field(metadata=INT64)
    mark: Times = field(metadata=INT64)

    @classmethod
    def packed(cls, state: ConditionState) -> "KeptConditions":
        """Keep these rows."""
        return cls(
            value=state.value,
            judged_to=state.judged_to,
            origin=state.origin,
            since=state.since,
            since_seq=state.since_seq,
            deadline=state.deadline,
            mark=_mark(state),
        )

    def unpacked(self, rows: Positions) -> ConditionState:
        """The given rows, to work on."""
        mark = self.mark.take(rows)
        flags = mark.astype(np.uint8)
        return ConditionState(
            value=self.value.take(rows),
            value_seq=mark >> _SEQ_SHIFT,
            judged_to=self.judged_to.take(rows),
            origin=self.origin.take(rows),
            since=self.since.take(rows),
            since_seq=self.since_seq.take(rows),
            deadline=self.deadline.take(rows),
            **{name: (flags & bit) != 0 for name, bit in _BITS.items()},
        )

    def keep(self, rows: Positions, state: ConditionState) -> None:
        """Set the given rows."""
        self.put(rows, self.packed(state))

    def has(self, flags: int, rows: Positions | slice = slice(None)) -> Mask:
        """Whether rows (all of them by default) have one of these flags."""
        found: Mask = (self.mark[rows] & flags) != 0
        return found

    def flag(self, flags: int, rows: Positions) -> None:
        """Give rows these flags."""
        self.mark[rows] |= flags

    def unflag(self, flags: int, rows: Positions) -> None:
        """Take these flags from rows."""
        self.mark[rows] &= ~flags

    def value_seq(self, rows: Positions) -> Times:
        """The seqs of rows' latest known readings."""
        seq: Times = self.mark.take(rows) >> _SEQ_SHIFT
        return seq

    def rest_on(self, rows: Positions, seq: Times) -> None:
        """Set the seqs of the readings that rows rest on, whether or not these decide anything."""
        self.mark[rows] = (seq << _SEQ_SHIFT) | (self.mark.take(rows) & _FLAGS)

    def earliest_time(self, rows: Positions) -> Times:
        """`rules.conditions.columns.earliest_time` of rows that are not unpacked for it."""
        mark = self.mark.take(rows)
        is_settled = ((mark ^ (mark >> 1)) & IS_CASE) == 0
        origin = np.where(is_settled, self.origin.take(rows), 0)
        return np.maximum(np.maximum(self.judged_to.take(rows), self.since.take(rows)), origin)

    def pass_by(self, row: Positions, at: Times, known: Mask, value: Values, seq: Times) -> None:
        """Take on the readings of rows without events; of several of a row the last one stays."""
        self.judged_to[row] = at
        if bool(known.all()):
            self.mark[row] = (seq << _SEQ_SHIFT) | (self.mark.take(row) & _FLAGS) | IS_KNOWN
            self.value[row] = value
            return
        place = np.flatnonzero(known)
        ours = row[place]
        self.mark[ours] = (seq[place] << _SEQ_SHIFT) | (self.mark.take(ours) & _FLAGS)
        self.value[ours] = value[place]
        self.mark[row] = (self.mark.take(row) & ~IS_KNOWN) | np.where(known, IS_KNOWN, 0)


def _mark(state: ConditionState) -> Times:
    mark: Times = state.value_seq << _SEQ_SHIFT
    for name, bit in _BITS.items():
        mark |= np.where(getattr(state, name), bit, 0)
    return mark
