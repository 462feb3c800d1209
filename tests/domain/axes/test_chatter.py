"""Chatter: it begins once and ends once."""

import itertools

from domain.axes.chatter import CHATTER_TABLE, Chatter, ChatterTrigger

S, T = Chatter, ChatterTrigger


def test_there_and_back() -> None:
    missing = set(itertools.product(Chatter, ChatterTrigger)) - set(CHATTER_TABLE)
    assert missing == {(S.CHATTERING, T.EXCEED), (S.STEADY, T.QUIET)}
