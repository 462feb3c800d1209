"""Single nodes; that whole expressions equal plain Python is in tests/properties/test_condition_laws.py."""

import numpy as np
import pytest

from rules.conditions.evaluation import Evaluation, Settings, blank_memory
from rules.conditions.hearing import Listening
from rules.conditions.timeline import Arrivals, of_arrivals
from rules.expressions.tree import (
    Binary,
    Compare,
    Count,
    Lasting,
    Logic,
    Node,
    Not,
    Number,
    Previous,
    Unary,
    Value,
    Window,
)

NAN = float("nan")
HIGH = Compare(">", Value(0), Number(0.0))


def evaluation(values: list[float], node: Node) -> Evaluation:
    size = len(values)
    zeros = np.zeros(size, dtype=np.int64)
    line = of_arrivals(
        Arrivals(zeros, zeros, np.arange(size), np.arange(size) * 10, np.array(values), np.arange(size)),
        np.array([1_000]),
    )
    memory = {node: made} if (made := blank_memory(node, 1, 20)) is not None else {}
    settings = Settings(np.array([[5.0]]), np.array([[20]]), np.array([[1]]), Listening())
    return Evaluation(line, settings, memory, None)


@pytest.mark.parametrize(
    ("node", "values", "expected"),
    [
        (Unary("abs", Value(0)), [-3.0, NAN], [3.0, None]),
        (Unary("-", Value(0)), [-3.0], [3.0]),
        (Binary("/", Number(0.0), Value(0)), [2.0, 0.0], [2.5, None]),
        (Binary("max", Number(0.0), Value(0)), [2.0, 9.0], [5.0, 9.0]),
        (Previous(0), [1.0, 2.0, NAN, 4.0], [None, 1.0, None, 2.0]),
        (Window("spread", Value(0), 0), [1.0, 4.0, 2.0, 9.0], [None, None, 3.0, 7.0]),
        (Count(HIGH, 0), [9.0, 1.0, 9.0, NAN, 9.0], [0.0, 0.0, 1.0, None, 0.0]),
    ],
)
def test_numbers(node: Node, values: list[float], expected: list[float | None]) -> None:
    with np.errstate(all="ignore"):
        found, known = evaluation(values, node).number(node)
    assert [
        value if is_known else None for value, is_known in zip(found.tolist(), known.tolist(), strict=True)
    ] == expected


@pytest.mark.parametrize(("how", "expected"), [("and", [True, False, None]), ("or", [True, True, True])])
def test_unknown_does_not_hide_what_is_decided(how: str, expected: list[bool | None]) -> None:
    """Against a value above 5, one that is not, and one that is unknown: true, false and unknown."""
    yes = Compare("<", Number(0.0), Number(0.0))
    node = Logic("and" if how == "and" else "or", Not(yes), HIGH)
    true, known = evaluation([9.0, 1.0, NAN], node).truth(node)
    assert [
        value if is_known else None for value, is_known in zip(true.tolist(), known.tolist(), strict=True)
    ] == expected


def test_what_lasts_is_due_between_readings() -> None:
    node = Lasting(HIGH, 0)
    run = evaluation([9.0, 9.0, 9.0, 1.0], node)
    assert run.truth(node)[0].tolist() == [False, False, True, False]
    assert run.memory[node]["held"].tolist() == [0]


def test_a_number_is_no_truth() -> None:
    with pytest.raises(TypeError, match="is not true or false"):
        evaluation([1.0], Value(0)).truth(Value(0))
    with pytest.raises(TypeError, match="is no number"):
        evaluation([1.0], HIGH).number(HIGH)


def test_settings_of_some_rows_are_those_of_the_group_at_their_places() -> None:
    settings = Settings(
        np.array([[5.0], [6.0], [7.0]]), np.array([[20], [30], [40]]), np.array([[1], [2], [3]]), Listening()
    )
    some = settings.take(np.array([2, 0])).take(np.array([0]))
    assert some.places(np.array([0])).tolist() == [2]
    assert settings.places(np.array([1])).tolist() == [1]
    zero = np.zeros(1, dtype=np.int64)
    line = of_arrivals(Arrivals(zero, zero, zero, zero, np.zeros(1), zero), np.array([9]))
    assert Evaluation(line, some, {}, None).number(Number(0.0))[0].tolist() == [7.0]
