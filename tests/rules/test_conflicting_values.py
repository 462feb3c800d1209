from collections.abc import Iterator
from math import isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import QuarantineAdded
from domain.readings import readings_from
from rules.conflicting_values import TOLD_AGAIN_AFTER, conflict_news, conflicting, worth_telling
from rules.lateness import lateness
from rules.point_table import PointTable
from tests.rules.estate import configured
from tests.rules.playbook import Playbook

Reading = tuple[int, int, float, int]
"""A point's row, a time, a value and the record."""

READINGS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.sampled_from([1.0, 2.0, nan]), st.integers(0, 1)),
    min_size=1,
    max_size=30,
)


def in_records(drawn: list[Reading]) -> list[Reading]:
    """With the last number as the step to the next record."""
    steps = np.cumsum([step for _, _, _, step in drawn]).tolist()
    return [(row, at, value, record) for (row, at, value, _), record in zip(drawn, steps, strict=True)]


def scalar(readings: list[Reading]) -> Iterator[int]:
    """Places of those that differ from the latest of their point, at its very time, in an earlier record."""
    latest: dict[int, tuple[int, float, int]] = {}
    for place, (row, at, value, record) in enumerate(readings):
        former = latest.get(row)
        if former is not None and at < former[0]:
            continue
        if former is not None and at == former[0] and record != former[2]:
            is_equal = value == former[1] or (isnan(value) and isnan(former[1]))
            if not is_equal:
                yield place
        latest[row] = at, value, record


def playbook() -> Playbook:
    return Playbook(configured(), "09:00")


def table(*ids: str) -> PointTable:
    made = PointTable()
    made.configure(ids)
    return made


def judged(readings: list[Reading], points: PointTable) -> list[int]:
    rows, at, values, records = (np.array(column) for column in zip(*readings, strict=True))
    rows, at = rows.astype(np.int32), at.astype(np.int64)
    found = lateness(rows, at, points.judged_to)
    places = conflicting(found, rows, values, records.astype(np.int32), points)
    kept = ~found.late()
    points.note(rows[kept], at[kept], values[kept], ~np.isnan(values[kept]))
    return list(places.tolist())


@given(READINGS, st.data())
def test_conflicts_equal_their_scalar_reference_however_records_are_cut_into_batches(
    drawn: list[Reading], data: st.DataObject
) -> None:
    readings = in_records(drawn)
    records = sorted({record for _, _, _, record in readings})
    cuts = data.draw(st.sets(st.sampled_from(records), max_size=3))
    points, found, begin = table("a", "b", "c"), [], 0
    for end in range(1, len(readings) + 1):
        is_cut = end == len(readings) or (readings[end][3] != readings[end - 1][3] and readings[end][3] in cuts)
        if is_cut:
            found += [begin + place for place in judged(readings[begin:end], points)]
            begin = end
    assert found == list(scalar(readings))


def test_a_value_that_an_older_snapshot_did_not_keep_is_in_no_conflict() -> None:
    points = table("a")
    points.restore({"a": 5})
    assert judged([(0, 5, 1.0, 7)], points) == []
    assert judged([(0, 5, 2.0, 8)], points) == [0]


def test_a_point_is_told_of_once_an_hour_by_the_times_of_its_readings() -> None:
    points = table("a", "b")
    row, at = np.array([0, 0, 1, 0], dtype=np.int32), np.array([5, 6, 6, 5 + TOLD_AGAIN_AFTER])
    assert worth_telling(row, at, points).tolist() == [True, False, True, True]
    restored = table("b", "a")
    restored.restore(points.state(), points.qualities())
    again = np.array([4 + 2 * TOLD_AGAIN_AFTER, 6 + TOLD_AGAIN_AFTER])
    assert worth_telling(np.array([1, 0], dtype=np.int32), again, restored).tolist() == [False, True]
    points.configure(["b"])
    assert points.conflict_at == {"b": 6}


def test_many_points_are_named_up_to_a_bound() -> None:
    record = playbook().at("10:00").record(readings_from(["flow"], [1], [1.0], [0]), source="gateway")
    told = conflict_news(record, tuple(f"p{number}" for number in range(23)))
    assert "23 points" in told.detail
    assert "p19 and 3 more;" in told.detail


def conflicts(book: Playbook) -> list[str]:
    return [
        effect.body.reason
        for outcome in book.outcomes
        for effect in outcome.effects
        if isinstance(effect.body, QuarantineAdded)
    ]


def test_two_messages_with_two_values_at_one_time_are_told_live_and_the_same_again_is_not() -> None:
    book = playbook().at("10:00").reading(5.0, "09:59").reading(5.0, "09:59")
    assert conflicts(book) == []
    book.reading(6.0, "09:59")
    assert conflicts(book) == ["conflicting_values"]
    assert book.latest(QuarantineAdded).device == "gateway"


def test_a_gateway_whose_clock_is_too_coarse_for_its_readings_is_told_of_once_an_hour() -> None:
    book = playbook().at("10:00")
    for second in ("09:57", "09:58", "09:59"):
        book.reading(5.0, second).reading(6.0, second)
    assert conflicts(book) == ["conflicting_values"]
    book.restarts().at("10:58").reading(5.0, "10:57").reading(6.0, "10:57")
    assert conflicts(book) == ["conflicting_values"] * 2


def test_a_restart_in_between_hides_no_conflict() -> None:
    book = playbook().at("10:00").reading(5.0, "09:59")
    assert conflicts(book.restarts().reading(6.0, "09:59")) == ["conflicting_values"]
