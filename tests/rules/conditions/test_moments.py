"""Readings of one record and time are one moment, whatever the order in which they stand in it."""

from itertools import groupby, permutations

import numpy as np
import pytest
from msgspec.structs import replace

from domain.instant import SECOND
from rules.conditions.condition import Condition
from rules.conditions.moments import in_moments
from rules.conditions.timeline import Arrivals
from rules.expressions.tree import Binary, Compare, Number, Value, Window
from tests.reference.condition_world import a_condition_kind
from tests.reference.limit_world import START, Reading, a_batch, a_site

POINTS = ("a", "b")
SITE = a_site((*POINTS, "c"))
DIFFER = Condition(inputs=POINTS, enter=Compare("!=", Value(0), Value(1)))
BESIDE_C = replace(DIFFER, inputs=(*POINTS, "c"))

Row = tuple[int, int, int, int]
"""The row, the slot, the seq, the time that the reading carries."""


def arrivals(*rows: Row) -> tuple[Arrivals, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    row, slot, seq, at = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Arrivals(row, slot, np.arange(row.size), np.maximum(at, 5), at.astype(np.float64), seq), at


def moments(*rows: Row) -> tuple[list[list[tuple[int, float]]], list[int]]:
    """The slots and times of each moment, and the reading it is told by."""
    found, rearranged = in_moments(*arrivals(*rows))
    members: list[list[tuple[int, float]]] = [[] for _ in range(found.latest().row.size)]
    for moment, slot, value in zip(found.moment().tolist(), found.slot.tolist(), found.value.tolist(), strict=True):
        members[moment].append((slot, value))
    reading = found.latest().reading
    return members, (reading if rearranged is None else rearranged.told_by[reading]).tolist()


def test_one_record_and_one_time_are_one_moment() -> None:
    assert moments((0, 0, 1, 7), (0, 1, 1, 7)) == ([[(0, 7), (1, 7)]], [1])


@pytest.mark.parametrize("other", [(1, 1, 1, 7), (0, 1, 2, 7), (0, 1, 1, 8)])
def test_another_row_or_record_or_time_is_another_moment(other: Row) -> None:
    assert moments((0, 0, 1, 7), other) == ([[(0, 7)], [(1, other[3])]], [0, 1])


def test_times_that_count_as_made_later_are_not_one() -> None:
    assert moments((0, 0, 1, 2), (0, 1, 1, 3)) == ([[(0, 2)], [(1, 3)]], [0, 1])


def test_a_record_is_taken_by_time_and_told_by_what_stands_in_it_up_to_then() -> None:
    by_point = [(0, 0, 1, 7), (0, 0, 1, 8), (0, 1, 1, 7), (0, 1, 1, 8)]
    assert moments(*by_point) == ([[(0, 7), (1, 7)], [(0, 8), (1, 8)]], [2, 3])
    assert moments((0, 0, 1, 8), (0, 1, 1, 7), (0, 1, 2, 6)) == ([[(1, 7)], [(0, 8)], [(1, 6)]], [1, 1, 2])


def test_of_a_point_that_is_read_twice_at_once_the_first_goes_with_the_others_first() -> None:
    expected = [[(0, 7), (1, 7)], [(0, 7)]]
    for order in set(permutations([0, 0, 1])):
        found, _ = moments(*[(0, slot, 1, 7) for slot in order])
        assert [sorted(each) for each in found] == expected


def test_rows_do_not_touch_each_other() -> None:
    found, told_by = moments((0, 0, 1, 8), (0, 1, 1, 7), (1, 0, 1, 7), (1, 1, 1, 7))
    assert found == [[(1, 7)], [(0, 8)], [(0, 7), (1, 7)]]
    assert told_by == [1, 1, 3]


def said(condition: Condition, *readings: tuple[str, int, float, int, int]) -> list[tuple[int, str, int]]:
    """What is found, judged as one batch and record by record: both must agree."""
    batch = [Reading(point, at * SECOND, value, seq=seq, index=index) for point, at, value, seq, index in readings]
    one, other = (a_condition_kind(SITE, {"r": condition}, START) for _ in range(2))
    found = list(one.judge(a_batch(SITE, batch)))
    records = [list(record) for _, record in groupby(batch, key=lambda each: each.seq)]
    assert [each for record in records for each in other.judge(a_batch(SITE, record))] == found
    return [((each.at - START) // SECOND, each.trigger.value, each.index) for each in found]


def test_points_that_change_together_never_differ() -> None:
    assert said(DIFFER, ("a", 0, 1, 1, 0), ("b", 0, 1, 1, 1), ("a", 9, 2, 2, 0), ("b", 9, 2, 2, 1)) == []
    apart = [("a", 0, 1, 1, 0), ("b", 0, 1, 1, 1), ("a", 9, 2, 2, 0), ("b", 9, 2, 3, 0)]
    assert said(DIFFER, *apart) == [(9, "raise", 0), (9, "clear", 0)]


@pytest.mark.parametrize(("at", "expected"), [(12, []), (11, [(20, "raise", 0), (20, "clear", 1)])])
def test_what_counts_as_made_at_one_time_was_not_made_at_one(at: int, expected: list[tuple[int, str, int]]) -> None:
    before = [("a", 0, 1, 1, 0), ("b", 0, 1, 1, 1), ("c", 20, 1, 2, 0)]
    assert said(BESIDE_C, *before, ("a", at, 2, 3, 0), ("b", 12, 2, 3, 1)) == expected


def test_what_a_moment_says_is_told_by_its_last_reading() -> None:
    assert said(DIFFER, ("a", 0, 1, 1, 0), ("b", 0, 2, 1, 1)) == [(0, "raise", 1)]


def test_what_happens_within_a_record_is_told_in_the_order_of_time() -> None:
    assert said(
        DIFFER, ("a", 0, 1, 1, 0), ("b", 0, 1, 1, 1), ("b", 9, 1, 2, 0), ("a", 8, 2, 2, 1), ("a", 9, 1, 2, 2)
    ) == [
        (8, "raise", 1),
        (9, "clear", 2),
    ]


def test_a_window_takes_a_moment_as_one_reading() -> None:
    """Two of them would be the value in between as well."""
    gap = Window("highest", Binary("-", Value(0), Value(1)), 8 * SECOND)
    readings = [(point, at, 10.0 * at, at + 1, index) for at in range(12) for index, point in enumerate(POINTS)]
    assert said(Condition(inputs=POINTS, enter=Compare(">", gap, Number(0.0))), *readings) == []
