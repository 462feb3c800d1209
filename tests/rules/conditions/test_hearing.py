"""Silence counts only while somebody listens."""

from collections.abc import Sequence

import numpy as np
import pytest

from rules.conditions.hearing import MOST_GAPS, Gap, Listening


@pytest.mark.parametrize(
    ("gaps", "due"),
    [
        ((), 160),
        (((50, 90),), 160),  # over before it was heard
        (((90, 110),), 170),  # it was heard within the gap: from its end on
        (((120, 150),), 190),
        (((120, 150), (170, 180)), 200),
        (((120, 150), (190, 900)), 190),  # it was silent for long enough just when the gap began
        (((120, 150), (189, 900)), 901),
        (((160, 900),), 160),
        (((100, 900),), 960),
    ],
)
def test_time_in_which_nobody_listened_is_no_silence(gaps: Sequence[Gap], due: int) -> None:
    listening = Listening()
    for start, end in gaps:
        listening.pause(start, end)
    assert listening.silent_from(np.array([100]), np.array([60])).tolist() == [due]


def test_who_has_asked_before_hears_of_a_gap_that_is_told_later() -> None:
    listening = Listening()
    ask = listening.silent_from
    assert ask(np.array([100]), np.array([60])).tolist() == [160]
    listening.pause(120, 150)
    assert ask(np.array([100]), np.array([60])).tolist() == [190]
    listening.restore(())
    assert ask(np.array([100]), np.array([60])).tolist() == [160]


def gaps_of(*told: Gap) -> tuple[Gap, ...]:
    listening = Listening()
    for start, end in told:
        listening.pause(start, end)
    return listening.gaps


def test_gaps_lie_apart_and_what_is_told_twice_counts_once() -> None:
    assert gaps_of((10, 20)) == ((10, 20),)
    assert gaps_of((10, 20), (10, 40)) == ((10, 20), (20, 40))
    assert gaps_of((10, 20), (12, 20)) == gaps_of((10, 20), (30, 30)) == ((10, 20),)
    assert gaps_of((10, 20), (30, 50)) == ((10, 20), (30, 50))


def test_the_latest_gaps_are_remembered() -> None:
    gaps = gaps_of(*((10 * number, 10 * number + 1) for number in range(MOST_GAPS + 5)))
    assert (len(gaps), gaps[0]) == (MOST_GAPS, (50, 51))
