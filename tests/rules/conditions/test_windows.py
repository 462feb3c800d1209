"""Windows: what they reach, and that they are bounded; equality with plain Python is in tests/properties."""

import numpy as np
import pytest

from domain.instant import MINUTE, SECOND
from rules.conditions.memory import bytes_per_row
from rules.conditions.windows import MOST_KEPT, Samples, after, blank, extreme, kept_for, mean, reach, slope


def samples(at: list[int], value: list[float], span: int = 10, holds: int = 100, grain: int = 1) -> Samples:
    size = len(at)
    full = np.full(size, 1, dtype=np.int64)
    return Samples(np.zeros(size, np.int64), np.array(at), np.array(value), full * holds, full * span, full * grain)


def test_a_window_is_whole_when_it_was_known_without_a_break() -> None:
    found = reach(samples([0, 5, 10, 11], [1.0, 2.0, 3.0, 4.0]), blank(1, 20))
    assert found.is_whole.tolist() == [False, False, True, True]
    broken = reach(samples([0, 5, 6, 15, 16], [1.0, np.nan, 3.0, 4.0, 5.0]), blank(1, 20))
    assert broken.is_whole.tolist() == [False, False, False, False, True]
    stale = reach(samples([0, 9, 30, 39, 40], [1.0] * 5, holds=20), blank(1, 20))
    assert stale.is_whole.tolist() == [False, False, False, False, True]


def test_mean_and_extremes_are_over_what_is_not_older_than_the_span() -> None:
    given = samples([0, 5, 10, 12], [8.0, 2.0, 4.0, 6.0])
    found = reach(given, blank(1, 20))
    assert mean(found.kept_value, found, found.low, found.high, given.value).tolist() == [8.0, 5.0, 3.0, 4.0]
    assert extreme(found, given.value, highest=True).tolist() == [8.0, 8.0, 8.0, 8.0]
    assert extreme(found, given.value, highest=False).tolist() == [8.0, 2.0, 2.0, 2.0]
    assert found.base.tolist() == [-1, -1, 0, 0]


def test_of_a_grain_the_first_is_kept_and_the_latest_counts() -> None:
    given = samples([0, 1, 4, 5], [1.0, 9.0, 5.0, 7.0], grain=4)
    found = reach(given, blank(1, 20))
    assert found.kept_value.tolist() == [1.0, 5.0]
    assert extreme(found, given.value, highest=True).tolist() == [1.0, 9.0, 5.0, 7.0]


def test_a_slope_compares_thirds() -> None:
    given = samples(list(range(0, 31, 3)), [float(number) for number in range(0, 31, 3)], span=30)
    assert slope(given, reach(given, blank(1, 40)), "usual")[-1] == pytest.approx(1.0, rel=0.05)
    flat = samples(list(range(0, 31, 3)), [3.0] * 11, span=30)
    assert slope(flat, reach(flat, blank(1, 40)), "quickest")[-1] == 0.0


def test_memory_holds_what_the_next_batch_needs_and_no_more() -> None:
    given = samples([0, 5, 10, 12], [8.0, 2.0, 4.0, 6.0])
    memory = blank(1, 20)
    kept = after(given, reach(given, memory), memory, given.value)
    assert kept["count"].tolist() == [4]
    later = samples([14, 30], [1.0, 1.0])
    kept = after(later, reach(later, kept), kept, later.value)
    assert kept["at"][0, : kept["count"][0]].tolist() == [14, 30]
    assert kept["last"].tolist() == [30]


def test_a_window_costs_at_most_8_kilobytes_a_row() -> None:
    count, grain = kept_for(24 * 60 * MINUTE, SECOND)
    assert count == MOST_KEPT
    assert grain * (count - 4) >= 24 * 60 * MINUTE
    assert bytes_per_row(blank(1, count)) <= 8_192
    assert kept_for(10 * MINUTE, MINUTE)[0] == 26
