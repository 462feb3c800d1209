"""Pieces of any size give what one scan gives, also where a cut divides a row."""

from dataclasses import fields

import numpy as np
import pytest

from rules.conditions.columns import ConditionState, Delays
from rules.conditions.course import RowReadings
from rules.conditions.pieces import scan_in_pieces
from rules.conditions.scan import CLEARED, LOST_UNUSABLE, RAISED, REGAINED

ROWS = 5
JUDGED = (1, 2, 4)


def readings() -> RowReadings:
    """Three of five rows, each 40 readings: 10 s beyond, 10 s not, one in 13 unusable."""
    each = np.arange(40)
    row = np.repeat(np.array(JUDGED), each.size)
    number = np.arange(row.size)
    return RowReadings(
        row=row,
        reading=number,
        at=np.tile(1_000 + each, len(JUDGED)),
        value=np.where((number + row) // 10 % 2 == 0, 25.0, 15.0),
        seq=number + 1,
        known=number % 13 != 0,
        beyond=(number + row) // 10 % 2 == 0,
        decides=np.ones(row.size, dtype=np.bool_),
    )


def bounds() -> Delays:
    made = Delays.blank(ROWS)
    made.on_delay[:], made.off_delay[:], made.holds[:] = 3, 2, 60
    return made


def outcome(size: int) -> tuple[list[tuple[int, int, int, int]], list[list[object]]]:
    state = ConditionState.blank(ROWS)
    pieces = scan_in_pieces(state.take, bounds(), readings(), size)
    assert not state.judged_to.any()
    for piece in pieces:
        state.put(piece.rows, piece.after)
    events = [piece.events for piece in pieces]
    told = sorted(
        event
        for each in events
        for event in zip(each.row.tolist(), each.at.tolist(), each.kind.tolist(), each.reading.tolist(), strict=True)
    )
    return told, [getattr(state, each.name).tolist() for each in fields(state)]


def test_events_name_rows_of_the_table() -> None:
    told, _ = outcome(1_000)
    assert {row for row, *_ in told} == set(JUDGED)
    assert {kind for _, _, kind, _ in told} == {RAISED, CLEARED, LOST_UNUSABLE, REGAINED}


@pytest.mark.parametrize("size", [1, 2, 7, 40, 41, 119])
def test_the_size_of_pieces_changes_nothing(size: int) -> None:
    assert outcome(size) == outcome(1_000)
