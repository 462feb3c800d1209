"""The span of buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instant import DAY, HOUR, MINUTE, SECOND
from stores.historian_series import choose_span
from tests.stores.historian_columns import T0


@pytest.mark.parametrize(
    ("window", "max_points", "span"),
    [
        (HOUR, 600, 10 * SECOND),
        (DAY, 600, 5 * MINUTE),
        (30 * DAY, 720, HOUR),
        (30 * DAY, 719, 2 * HOUR),
        (365 * DAY, 100, 4 * DAY),
        (1, 1, 1),
    ],
)
def test_spans_are_readable(window: int, max_points: int, span: int) -> None:
    start = T0 // (4 * DAY) * (4 * DAY)
    assert choose_span(start, start + window, max_points) == span


@given(st.integers(0, 2**52), st.integers(0, 2**52), st.integers(1, 5_000))
def test_never_more_buckets_than_asked_for(start: int, window: int, max_points: int) -> None:
    span = choose_span(start, start + window, max_points)
    assert len(range(start // span, (start + window - 1) // span + 1)) <= max_points


def test_a_window_around_the_epoch_has_a_span_too() -> None:
    assert choose_span(-5, 5, 1) > 0
