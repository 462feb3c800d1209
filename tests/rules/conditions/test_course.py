"""How a batch is laid out for the scan."""

import numpy as np

from rules.conditions.columns import ConditionState, Delays
from rules.conditions.course import TICK, RowReadings, course_of_readings, course_to_tick


def carry_and_bounds() -> tuple[ConditionState, Delays]:
    carry, bounds = ConditionState.blank(2), Delays.blank(2)
    carry.judged_to[:], carry.origin[:], carry.known[:] = [100, 200], [90, 150], [True, False]
    bounds.holds[:] = 60
    return carry, bounds


def readings(at: list[int], known: list[bool]) -> RowReadings:
    return RowReadings(
        row=np.array([0, 0, 1]),
        reading=np.array([4, 5, 6]),
        at=np.array(at),
        value=np.array([1.0, 2.0, 3.0]),
        seq=np.array([11, 12, 13]),
        known=np.array(known),
        beyond=np.array([True, False, True]),
        decides=np.array([True, True, False]),
    )


def test_heads_stand_before_their_readings() -> None:
    carry, bounds = carry_and_bounds()
    course = course_of_readings(carry, bounds, readings([110, 120, 210], [True, True, True]))
    elements = course.elements
    assert elements.is_head.tolist() == [True, False, False, True, False]
    assert elements.row.tolist() == [0, 0, 0, 1, 1]
    assert elements.at.tolist() == [90, 110, 120, 150, 210]
    assert elements.sees.tolist() == [True, True, True, False, True]
    assert elements.beyond.tolist() == [False, True, False, False, True]
    assert elements.decides.tolist() == [True, True, True, True, False]
    assert elements.holds_until.tolist() == [160, 170, 180, 200, 270]
    assert elements.next_at.tolist() == [110, 120, -1, 210, -1]
    assert elements.next_reading.tolist() == [4, 5, TICK, 6, TICK]
    assert (course.head.tolist(), course.last.tolist()) == ([0, 3], [2, 4])
    assert course.judged_to is not None
    assert course.judged_to.tolist() == [120, 210]


def test_unknown_readings_only_end_the_gap_before_them() -> None:
    carry, bounds = carry_and_bounds()
    course = course_of_readings(carry, bounds, readings([110, 120, 210], [True, False, False]))
    elements = course.elements
    assert elements.at.tolist() == [90, 110, 150]
    assert elements.next_at.tolist() == [110, 120, 210]
    assert elements.next_known.tolist() == [True, False, False]
    assert elements.next_reading.tolist() == [4, 5, 6]
    assert (course.head.tolist(), course.last.tolist()) == ([0, 2], [1, 2])
    assert course.known_at_end.tolist() == [False, False]


def test_readings_do_not_come_before_what_was_judged() -> None:
    carry, bounds = carry_and_bounds()
    course = course_of_readings(carry, bounds, readings([95, 105, 210], [True, True, True]))
    assert course.elements.at.tolist() == [90, 100, 105, 150, 210]


def test_a_tick_ends_the_gap_of_every_head() -> None:
    carry, bounds = carry_and_bounds()
    course = course_to_tick(carry, bounds, 300)
    assert course.elements.next_at.tolist() == [300, 300]
    assert course.elements.next_reading.tolist() == [TICK, TICK]
    assert course.elements.holds_until.tolist() == [160, 200]
    assert course.judged_to is None
