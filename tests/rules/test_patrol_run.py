import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.errors import IllegalTransition
from domain.instant import MINUTE
from domain.schedule import run_window
from domain.site import Tour, TourStop
from domain.text import same
from domain.tour_run import TOUR_RUN_TABLE, StopVerdict, TourRun, TourRunState, TourRunTrigger
from rules.patrol_run import (
    _TRIGGERS,
    PlannedRun,
    Visit,
    abandon,
    advance,
    miss_stops,
    next_judgement,
    place_visit,
    plan_run,
    stop_of,
    verdict,
)

TOUR = Tour(
    id="t",
    name=same("t"),
    stops=(TourStop(checkpoint="a", due_seconds=60), TourStop(checkpoint="b", due_seconds=240)),
    every_seconds=600,
    grace_seconds=120,
    early_seconds=300,
)


def planned(start_minute: int = 0) -> PlannedRun:
    """Stop a is due at minute 1 and missed at 3, stop b at 4 and 6; scans count from -5, the next run starts at 10."""
    return plan_run("s", TOUR, run_window(TOUR, "UTC", start_minute * MINUTE))


def a_visit(minute: float, number: int = 1) -> Visit:
    at = round(minute * MINUTE)
    return Visit(at, "phone", "b", number, 100 + number, "li", at)


def place(run: PlannedRun, checkpoint: str, minute: float) -> TourRun | None:
    place_visit([run], checkpoint, a_visit(minute))
    return advance(run, opened=False)


def test_a_run_is_planned_from_its_window() -> None:
    run = planned(10).run
    assert (run.state, run.starts_at, run.ends_at) == (TourRunState.SCHEDULED, 10 * MINUTE, 16 * MINUTE)
    assert [(stop.due_at, stop.missed_at) for stop in run.stops] == [
        (11 * MINUTE, 13 * MINUTE),
        (14 * MINUTE, 16 * MINUTE),
    ]


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
    advance(run, opened=True)
    assert next_judgement(run) == 3 * MINUTE
    place(run, "a", 1)
    assert next_judgement(run) == 6 * MINUTE
    place(run, "b", 3)
    assert next_judgement(run) is None


def test_a_run_walks_through_its_states() -> None:
    run = planned()
    assert advance(run, opened=False) is None
    opened = advance(run, opened=True)
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
    advance(run, opened=True)
    assert abandon(run, "storm").reason == "storm"
    assert next_judgement(run) is None
    seen = place(run, "a", 1)
    assert seen is not None
    assert (seen.state, seen.stops[0].verdict) == (TourRunState.ABANDONED, StopVerdict.ON_TIME)
    with pytest.raises(IllegalTransition):
        abandon(run, "again")


def test_a_checkpoint_that_is_no_stop_changes_nothing() -> None:
    run = planned()
    assert stop_of(run, "z") is None
    assert [placed.planned for placed in place_visit([run], "z", a_visit(1))] == [None]


def test_an_earlier_visit_takes_the_stop_and_the_later_one_asks_the_next_run() -> None:
    first, second = planned(0), planned(10)
    late, early = a_visit(5.5, 2), a_visit(5.2, 1)
    assert [placed.planned for placed in place_visit([first, second], "b", late)] == [first]
    assert [(placed.visit, placed.planned) for placed in place_visit([first, second], "b", early)] == [
        (early, first),
        (late, second),
    ]
    assert (first.visits[1], second.visits[1]) == (early, late)


def test_a_way_that_the_table_does_not_know_changes_nothing() -> None:
    run = planned()
    run.run = replace(run.run, state=TourRunState.COMPLETED)
    before = run.run
    run.judged[:] = [True, True]
    with pytest.raises(IllegalTransition):
        advance(run, opened=True)
    assert run.run is before


def test_every_way_ends_where_it_says() -> None:
    for (state, target), triggers in _TRIGGERS.items():
        reached = state
        for trigger in triggers:
            assert trigger is not TourRunTrigger.ABANDON
            reached = TOUR_RUN_TABLE[reached, trigger]
        assert reached is target


# The reference: visits sorted, each to the first run that it proves, failing that to the first it can be seen in.


def reference(runs: Sequence[PlannedRun], visits: Sequence[Visit]) -> list[Visit | None]:
    taken: dict[int, Visit] = {}
    for visit in sorted(visits):
        stops = [(number, run.run.stops[1], run) for number, run in enumerate(runs)]
        within = [(n, stop) for n, stop, run in stops if run.opens_at <= visit.at <= run.run.ends_at and n not in taken]
        proving = [n for n, stop in within if visit.at <= stop.missed_at]
        for number in (proving or [n for n, _ in within])[:1]:
            taken[number] = visit
    return [taken.get(number) for number in range(len(runs))]


@given(st.lists(st.integers(-6 * 60, 40 * 60), max_size=8), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_fold_over_the_sorted_visits(seconds: list[int], order: object) -> None:
    visits = [a_visit(second / 60, number) for number, second in enumerate(seconds)]
    expected = reference([planned(0), planned(10), planned(20)], visits)
    shuffled = list(visits)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    runs = [planned(0), planned(10), planned(20)]
    for visit in shuffled:
        place_visit(runs, "b", visit)
    assert [run.visits[1] for run in runs] == expected


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
            place_visit([run], checkpoint, a_visit(second / 60, number))
        advance(run, opened=now >= 0)
    assert run.run.state in TourRunState


@given(STEPS)
def test_the_final_verdict_depends_on_the_visits_alone(steps: list[tuple[str, str, int]]) -> None:
    visits = [
        (checkpoint, a_visit(second / 60, n)) for n, (kind, checkpoint, second) in enumerate(steps) if kind == "visit"
    ]
    ends = []
    for clock_first in (False, True):
        run = planned()
        if clock_first:
            miss_stops(run, (0, 1), 60 * MINUTE)
            advance(run, opened=True)
        for checkpoint, visit in visits if clock_first else reversed(visits):
            place_visit([run], checkpoint, visit)
            advance(run, opened=True)
        miss_stops(run, (0, 1), 60 * MINUTE)
        advance(run, opened=True)
        ends.append((run.run.state, run.run.stops))
    assert all(end == ends[0] for end in itertools.islice(ends, 1, None))
