"""Beginnings within a span."""

import numpy as np

from rules.conditions.counts import MOST, blank, counted


def count(at: list[int], true: list[bool], span: int = 10, known: list[bool] | None = None) -> list[float]:
    size = len(at)
    told = np.array(known if known is not None else [True] * size)
    row = np.zeros(size, dtype=np.int64)
    found, _ = counted(row, np.array(at), np.array(true), told, np.full(size, span), blank(1))
    return [float(each) for each in found]


def test_what_is_true_at_first_has_not_begun() -> None:
    assert count([1, 2, 3, 4], [True, False, True, True]) == [0, 0, 1, 1]


def test_beginnings_leave_after_the_span() -> None:
    assert count([0, 1, 5, 11, 12], [False, True, True, True, True]) == [0, 1, 1, 0, 0]


def test_unknown_moments_end_nothing() -> None:
    assert count([0, 1, 2, 3], [False, False, True, True], known=[True, False, True, True]) == [0, 0, 1, 1]


def test_a_count_goes_no_further_than_what_is_remembered() -> None:
    times = list(range(400))
    assert max(count(times, [number % 2 == 1 for number in times], span=1_000)) == MOST


def test_cuts_change_nothing() -> None:
    at, true = np.arange(300), np.arange(300) % 3 == 0
    row, told, span = np.zeros(300, dtype=np.int64), np.ones(300, dtype=np.bool_), np.full(300, 250)
    whole, _ = counted(row, at, true, told, span, blank(1))
    memory, parts = blank(1), []
    for part in (slice(0, 7), slice(7, 150), slice(150, 300)):
        found, memory = counted(row[part], at[part], true[part], told[part], span[part], memory)
        parts.append(found)
    assert np.concatenate(parts).tolist() == whole.tolist()
