"""Rows of one shape: a step changes nothing until it is committed; what a row costs."""

import numpy as np

from domain.instant import SECOND
from rules.conditions.condition import Condition, shaped
from rules.conditions.group import Group, masked
from rules.expressions.tree import Compare, Lasting, Number, Value
from tests.reference.limit_world import START, Reading, a_batch, a_site

SITE = a_site(("flow",))
BEYOND = Compare(">", Value(0), Number(5.0))


def a_group(condition: Condition) -> Group:
    shape, constants = shaped(condition)
    return Group(shape, [(condition, constants)], [[0]], [[60 * SECOND]], [SECOND], 1, START)


def test_a_step_changes_nothing_until_it_is_committed() -> None:
    group = a_group(Condition(inputs=("flow",), enter=BEYOND))
    batch = a_batch(SITE, [Reading("flow", 0, 9.0, seq=1)])
    before = {name: column.copy() for name, column in group.columns().items()}
    step = group.step(batch, masked(batch))
    assert step is not None
    assert all(np.array_equal(column, before[name]) for name, column in group.columns().items())
    group.commit(step)
    assert group.state.raised.tolist() == [True]


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
