from hypothesis import given
from hypothesis import strategies as st

from rules.deadlines import LEFTOVERS, Deadlines


def drained(deadlines: Deadlines[tuple[str, ...]], until: int) -> list[tuple[int, tuple[str, ...]]]:
    found = []
    while (due := deadlines.pop(until)) is not None:
        found.append(due)
    return found


def test_timers_fire_in_order_of_time_then_key() -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    for name, at in (("b", 2), ("c", 1), ("a", 2)):
        deadlines.set((name,), at)
    assert deadlines.next() == 1
    assert drained(deadlines, 2) == [(1, ("c",)), (2, ("a",)), (2, ("b",))]
    assert deadlines.next() is None


def test_only_what_is_due_fires() -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    deadlines.set(("a",), 5)
    assert drained(deadlines, 4) == []
    assert drained(deadlines, 5) == [(5, ("a",))]


def test_a_timer_set_anew_replaces_the_old_one() -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    deadlines.set(("a",), 1)
    deadlines.set(("a",), 3)
    deadlines.set(("a",), 3)
    assert drained(deadlines, 9) == [(3, ("a",))]


def test_a_stopped_timer_never_fires() -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    deadlines.set(("a",), 1)
    deadlines.set(("a",), None)
    deadlines.set(("never",), None)
    assert deadlines.next() is None
    deadlines.set(("b",), 1)
    deadlines.clear()
    assert drained(deadlines, 9) == []


def test_a_timer_set_back_to_an_old_time_fires_once() -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    for at in (1, 2, 1):
        deadlines.set(("a",), at)
    assert drained(deadlines, 9) == [(1, ("a",))]


def test_leftovers_do_not_pile_up() -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    for at in range(10_000):
        deadlines.set(("a",), at)
        deadlines.set(("b",), at)
    assert len(deadlines._heap) <= 2 * 2 + LEFTOVERS + 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 20))), max_size=200))
def test_it_behaves_as_a_sorted_dictionary(steps: list[tuple[str, int | None]]) -> None:
    deadlines: Deadlines[tuple[str, ...]] = Deadlines()
    model: dict[str, int] = {}
    for name, at in steps:
        deadlines.set((name,), at)
        model.pop(name, None)
        if at is not None:
            model[name] = at
        assert deadlines.next() == min(model.values(), default=None)
    assert drained(deadlines, 20) == sorted((at, (name,)) for name, at in model.items())
