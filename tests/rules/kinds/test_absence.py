"""The stretches of absence follow from the sorted marks alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alarm import ConditionTrigger
from rules.kinds.absence import AbsenceState, deadline, fire, mark
from rules.kinds.retelling import Saying

LIMIT = 10


def course(steps: list[tuple[str, int]], *, holding: bool = False) -> tuple[AbsenceState, list[Saying]]:
    """Marks (`m`), ends (`e`) and the clock (`c`), which fires what is due."""
    state, said = AbsenceState(), list[Saying]()
    for kind, at in steps:
        if kind == "c":
            while (due := deadline(state, LIMIT)) is not None and due <= at:
                state, more = fire(state, LIMIT)
                said += more
        else:
            state, more = mark(state, at, LIMIT, is_end=kind == "e", is_holding=holding)
            said += more
    return state, said


def standing(said: list[Saying]) -> list[int]:
    """The starts of absences that were raised and not corrected."""
    raised: list[int] = []
    for each in said:
        if each.trigger is ConditionTrigger.RAISE:
            raised += [] if each.start in raised else [each.start]
        elif each.end is None:
            raised.remove(each.start)
    return sorted(raised)


def test_the_clock_says_that_nothing_happened_and_the_next_mark_ends_it() -> None:
    _, said = course([("m", 100), ("c", 109), ("c", 110), ("m", 125)])
    assert said == [Saying(ConditionTrigger.RAISE, 110), Saying(ConditionTrigger.CLEAR, 110, 125)]


def test_a_mark_that_comes_late_corrects() -> None:
    _, said = course([("m", 100), ("c", 110), ("m", 105)])
    assert said[1:] == [Saying(ConditionTrigger.CLEAR, 110)]


def test_after_an_end_nothing_is_expected() -> None:
    _, said = course([("m", 100), ("e", 105), ("c", 500), ("m", 600), ("c", 605)])
    assert said == []


def test_while_held_nobody_is_absent_and_afterwards_what_was_so_is_said() -> None:
    state, said = course([("m", 100), ("m", 150)], holding=True)
    assert said == []
    assert deadline(state, LIMIT) == 100
    state, said = fire(state, LIMIT)
    assert standing(said) == [110]
    assert deadline(state, LIMIT) == 160


@settings(max_examples=60)
@given(st.lists(st.integers(1, 80), min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_any_order_of_arrival_leaves_the_same_absences(marks: list[int], order: object) -> None:
    shuffled = list(marks)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    _, sorted_said = course([*(("m", at) for at in sorted(marks)), ("c", 1000), ("m", 1001)])
    _, said = course([*(("m", at) for at in shuffled), ("c", 1000), ("m", 1001)])
    assert standing(said) == standing(sorted_said)
