"""The kind `limit` case by case: what it says, and when. Times in seconds after START."""

from dataclasses import fields

import msgspec
import numpy as np
import pytest
from msgspec import structs

from domain.alarm import ConditionTrigger, Subject, SubjectKind
from domain.configuration import Parameter
from domain.errors import ConfigurationError
from domain.instant import SECOND, from_seconds
from domain.readings import Quality
from rules.conditions.kept import KeptConditions
from rules.kinds.limit import LimitKind
from rules.reading_state import StoredRows
from rules.rule import Finding
from tests.reference.limit_world import START, Reading, a_batch, a_kind, a_rule, a_site, point_ids

SITE = a_site(("flow", "level"), holds_seconds=60.0)
RAISE, CLEAR, LOSE_SIGHT = ConditionTrigger.RAISE, ConditionTrigger.CLEAR, ConditionTrigger.LOSE_SIGHT
Sample = tuple[float, float]
DELAYED: dict[str, Parameter] = {"low": 20.0, "deadband": 2.0, "on_delay_seconds": 30.0, "off_delay_seconds": 10.0}


def flow_kind(**parameters: Parameter) -> LimitKind:
    return a_kind(SITE, [a_rule(**(parameters or DELAYED))])


def feed(kind: LimitKind, *samples: Sample, first_seq: int = 10, quality: int = Quality.GOOD) -> list[Finding]:
    """Judge (seconds, value) of the point flow, each a record of its own, in one batch."""
    readings = [
        Reading("flow", from_seconds(at), value, quality, first_seq + number)
        for number, (at, value) in enumerate(samples)
    ]
    return list(kind.judge(a_batch(SITE, readings)))


def tick(kind: LimitKind, at: float, seq: int = 99) -> list[Finding]:
    return list(kind.fire(START + from_seconds(at), seq))


def told(findings: list[Finding]) -> list[tuple[ConditionTrigger, float]]:
    return [(each.trigger, (each.at - START) / SECOND) for each in findings]


def test_fault_raises_at_the_exact_end_of_its_delay() -> None:
    kind = flow_kind()
    found = feed(kind, (0, 25), (10, 12.3), (25, 12.4), (45, 12.5), (50, 12.6))
    assert told(found) == [(RAISE, 40.0)]
    assert (found[0].cause, found[0].index) == (13, 0)
    assert found[0].why.since == START + 10 * SECOND
    assert found[0].why.evidence == (11, 12)


def test_without_delay_it_raises_at_the_reading() -> None:
    found = feed(flow_kind(high=20.0), (0, 19), (10, 21), (20, 19))
    assert told(found) == [(RAISE, 10.0), (CLEAR, 20.0)]
    assert [each.cause for each in found] == [11, 12]


def test_normal_says_nothing() -> None:
    kind = flow_kind()
    assert feed(kind, (0, 25), (10, 20.5), (20, 30)) == []
    assert kind.next_deadline() is None


def test_missing_data_pauses_the_delay() -> None:
    kind = flow_kind()
    assert feed(kind, (0, 12), (20, 12)) == []
    assert feed(kind, (25, 12), quality=Quality.BAD) == []
    assert kind.next_deadline() is None
    found = feed(kind, (300, 12), (310, 12))
    assert told(found) == [(RAISE, 305.0)]
    assert found[0].why.since == START


@pytest.mark.parametrize(("value", "quality"), [(12, Quality.UNCERTAIN), (12, Quality.BAD), (float("nan"), 0)])
def test_unknown_neither_raises_nor_clears(value: float, quality: int) -> None:
    kind = flow_kind(low=20.0)
    assert feed(kind, (0, value), quality=quality) == []
    assert told(feed(kind, (10, 12))) == [(RAISE, 10.0)]
    assert told(feed(kind, (20, 30 if quality else value), quality=quality)) == [(LOSE_SIGHT, 20.0)]
    assert told(feed(kind, (30, 30), quality=Quality.BAD)) == []


def test_exactly_at_the_threshold_is_not_beyond() -> None:
    kind = flow_kind(low=20.0, deadband=2.0)
    assert feed(kind, (0, 20)) == []
    assert told(feed(kind, (10, 19.999), (20, 21.999), (30, 22))) == [(RAISE, 10.0), (CLEAR, 30.0)]


def test_within_the_deadband_the_condition_stays_what_it_was() -> None:
    assert feed(flow_kind(), (0, 21), (40, 21), (80, 21)) == []
    assert told(feed(flow_kind(), (0, 19), (25, 21), (50, 21))) == [(RAISE, 30.0)]


def test_a_contrary_condition_resets_the_delay() -> None:
    assert feed(flow_kind(), (0, 12), (29, 25), (29.5, 12), (59, 12)) == []


def test_irregular_sampling_counts_time_and_not_readings() -> None:
    dense = feed(flow_kind(), *[(step / 10, 12.0) for step in range(299)])
    assert dense == []
    sparse = flow_kind()
    assert feed(sparse, (0, 12)) == []
    assert sparse.next_deadline() == START + 30 * SECOND
    assert told(tick(sparse, 30.0)) == [(RAISE, 30.0)]


def test_of_readings_at_the_same_time_the_last_holds() -> None:
    kind = flow_kind()
    found = feed(kind, (0, 12), (0, 25), (0, 12), (30, 25))
    assert told(found) == [(RAISE, 30.0)]
    assert found[0].why.evidence == (12,)
    instant = feed(flow_kind(high=20.0), (5, 21), (5, 19), (5, 21))
    assert told(instant) == [(RAISE, 5.0), (CLEAR, 5.0), (RAISE, 5.0)]


def test_a_deadline_at_the_time_of_a_reading_fires_first() -> None:
    found = feed(flow_kind(), (0, 12), (30, 25), (40, 25))
    assert told(found) == [(RAISE, 30.0), (CLEAR, 40.0)]
    assert [each.cause for each in found] == [11, 12]


def test_a_data_gap_loses_sight_and_regains_it() -> None:
    kind = flow_kind(low=20.0)
    found = feed(kind, (0, 12), (500, 13))
    assert told(found) == [(RAISE, 0.0), (LOSE_SIGHT, 60.0), (RAISE, 500.0)]
    assert [each.cause for each in found] == [10, 11, 11]
    assert told(tick(kind, 1_000)) == [(LOSE_SIGHT, 560.0)]
    assert kind.next_deadline() is None


def test_after_lost_sight_a_value_that_clears_at_once_is_not_raised_again() -> None:
    assert told(feed(flow_kind(low=20.0), (0, 12), (500, 25))) == [(RAISE, 0.0), (LOSE_SIGHT, 60.0), (CLEAR, 500.0)]


def test_after_lost_sight_an_off_delay_shows_the_alarm_until_it_ends() -> None:
    found = feed(flow_kind(low=20.0, off_delay_seconds=10.0), (0, 12), (500, 25), (515, 25))
    assert told(found) == [(RAISE, 0.0), (LOSE_SIGHT, 60.0), (RAISE, 500.0), (CLEAR, 510.0)]


def test_a_delay_that_ends_as_the_value_goes_stale_still_counts() -> None:
    kind = flow_kind(low=20.0, on_delay_seconds=60.0)
    assert told(feed(kind, (0, 12), (100, 12))) == [(RAISE, 60.0), (LOSE_SIGHT, 60.0), (RAISE, 100.0)]


def test_restart_continues_running_delays() -> None:
    before, after = flow_kind(), flow_kind()
    assert feed(before, (0, 12), (20, 12)) == []
    after.restore(before.snapshot())
    assert after.next_deadline() == before.next_deadline() == START + 30 * SECOND
    assert tick(after, 31) == tick(before, 31) != []


def test_a_reading_behind_a_fired_deadline_counts_as_made_there() -> None:
    kind = flow_kind(low=20.0, on_delay_seconds=30.0)
    feed(kind, (0, 12))
    assert told(tick(kind, 31)) == [(RAISE, 30.0)]
    assert told(feed(kind, (29.9, 25), (29.95, 12), first_seq=100)) == [(CLEAR, 30.0)]


def test_deadlines_of_several_rows_fire_in_order() -> None:
    rules = [a_rule(name, ("flow", "level"), low=20.0, on_delay_seconds=delay) for name, delay in (("b", 5), ("a", 9))]
    kind = a_kind(SITE, rules)
    readings = [Reading("level", 0, 12.0, seq=1), Reading("flow", 4 * SECOND, 12.0, seq=2)]
    assert not kind.judge(a_batch(SITE, readings))
    found = tick(kind, 20)
    assert [(each.rule, each.subject.id, (each.at - START) // SECOND) for each in found] == [
        ("b", "level", 5),
        ("a", "level", 9),
        ("b", "flow", 9),
        ("a", "flow", 13),
    ]


def test_findings_are_sorted_by_record_rule_and_point() -> None:
    kind = a_kind(SITE, [a_rule(name, ("level", "flow"), low=20.0) for name in ("b", "a")])
    readings = [Reading(point, 0, 12.0, seq=7, index=index) for index, point in enumerate(("level", "flow", "level"))]
    found = kind.judge(a_batch(SITE, readings))
    assert [(each.index, each.rule, each.subject.id) for each in found] == [
        (0, "a", "level"),
        (0, "b", "level"),
        (1, "a", "flow"),
        (1, "b", "flow"),
    ]


def test_a_finding_names_asset_zone_and_subject() -> None:
    found = feed(flow_kind(low=20.0), (0, 12))[0]
    assert (found.rule, found.subject) == ("flow-limit", Subject(SubjectKind.POINT, "flow"))
    assert (found.asset, found.zone) == ("pump-1", "plant")
    assert found.name.en == "Pump 1: flow out of range, flow 12 l/min"


def test_an_empty_batch_and_an_unwatched_point_say_nothing() -> None:
    kind = flow_kind()
    assert not kind.judge(a_batch(SITE, []))
    assert not kind.judge(a_batch(SITE, [Reading("level", 0, 1.0)]))
    assert not LimitKind().fire(START, 1)


def configure(kind: LimitKind, at: float, **parameters: Parameter) -> None:
    kind.configure([(SITE, a_rule(**parameters))], point_ids(SITE), START + from_seconds(at))


def test_a_changed_limit_is_judged_from_the_present_value() -> None:
    kind = flow_kind(low=20.0, on_delay_seconds=5.0)
    feed(kind, (0, 25))
    configure(kind, 10, low=30.0, on_delay_seconds=5.0)
    assert kind.next_deadline() == START + 15 * SECOND
    found = tick(kind, 20)
    assert told(found) == [(RAISE, 15.0)]
    assert found[0].why.since == START + 10 * SECOND


@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_a_limit_that_changed_with_its_points_unit_waits_for_a_reading_in_that_unit(delay: float) -> None:
    """300 kPa is not above 4 bar, and 3 bar not below 100 kPa."""
    parameters: dict[str, Parameter] = {"on_delay_seconds": delay}
    kind = LimitKind()
    for unit, value, low, high, at in (
        ("kPa", 300.0, 100.0, 400.0, 0),
        ("bar", 3.0, 1.0, 4.0, 20),
        ("kPa", 300.0, 100.0, 400.0, 40),
    ):
        site = a_site(unit=unit)
        rule = a_rule(**parameters, low=low, high=high)
        kind.configure([(site, rule)], point_ids(site), START + at * SECOND)
        assert list(kind.fire(START + (at + 9) * SECOND, 99)) == [], unit
        assert list(kind.judge(a_batch(site, [Reading("flow", (at + 10) * SECOND, value, seq=at + 1)]))) == [], unit
    found = kind.judge(
        a_batch(site, [Reading("flow", (51 + second) * SECOND, 500.0, seq=60 + second) for second in range(5)])
    )
    assert [each.trigger.value for each in found] == ["raise"]


def test_a_changed_delay_keeps_the_timer() -> None:
    kind = flow_kind()
    feed(kind, (0, 12))
    configure(kind, 10, **(DELAYED | {"on_delay_seconds": 20.0}))
    assert kind.next_deadline() == START + 20 * SECOND
    configure(kind, 15, **(DELAYED | {"on_delay_seconds": 12.0}))
    assert told(tick(kind, 15)) == [(RAISE, 15.0)]


def test_a_delay_used_up_while_unknown_ends_with_the_next_known_value() -> None:
    kind = flow_kind()
    feed(kind, (0, 12))
    feed(kind, (20, 12), quality=Quality.BAD)
    configure(kind, 25, **(DELAYED | {"on_delay_seconds": 10.0}))
    assert kind.next_deadline() is None
    assert told(feed(kind, (40, 12))) == [(RAISE, 40.0)]


def test_a_reading_sent_before_the_configuration_does_not_end_a_delay_early() -> None:
    kind = flow_kind(low=20.0, off_delay_seconds=10.0)
    feed(kind, (0, 12), (1, 25))
    configure(kind, 8, low=20.0)
    assert feed(kind, (3, 25), first_seq=20) == []
    found = feed(kind, (9, 25), first_seq=30)
    assert (told(found), found[0].cause) == ([(CLEAR, 8.0)], 30)


def test_an_unchanged_configuration_changes_nothing() -> None:
    kind = flow_kind()
    feed(kind, (0, 12))
    before = kind.snapshot()
    configure(kind, 10, **DELAYED)
    assert kind.snapshot() == before


def test_rules_that_are_gone_or_disabled_are_forgotten() -> None:
    kind = flow_kind(low=20.0)
    feed(kind, (0, 12))
    kind.configure([(SITE, structs.replace(a_rule(low=20.0), enabled=False))], point_ids(SITE), START)
    assert kind.next_deadline() is None
    assert feed(kind, (5, 12)) == []
    configure(kind, 10, low=20.0)
    assert told(feed(kind, (11, 12))) == [(RAISE, 11.0)]


def test_points_may_change_places_in_the_table() -> None:
    kind = flow_kind()
    feed(kind, (0, 12))
    kind.configure([(SITE, a_rule(**DELAYED))], ["level", "other", "flow"], START)
    assert told(tick(kind, 30)) == [(RAISE, 30.0)]


@pytest.mark.parametrize("point_ids", [["level"], ["flow", "nowhere"]])
def test_a_point_that_is_not_there_is_refused_and_changes_nothing(point_ids: list[str]) -> None:
    kind = flow_kind()
    feed(kind, (0, 12))
    subjects = ("flow",) if point_ids == ["level"] else ("flow", "nowhere")
    with pytest.raises(ConfigurationError, match="is no point of site 'tower'"):
        kind.configure([(SITE, a_rule("flow-limit", subjects, low=1.0))], point_ids, START)
    assert told(tick(kind, 30)) == [(RAISE, 30.0)]


def test_a_parked_row_is_judged_no_more_even_after_a_restart() -> None:
    kind = a_kind(SITE, [a_rule("a", low=20.0), a_rule("b", low=20.0)])
    kind.park("a", "flow")
    again = a_kind(SITE, [a_rule("a", low=20.0), a_rule("b", low=20.0)])
    again.restore(kind.snapshot())
    assert [each.rule for each in feed(again, (0, 12))] == ["b"]


def test_a_parked_row_has_no_deadline_and_comes_back_with_new_parameters() -> None:
    kind = flow_kind()
    feed(kind, (0, 12))
    kind.park("flow-limit", "flow")
    assert kind.next_deadline() is None
    assert feed(kind, (40, 12)) == []
    configure(kind, 50, low=20.0)
    assert told(feed(kind, (100, 12))) == [(RAISE, 100.0)]


def test_parking_what_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not watch point 'level'"):
        flow_kind().park("flow-limit", "level")


def of_version_1(kind: LimitKind) -> bytes:
    """The kind's snapshot as version 1 wrote it: each flag and the seq in a column of its own."""
    stored = msgspec.msgpack.decode(kind.snapshot(), type=StoredRows)
    kept = KeptConditions.blank(len(stored.rule) // 4)
    for name, content in stored.columns.items():
        getattr(kept, name)[:] = np.frombuffer(content, dtype=getattr(kept, name).dtype)
    rows = kept.unpacked(np.arange(kept.mark.size))
    columns = {each.name: getattr(rows, each.name).tobytes() for each in fields(rows) if each.name != "anew"}
    return msgspec.msgpack.encode(structs.replace(stored, version=1, columns=columns))


@pytest.mark.parametrize(
    "samples",
    [[(0, 25)], [(0, 25), (10, 12)], [(0, 12), (30, 12)], [(0, 12), (30, 12), (35, 25)], [(0, 12), (30, 12), (90, 12)]],
    ids=["normal", "a delay runs", "raised", "a delay to clear runs", "out of sight and back"],
)
def test_what_version_1_kept_goes_on(samples: list[Sample]) -> None:
    kind, other = flow_kind(), flow_kind()
    feed(kind, *samples)
    other.restore(of_version_1(kind))
    assert other.snapshot() == kind.snapshot()
    assert other.next_deadline() == kind.next_deadline()
    other.park("flow-limit", "flow")
    kind.restore(of_version_1(other))
    assert kind.snapshot() == other.snapshot()
    assert feed(kind, (200, 0)) == []


def test_a_snapshot_of_another_version_is_refused() -> None:
    kind = flow_kind()
    stored = msgspec.msgpack.decode(kind.snapshot()) | {"version": 7}
    with pytest.raises(ValueError, match="version 7"):
        kind.restore(msgspec.msgpack.encode(stored))


def test_state_keeps_to_its_budget() -> None:
    assert KeptConditions.bytes_per_row() == 56


def test_a_long_delay_and_a_value_that_holds_for_ever_stay_exact() -> None:
    site = a_site(("flow",), holds_seconds=1e12)
    kind = a_kind(site, [a_rule(low=20.0, on_delay_seconds=31_622_400.0)])
    kind.judge(a_batch(site, [Reading("flow", 1, 12.0)]))
    assert kind.next_deadline() == START + 31_622_400 * SECOND + 1


def test_what_has_no_value_or_was_not_heard_yet_is_undecided() -> None:
    kind = flow_kind()
    none, known = np.array([False]), np.array([True])
    assert kind.undecided(START, none).lacking.tolist() == [0]
    assert kind.doubt(0, lambda _: False).lacking == ("flow",)
    lacked = [[pair.tolist() for pair in kind.lacked(np.array([0]), usable)] for usable in (none, known)]
    assert lacked == [[[0], [0]], [[], []]]
    rows = kind.undecided(START, known)
    assert (rows.is_new.tolist(), rows.lacking.tolist(), kind.doubt(0, lambda _: True).lacking) == ([True], [-1], ())
    feed(kind, (0, 25))
    assert kind.undecided(START + SECOND, known).place.size == 0
    assert kind.undecided(START + 10**12, known).place.size == 1, "it went stale"
    names = kind.names()
    pair = (names.rule_ids[names.rule[0]], ("flow",)[names.point[0]])
    assert kind.places([pair, ("x", "flow")]) == [0, None]
    kind.park(*pair)
    assert kind.undecided(START, none).place.size == 0
