"""Spans in parameters."""

import pytest

from domain.errors import ConfigurationError
from domain.instant import SECOND
from rules.kinds.spans import check_span
from tests.reference.limit_world import a_rule


def test_seconds_become_a_duration() -> None:
    assert check_span(a_rule(), "window_seconds", 1.5) == 3 * SECOND // 2


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e9, float("nan")])
def test_what_cannot_be_meant_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="parameter 'window_seconds' is"):
        check_span(a_rule(), "window_seconds", seconds)
