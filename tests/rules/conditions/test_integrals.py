"""Means over time: equal to exact integrals, whatever comes irregularly, and the same however batches were cut."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.instant import SECOND
from domain.readings import Values
from rules.conditions import integrals, windows
from rules.conditions.memory import Column, bytes_per_row
from rules.conditions.windows import MOST_KEPT, Samples, after, blank, kept_for, reach

MILLISECOND = 1000
NOT_KNOWN = float("nan")
Sample = tuple[int, float]
"""A time in milliseconds, and a value."""


def samples(given: Sequence[Sample], span: int, holds: int, grain: int) -> Samples:
    at = np.array([MILLISECOND * when for when, _ in given], dtype=np.int64)
    full = np.full(at.size, MILLISECOND, dtype=np.int64)
    value = np.array([each for _, each in given])
    return Samples(np.zeros(at.size, np.int64), at, value, full * holds, full * span, full * grain)


def means(
    given: Sequence[Sample], span: int, holds: int, grain: int = 1, cuts: Sequence[int] = (), room: int = 80
) -> tuple[list[float | None], dict[str, Column]]:
    """What each sample's window comes to (None: it is not whole), and what is remembered at the end."""
    memory, found = blank(1, room, over_time=True), list[float | None]()
    for first, end in zip([0, *cuts], [*cuts, len(given)], strict=True):
        if first == end:
            continue
        part = samples(given[first:end], span, holds, grain)
        reached = reach(part, memory)
        result: Values = np.full(part.at.size, np.nan)
        if bool(reached.is_whole.any()):
            base = np.maximum(reached.base, 0)
            columns = (reached.own, base, reached.high, reached.kept_at, reached.kept_value)
            result = np.where(reached.is_whole, integrals.mean(part.at, part.span, *columns), np.nan)
        memory = after(part, reached, memory, result)
        found += [None if np.isnan(each) else each for each in result.tolist()]
    return found, memory


def exact(given: Sequence[Sample], span: int, holds: int) -> list[Fraction | None]:
    """The same by definition: the integral of what stands, where it was known for the whole span."""
    found: list[Fraction | None] = []
    for number, (now, _) in enumerate(given):
        area, known = Fraction(0), 0
        for (start, stands), (end, _) in pairwise(given[: number + 1]):
            is_known = not math.isnan(stands) and end - start < holds
            inside = max(0, end - max(start, now - span)) if is_known else 0
            known += inside
            area += Fraction(stands) * inside if inside else 0
        is_broken = any(math.isnan(value) for when, value in given[: number + 1] if when > now - span)
        found.append(area / span if known == span and not is_broken else None)
    return found


irregular = st.lists(st.sampled_from([0, 1, 7, 50, 333, 400, 1000, 2500]), min_size=1, max_size=25)
values = st.sampled_from([0.0, 1.0, -3.5, 20.1, 1e6, 0.3, NOT_KNOWN]) | st.floats(-1e5, 1e5)


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    """Irregular, in bursts and with pauses; twice at one time; now and then not known."""
    now, found = 0, list[Sample]()
    for passed in draw(irregular):
        now += passed
        found.append((now, draw(values)))
    return found


@settings(max_examples=120, deadline=None)
@given(histories(), st.sampled_from([1, 50, 1000, 3000]), st.sampled_from([200, 1001, 5000]))
@example([(0, 1.0), (1000, 0.0), (1100, 1.0), (2000, 1.0)], 1000, 5000)
@example([(0, 1.0), (500, 9.0), (500, 0.0), (1000, 0.0)], 1000, 5000)  # of two at one time the last one stands
@example([(0, 1.0), (500, NOT_KNOWN), (600, 1.0), (1700, 0.0)], 1000, 5000)
@example([(0, 1.0), (2000, 1.0), (2100, 1.0), (2300, 1.0)], 250, 1001)  # a value that was outlived
def test_each_value_counts_for_as_long_as_it_stood(history: list[Sample], span: int, holds: int) -> None:
    found, wanted = means(history, span, holds)[0], exact(history, span, holds)
    assert [each is None for each in found] == [each is None for each in wanted]
    assert [each for each in found if each is not None] == pytest.approx(
        [float(each) for each in wanted if each is not None], rel=1e-9, abs=2e-6
    )


@settings(max_examples=80, deadline=None)
@given(histories(), st.sampled_from([50, 1000, 3000]), st.sampled_from([1, 100, 700]), st.data())
def test_cutting_changes_no_bit(history: list[Sample], span: int, grain: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history)), max_size=5)))
    whole, remembered = means(history, span, 5000, grain)
    parts, kept = means(history, span, 5000, grain, cuts)
    assert parts == whole
    count = int(kept["count"][0])
    assert (kept["totals"][0, :count] - kept["total"][0]).tolist() == (
        remembered["totals"][0, :count] - remembered["total"][0]
    ).tolist()


def test_a_door_that_reports_on_change_is_open_for_as_long_as_it_is() -> None:
    """Open for 5 s in each minute, with a heartbeat: readings alone would say that it stood open for a third."""
    given = [
        (60_000 * minute + after, value) for minute in range(62) for after, value in ((0, 0.0), (9, 1.0), (5009, 0.0))
    ]
    found = means(given, 3_600_000, 180_000, grain=1, room=400)[0][-1]
    assert found == pytest.approx(5 / 60, rel=1e-3)


@pytest.mark.parametrize("value", [20.0, 20.125, -0.3, 21.1, 1013.25, -0.000123, 4e9, 1e-3])
def test_what_never_changed_comes_to_what_it_is(value: float) -> None:
    given = [(when, value) for when in (0, 3, 700, 1400, 2999, 3000, 60_000, 61_111, 123_457)]
    found = [each for each in means(given, 3001, 100_000, grain=500)[0] if each is not None]
    assert len(found) == 3
    assert set(found) == {value}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 90), st.floats(0.0, 10.0)), min_size=40, max_size=120))
def test_what_comes_closer_than_a_grain_costs_less_than_a_grain_of_exactness(drawn: list[tuple[int, float]]) -> None:
    span, grain = 2000, 100
    times = np.cumsum([passed for passed, _ in drawn]).tolist()
    given = [(when, value) for when, (_, value) in zip(times, drawn, strict=True)]
    found, wanted = means(given, span, 5000, grain, room=30)[0], exact(given, span, 5000)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert abs(one - float(other)) <= 10.0 * 2 * grain / span


def test_a_value_that_nobody_can_know_counts_nothing() -> None:
    assert integrals.lanes(np.array([np.nan, np.inf, -1e300, 2.0**33])).tolist() == [[0, 0]] * 4
    assert integrals.lanes(np.array([-1e-6, 67.108864])).tolist() == [[-1, 2**26 - 1], [1, 0]]


def test_readings_that_were_kept_with_their_values_come_to_the_same() -> None:
    given = [(0, 1.0), (60, 5.0), (170, 3.0), (240, 8.0)]
    _, wanted = means(given, 1000, 5000, room=6)
    at = np.array([[0, 60_000, 170_000, 240_000, 7, 7]])
    value = np.array([[1.0, 5.0, 3.0, 8.0, 7.0, 7.0]])
    found = integrals.of_values(at, value, np.array([4]), np.array([240_000]))
    assert found["totals"][0, :4].tolist() == wanted["totals"][0, :4].tolist()
    assert (found["total"].tolist(), found["held"].tolist()) == (wanted["total"].tolist(), [8.0])
    nothing = integrals.of_values(at, value, np.array([0]), np.array([0]))
    assert (nothing["total"].tolist(), np.isnan(nothing["held"]).tolist()) == ([[0, 0]], [True])
    stood = integrals.of_values(at, value, np.array([1]), np.array([30_000]))
    assert stood["total"].tolist() == integrals.lanes(np.array([30.0])).tolist()


def test_a_mean_costs_at_most_8_kilobytes_a_row() -> None:
    count, _ = kept_for(24 * 3600 * SECOND, SECOND)
    assert count == MOST_KEPT
    assert bytes_per_row(blank(1, count, over_time=True)) <= 8_192
    assert windows.blank(1, 5).keys() == {"at", "value", "count", "begun", "last", "result"}
