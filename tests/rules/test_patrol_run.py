import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.errors import IllegalTransition
from domain.instant import MINUTE
from domain.tour_run import TOUR_RUN_TABLE, StopVerdict, TourRun, TourRunState, TourRunTrigger
from rules.patrol_assignment import Assignment
from rules.patrol_plan import PlannedRun
from rules.patrol_run import (
    _TRIGGERS,
    abandon,
    advance,
    miss_stops,
    next_judgement,
    verdict,
)
from tests.rules.patrolled import a_visit, planned, stop


def visit(run: PlannedRun, checkpoint: str, minute: float, number: int = 1) -> None:
    one = a_visit(minute, number, checkpoint=checkpoint)
    if checkpoint in run.places and run.holds(one.at):
        Assignment().take_in([run], [0], one)


def place(run: PlannedRun, checkpoint: str, minute: float) -> TourRun | None:
    visit(run, checkpoint, minute)
    return advance(run, round(minute * MINUTE), opened=False)


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        (-5, StopVerdict.ON_TIME),
        (1, StopVerdict.ON_TIME),
        (1.1, StopVerdict.LATE),
        (3, StopVerdict.LATE),
        (3.1, StopVerdict.PENDING),
        (-5.1, StopVerdict.PENDING),
    ],
)
def test_a_stop_is_on_time_late_or_not_proved(minute: float, expected: StopVerdict) -> None:
    run = planned()
    place(run, "a", minute)
    assert verdict(run, 0) is expected


def test_the_clock_judges_what_nobody_proved() -> None:
    run = planned()
    assert miss_stops(run, (0, 1), 3 * MINUTE - 1) == []
    assert miss_stops(run, (0, 1), 3 * MINUTE) == [0]
    assert miss_stops(run, (0, 1), 3 * MINUTE) == []
    assert (verdict(run, 0), verdict(run, 1)) == (StopVerdict.MISSED, StopVerdict.PENDING)


def test_the_next_judgement_is_the_start_then_the_stops() -> None:
    run = planned()
    assert next_judgement(run) == 0
    advance(run, 0, opened=True)
    assert next_judgement(run) == 3 * MINUTE
    place(run, "a", 1)
    assert next_judgement(run) == 6 * MINUTE
    place(run, "b", 3)
    assert next_judgement(run) is None


def test_a_run_walks_through_its_states() -> None:
    run = planned()
    assert advance(run, 0, opened=False) is None
    opened = advance(run, 0, opened=True)
    assert opened is not None
    assert (opened.state, opened.version) == (TourRunState.DUE, 2)
    begun = place(run, "a", 1)
    assert begun is not None
    assert begun.state is TourRunState.IN_PROGRESS
    assert (begun.stops[0].scanned_at, begun.stops[0].officer, begun.stops[0].seq) == (MINUTE, "li", 101)
    done = place(run, "b", 5)
    assert done is not None
    assert done.state is TourRunState.COMPLETED_LATE


def test_an_early_scan_begins_a_run_that_is_only_scheduled() -> None:
    run = planned()
    begun = place(run, "a", -2)
    assert begun is not None
    assert begun.state is TourRunState.IN_PROGRESS


def test_an_abandoned_run_is_judged_no_more() -> None:
    run = planned()
    advance(run, 0, opened=True)
    assert abandon(run, "storm").reason == "storm"
    assert next_judgement(run) is None
    seen = place(run, "a", 1)
    assert seen is not None
    assert (seen.state, seen.stops[0].verdict) == (TourRunState.ABANDONED, StopVerdict.ON_TIME)
    with pytest.raises(IllegalTransition):
        abandon(run, "again")


def test_a_run_begun_after_its_grace_is_tardy_and_an_earlier_scan_puts_that_right() -> None:
    run = planned(start_grace_seconds=120.0, stops=(stop("a", 600), stop("b", 600)))
    advance(run, 0, opened=True)
    assert next_judgement(run) == 2 * MINUTE
    assert advance(run, 2 * MINUTE - 1, opened=True) is None
    waited = advance(run, 2 * MINUTE, opened=True)
    assert waited is not None
    assert waited.tardy
    late = place(run, "a", 3)
    assert late is not None
    assert (late.tardy, late.begun_at) == (True, 3 * MINUTE)
    early = place(run, "b", 1)
    assert early is not None
    assert (early.tardy, early.begun_at) == (False, MINUTE)


def test_a_walk_that_took_too_long_is_completed_late() -> None:
    run = planned(maximum_seconds=120.0, stops=(stop("a", 600), stop("b", 600)))
    place(run, "a", 3)
    done = place(run, "b", 4)
    assert done is not None
    assert done.state is TourRunState.COMPLETED
    # An earlier scan of the first stop comes late: from there it took three minutes.
    visit(run, "a", 1, 2)
    corrected = advance(run, 5 * MINUTE, opened=True)
    assert corrected is not None
    assert corrected.state is TourRunState.COMPLETED_LATE


def test_a_way_that_the_table_does_not_know_changes_nothing() -> None:
    run = planned()
    run.run = replace(run.run, state=TourRunState.COMPLETED)
    before = run.run
    run.judged[:] = [True, True]
    with pytest.raises(IllegalTransition):
        advance(run, 0, opened=True)
    assert run.run is before


def test_every_way_ends_where_it_says() -> None:
    for (state, target), triggers in _TRIGGERS.items():
        reached = state
        for trigger in triggers:
            assert trigger is not TourRunTrigger.ABANDON
            reached = TOUR_RUN_TABLE[reached, trigger]
        assert reached is target


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("visit"), st.sampled_from("ab"), st.integers(-6 * 60, 20 * 60)),
        st.tuples(st.just("clock"), st.just(""), st.integers(-60, 20 * 60)),
    ),
    max_size=12,
)


@given(STEPS)
def test_no_course_of_events_leaves_the_table(steps: list[tuple[str, str, int]]) -> None:
    run = planned()
    now = -6 * MINUTE
    for number, (kind, checkpoint, second) in enumerate(steps):
        if kind == "clock":
            now = max(now, second * 1_000_000)
            miss_stops(run, (0, 1), now)
        else:
            visit(run, checkpoint, second / 60, number)
        advance(run, now, opened=now >= 0)
    assert run.run.state in TourRunState


@given(STEPS)
def test_the_final_verdict_depends_on_the_visits_alone(steps: list[tuple[str, str, int]]) -> None:
    visits = [(checkpoint, second / 60, n) for n, (kind, checkpoint, second) in enumerate(steps) if kind == "visit"]
    ends = []
    for clock_first in (False, True):
        run = planned()
        if clock_first:
            miss_stops(run, (0, 1), 60 * MINUTE)
            advance(run, 60 * MINUTE, opened=True)
        for checkpoint, minute, number in visits if clock_first else reversed(visits):
            visit(run, checkpoint, minute, number)
            advance(run, 0, opened=True)
        miss_stops(run, (0, 1), 60 * MINUTE)
        advance(run, 60 * MINUTE, opened=True)
        ends.append((run.run.state, run.run.stops))
    assert all(end == ends[0] for end in itertools.islice(ends, 1, None))
