"""Shelving: either kind can follow the other, and only the one-shot ends with the condition."""

import itertools

from domain.axes.shelving import SHELVING_TABLE, Shelving, ShelvingTrigger

S, T = Shelving, ShelvingTrigger


def test_nothing_ends_that_has_not_begun_and_a_timed_shelf_outlasts_its_condition() -> None:
    missing = set(itertools.product(Shelving, ShelvingTrigger)) - set(SHELVING_TABLE)
    assert missing == {
        (S.UNSHELVED, T.UNSHELVE),
        (S.UNSHELVED, T.EXPIRE),
        (S.UNSHELVED, T.CONDITION_ENDS),
        (S.TIMED, T.CONDITION_ENDS),
    }
