"""Scans: forward fill, grouping, beginnings, spreading."""

import numpy as np
import pytest

from rules.segments import begins, grouped, is_grouped, last_marked, spread


def test_last_marked_points_back_to_the_nearest_mark() -> None:
    mark = np.array([True, False, False, True, False])
    assert last_marked(mark).tolist() == [0, 0, 0, 3, 3]
    assert last_marked(np.array([], dtype=np.bool_)).tolist() == []


def test_grouped_brings_equal_keys_together_in_their_order() -> None:
    keys = np.array([5, 2, 5, 0, 2, 5], dtype=np.int32)
    assert grouped(keys).tolist() == [3, 1, 4, 0, 2, 5]


def test_grouped_agrees_with_a_stable_sort() -> None:
    keys = np.random.default_rng(7).integers(0, 40, 1_000)
    assert grouped(keys).tolist() == np.argsort(keys, kind="stable").tolist()


def test_grouped_takes_the_largest_key() -> None:
    assert grouped(np.array([2**31 - 1, 0])).tolist() == [1, 0]


@pytest.mark.parametrize(("keys", "expected"), [([], True), ([3], True), ([1, 1, 2], True), ([1, 2, 1], False)])
def test_is_grouped(keys: list[int], expected: bool) -> None:
    assert is_grouped(np.array(keys, dtype=np.int64)) is expected


def test_begins_marks_changes_of_the_key() -> None:
    assert begins(np.array([4, 4, 7, 7, 7, 9])).tolist() == [True, False, True, False, False, True]
    assert begins(np.array([], dtype=np.int64)).tolist() == []


def test_spread_gives_source_and_place() -> None:
    source, place = spread(np.array([2, 0, 3]))
    assert source.tolist() == [0, 0, 2, 2, 2]
    assert place.tolist() == [0, 1, 0, 1, 2]
