from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.instant import MINUTE, SECOND
from domain.tour_run import Handover, StopVerdict
from rules.patrol_assignment import Assignment, runs_around
from rules.patrol_plan import CANDIDATES, PlannedRun, Visit
from tests.rules.patrolled import a_visit, planned


def arrive(
    runs: Sequence[PlannedRun], visit: Visit, assignment: Assignment | None = None
) -> list[tuple[Visit, int, StopVerdict]]:
    """Let a visit in, by default with nothing found before; gives what is said of which visit, with the run's place."""
    places = [place for place, _ in runs_around(runs, visit.at)]
    if not places:
        return []
    assignment = Assignment() if assignment is None else assignment
    folded = assignment.take_in(runs, places, visit)
    return [(said.visit, runs.index(said.planned), said.verdict) for said in assignment.sayings(runs, folded, visit)]


def test_a_scan_falls_into_the_runs_whose_windows_hold_it() -> None:
    runs = [planned(0), planned(10), planned(20)]
    assert [place for place, _ in runs_around(runs, 5 * MINUTE)] == [0, 1]
    assert [place for place, _ in runs_around(runs, 7 * MINUTE)] == [1]
    assert list(runs_around(runs, -6 * MINUTE)) == []


def test_an_earlier_visit_takes_the_stop_and_the_later_one_goes_to_the_next_run() -> None:
    runs = [planned(0), planned(10)]
    late, early = a_visit(5.5, 2, checkpoint="b"), a_visit(5.2, 1, checkpoint="b")
    assert arrive(runs, late) == [(late, 0, StopVerdict.LATE)]
    assert arrive(runs, early) == [(early, 0, StopVerdict.LATE), (late, 1, StopVerdict.ON_TIME)]
    assert [run.chosen[1] for run in runs] == [early, late]


def test_a_visit_that_no_run_takes_belongs_to_the_first_that_holds_it() -> None:
    runs = [planned(0), planned(10)]
    for number, minute in enumerate((5.1, 5.2)):
        arrive(runs, a_visit(minute, number, checkpoint="b"))
    third = a_visit(5.3, 3, checkpoint="b")
    assert arrive(runs, third) == [(third, 0, StopVerdict.DUPLICATE)]


def test_a_visit_that_no_run_takes_stays_with_the_first_when_only_the_next_is_folded_anew() -> None:
    runs = [planned(0), planned(10)]
    for number, minute in enumerate((0.0, 5.0)):
        arrive(runs, a_visit(minute, number, checkpoint="b"))
    unclaimed = a_visit(5.0, 3, checkpoint="b")
    assert arrive(runs, unclaimed) == [(unclaimed, 0, StopVerdict.DUPLICATE)]
    later = a_visit(7.0, 4, checkpoint="b")
    assert [place for place, _ in runs_around(runs, later.at)] == [1]
    assert arrive(runs, later) == [(later, 1, StopVerdict.DUPLICATE)]


def test_repetitions_beyond_the_first_few_are_told_and_cost_no_fold() -> None:
    runs = [planned(0), planned(10)]
    repeated = [a_visit(1.0 + number / 100, number, checkpoint="b") for number in range(CANDIDATES + 50)]
    told = [arrive(runs, visit) for visit in repeated]
    assert told == [[(visit, 0, StopVerdict.DUPLICATE if visit.number else StopVerdict.ON_TIME)] for visit in repeated]
    assert runs[0].candidates == repeated[:CANDIDATES]
    assert Assignment().take_in(runs, [0], a_visit(4.0, 99, checkpoint="b")) == []
    # One that was made before them all comes late, and still takes the stop.
    first = a_visit(0.5, 100, checkpoint="b")
    assert (first, 0, StopVerdict.ON_TIME) in arrive(runs, first)
    assert runs[0].candidates == [first, *repeated[: CANDIDATES - 1]]
    assert len(runs[0].visits) == len(runs[0].said) == len(repeated) + 2
    # A run that comes back from a snapshot looks at the same ones.
    assert replace(runs[0]).candidates == runs[0].candidates


# The reference: visits sorted, each to the first run that it proves, failing that to the first it can be seen in.


def reference(runs: Sequence[PlannedRun], visits: Sequence[Visit]) -> list[Visit | None]:
    left = sorted(visits)
    taken: list[Visit | None] = []
    for place, run in enumerate(runs):
        stop = run.run.stops[1]
        proving = [visit for visit in left if run.holds(visit.at) and visit.at <= stop.missed_at]
        following = runs[place + 1].opens_at if place + 1 < len(runs) else 1_000 * MINUTE
        seen = [visit for visit in left if run.holds(visit.at) and visit.at < following]
        one = next(iter(proving or seen), None)
        taken.append(one)
        left = [visit for visit in left if visit != one]
    return taken


@given(st.lists(st.integers(-6 * 60, 40 * 60), max_size=14), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_fold_over_the_sorted_visits(seconds: list[int], order: object) -> None:
    visits = [a_visit(second / 60, number, checkpoint="b") for number, second in enumerate(seconds)]
    expected = reference([planned(0), planned(10), planned(20)], visits)
    shuffled = list(visits)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    runs = [planned(0), planned(10), planned(20)]
    last: dict[Visit, tuple[int, StopVerdict]] = {}
    for visit in shuffled:
        last |= {each: (place, counted) for each, place, counted in arrive(runs, visit)}
    assert [run.chosen[1] for run in runs] == expected
    in_order: dict[Visit, tuple[int, StopVerdict]] = {}
    runs = [planned(0), planned(10), planned(20)]
    for visit in sorted(visits):
        in_order |= {each: (place, counted) for each, place, counted in arrive(runs, visit)}
    assert last == in_order


def told(runs: Sequence[PlannedRun], visit: Visit, assignment: Assignment) -> object:
    """The runs that a visit changes and what is said of which visit, in order."""
    places = [place for place, _ in runs_around(runs, visit.at)]
    if not places:
        return None
    folded = assignment.take_in(runs, places, visit)
    said = [(each.visit, runs.index(each.planned), each.verdict) for each in assignment.sayings(runs, folded, visit)]
    return [runs.index(each.planned) for each in folded if each.is_changed], said


def as_received(scans: Sequence[tuple[str, str, int, int]]) -> list[Visit]:
    """Visits of (checkpoint, officer, second, seconds that the device's clock is ahead), received one after another."""
    visits: list[Visit] = []
    for number, (checkpoint, officer, second, ahead) in enumerate(scans):
        visit = a_visit(second / 60, number, checkpoint=checkpoint, officer=officer)
        before = visits[-1].received_at if visits else visit.at - ahead * SECOND
        visits.append(replace(visit, received_at=max(before + 1, visit.at - ahead * SECOND)))
    return visits


@example([("b", "li", 300, 0), ("b", "li", 300, 0), ("b", "li", 0, 0)], 0)
@example(
    [*[("a", "li", 0, 0)] * 7, ("b", "li", 0, 0), ("b", "li", 300, 300), ("b", "wang", 300, 300), ("a", "li", 361, 0)],
    10,
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from(["li", "wang"]),
            st.integers(-6 * 60, 40 * 60),
            st.sampled_from([0, 0, 300]),
        ),
        max_size=20,
    ),
    st.integers(0, 20),
)
def test_what_was_found_before_changes_nothing_that_is_said(
    scans: list[tuple[str, str, int, int]], handed_over_after: int
) -> None:
    visits = as_received(scans)
    remembering, forgetting = ([planned(start, officers=("li",)) for start in (0, 10, 20)] for _ in range(2))
    assignment = Assignment()
    for number, visit in enumerate(visits):
        if number == handed_over_after:
            for run in (remembering[0], forgetting[0]):
                at = visits[number - 1].received_at if number else 0
                run.run = replace(run.run, handovers=(Handover(at=at, officer="wang", actor="op"),))
        assert told(remembering, visit, assignment) == told(forgetting, visit, Assignment())
    for run, other in zip(remembering, forgetting, strict=True):
        assert (run.chosen, run.deviations, run.legs, run.said) == (
            other.chosen,
            other.deviations,
            other.legs,
            other.said,
        )


def test_a_visit_that_changes_no_stop_is_folded_as_such() -> None:
    runs, assignment = [planned(0), planned(10)], Assignment()
    steps = [
        [(each.is_changed, len(each.fresh)) for each in assignment.take_in(runs, [0, 1], a_visit(minute, number))]
        for number, minute in enumerate((4.5, 4.6, 4.7))
    ]
    # The first is chosen by the first run, the second by the next, the third is a repetition in both.
    assert [any(changed for changed, _ in step) for step in steps] == [True, True, False]
    assert steps[2] == [(False, 1), (False, 1)]
