"""Numbers that sentences name: as of the moment that an event happened at, or in the gap after which it did."""

import numpy as np

from rules.conditions.condition import Condition, shaped
from rules.conditions.evaluation import Evaluation, settings_of
from rules.conditions.hearing import Listening
from rules.conditions.numbers import moments_of, numbers_at
from rules.conditions.scan import Events
from rules.conditions.timeline import Arrivals, Slots, with_heads
from rules.expressions.tree import Compare, Number, Value

TURNED, REGAINED, GAP, LOST, NEXT = range(5)
"""Orders of events at a moment, and in the gap after it (`rules.conditions.scan`)."""
CONDITION = Condition(inputs=("a",), enter=Compare(">", Value(0), Number(6.5)))


def an_evaluation() -> Evaluation:
    _, constants = shaped(CONDITION)
    arrivals = Arrivals(
        row=np.array([0, 0]),
        slot=np.array([0, 0]),
        reading=np.array([3, 4]),
        at=np.array([110, 120]),
        value=np.array([7.0, np.nan]),
        seq=np.array([1, 2]),
    )
    slots = Slots(np.array([[6.0]]), np.array([[100]]), np.array([[50]]))
    line = with_heads(slots, np.array([100]), np.array([0]), arrivals)
    return Evaluation(line, settings_of(shaped(CONDITION)[0], [constants], [1], Listening())[0], {}, None)


def events(*each: tuple[int, int]) -> Events:
    """By the moment that brought them to light, and their order."""
    made = Events.blank(len(each))
    made.reading[:], made.order[:] = zip(*each, strict=True)
    return made


def test_of_the_moment_or_of_the_one_before() -> None:
    told = events((1, TURNED), (1, GAP), (2, LOST), (2, NEXT + REGAINED), (2, 2 * NEXT + GAP))
    assert moments_of(told).tolist() == [1, 0, 1, 2, 1]


def test_numbers_and_truths_are_known_or_not_a_number() -> None:
    enter = shaped(CONDITION)[0].enter
    told = numbers_at(an_evaluation(), np.array([0, 1, 2, 1]), (Value(0), enter))
    np.testing.assert_array_equal(told, [[6.0, 0.0], [7.0, 1.0], [np.nan, np.nan], [7.0, 1.0]])


def test_nothing_to_tell() -> None:
    assert numbers_at(an_evaluation(), np.empty(0, dtype=np.int64), (Value(0),)).shape == (0, 1)
    assert numbers_at(an_evaluation(), np.array([1]), ()).shape == (1, 0)
