"""Ranges of seqs: nothing taken twice, nothing forgotten."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stores.historian_coverage import Coverage, SeqRange, merge_ranges, stored_until, subtract_ranges

ranges = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 8)).map(lambda r: (r[0], r[0] + r[1])), max_size=8)


def seqs(of: list[SeqRange]) -> set[int]:
    return {seq for first, last in of for seq in range(first, last + 1)}


@given(ranges)
def test_merged_ranges_hold_the_same_seqs_ascending_and_apart(drawn: list[SeqRange]) -> None:
    merged = merge_ranges(drawn)
    assert seqs(merged) == seqs(drawn)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(merged))


@given(ranges, st.tuples(st.integers(1, 40), st.integers(0, 20)))
def test_subtraction_leaves_what_is_not_taken(drawn: list[SeqRange], wanted: tuple[int, int]) -> None:
    whole = (wanted[0], wanted[0] + wanted[1])
    assert seqs(subtract_ranges(whole, merge_ranges(drawn))) == seqs([whole]) - seqs(drawn)


def test_stored_until_is_the_end_of_the_first_unbroken_run() -> None:
    assert stored_until([]) == 0
    assert stored_until([(1, 5), (6, 9), (11, 20)]) == 9
    assert stored_until([(11, 20)]) == 0


def test_each_seq_is_claimed_once() -> None:
    coverage = Coverage([], 0)
    assert coverage.claim(1, 5) == [(1, 5)]
    assert coverage.claim(1, 5) == []
    assert coverage.claim(3, 8) == [(6, 8)]
    assert coverage.missing() == []


def test_a_range_reaches_down_to_what_was_fed() -> None:
    coverage = Coverage([(1, 10)], 10)
    assert coverage.claim(15, 16) == [(11, 16)]


def test_feeding_again_after_a_restart_fills_the_holes() -> None:
    coverage = Coverage([(1, 10), (21, 30)], 10)
    assert coverage.claim(12, 25) == [(11, 20)]
    assert coverage.claim(26, 35) == [(31, 35)]
    assert coverage.missing() == []


def test_what_is_released_is_missing_until_it_is_claimed_again() -> None:
    coverage = Coverage([], 0)
    coverage.claim(1, 30)
    coverage.release([(1, 4), (11, 20)])
    assert coverage.missing() == [(1, 4), (11, 20)]
    assert coverage.claim(31, 40) == [(31, 40)]
    assert coverage.claim(1, 15) == [(1, 4), (11, 15)]
    assert coverage.missing() == [(16, 20)]


def test_the_newest_can_be_released_too() -> None:
    coverage = Coverage([], 0)
    coverage.claim(1, 10)
    coverage.release([(6, 10)])
    assert coverage.claim(12, 12) == [(11, 12)]
    assert coverage.missing() == [(6, 10)]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 8), st.booleans()), max_size=12))
def test_claims_and_releases_keep_the_books(steps: list[tuple[int, int, bool]]) -> None:
    coverage, taken, fed = Coverage([], 0), set[int](), 0
    for first, length, release in steps:
        last = first + length
        if release:
            coverage.release([(first, last)])
            taken -= set(range(first, last + 1))
        else:
            start = min(first, fed + 1) if first > fed else first
            new = set(range(start, last + 1)) - taken
            assert seqs(coverage.claim(first, last)) == new
            taken, fed = taken | new, max(fed, last)
    assert seqs(coverage.missing()) == set(range(1, fed + 1)) - taken
