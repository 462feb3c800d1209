from msgspec.structs import replace

from domain.fraud import FraudKind, FraudMark, FraudSettings
from domain.instant import MINUTE
from rules.patrol_assignment import Assignment
from rules.patrol_plan import PlannedRun
from rules.patrol_suspicion import KEPT, Legs, learn, suspect, usual_limits
from tests.rules.patrolled import a_visit, planned, stop

SETTINGS = FraudSettings()
NAMES = [chr(ord("a") + number) for number in range(12)]


def walked(*minutes: float) -> PlannedRun:
    run = planned(stops=tuple(stop(name, 6000) for name in NAMES))
    for number, (name, minute) in enumerate(zip(NAMES, minutes, strict=False)):
        Assignment().take_in([run], [0], a_visit(minute, number, checkpoint=name))
    return run


def unmarked(_seq: int) -> tuple[FraudMark, ...]:
    return ()


def test_what_is_usual_is_known_after_enough_walks() -> None:
    legs: Legs = {}
    for tenth in range(7):
        learn(legs, walked(0, 2 + tenth / 100))
    assert usual_limits(legs, SETTINGS) == {}
    learn(legs, walked(0, 2))
    assert list(usual_limits(legs, SETTINGS)) == ["a>b"]
    assert 40 < usual_limits(legs, SETTINGS)["a>b"] < 60


def test_a_leg_far_below_usual_is_marked_and_not_learned() -> None:
    run = replace(walked(0, 0.5), usual={"a>b": 45.0})
    suspect(run, unmarked, SETTINGS)
    assert run.marks[1] == (FraudMark(kind=FraudKind.FAR_BELOW_USUAL, value=30.0, limit=45.0, other="a"),)
    legs: Legs = {}
    learn(legs, run)
    assert legs == {}


def test_only_so_many_walks_are_kept() -> None:
    legs: Legs = {}
    for _ in range(KEPT + 5):
        learn(legs, walked(0, 2))
    assert len(legs["a>b"]) == KEPT


def test_scans_at_the_same_second() -> None:
    clockwork = walked(*range(1, 11))
    suspect(clockwork, unmarked, SETTINGS)
    (mark,) = clockwork.own_marks
    assert (mark.kind, mark.value, mark.limit, mark.other) == (FraudKind.SAME_SECOND, 10.0, 10.0, "00")
    human = walked(*(minute + minute / 17 for minute in range(1, 11)))
    suspect(human, unmarked, SETTINGS)
    assert human.own_marks == ()
    few = walked(1, 2, 3)
    suspect(few, unmarked, SETTINGS)
    assert few.own_marks == ()


def test_the_marks_on_scans_are_those_of_the_chosen_ones() -> None:
    run = walked(1, 2)
    mark = FraudMark(kind=FraudKind.CLOCK_SKEW, value=400.0, limit=300.0)
    suspect(run, lambda seq: (mark,) if seq == 101 else (), SETTINGS)
    assert run.marks[:2] == [(), (mark,)]
    assert run.visits[0].at == MINUTE
