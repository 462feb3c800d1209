"""Which rows cannot be decided, and which part of their rule is to blame."""

import numpy as np
import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.instant import MINUTE, SECOND
from domain.priority import Priority
from domain.text import same
from domain.undecided import UndecidedCause
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.rule import NOTHING_LACKS, Doubt, ReadingKind, UndecidedRows
from tests.reference.limit_world import START, Reading, a_batch, point_ids
from tests.rules.kinds.ten_cases import a_plant

SITE = a_plant({"flow": "m3/h", "speed": "rpm"})
ALL = np.array([True, True])
NO_SPEED = np.array([True, False])


def a_kind(kind: str = "expression", *, alone: bool = False, **parameters: Parameter) -> ConditionKind:
    rule = RuleSpec(
        id="r",
        kind=kind,
        site="tower",
        name=same("r"),
        priority=Priority.LOW,
        subjects=("flow",),
        inputs={} if alone else {"speed": "speed"},
        parameters=parameters,
    )
    made = CATALOG.readings[kind](Listening())
    assert isinstance(made, ConditionKind)
    made.configure([(SITE, rule)], point_ids(SITE), START)
    return made


def feed(kind: ConditionKind, *values: tuple[str, float]) -> ConditionKind:
    for number, (point, value) in enumerate(values):
        kind.judge(a_batch(SITE, [Reading(point, number * SECOND, value, seq=number + 1)]))
    kind.fire(START + MINUTE, 99)
    return kind


def doubt(kind: ConditionKind, usable: np.ndarray = ALL) -> Doubt | None:
    found = kind.undecided(START + MINUTE, usable)
    values = dict(zip(point_ids(SITE), usable.tolist(), strict=True))
    return kind.doubt(int(found.place[0]), values.__getitem__) if found.place.size else None


def pairs(kind: ReadingKind, rows: UndecidedRows) -> list[tuple[str, str]]:
    names, points = kind.names(), point_ids(SITE)
    return [(names.rule_ids[names.rule[place]], points[names.point[place]]) for place in rows.place.tolist()]


@pytest.mark.parametrize(
    ("when", "speed", "cause", "said"),
    [
        (
            "value > 1 and value / speed > 3",
            0.0,
            "division_by_zero",
            "division by zero in `value / speed` at column 15",
        ),
        ("(value + 1) / (speed - 4) > 3", 4.0, "division_by_zero", "`(value + 1) / (speed - 4)` at column 1 of 'when'"),
        ("value * speed > 3", 1e308, "not_finite", "a number too large to calculate with in `value * speed`"),
        ("avg(value, 5 min) / speed > 1", 1.0, "too_few_readings", "in `avg(value, 5 min)` at column 1 of 'when'"),
        (
            "(value - previous(value)) / speed > 1",
            1.0,
            "too_few_readings",
            "in `previous(value)` at column 10 of 'when'",
        ),
    ],
)
def test_the_lowest_part_that_is_not_known_is_to_blame(when: str, speed: float, cause: str, said: str) -> None:
    found = doubt(feed(a_kind(when=when), ("flow", 20.0), ("speed", speed)))
    assert found is not None
    assert (found.lacking, found.cause) == ((), UndecidedCause(cause))
    assert said in found.said.en
    assert "'when'" in found.said.zh


def test_the_end_of_the_case_may_be_to_blame_too() -> None:
    kind = feed(a_kind(when="value > 50", until="value / speed < 1"), ("flow", 20.0), ("speed", 0.0))
    found = doubt(kind)
    assert found is not None
    assert found.said.en == "division by zero in `value / speed` at column 1 of 'until'"


def test_a_kind_without_expressions_says_what_but_not_where() -> None:
    found = doubt(feed(a_kind("rate", alone=True, rise=5.0, window_seconds=600.0), ("flow", 20.0)))
    assert found is not None
    assert found.said.en == "not enough readings without a break"


@pytest.mark.parametrize(
    ("when", "values", "cause"),
    [
        ("8 / value > 3", [0.0], "division_by_zero"),
        ("value * value > 3", [1e308], "not_finite"),
        ("avg(value, 5 min) > 3", [1.0], "too_few_readings"),
        ("value - previous(value) > 3", [1.0], "too_few_readings"),
        ("8 / value > 3", [], "never_heard"),
    ],
)
def test_rows_that_do_not_remember_the_latest_value(when: str, values: list[float], cause: str) -> None:
    found = doubt(feed(a_kind(alone=True, when=when), *(("flow", value) for value in values)))
    assert found is not None
    assert found.cause is UndecidedCause(cause)


def test_a_point_without_a_value_is_named_and_nothing_else_is_looked_for() -> None:
    kind = feed(a_kind(when="value / speed > 3"), ("flow", 20.0), ("speed", 0.0))
    assert doubt(kind, NO_SPEED) == Doubt(lacking=("speed",))
    assert kind.undecided(START + MINUTE, NO_SPEED).lacking.tolist() == [1]
    assert kind.undecided(START + MINUTE, ALL).lacking.tolist() == [NOTHING_LACKS]


def test_a_point_that_the_rule_has_not_heard_yet() -> None:
    kind = feed(a_kind(when="value / speed > 3"), ("flow", 20.0))
    found = doubt(kind)
    assert found is not None
    assert (found.cause, found.said.en) == (
        UndecidedCause.NEVER_HEARD,
        "no reading since the rule is in force",
    )
    rows = kind.undecided(START + MINUTE, ALL)
    assert (rows.is_new.tolist(), rows.slow.tolist()) == ([True], [86_400 * SECOND])


def test_how_long_windows_take_to_be_filled() -> None:
    rows = feed(a_kind(when="avg(value, 5 min) / speed > 3"), ("flow", 20.0)).undecided(START + MINUTE, ALL)
    assert rows.span.tolist() == [5 * MINUTE]


@pytest.mark.parametrize("guard", [{"only_while": "value > 50"}, {"hours": "daily 20:00-21:00"}])
def test_a_guard_that_is_known_not_to_hold_leaves_no_doubt(guard: dict[str, Parameter]) -> None:
    parameters = {"when": "value < 3 and speed > 1", **guard}
    assert doubt(feed(a_kind(**parameters), ("flow", 20.0)), NO_SPEED) is None  # type: ignore[arg-type]
    assert doubt(feed(a_kind(when="value < 3 and speed > 1"), ("flow", 20.0)), NO_SPEED) is not None


def test_what_is_the_case_is_decided_whatever_lacks() -> None:
    assert doubt(feed(a_kind(when="value > 3 or speed > 1"), ("flow", 20.0)), NO_SPEED) is None


def test_silence_is_always_known() -> None:
    kind = a_kind("stale", alone=True, silent_seconds=600.0)
    kind.fire(START + MINUTE, 1)
    assert doubt(kind, ~ALL) is None


def test_a_rule_with_levels_is_one_row_and_a_parked_one_none() -> None:
    kind = a_kind("ladder", alone=True, low=3.0, low_low=1.0)
    rows = kind.undecided(START + MINUTE, ~ALL)
    assert pairs(kind, rows) == [("r", "flow")]
    assert kind.places([("r", "flow"), ("r", "speed")]) == [int(rows.place[0]), None]
    kind.park("r", "flow")
    assert kind.undecided(START + MINUTE, ~ALL).place.size == 0


def test_rows_of_several_shapes_are_told_apart() -> None:
    rules = [
        structs.replace(
            RuleSpec(id=name, kind="expression", site="tower", name=same(name), priority=Priority.LOW),
            subjects=("flow",),
            parameters={"when": when},
        )
        for name, when in (("a", "value > 3"), ("b", "value * 2 > 3"), ("c", "avg(value, 1 min) > 3"))
    ]
    kind = CATALOG.readings["expression"](Listening())
    kind.configure([(SITE, rule) for rule in rules], point_ids(SITE), START)
    rows = kind.undecided(START, ~ALL)
    found = pairs(kind, rows)
    assert found == [("a", "flow"), ("b", "flow"), ("c", "flow")]
    assert kind.places(found) == rows.place.tolist()


def test_all_points_that_rows_of_several_shapes_lack_are_named_with_their_rows() -> None:
    rules = [
        structs.replace(
            RuleSpec(id=name, kind="expression", site="tower", name=same(name), priority=Priority.LOW),
            subjects=("flow",),
            inputs=inputs,
            parameters={"when": when},
        )
        for name, when, inputs in (
            ("a", "value > 3", {}),
            ("b", "value > 3 and speed > 2", {"speed": "speed"}),
            ("c", "speed > 2 and silent(value, 10 min)", {"speed": "speed"}),
        )
    ]
    kind = CATALOG.readings["expression"](Listening())
    kind.configure([(SITE, rule) for rule in rules], point_ids(SITE), START)
    names, points = kind.names(), point_ids(SITE)
    places = np.arange(3)

    def lacked(usable: np.ndarray) -> list[tuple[str, str]]:
        rows, found = kind.lacked(places[::-1], usable)
        assert rows.tolist() == sorted(rows.tolist())
        ids = [names.rule_ids[names.rule[place]] for place in places[::-1][rows].tolist()]
        return sorted(zip(ids, [points[point] for point in found.tolist()], strict=True))

    assert lacked(ALL) == []
    assert lacked(NO_SPEED) == [("b", "speed"), ("c", "speed")]
    assert lacked(~ALL) == [("a", "flow"), ("b", "flow"), ("b", "speed"), ("c", "speed")]
    assert [part.tolist() for part in kind.lacked(places[:0], ~ALL)] == [[], []]
