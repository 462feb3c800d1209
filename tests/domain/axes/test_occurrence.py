"""An occurrence clears once and is closed once, in that order."""

import itertools

from domain.axes.occurrence import OCCURRENCE_TABLE, OccurrenceState, OccurrenceTrigger

S, T = OccurrenceState, OccurrenceTrigger


def test_it_is_closed_only_after_it_cleared() -> None:
    missing = set(itertools.product(OccurrenceState, OccurrenceTrigger)) - set(OCCURRENCE_TABLE)
    assert missing == {
        (S.ACTIVE, T.CLOSE),
        (S.CLEARED, T.CLEAR),
        (S.CLOSED, T.CLEAR),
        (S.CLOSED, T.CLOSE),
    }
