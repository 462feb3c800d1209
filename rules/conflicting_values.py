"""Two values of a point at one time in two messages: both are judged, in the order they came, and it is told.

Within one message the collector tells it (`collector.message`). The same value again is no conflict. Of a point it is
told once an hour: a gateway whose clock knows whole seconds only, and that sends more often, would fill the quarantine.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from domain.effects import QuarantineAdded
from domain.instant import HOUR, Duration
from domain.readings import Times, Values
from domain.record import Record
from rules.lateness import Lateness
from rules.point_table import PointTable, Rows
from rules.segments import Mask, Positions, begins

CONFLICTING_VALUES: Final = "conflicting_values"
"""The quarantine reason; the collector gives the same one (`collector.refusal.Reason`)."""

TOLD_AGAIN_AFTER: Final[Duration] = HOUR
"""Of one point, by the times of its readings, so that it does not depend on when they come."""

_SHOWN_POINTS: Final = 20
_NO_RECORD: Final = -1


def conflicting(
    lateness: Lateness, row: Rows, values: Values, record: npt.NDArray[np.int32], table: PointTable
) -> Positions:
    """The places of readings that are as old as the latest of their point, came in another record and differ from it.

    Of n readings in judging order `row`, `values` and `record` (shape (n,)) are what `lateness` was found of; the
    table must not have noted them yet. Not a number twice is no difference. Late readings are never among the places.
    """
    order = lateness.order[~lateness.late_in_order]
    is_same_time = lateness.is_again[~lateness.late_in_order]
    rows, given, came_in = row[order], values[order], record[order]
    is_first = begins(rows)
    former, former_record = np.empty_like(given), np.empty_like(came_in)
    former[1:], former_record[1:] = given[:-1], came_in[:-1]
    former[is_first], former_record[is_first] = table.value[rows[is_first]], _NO_RECORD
    differs = (given != former) & ~(np.isnan(given) & np.isnan(former))
    is_unknown = is_first & _is_unknown(table, rows)
    found: Positions = np.sort(order[is_same_time & differs & (came_in != former_record) & ~is_unknown])
    return found


def worth_telling(row: Rows, at: Times, table: PointTable) -> Mask:
    """Which of n conflicts, in judging order, are told: one an hour of each point, noted in the table; shape (n,)."""
    told = np.zeros(row.size, dtype=np.bool_)
    for place, (point_row, made) in enumerate(zip(row.tolist(), at.tolist(), strict=True)):
        point = table.ids[point_row]
        last = table.conflict_at.get(point)
        if last is None or made >= last + TOLD_AGAIN_AFTER:
            table.conflict_at[point] = made
            told[place] = True
    return told


def conflict_news(record: Record, points: tuple[str, ...]) -> QuarantineAdded:
    """Say it of the points of a record, which is taken all the same."""
    more = f" and {len(points) - _SHOWN_POINTS} more" if len(points) > _SHOWN_POINTS else ""
    names = f"{', '.join(points[:_SHOWN_POINTS])}{more}"
    what = f"{len(points)} points have another value than an earlier message gave them for the same time: {names}"
    return QuarantineAdded(
        site=record.site,
        device=record.source,
        topic="",
        reason=CONFLICTING_VALUES,
        detail=f"{what}; each was judged, in the order of arrival",
        size=0,
    )


def _is_unknown(table: PointTable, rows: Rows) -> Mask:
    """Where a snapshot of an older release kept no value: good, and no number."""
    return np.isnan(table.value[rows]) & table.is_good[rows]
