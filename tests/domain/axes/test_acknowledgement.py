"""Acknowledgement: asking again is always possible, and only what was acknowledged expires."""

import itertools

from domain.axes.acknowledgement import ACKNOWLEDGEMENT_TABLE, Acknowledgement, AcknowledgementTrigger

S, T = Acknowledgement, AcknowledgementTrigger


def test_only_what_asks_is_acknowledged_and_only_that_expires() -> None:
    missing = set(itertools.product(Acknowledgement, AcknowledgementTrigger)) - set(ACKNOWLEDGEMENT_TABLE)
    assert missing == {
        (S.NOT_NEEDED, T.ACKNOWLEDGE),
        (S.ACKED, T.ACKNOWLEDGE),
        (S.NOT_NEEDED, T.EXPIRE),
        (S.UNACKED, T.EXPIRE),
        (S.NOT_NEEDED, T.FORGET),
    }
