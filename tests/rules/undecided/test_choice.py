"""Which alarms tell of undecided rows: few, and of every row exactly one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.undecided.choice import MOST_CHOSEN, NOTHING, chosen

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(NOTHING, 5)), max_size=60)


def choices(pairs: list[tuple[int, int]], preferred: int = 0) -> list[tuple[int, int, list[int]]]:
    rule, source = (np.array([pair[n] for pair in pairs], dtype=np.int64) for n in (0, 1))
    return [(one, other, places.tolist()) for one, other, places in chosen(rule, source, preferred)]


def test_one_rule_on_many_devices_is_its_rule() -> None:
    assert choices([(3, device) for device in range(4)]) == [(3, NOTHING, [0, 1, 2, 3])]


def test_many_rules_on_one_device_are_the_device_and_what_is_left_its_rule() -> None:
    assert choices([(0, 2), (1, 2), (4, NOTHING), (5, 2)]) == [(NOTHING, 2, [0, 1, 3]), (4, NOTHING, [2])]


def test_of_equals_the_rule_is_taken() -> None:
    assert choices([(0, 0)]) == [(0, NOTHING, [0])]
    assert choices([]) == []


def test_of_equals_a_preferred_source_comes_before_the_rule() -> None:
    assert choices([(0, 0)], preferred=1) == [(NOTHING, 0, [0])]
    assert choices([(0, 1)], preferred=1) == [(0, NOTHING, [0])]
    assert choices([(0, 0), (0, NOTHING)], preferred=1) == [(0, NOTHING, [0, 1])]


@given(PAIRS, st.integers(0, 6))
def test_each_row_is_told_once_by_its_rule_or_source(pairs: list[tuple[int, int]], preferred: int) -> None:
    found = choices(pairs, preferred)
    assert sorted(place for *_, places in found for place in places) == list(range(len(pairs)))
    for rule, device, places in found:
        assert (rule == NOTHING) != (device == NOTHING)
        assert places
        assert all(pairs[place][0] == rule or pairs[place][1] == device for place in places)
    assert len({choice[:2] for choice in found}) == len(found)


def test_after_so_many_choices_the_rest_goes_by_source_or_else_by_rule() -> None:
    pairs = [(2 * device + other, device) for device in range(MOST_CHOSEN + 5) for other in range(2)]
    found = choices([*pairs, (999, NOTHING)])
    assert [choice[:2] for choice in found[-6:]] == [
        *((NOTHING, device) for device in range(MOST_CHOSEN, MOST_CHOSEN + 5)), (999, NOTHING)
    ]  # fmt: skip
    assert len(found) == MOST_CHOSEN + 6
