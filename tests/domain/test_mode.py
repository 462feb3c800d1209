import itertools

from domain.mode import MODE_TABLE, ModeState, ModeTrigger


def test_a_mode_that_is_over_stays_over() -> None:
    missing = set(itertools.product(ModeState, ModeTrigger)) - set(MODE_TABLE)
    assert missing == set(itertools.product([ModeState.OVER], ModeTrigger))
