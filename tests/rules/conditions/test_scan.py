"""The scan itself on small rows; that it equals the specification is in tests/properties/test_limit_laws.py."""

import numpy as np
import pytest

from rules.conditions.columns import ConditionState, Delays
from rules.conditions.course import TICK, RowReadings, course_of_readings, course_to_tick
from rules.conditions.scan import CLEARED, LOST_STALE, LOST_UNUSABLE, RAISED, REGAINED, Events, scan

HOLDS = 60
HIGH, BACK = 20.0, 18.0


def bounds(rows: int, *, on: int = 30, off: int = 10) -> Delays:
    made = Delays.blank(rows)
    made.on_delay[:], made.off_delay[:], made.holds[:] = on, off, HOLDS
    return made


def course_values(rows: list[list[tuple[int, float]]]) -> RowReadings:
    """Rows of (at, value); NaN is unknown. Records are numbered from 0, a reading each, row by row."""
    flat = [(row, at, value) for row, samples in enumerate(rows) for at, value in samples]
    places = np.arange(len(flat))
    values = np.array([value for _, _, value in flat])
    return RowReadings(
        row=np.array([row for row, _, _ in flat]),
        reading=places,
        at=np.array([at for _, at, _ in flat]),
        value=values,
        seq=places + 10,
        known=np.isfinite(values),
        beyond=values > HIGH,
        decides=(values > HIGH) | (values <= BACK),
    )


def run(samples: list[tuple[int, float]], *, on: int = 30, off: int = 10) -> tuple[Events, ConditionState]:
    carry, limits = ConditionState.blank(1), bounds(1, on=on, off=off)
    return scan(carry, limits, course_of_readings(carry, limits, course_values([samples])))


def told(events: Events) -> list[tuple[int, int, int]]:
    """(kind, at, reading), by time."""
    order = np.lexsort((np.arange(events.at.size), events.at))
    return list(
        zip(events.kind[order].tolist(), events.at[order].tolist(), events.reading[order].tolist(), strict=True)
    )


UNKNOWN = float("nan")


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([(1000, 25), (1020, 25), (1040, 25)], [(RAISED, 1030, 2)]),
        ([(1000, 25), (1030, 25)], [(RAISED, 1030, 1)]),
        ([(1000, 25), (1029, 15), (1100, 25)], []),
        ([(1000, 25), (1010, UNKNOWN), (1500, 25), (1525, 25)], [(RAISED, 1520, 3)]),
        ([(1000, 25), (1500, 25)], [(RAISED, 1030, 1), (LOST_STALE, 1060, 1), (REGAINED, 1500, 1)]),
        ([(1000, 25), (1040, UNKNOWN)], [(RAISED, 1030, 1), (LOST_UNUSABLE, 1040, 1)]),
        ([(1000, 25), (1060, UNKNOWN)], [(RAISED, 1030, 1), (LOST_STALE, 1060, 1)]),
        ([(1000, 25), (1040, 19), (1050, 18), (1060, 18)], [(RAISED, 1030, 1), (CLEARED, 1060, 3)]),
        (
            [(1000, 25), (1200, 15), (1205, UNKNOWN), (1300, 15), (1306, 15)],
            [
                (RAISED, 1030, 1),
                (LOST_STALE, 1060, 1),
                (REGAINED, 1200, 1),
                (LOST_UNUSABLE, 1205, 2),
                (REGAINED, 1300, 3),
                (CLEARED, 1305, 4),
            ],
        ),
    ],
)
def test_one_row(samples: list[tuple[int, float]], expected: list[tuple[int, int, int]]) -> None:
    assert told(run(samples)[0]) == expected


def test_without_delays_everything_happens_at_readings() -> None:
    events, state = run([(1000, 25), (1010, 15), (1010, 25)], on=0, off=0)
    assert told(events) == [(RAISED, 1000, 0), (CLEARED, 1010, 1), (RAISED, 1010, 2)]
    assert (state.raised[0], state.since[0], state.deadline[0]) == (True, 1010, 1070)


def test_events_carry_value_and_beginning() -> None:
    events, _ = run([(1000, 25), (1010, 26), (1050, 27)])
    assert (events.value[0], events.value_seq[0], events.since[0], events.since_seq[0]) == (26.0, 11, 1000, 10)
    assert events.condition[0]


@pytest.mark.parametrize(
    ("samples", "origin"),
    [
        ([(1000, 25), (1040, 25)], 1030),  # raised in the gap
        ([(1000, 25), (1040, 15), (1045, 25), (1046, 25)], 1045),  # back for a moment
        ([(1000, 25), (1040, 15), (1060, 15)], 1050),  # cleared in the gap
        ([(1000, 25), (1040, 15), (1045, UNKNOWN), (1048, 15)], 1043),  # the off delay runs, 3 s were unknown
    ],
)
def test_the_origin_is_that_of_the_delay_or_of_the_latest_change(samples: list[tuple[int, float]], origin: int) -> None:
    assert run(samples)[1].origin.tolist() == [origin]


def test_rows_do_not_touch_each_other() -> None:
    samples = [[(1000, 25.0)], [(1000, 15.0), (1040, 15.0)], [(1001, 25.0), (1040, 25.0)]]
    carry, limits = ConditionState.blank(3), bounds(3)
    events, state = scan(carry, limits, course_of_readings(carry, limits, course_values(samples)))
    assert list(zip(events.row.tolist(), events.at.tolist(), strict=True)) == [(2, 1031)]
    assert state.condition.tolist() == [True, False, True]
    assert state.deadline.tolist()[0] == 1030


def test_a_tick_fires_what_is_due_and_keeps_the_rest() -> None:
    carry, limits = run([(1000, 25)])[1], bounds(1)
    events, state = scan(carry, limits, course_to_tick(carry, limits, 1045))
    assert told(events) == [(RAISED, 1030, TICK)]
    assert (state.deadline[0], state.origin[0], state.judged_to[0], state.known[0]) == (1060, 1030, 1000, True)
    events, state = scan(carry, limits, course_to_tick(carry, limits, 1060))
    assert told(events) == [(RAISED, 1030, TICK), (LOST_STALE, 1060, TICK)]
    assert (state.judged_to[0], state.known[0]) == (1060, False)


def test_the_new_state_does_not_alias_the_old() -> None:
    _, state = run([(1000, 25)])
    before = state.take(np.array([0]))
    limits = bounds(1)
    _, after = scan(state, limits, course_to_tick(state, limits, 1030))
    assert after.raised[0]
    assert not state.raised[0]
    assert state.origin.tolist() == before.origin.tolist()


def test_sums_of_known_time_may_pass_64_bits_without_harm() -> None:
    """Heads of rows that were never judged stand at time 0: a million of them add up beyond 2**63 microseconds."""
    rows = 200_000
    start = 1_800_000_000_000_000
    carry, limits = ConditionState.blank(rows), bounds(rows)
    carry.known[:], limits.holds[:] = True, start * 2
    samples = RowReadings(
        row=np.repeat(np.arange(rows), 2),
        reading=np.arange(2 * rows),
        at=np.tile(np.array([start, start + 40]), rows),
        value=np.full(2 * rows, 25.0),
        seq=np.arange(2 * rows),
        known=np.ones(2 * rows, dtype=np.bool_),
        beyond=np.ones(2 * rows, dtype=np.bool_),
        decides=np.ones(2 * rows, dtype=np.bool_),
    )
    events, _ = scan(carry, limits, course_of_readings(carry, limits, samples))
    assert events.at.size == rows
    assert events.at.tolist() == [start + 30] * rows
