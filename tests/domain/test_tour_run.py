"""The life of a tour run as its table tells it."""

import pytest

from domain.errors import IllegalTransition
from domain.tour_run import TOUR_RUN_TABLE, TourRunState, TourRunTrigger
from domain.transition import step

S, T = TourRunState, TourRunTrigger


def test_every_state_can_be_reached() -> None:
    assert {S.SCHEDULED, *TOUR_RUN_TABLE.values()} == set(S)


def test_corrections_improve_a_run_but_for_its_length() -> None:
    goodness = [S.MISSED, S.INCOMPLETE, S.COMPLETED_LATE, S.COMPLETED]
    corrections = {pair: target for pair, target in TOUR_RUN_TABLE.items() if pair[1].startswith("correct")}
    assert corrections
    too_long = (S.COMPLETED, T.CORRECT_LATE)
    for (source, _), target in (pair for pair in corrections.items() if pair[0] != too_long):
        assert goodness.index(target) > goodness.index(source)


def test_a_run_that_nobody_walked_is_missed_and_one_begun_is_incomplete() -> None:
    assert step("tour run", TOUR_RUN_TABLE, S.DUE, T.EXPIRE) is S.MISSED
    assert step("tour run", TOUR_RUN_TABLE, S.IN_PROGRESS, T.EXPIRE) is S.INCOMPLETE


def test_an_abandoned_run_stays_abandoned() -> None:
    with pytest.raises(IllegalTransition):
        step("tour run", TOUR_RUN_TABLE, S.ABANDONED, T.START)
