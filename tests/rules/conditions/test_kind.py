"""The contract of a columnar kind: configuration, parking, snapshots, errors that change nothing."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.instant import SECOND
from domain.readings import Values
from rules.conditions.condition import Condition
from rules.conditions.group import Group, Step
from rules.conditions.kind import ConditionKind
from rules.expressions.tree import Compare, Number, Silent, Value
from rules.rule import ReadingBatch
from tests.reference.condition_world import GivenConditions, a_condition_kind, a_condition_rule
from tests.reference.limit_world import START, Reading, a_batch, a_site, point_ids

SITE = a_site(("a", "b"))
HIGH = Condition(inputs=("a",), enter=Compare(">", Value(0), Number(5.0)), on_delay=5 * SECOND)
BOTH = Condition(inputs=("a", "b"), enter=Compare(">", Value(0), Value(1)))


def told(kind: ConditionKind, readings: Sequence[Reading]) -> list[str]:
    return [f"{each.rule} {each.trigger.value}" for each in kind.judge(a_batch(SITE, readings))]


def configure(kind: ConditionKind, rules: Sequence[RuleSpec], at: int) -> None:
    kind.configure([(SITE, rule) for rule in rules], point_ids(SITE), START + at)


def test_findings_come_in_order_across_shapes() -> None:
    kind = a_condition_kind(SITE, {"r2": BOTH, "r1": structs.replace(HIGH, on_delay=0)}, START)
    assert told(kind, [Reading("b", 0, 1.0, seq=1), Reading("a", 0, 9.0, seq=2)]) == ["r1 raise", "r2 raise"]


def test_an_unknown_point_is_refused() -> None:
    kind = ConditionKind(GivenConditions({"r": structs.replace(HIGH, inputs=("z",))}))
    with pytest.raises(ConfigurationError, match="'z', which is no point of site"):
        configure(kind, [a_condition_rule("r", structs.replace(HIGH, inputs=("z",)))], 0)


def test_a_parked_row_says_nothing_until_its_rule_changes() -> None:
    kind = a_condition_kind(SITE, {"r": structs.replace(HIGH, on_delay=0)}, START)
    kind.park("r", "a")
    assert told(kind, [Reading("a", 0, 9.0, seq=1)]) == []
    assert kind.next_deadline() is None
    with pytest.raises(ValueError, match="nothing to park"):
        kind.park("r", "b")
    changed = structs.replace(a_condition_rule("r", HIGH), parameters={"any": 1})
    configure(kind, [changed], SECOND)
    assert told(kind, [Reading("a", 2 * SECOND, 9.0, seq=2)]) == ["r raise"]


def test_a_rule_that_stays_keeps_its_timer() -> None:
    kind = a_condition_kind(SITE, {"r": HIGH}, START)
    assert told(kind, [Reading("a", 0, 9.0, seq=1)]) == []
    configure(kind, [a_condition_rule("r", HIGH)], 2 * SECOND)
    assert kind.next_deadline() == START + 5 * SECOND
    assert [each.at - START for each in kind.fire(START + 9 * SECOND, 2)] == [5 * SECOND]


def test_a_rule_over_several_points_keeps_what_they_said() -> None:
    kind = a_condition_kind(SITE, {"r": BOTH}, START)
    assert told(kind, [Reading("b", 0, 1.0, seq=1)]) == []
    configure(kind, [a_condition_rule("r", BOTH)], 2 * SECOND)
    assert told(kind, [Reading("a", 3 * SECOND, 9.0, seq=2)]) == ["r raise"]


def test_snapshots_of_another_version_or_configuration_are_refused() -> None:
    kind = a_condition_kind(SITE, {"r": HIGH}, START)
    with pytest.raises(ValueError, match="not those configured"):
        a_condition_kind(SITE, {"r": BOTH}, START).restore(kind.snapshot())


def test_an_error_in_one_of_several_shapes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = a_condition_kind(SITE, {"r1": structs.replace(HIGH, on_delay=0), "r2": BOTH}, START)
    before = kind.snapshot()
    calls: list[int] = []
    step = Group.step

    def failing(self: Group, batch: ReadingBatch, known: Values) -> Step | None:
        if calls:
            raise ArithmeticError
        calls.append(1)
        return step(self, batch, known)

    monkeypatch.setattr(Group, "step", failing)
    with pytest.raises(ArithmeticError):
        kind.judge(a_batch(SITE, [Reading("a", 0, 9.0, seq=1)]))
    monkeypatch.undo()
    assert kind.snapshot() == before
    assert told(kind, [Reading("a", 0, 9.0, seq=1)]) == ["r1 raise"]


def test_what_a_row_of_a_memoryless_or_delay_kind_costs() -> None:
    """64 bytes a point; what looks at two points remembers both, and what waits for the clock when it was heard."""
    assert a_condition_kind(SITE, {"r": HIGH}, START).bytes_per_row() == 60
    assert a_condition_kind(SITE, {"r": BOTH}, START).bytes_per_row() == 2 * 50
    silent = structs.replace(HIGH, enter=Silent(0, 60 * SECOND))
    assert a_condition_kind(SITE, {"r": silent}, START).bytes_per_row() == 84
