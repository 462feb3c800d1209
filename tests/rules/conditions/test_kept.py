"""Rows as they are kept: packing loses nothing, flags, and what quiet rows take on."""

from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions.columns import ConditionState, earliest_time
from rules.conditions.kept import IS_CASE, IS_KNOWN, IS_PARKED, IS_RAISED, KeptConditions

TIMES = st.integers(0, 2**60)
SEQS = st.integers(0, 2**55 - 1)


@st.composite
def states(draw: st.DrawFn) -> ConditionState:
    count = draw(st.integers(1, 5))
    state = ConditionState.blank(count)
    for each in fields(state):
        drawn = {"<f8": st.floats(-9.0, 9.0), "<i8": SEQS if each.name == "value_seq" else TIMES, "|b1": st.booleans()}
        getattr(state, each.name)[:] = draw(st.lists(drawn[each.metadata["dtype"]], min_size=count, max_size=count))
    return state


@given(states())
def test_what_is_kept_comes_back(state: ConditionState) -> None:
    rows = np.arange(state.value.size)
    back = KeptConditions.packed(state).unpacked(rows)
    assert all(np.array_equal(getattr(back, each.name), getattr(state, each.name)) for each in fields(state))


@given(states())
def test_the_earliest_time_needs_no_unpacking(state: ConditionState) -> None:
    rows = np.arange(state.value.size)
    kept = KeptConditions.packed(state)
    assert kept.earliest_time(rows).tolist() == earliest_time(state).tolist()
    assert kept.value_seq(rows).tolist() == state.value_seq.tolist()


def test_a_row_costs_56_bytes() -> None:
    assert KeptConditions.bytes_per_row() == 56


def test_flags_are_given_and_taken_without_touching_the_seq() -> None:
    state = ConditionState.blank(2)
    state.value_seq[:] = [7, 2**55 - 1]
    kept = KeptConditions.packed(state)
    kept.flag(IS_PARKED, np.array([1]))
    kept.flag(IS_RAISED, np.array([0, 1]))
    kept.unflag(IS_RAISED, np.array([1]))
    assert kept.has(IS_PARKED).tolist() == [False, True]
    assert kept.has(IS_RAISED | IS_CASE, np.array([1, 0])).tolist() == [False, True]
    assert kept.value_seq(np.arange(2)).tolist() == [7, 2**55 - 1]


def test_quiet_rows_take_on_their_latest_reading() -> None:
    kept = KeptConditions.blank(2)
    row, at, seq = np.array([0, 0, 1]), np.array([10, 20, 15]), np.array([3, 4, 5])
    kept.pass_by(row, at, np.ones(3, dtype=np.bool_), np.array([1.0, 2.0, 3.0]), seq)
    assert (kept.judged_to.tolist(), kept.value.tolist()) == ([20, 15], [2.0, 3.0])
    assert kept.value_seq(np.arange(2)).tolist() == [4, 5]
    kept.pass_by(row, at + 10, np.array([True, False, True]), np.array([6.0, np.nan, 7.0]), seq + 10)
    assert kept.has(IS_KNOWN).tolist() == [False, True]
    assert (kept.judged_to.tolist(), kept.value.tolist()) == ([30, 25], [6.0, 7.0])
    assert kept.value_seq(np.arange(2)).tolist() == [13, 15]
