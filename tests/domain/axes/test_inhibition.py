"""Inhibition: it begins once, and is handed over or ends."""

import itertools

from domain.axes.inhibition import INHIBITION_TABLE, Inhibition, InhibitionTrigger

S, T = Inhibition, InhibitionTrigger


def test_it_begins_once() -> None:
    missing = set(itertools.product(Inhibition, InhibitionTrigger)) - set(INHIBITION_TABLE)
    assert missing == {(S.INHIBITED, T.INHIBIT), (S.FREE, T.HAND_OVER), (S.FREE, T.RELEASE)}
