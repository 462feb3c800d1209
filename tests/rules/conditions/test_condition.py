"""Shapes: what rows must share to be judged together."""

from msgspec.structs import replace

from rules.conditions.condition import Condition, Constants, shaped
from rules.expressions.tree import Compare, Lasting, Logic, Not, Number, Previous, Silent, Value, Window

BEYOND = Compare(">", Value(0), Number(20.0))
ONE = Condition(inputs=("a",), enter=BEYOND, leave=Compare("<", Value(0), Number(18.0)))


def test_numbers_and_spans_become_columns() -> None:
    shape, constants = shaped(ONE)
    other, others = shaped(replace(ONE, inputs=("b",), enter=Compare(">", Value(0), Number(7.0))))
    assert shape == other
    assert (constants, others) == (Constants((20.0, 18.0), ()), Constants((7.0, 18.0), ()))
    shape, constants = shaped(replace(ONE, enter=Compare(">", Window("avg", Value(0), 60), Number(1.0))))
    assert constants == Constants((1.0, 18.0), (60,))


def test_equal_parts_stay_equal() -> None:
    shape, constants = shaped(replace(ONE, enter=Logic("and", BEYOND, BEYOND), leave=Not(BEYOND)))
    assert constants.numbers == (20.0,)
    assert len(shape.nodes()) == 5


def test_what_time_alone_can_change_is_timed() -> None:
    assert not shaped(ONE)[0].is_timed
    assert shaped(replace(ONE, enter=Lasting(BEYOND, 5)))[0].is_timed
    assert shaped(replace(ONE, inputs=("a", "b")))[0].is_timed
    assert shaped(replace(ONE, leave=Compare(">", Number(1.0), Number(2.0))))[0].is_timed
    assert not shaped(replace(ONE, told=(Value(0),)))[0].is_timed


def test_what_is_only_listened_to_is_not_needed() -> None:
    silent = replace(ONE, enter=Logic("or", BEYOND, Silent(1, 60)), leave=None, inputs=("a", "b"))
    assert shaped(silent)[0].needed() == [0]
    three = replace(silent, leave=Compare("<", Previous(2), Number(1.0)), inputs=("a", "b", "c"))
    assert shaped(three)[0].needed() == [0, 2]


def test_guards_are_the_same_parts_as_in_the_condition() -> None:
    guard = Compare(">", Value(0), Number(1.0))
    shape, constants = shaped(replace(ONE, enter=Logic("and", guard, BEYOND), guards=(guard,)))
    assert isinstance(shape.enter, Logic)
    assert shape.guards == (shape.enter.left,)
    assert constants.numbers == (1.0, 20.0, 18.0)
