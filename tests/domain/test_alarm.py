"""The word that is computed from the axes of an alarm, and what hides it."""

import msgspec
import pytest

from domain.alarm import Acknowledgement, Alarm, Condition
from domain.axes.inhibition import Inhibition
from domain.axes.latch import Latch
from domain.axes.service import Service
from domain.axes.shelving import Shelving
from tests.samples import an_alarm

A, C = Acknowledgement, Condition


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


def with_axes(**axes: object) -> Alarm:
    return msgspec.structs.replace(an_alarm(), **axes)


@pytest.mark.parametrize(
    ("axes", "word"),
    [
        ({"inhibition": Inhibition.INHIBITED}, "DSUPR"),
        ({"inhibition": Inhibition.INHIBITED, "shelving": Shelving.ONE_SHOT}, "SHLVD"),
        ({"shelving": Shelving.TIMED, "service": Service.OUT_OF_SERVICE}, "OOSRV"),
    ],
)
def test_what_suppresses_an_alarm_is_the_word(axes: dict[str, object], word: str) -> None:
    alarm = with_axes(**axes)
    assert (alarm.display_state, alarm.is_suppressed, alarm.is_standing) == (word, True, True)


def test_a_latched_alarm_stands_without_its_condition() -> None:
    alarm = with_axes(condition=C.INACTIVE, latch=Latch.LATCHED, acknowledgement=A.ACKED)
    assert (alarm.is_standing, alarm.display_state) == (True, "ACKED")
    assert not with_axes(condition=C.INACTIVE).is_standing
