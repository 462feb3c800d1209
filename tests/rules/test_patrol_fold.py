"""Each verdict that a fold can come to, in minutes of the tour of `patrolled`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.instant import LATEST, MINUTE
from domain.site import TourOrder
from domain.tour_run import Handover, StopVerdict
from rules.patrol_fold import PRECEDENCE, Fold, fold, fold_on, shown
from rules.patrol_plan import PlannedRun, Visit
from tests.rules.patrolled import a_visit, planned, stop

V = StopVerdict
STOPS = tuple(stop(checkpoint, 600) for checkpoint in "abcd")


def strict() -> PlannedRun:
    return planned(stops=STOPS, order=TourOrder.STRICT)


def walked(run: PlannedRun, *visits: tuple[str, float]) -> Fold:
    return fold(run, [a_visit(minute, n, checkpoint=each) for n, (each, minute) in enumerate(visits)])


def deviations(found: Fold) -> list[list[StopVerdict]]:
    return [list(each) for each in found.deviations]


@pytest.mark.parametrize(("minute", "expected"), [(-5, []), (1, []), (1.1, [V.LATE]), (3, [V.LATE])])
def test_on_time_and_late(minute: float, expected: list[StopVerdict]) -> None:
    assert deviations(walked(planned(), ("a", minute)))[0] == expected


def test_early() -> None:
    run = planned(stops=(stop("a", 120, not_before_seconds=60),))
    early = walked(run, ("a", 0.5))
    assert (deviations(early), list(early.counted.values())) == ([[V.EARLY]], [V.EARLY])
    again = walked(run, ("a", 0.5), ("a", 1.5))
    assert (deviations(again), list(again.counted.values())) == ([[]], [V.EARLY, V.ON_TIME])


def test_after_the_miss_a_visit_is_shown_until_the_next_run_opens() -> None:
    run = planned()
    late = walked(run, ("a", 3.1))
    assert (late.chosen[0], list(late.counted.values())) == (a_visit(3.1, 0), [V.LATE])
    assert fold(run, [a_visit(3.1)], seen_until=3 * MINUTE).chosen == [None, None]


def test_a_duplicate_counts_for_nothing() -> None:
    found = walked(planned(), ("a", 0.5), ("a", 0.6))
    assert (found.chosen[0], list(found.counted.values())) == (a_visit(0.5, 0), [V.ON_TIME, V.DUPLICATE])


def test_wrong_officer_until_the_right_one_comes() -> None:
    run = planned(officers=("li",))
    wang, li = a_visit(0.5, 1, officer="wang"), a_visit(1.5, 2)
    assert deviations(fold(run, [wang])) == [[V.WRONG_OFFICER], []]
    both = fold(run, [wang, li])
    assert (both.chosen[0], deviations(both)[0], list(both.counted.values())) == (
        li,
        [V.LATE],
        [V.WRONG_OFFICER, V.LATE],
    )


def test_a_run_that_was_handed_over_is_the_other_officers_from_then_on() -> None:
    run = planned(officers=("li",))
    run.run = replace(run.run, handovers=(Handover(at=2 * MINUTE, officer="wang", actor="op"),))
    visits = [a_visit(1, 1, officer="wang"), a_visit(3, 2, checkpoint="b", officer="wang")]
    assert deviations(fold(run, visits)) == [[V.WRONG_OFFICER], []]


def test_out_of_order_is_what_was_walked_after_a_later_stop() -> None:
    found = walked(strict(), ("a", 1), ("c", 2), ("b", 3), ("d", 4))
    assert deviations(found) == [[], [V.OUT_OF_ORDER], [], []]
    free = walked(planned(stops=STOPS), ("d", 1), ("a", 2))
    assert deviations(free) == [[], [], [], []]


def test_legs_have_bounds_from_the_stop_before() -> None:
    stops = (stop("a", 600), stop("b", 600, leg_min_seconds=60, leg_max_seconds=120), stop("c", 600))
    run = planned(stops=stops, order=TourOrder.STRICT)
    assert deviations(walked(run, ("a", 1), ("b", 1.5)))[1] == [V.TOO_FAST]
    assert deviations(walked(run, ("a", 1), ("b", 2)))[1] == []
    slow = walked(run, ("a", 1), ("b", 4))
    assert (deviations(slow)[1], slow.legs) == ([V.TOO_SLOW], [None, 3 * MINUTE, None])
    # Another way than the planned one has no bounds of its own.
    assert deviations(walked(run, ("c", 1), ("b", 1.5)))[1] == [V.OUT_OF_ORDER]
    # Nor has the way of somebody else.
    somebody = [a_visit(1, 1), a_visit(1.5, 2, checkpoint="b", officer="wang")]
    assert deviations(fold(run, somebody))[1] == []


def test_who_does_not_stay_is_too_fast_at_the_next_stop() -> None:
    run = planned(stops=(stop("a", 600, dwell_seconds=120), stop("b", 600)))
    assert deviations(walked(run, ("a", 1), ("b", 2.5)))[1] == [V.TOO_FAST]
    assert deviations(walked(run, ("a", 1), ("b", 3)))[1] == []


def test_the_first_of_several_deviations_is_shown() -> None:
    assert shown([]) is V.ON_TIME
    assert [shown([V.TOO_FAST, each]) for each in PRECEDENCE] == [*PRECEDENCE[:5], V.TOO_FAST]


VISITS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5 * 60, 20 * 60)), max_size=12)


@given(VISITS, VISITS)
def test_more_visits_never_take_a_proof_away(some: list[tuple[str, int]], more: list[tuple[str, int]]) -> None:
    run = strict()

    def proven(visits: list[tuple[str, int]]) -> list[bool]:
        each = sorted(a_visit(second / 60, n, checkpoint=place) for n, (place, second) in enumerate(visits))
        chosen: list[Visit | None] = fold(run, each).chosen
        return [
            visit is not None and visit.at <= stop.missed_at for visit, stop in zip(chosen, run.run.stops, strict=True)
        ]

    assert all(after or not before for before, after in zip(proven(some), proven(some + more), strict=True))


@given(VISITS, st.sampled_from(TourOrder), st.booleans())
def test_folding_on_finds_what_folding_all_anew_finds(
    visited: list[tuple[str, int]], order: TourOrder, is_named: bool
) -> None:
    run = planned(stops=STOPS, order=order, officers=("li",) if is_named else ())
    visits = [
        a_visit(second / 60, n, checkpoint=place, officer="wang" if n % 3 == 0 else "li")
        for n, (place, second) in enumerate(visited)
    ]
    found = fold(run, [])
    for count, visit in enumerate(visits, start=1):
        is_chosen = fold_on(run, found, visit, LATEST)
        whole = fold(run, sorted(visits[:count]))
        if is_chosen is None:
            found = whole
        assert found == whole
        assert is_chosen is None or is_chosen == (visit in whole.chosen)


def test_what_was_found_does_not_hold_after_a_handover_or_when_another_run_is_planned() -> None:
    run = planned(officers=("li",))
    found = fold(run, [a_visit(1, 1, officer="wang")])
    assert fold_on(run, found, a_visit(1.5, 2, checkpoint="b"), seen_until=3 * MINUTE) is None
    run.run = replace(run.run, handovers=(Handover(at=0, officer="wang", actor="op"),))
    assert fold_on(run, found, a_visit(1.5, 2, checkpoint="b")) is None
    assert found == fold(planned(officers=("li",)), [a_visit(1, 1, officer="wang")])
