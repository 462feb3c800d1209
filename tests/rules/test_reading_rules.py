from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.instant import MINUTE
from rules.event_rules import Found
from rules.reading_rules import ReadingRules
from rules.rule import Finding, ReadingBatch
from rules.supervision import Fault
from tests.rules.estate import SITE, a_rule
from tests.rules.fragile_kind import KIND, FragileKind

POINTS = ("flow", "heat")


def rules(*parameters: dict[str, float], subjects: tuple[str, ...] = POINTS) -> ReadingRules:
    made = ReadingRules({KIND: FragileKind})
    specs = [a_rule(f"r{number}", KIND, subjects=subjects, parameters=each) for number, each in enumerate(parameters)]
    assert made.configure([(SITE, spec) for spec in specs], POINTS, 0) == []
    return made


def a_batch(*readings: tuple[int, int, float], first_seq: int = 1) -> ReadingBatch:
    """Readings are (point, at, value), each a record of its own."""
    count = len(readings)
    return ReadingBatch(
        seq=np.arange(first_seq, first_seq + count),
        index=np.zeros(count, dtype=np.int32),
        point=np.array([point for point, _, _ in readings], dtype=np.int32),
        at=np.array([at for _, at, _ in readings], dtype=np.int64),
        values=np.array([value for _, _, value in readings], dtype=np.float64),
        quality=np.zeros(count, dtype=np.uint8),
    )


def told(found: list[Found]) -> list[tuple[int, str, str, str]]:
    return [
        (each.cause, each.rule, each.subject.id, "fault" if isinstance(each, Fault) else each.trigger.value)
        for each in found
    ]


def test_findings_of_all_rules_come_in_judging_order() -> None:
    made = rules({}, {})
    found = made.judge(a_batch((1, 1, 20.0), (0, 2, 20.0)))
    assert told(found) == [
        (1, "r0", "heat", "raise"),
        (1, "r1", "heat", "raise"),
        (2, "r0", "flow", "raise"),
        (2, "r1", "flow", "raise"),
    ]


def test_kinds_are_merged_by_cause_index_rule_and_subject() -> None:
    made = ReadingRules({"second": FragileKind, "first": FragileKind})
    specs = [a_rule("b", "first", subjects=("flow",)), a_rule("a", "second", subjects=("flow",))]
    made.configure([(SITE, spec) for spec in specs], POINTS, 0)
    assert [row[:2] for row in told(made.judge(a_batch((0, 1, 20.0), (0, 2, 1.0))))] == [
        (1, "a"),
        (1, "b"),
        (2, "a"),
        (2, "b"),
    ]


def test_a_large_batch_is_cut_as_the_kind_likes_it_best() -> None:
    batch = a_batch((1, 1, 20.0), (0, 2, 20.0), (1, 3, 1.0), (0, 4, 1.0), (0, 5, 20.0))
    kind = FragileKind()
    kind.readings_per_step = 2
    cut = ReadingRules({KIND: lambda _: kind})
    cut.configure([(SITE, a_rule("r0", KIND, subjects=POINTS))], POINTS, 0)
    assert told(cut.judge(batch)) == told(rules({}).judge(batch))
    assert kind.batches == 3


def test_the_culprit_reading_is_found_its_rule_parked_and_the_rest_goes_on() -> None:
    made = rules({"fails_on": 66.0}, {})
    found = made.judge(a_batch((1, 1, 20.0), (0, 2, 66.0), (0, 3, 1.0), (1, 4, 66.0), (1, 5, 1.0)))
    assert told(found) == [
        (1, "r0", "heat", "raise"),
        (1, "r1", "heat", "raise"),
        (2, "r0", "flow", "fault"),
        (2, "r1", "flow", "raise"),
        (3, "r1", "flow", "clear"),
        (4, "r0", "heat", "fault"),
        (5, "r1", "heat", "clear"),
    ]
    fault = found[2]
    assert isinstance(fault, Fault)
    assert (fault.error, fault.at) == ("ArithmeticError: 66.0", 2)
    assert told(made.judge(a_batch((0, 9, 66.0), first_seq=9))) == [(9, "r1", "flow", "raise")]


def joined(*parameters: dict[str, float], points: tuple[str, ...] = POINTS) -> tuple[ReadingRules, FragileKind]:
    """Rules on `flow` that look at `heat` too."""
    kind = FragileKind()
    kind.joins_points = True
    made = ReadingRules({KIND: lambda _: kind})
    specs = [
        replace(a_rule(f"r{number}", KIND, subjects=("flow",), parameters=each), inputs={"other": "heat"})
        for number, each in enumerate(parameters)
    ]
    assert made.configure([(SITE, spec) for spec in specs], points, 0) == []
    return made, kind


def records_of(size: int, *readings: tuple[int, int, float]) -> ReadingBatch:
    """The same readings, so many to a record."""
    place = np.arange(len(readings))
    batch = a_batch(*readings)
    return replace(batch, seq=place // size + 1, index=(place % size).astype(np.int32))


def test_where_points_are_joined_no_record_is_divided() -> None:
    made, kind = joined({})
    kind.readings_per_step = 2
    seen: list[list[int]] = []
    judge = kind.judge

    def watched(batch: ReadingBatch) -> Sequence[Finding]:
        seen.append(batch.seq.tolist())
        return judge(batch)

    kind.judge = watched  # type: ignore[method-assign]
    made.judge(records_of(3, *[(0, at, 1.0) for at in range(10)]))
    assert seen == [[1, 1, 1], [2, 2, 2], [3, 3, 3], [4]]


def test_where_points_are_joined_a_record_is_the_culprit_and_its_first_reading_that_counts_is_told() -> None:
    made, _ = joined({"fails_on": 66.0}, {}, points=("other", *POINTS))
    found = made.judge(records_of(2, (1, 1, 1.0), (2, 1, 1.0), (0, 2, 20.0), (1, 2, 66.0), (2, 3, 20.0), (1, 3, 1.0)))
    assert told(found) == [(2, "r0", "flow", "fault"), (2, "r1", "flow", "raise"), (3, "r1", "flow", "clear")]
    assert [each.index for each in found] == [1, 1, 1]


def test_two_rules_that_fail_on_one_reading_are_both_parked() -> None:
    made = rules({"fails_on": 66.0}, {"fails_on": 66.0}, {})
    assert told(made.judge(a_batch((0, 1, 66.0)))) == [
        (1, "r0", "flow", "fault"),
        (1, "r1", "flow", "fault"),
        (1, "r2", "flow", "raise"),
    ]


def test_deadlines_fire_stamped_with_their_own_time() -> None:
    made = rules({})
    made.judge(a_batch((0, 1, 20.0)))
    assert made.next_deadline() == MINUTE + 1
    assert made.fire(MINUTE, 7) == []
    (lost,) = made.fire(2 * MINUTE, 7)
    assert (lost.at, lost.cause) == (MINUTE + 1, 7)
    assert made.next_deadline() is None


def test_a_deadline_that_fails_parks_its_pair_and_the_others_fire() -> None:
    made = rules({"fails_after": 20.0}, {})
    made.judge(a_batch((0, 1, 20.0), (1, 2, 30.0)))
    assert told(made.fire(2 * MINUTE, 7)) == [
        (7, "r0", "flow", "fault"),
        (7, "r1", "flow", "lose_sight"),
        (7, "r0", "heat", "lose_sight"),
        (7, "r1", "heat", "lose_sight"),
    ]


def test_a_failure_that_no_rule_causes_alone_parks_all_suspects(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rules({}, {})
    kind = made._kinds[KIND]

    def fails_while_both_run(batch: ReadingBatch) -> list[Found]:
        assert isinstance(kind, FragileKind)
        if sum(not row.parked for row in kind.rows.values()) > 2:
            raise MemoryError
        return []

    monkeypatch.setattr(kind, "judge", fails_while_both_run)
    assert told(made.judge(a_batch((0, 1, 20.0)))) == [(1, "r0", "flow", "fault"), (1, "r1", "flow", "fault")]


def test_a_failure_that_parking_does_not_end_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rules({})

    def always_fails(batch: ReadingBatch) -> list[Found]:
        raise MemoryError

    monkeypatch.setattr(made._kinds[KIND], "judge", always_fails)
    assert told(made.judge(a_batch((0, 1, 20.0), (0, 2, 20.0)))) == [
        (1, "r0", "flow", "fault"),
        (2, KIND, "flow", "fault"),
    ]
    restored = rules({})
    monkeypatch.setattr(restored._kinds[KIND], "judge", always_fails)
    restored.restore(made.state())
    assert told(restored.judge(a_batch((0, 3, 20.0), first_seq=3))) == []


def test_a_clock_that_always_fails_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rules({})
    made.judge(a_batch((0, 1, 20.0)))

    def always_fails(until: int, cause: int) -> list[Found]:
        raise MemoryError

    monkeypatch.setattr(made._kinds[KIND], "fire", always_fails)
    monkeypatch.setattr(made._kinds[KIND], "next_deadline", lambda: 5)
    assert told(made.fire(9, 2)) == [(2, "r0", "flow", "fault"), (2, "r0", "heat", "fault")]
    assert told(made.fire(9, 3)) == [(3, KIND, KIND, "fault")]
    assert told(made.fire(9, 4)) == []


def test_a_kind_that_refuses_its_rules_goes_on_without_them() -> None:
    made = ReadingRules({KIND: FragileKind})
    rule = a_rule("r0", KIND, subjects=POINTS, parameters={"refuses": True})
    (fault,) = made.configure([(SITE, rule)], POINTS, 5)
    assert (fault.rule, fault.error) == ("r0", "ValueError: these rules do not go together")
    assert made.judge(a_batch((0, 1, 20.0))) == []
    assert not made.is_watching("r0", "flow")


def test_what_is_watched_and_what_is_parked() -> None:
    made = rules({}, subjects=("flow",))
    assert (made.is_watching("r0", "flow"), made.is_watching("r0", "heat")) == (True, False)
    made.park("r0", "flow")
    made.park("r0", "heat")
    assert made.judge(a_batch((0, 1, 20.0))) == []


def test_a_rule_that_names_no_points_watches_all_of_its_site() -> None:
    made = rules({}, subjects=())
    assert made.is_watching("r0", "heat")


def test_state_can_be_taken_and_given_back() -> None:
    made = rules({})
    made.judge(a_batch((0, 1, 20.0)))
    other = rules({})
    other.restore(made.state())
    assert told(other.judge(a_batch((0, 2, 1.0), first_seq=2))) == [(2, "r0", "flow", "clear")]


READINGS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([1.0, 20.0, 66.0])), min_size=1, max_size=16)


@given(READINGS, st.data())
def test_however_the_batch_is_cut_the_same_is_found_even_by_failing_rules(
    readings: list[tuple[int, float]], data: st.DataObject
) -> None:
    rows = [(point, at, value) for at, (point, value) in enumerate(readings, start=1)]
    whole = told(rules({"fails_on": 66.0}, {}).judge(a_batch(*rows)))
    made = rules({"fails_on": 66.0}, {})
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows)), max_size=4)))
    parts = []
    for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        if begin < end:
            parts += told(made.judge(a_batch(*rows[begin:end], first_seq=begin + 1)))
    assert parts == whole
