"""The alarm's tables, and the word that is computed from its axes."""

import itertools

import msgspec
import pytest

from domain.alarm import (
    ACKNOWLEDGEMENT_TABLE,
    CONDITION_TABLE,
    OCCURRENCE_TABLE,
    Acknowledgement,
    Condition,
    ConditionTrigger,
    OccurrenceState,
    OccurrenceTrigger,
)
from domain.errors import IllegalTransition
from domain.transition import step
from tests.samples import an_alarm

A, C = Acknowledgement, Condition


def test_a_condition_that_is_out_of_sight_may_come_back_or_end_but_nothing_else_may_be_lost() -> None:
    pairs = set(itertools.product(Condition, ConditionTrigger)) - set(CONDITION_TABLE)
    assert pairs == {
        (C.INACTIVE, ConditionTrigger.CLEAR),
        (C.INACTIVE, ConditionTrigger.LOSE_SIGHT),
        (C.ACTIVE, ConditionTrigger.RAISE),
        (C.UNKNOWN, ConditionTrigger.LOSE_SIGHT),
        *itertools.product((C.INACTIVE, C.UNKNOWN), (ConditionTrigger.WORSEN, ConditionTrigger.EASE)),
    }


def test_an_occurrence_is_closed_only_after_it_cleared() -> None:
    with pytest.raises(IllegalTransition, match="possible: clear"):
        step("occurrence", OCCURRENCE_TABLE, OccurrenceState.ACTIVE, OccurrenceTrigger.CLOSE)


def test_asking_again_forgets_an_acknowledgement_whatever_it_was() -> None:
    asked = {state: target for (state, trigger), target in ACKNOWLEDGEMENT_TABLE.items() if trigger == "ask"}
    assert asked == dict.fromkeys(Acknowledgement, A.UNACKED)


@pytest.mark.parametrize(
    ("condition", "acknowledgement", "word"),
    [
        (C.INACTIVE, A.NOT_NEEDED, "NORM"),
        (C.INACTIVE, A.ACKED, "NORM"),
        (C.INACTIVE, A.UNACKED, "RTNUN"),
        (C.ACTIVE, A.UNACKED, "UNACK"),
        (C.ACTIVE, A.ACKED, "ACKED"),
        (C.UNKNOWN, A.UNACKED, "UNACK"),
        (C.UNKNOWN, A.ACKED, "ACKED"),
    ],
)
def test_the_isa_word_is_computed_from_the_axes(
    condition: Condition, acknowledgement: Acknowledgement, word: str
) -> None:
    alarm = msgspec.structs.replace(an_alarm(), condition=condition, acknowledgement=acknowledgement)
    assert alarm.display_state == word
