"""Rows of one shape: a step changes nothing until it is committed; what a row costs."""

import numpy as np

from domain.instant import SECOND
from rules.conditions.condition import Condition, shaped
from rules.conditions.group import Group
from rules.conditions.hearing import Listening
from rules.conditions.inputs import masked
from rules.conditions.kept import IS_RAISED
from rules.expressions.tree import Compare, Lasting, Number, Value
from tests.reference.limit_world import START, Reading, a_batch, a_site

SITE = a_site(("flow",))
BEYOND = Compare(">", Value(0), Number(5.0))


def a_group(condition: Condition) -> Group:
    shape, constants = shaped(condition)
    return Group(shape, [(condition, constants)], [[0]], [[60 * SECOND]], [SECOND], 1, START, Listening())


def test_a_step_changes_nothing_until_it_is_committed() -> None:
    group = a_group(Condition(inputs=("flow",), enter=BEYOND))
    batch = a_batch(SITE, [Reading("flow", 0, 9.0, seq=1)])
    before = {name: column.copy() for name, column in group.columns().items()}
    step = group.step(batch, masked(batch))
    assert step is not None
    assert all(np.array_equal(column, before[name], equal_nan=True) for name, column in group.columns().items())
    group.commit(step)
    assert group.state.has(IS_RAISED).tolist() == [True]


def test_a_row_over_one_point_costs_what_a_limit_costs() -> None:
    assert a_group(Condition(inputs=("flow",), enter=BEYOND)).bytes_per_row() <= 64


def test_a_duration_is_a_deadline() -> None:
    group = a_group(Condition(inputs=("flow",), enter=Lasting(BEYOND, 10 * SECOND)))
    batch = a_batch(SITE, [Reading("flow", 0, 9.0, seq=1)])
    step = group.step(batch, masked(batch))
    assert step is not None
    group.commit(step)
    assert group.state.deadline.tolist() == [START + 10 * SECOND]
    steps = group.fire(START + 10 * SECOND)
    assert [event for each in steps for event in each.events.at.tolist()] == [START + 10 * SECOND]


def test_what_the_gap_after_the_latest_reading_brings_is_told_as_of_that_reading() -> None:
    """The value was 9 when the delay ended; it is 7 at the reading that brings that to light, and 3 at the next."""
    group = a_group(Condition(inputs=("flow",), enter=BEYOND, told=(Value(0),), on_delay=10 * SECOND))
    told: list[list[float]] = []
    for seq, readings in enumerate([[(0, 9.0)], [(20, 7.0), (30, 3.0)]], start=1):
        batch = a_batch(SITE, [Reading("flow", at * SECOND, value, seq=seq) for at, value in readings])
        step = group.step(batch, masked(batch))
        assert step is not None
        group.commit(step)
        told += step.told.tolist()
    assert told == [[9.0, 1.0], [3.0, 0.0]]
