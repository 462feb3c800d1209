"""The contract of a columnar kind: configuration, parking, snapshots, errors that change nothing."""

from collections.abc import Sequence

import msgspec
import pytest
from msgspec import structs

from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.instant import SECOND
from domain.readings import Quality, Values
from rules.conditions.condition import Condition
from rules.conditions.group import Group
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.conditions.pieces import Step
from rules.conditions.stored_rows import STATE_VERSION, WITHOUT_TOTALS
from rules.expressions.tree import Compare, Lasting, Logic, Number, Silent, Unusable, Value, Within
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
    kind = ConditionKind(GivenConditions({"r": structs.replace(HIGH, inputs=("z",))}), Listening())
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


def test_what_decided_nothing_yet_is_evidence_also_after_a_restart() -> None:
    """The verdict of a reading may be unknown; what the clock finds after it rests on it all the same."""
    silent = Condition(inputs=("a", "b"), enter=Silent(0, 60 * SECOND), leave=Compare(">", Value(1), Number(0.0)))
    kind, again = (a_condition_kind(SITE, {"r": silent}, START) for _ in range(2))
    assert told(kind, [Reading("a", 0, 1.0, seq=7)]) == []
    again.restore(kind.snapshot())
    assert [each.why.evidence for each in again.fire(START + 60 * SECOND, 9)] == [(7,)]


def test_a_reading_that_cannot_be_used_stays_the_latest_one_when_a_delay_ends_after_it() -> None:
    """A tick that raises keeps what the point said last: the clock judges by it when hours begin again."""
    unusable = Logic("or", Compare(">", Unusable(0), Number(0.0)), Silent(0, 3600 * SECOND))
    in_hours = Logic("and", unusable, Within("daily 08:00-08:01, 08:02-09:00", "UTC"))
    kind = a_condition_kind(SITE, {"r": Condition(inputs=("a",), enter=in_hours, on_delay=5 * SECOND)}, START)
    assert told(kind, [Reading("a", 0, 1.0, Quality.BAD, seq=1)]) == []
    fired = [each for until in (10, 200) for each in kind.fire(START + until * SECOND, 2)]
    assert [((each.at - START) // SECOND, each.trigger.value) for each in fired] == [
        (5, "raise"),
        (60, "clear"),
        (125, "raise"),
    ]


def test_a_duration_of_a_duration_is_looked_at_when_it_is_over_and_not_later() -> None:
    """It is over at 2 s. A moment at 3 s, that nothing happens at, would have the late reading count as made then."""
    open_ = Within("daily 08:00-09:00", "UTC")
    lasting = Lasting(Lasting(open_, SECOND), SECOND)
    case = Logic("and", lasting, Logic("or", Silent(0, 2 * SECOND), Compare(">", Value(0), Number(0.0))))
    kind = a_condition_kind(SITE, {"r": Condition(inputs=("a",), enter=case)}, START)
    assert [(each.at - START) // SECOND for each in kind.fire(START + 3 * SECOND, 2)] == [2]
    found = kind.judge(a_batch(SITE, [Reading("a", 0, 0.0, seq=3)]))
    assert [((each.at - START) // SECOND, each.trigger.value) for each in found] == [(2, "clear")]


def test_snapshots_of_another_version_or_configuration_are_refused() -> None:
    kind = a_condition_kind(SITE, {"r": HIGH}, START)
    with pytest.raises(ValueError, match="not those configured"):
        a_condition_kind(SITE, {"r": BOTH}, START).restore(kind.snapshot())


@pytest.mark.parametrize("version", [WITHOUT_TOTALS, STATE_VERSION])
def test_a_snapshot_of_more_or_fewer_shapes_is_refused_in_every_version(version: int) -> None:
    one, two = {"r": HIGH}, {"r": HIGH, "s": BOTH}
    for before, now in ((two, one), (one, two)):
        stored = msgspec.msgpack.decode(a_condition_kind(SITE, before, START).snapshot())
        content = msgspec.msgpack.encode(stored | {"version": version})
        with pytest.raises(ValueError, match="not those configured"):
            a_condition_kind(SITE, now, START).restore(content)
        a_condition_kind(SITE, before, START).restore(content)


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


def test_each_level_of_a_rule_is_a_row_that_remembers() -> None:
    kind = a_condition_kind(SITE, {"r1": HIGH, "r2": structs.replace(HIGH, on_delay=0), "r3": BOTH}, START)
    assert kind.rows_and_bytes() == (3, 56 + 56 + 2 * 44)
