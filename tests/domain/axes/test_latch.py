"""The latch: set as often as the condition comes, reset once."""

import itertools

from domain.axes.latch import LATCH_TABLE, Latch, LatchTrigger

S, T = Latch, LatchTrigger


def test_only_what_is_latched_is_reset() -> None:
    missing = set(itertools.product(Latch, LatchTrigger)) - set(LATCH_TABLE)
    assert missing == {(S.RELEASED, T.RESET)}
