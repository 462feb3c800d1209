from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.instant import MINUTE
from domain.tour_run import StopVerdict
from rules.patrol_assignment import runs_around, sayings, take_in
from rules.patrol_plan import CANDIDATES, PlannedRun, Visit
from tests.rules.patrolled import a_visit, planned


def arrive(runs: Sequence[PlannedRun], visit: Visit) -> list[tuple[Visit, int, StopVerdict]]:
    """Let a visit in; gives what is said of which visit, with the place of its run."""
    places = [place for place, _ in runs_around(runs, visit.at)]
    if not places:
        return []
    folded = take_in(runs, places, visit)
    return [(said.visit, runs.index(said.planned), said.verdict) for said in sayings(runs, folded, visit)]


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
    assert take_in(runs, [0], a_visit(4.0, 99, checkpoint="b")) == []
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
