"""What is beyond a limit, and what is back."""

import numpy as np

from rules.kinds.limit_bounds import LimitBounds, is_back, is_beyond


def bounds(rows: int, *, high: float = 20.0, low: float = 10.0) -> LimitBounds:
    made = LimitBounds.blank(rows)
    made.high[:], made.low[:], made.high_return[:], made.low_return[:] = high, low, high - 2, low + 2
    return made


def test_the_limits_are_within_and_the_returns_are_back() -> None:
    values = np.array([9.9, 10.0, 12.0, 18.0, 18.1, 20.1])
    assert is_beyond(values, bounds(6)).tolist() == [True, False, False, False, False, True]
    assert is_back(values, bounds(6)).tolist() == [False, False, True, True, False, False]


def test_a_missing_limit_bounds_nothing() -> None:
    made = bounds(2, high=np.inf, low=-np.inf)
    values = np.array([1e300, -1e300])
    assert is_beyond(values, made).tolist() == [False, False]
    assert is_back(values, made).tolist() == [True, True]
