"""The contract of a columnar kind: configuration, parking, snapshots, errors that change nothing."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.instant import SECOND
from rules.conditions.condition import Condition
from rules.conditions.group import Group
from rules.conditions.kind import READINGS_PER_STEP, ConditionKind
from rules.expressions.tree import Compare, Number, Value
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


def test_an_error_in_a_large_batch_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = a_condition_kind(SITE, {"r": structs.replace(HIGH, on_delay=0)}, START)
    before = kind.snapshot()
    batch = a_batch(SITE, [Reading("a", number, 9.0, seq=number + 1) for number in range(READINGS_PER_STEP + 1)])
    calls: list[int] = []
    commit = Group.commit

    def failing(self: Group, step: object) -> None:
        if calls:
            raise ArithmeticError
        calls.append(1)
        commit(self, step)  # type: ignore[arg-type]

    monkeypatch.setattr(Group, "commit", failing)
    with pytest.raises(ArithmeticError):
        kind.judge(batch)
    monkeypatch.undo()
    assert kind.snapshot() == before
