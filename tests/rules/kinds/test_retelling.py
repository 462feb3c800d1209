from domain.alarm import ConditionTrigger
from rules.kinds.retelling import Saying, Stretch, Told, settle, since

RAISE, CLEAR = ConditionTrigger.RAISE, ConditionTrigger.CLEAR


def test_a_stretch_that_goes_on_is_raised_and_stands() -> None:
    assert settle(Told(), 0, 9, [Stretch(5)]) == (Told((5,), (), 5), [Saying(RAISE, 5)])


def test_a_stretch_that_is_over_is_raised_and_cleared() -> None:
    assert settle(Told(), 0, 9, [Stretch(5, 7)]) == (Told((5,)), [Saying(RAISE, 5), Saying(CLEAR, 5, 7)])


def test_what_is_known_already_is_not_said_again() -> None:
    told = Told((2, 5), (), 5)
    assert settle(told, 0, 9, [Stretch(2, 3), Stretch(5)]) == (told, [])


def test_the_end_of_what_stands_clears_it() -> None:
    assert settle(Told((5,), (), 5), 0, 9, [Stretch(5, 8)]) == (Told((5,)), [Saying(CLEAR, 5, 8)])


def test_what_was_not_so_is_corrected_before_anything_is_raised() -> None:
    told, sayings = settle(Told((5,), (), 5), 0, 9, [Stretch(4)])
    assert (told, sayings) == (Told((4,), (), 4), [Saying(CLEAR, 5), Saying(RAISE, 4)])


def test_what_lies_outside_is_left_alone() -> None:
    assert settle(Told((2, 20), (), 20), 3, 9, []) == (Told((2, 20), (), 20), [])


def test_what_was_over_before_waits_while_another_stands_and_then_is_said_in_order() -> None:
    told, sayings = settle(Told((9,), (), 9), 3, 6, [Stretch(3, 4), Stretch(5, 6)])
    assert (told, sayings) == (Told((9,), (Stretch(3, 4), Stretch(5, 6)), 9), [])
    told, sayings = settle(told, 9, 9, [Stretch(9, 12)])
    assert told == Told((3, 5, 9))
    assert sayings == [
        Saying(CLEAR, 9, 12),
        *(Saying(RAISE, 3), Saying(CLEAR, 3, 4)),
        *(Saying(RAISE, 5), Saying(CLEAR, 5, 6)),
    ]


def test_what_waits_and_was_not_so_is_never_said() -> None:
    assert settle(Told((9,), (Stretch(3, 4),), 9), 3, 4, []) == (Told((9,), (), 9), [])


def test_what_stands_is_not_forgotten() -> None:
    told = Told((2, 5, 8), (), 2)
    assert since(told, 6) == Told((2, 8), (), 2)
    assert since(told, 2) is told
    assert not Told((2, 8)).is_raised(5)
    assert told.is_raised(8)
