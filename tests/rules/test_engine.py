import pytest
from msgspec.structs import replace

from domain.effects import AlarmChanged, ConfigurationApplied, DuplicateIgnored, RuleFaulted, TourRunChanged
from domain.identity import MessageIdentity
from domain.instant import MINUTE
from domain.readings import readings_from
from domain.record import EngineStarted, MonitorGap, Tick
from rules.catalog import CATALOG, Catalog
from rules.engine import Engine
from tests.rules.estate import HELD, MISSED, NO_FLOW, a_rule, configured
from tests.rules.fragile_kind import KIND, FragileKind
from tests.rules.playbook import Playbook, instant, line

HELD_RAISED = (
    "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
    "10:02:00 order created front/door.closer requested x1",
)


def test_before_the_first_configuration_nothing_is_judged() -> None:
    book = Playbook(configured(HELD), "09:00")
    engine = Engine()
    records = book.at("10:00").door("front", "opened").reading(5.0).scan("gate").tick("10:05").records[1:]
    outcome = engine.handle(records)
    assert [line(effect) for effect in outcome.effects] == ["10:00:00 scan gate by li: unknown_tag"]
    assert outcome.readings is not None
    assert (outcome.readings.points, outcome.readings.values.tolist()) == (("flow",), [5.0])
    assert (engine.configuration_digest, engine.next_deadline()) == ("", None)


def test_records_of_other_lanes_are_passed_over() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00")
    drill = replace(book.record(Tick()), lane="drill-1")
    opened = replace(book.door("front", "opened").records[-1], lane="drill-1", seq=3)
    before = len(book.effects)
    book.judge(opened, replace(drill, seq=4))
    assert len(book.effects) == before
    assert book.engine.last_seq == 4


def test_a_drills_engine_reads_its_own_records_and_marks_its_effects() -> None:
    book = Playbook(configured(HELD), "09:00", lane="drill-1").at("10:00").door("front", "opened").tick("10:03")
    assert {effect.lane for effect in book.effects} == {"drill-1"}
    real = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened").tick("10:03")
    drilled = book.latest(AlarmChanged)
    assert drilled.alarm.id != real.latest(AlarmChanged).alarm.id


def test_records_come_once_and_in_order() -> None:
    book = Playbook(configured(HELD), "09:00").tick()
    with pytest.raises(ValueError, match="record 2 comes after 2"):
        book.engine.handle([book.records[-1]])


def test_ticks_fire_nothing_while_a_gap_is_read_up() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened")
    book.gap("10:01", "10:30").tick("10:31").says_nothing()
    assert book.engine.holding
    assert book.engine.next_deadline() is None
    book.restarts().tick("10:32").says_nothing()
    book.drained("10:33").says(*HELD_RAISED)
    assert not book.engine.holding


def test_what_waited_in_the_broker_prevents_a_false_alarm() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened")
    book.gap("10:01", "10:30").door("front", "closed", "10:01:30").drained("10:33").says_nothing()


def test_gaps_one_after_the_other_are_held_until_drained() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened")
    book.gap("10:01", "10:30").gap("10:30", "10:31").tick("10:32").says_nothing()
    book.drained("10:33").says(*HELD_RAISED)


def test_all_kinds_fire_together_in_order_of_time_rule_and_subject() -> None:
    book = Playbook(configured(HELD, MISSED, NO_FLOW), "21:00")
    book.at("22:14:20").reading(5.0).at("22:13").door("front", "opened").door("server", "opened", "22:14:30")
    book.tick("22:20")
    told = [line(effect) for effect in book.effects if isinstance(effect.body, AlarmChanged | TourRunChanged)]
    assert [text[:35] for text in told if not text.startswith("21:00")] == [
        "22:00:00 run night 22:00 due gate=p",
        "22:00:00 run night 11-24 02:00 sche",
        "22:14:50 alarm raised no-flow point",
        "22:15:00 run night 22:00 due gate=m",
        "22:15:00 alarm raised held door:fro",
        "22:15:00 alarm raised held door:ser",
        "22:15:00 alarm raised missed tour_s",
        "22:17:20 alarm sight_lost no-flow p",
    ]


def test_a_configuration_first_lets_the_old_rules_deadlines_fire() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened").at("10:05")
    book.configure(configured(a_rule("held", "door_held", parameters={"held_seconds": 3600.0})))
    applied = [type(effect.body) for effect in book.effects[-4:]]
    assert applied.index(AlarmChanged) < applied.index(ConfigurationApplied)
    assert book.engine.configuration_digest == book.latest(ConfigurationApplied).digest


def test_an_engine_start_is_no_news() -> None:
    book = Playbook(configured(HELD), "09:00")
    before = len(book.effects)
    book.happens(EngineStarted(code_version="1", identity={}))
    assert len(book.effects) == before


def test_effects_are_numbered_from_zero_for_each_record() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened").at("10:05").door("front", "closed")
    numbers: dict[int, list[int]] = {}
    for effect in book.effects:
        numbers.setdefault(effect.cause, []).append(effect.n)
    assert all(each == list(range(len(each))) for each in numbers.values())
    assert len({effect.id for effect in book.effects}) == len(book.effects)


def test_a_duplicate_has_no_other_effect() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened").reading(5.0)
    door, reading = book.records[-2:]
    before = len(book.effects)
    book.judge(replace(door, seq=10), replace(reading, seq=11))
    assert [effect.body for effect in book.effects[before:]] == [
        DuplicateIgnored(device="panel", boot="b1", seq=1),
        DuplicateIgnored(device="gateway", boot="b1", seq=1),
    ]
    assert book.outcomes[-1].readings is None


def test_readings_are_given_back_for_the_historian_with_late_ones() -> None:
    book = Playbook(configured(NO_FLOW), "09:00").at("10:00")
    records = [book.record(readings_from(["flow", "heat"], [at, at], [1.0, 2.0], [0, 0])) for at in (20, 10)]
    book.judge(*(replace(record, seq=2 + number) for number, record in enumerate(records)))
    readings = book.outcomes[-1].readings
    assert readings is not None
    assert readings.points == ("flow", "heat")
    assert (readings.seq.tolist(), readings.index.tolist()) == ([2, 2, 3, 3], [0, 1, 0, 1])
    assert readings.at.tolist() == [20, 20, 10, 10]
    assert "late flow heat x2" in line(book.effects[-1])


def test_consecutive_readings_are_judged_as_one_batch() -> None:
    kind = FragileKind()
    catalog = replace(
        CATALOG, readings={KIND: lambda _: kind}, entries={**CATALOG.entries, KIND: CATALOG.entries["limit"]}
    )
    rule = a_rule("fragile", KIND, subjects=("flow",), parameters={"high": 1.0})
    book = Playbook(configured(rule), "09:00", catalog=catalog)
    records = [book.record(readings_from(["flow"], [at], [1.0], [0])) for at in range(4)]
    tick = replace(book.record(Tick()), seq=4, event_time=0)
    numbered = [replace(record, seq=seq) for record, seq in zip(records, (2, 3, 5, 6), strict=True)]
    book.judge(*numbered[:2], tick, *numbered[2:])
    assert kind.batches == 2


def fragile_book(**parameters: float) -> Playbook:
    entry = replace(CATALOG.entries["limit"], check=lambda spec: None)
    catalog: Catalog = replace(CATALOG, readings={KIND: FragileKind}, entries={**CATALOG.entries, KIND: entry})
    rules = (a_rule("frail", KIND, subjects=("flow",), parameters=parameters), a_rule("firm", KIND, subjects=("flow",)))
    return Playbook(configured(*rules), "09:00", catalog=catalog)


def test_a_rule_that_fails_on_a_reading_is_parked_and_loses_sight_of_its_alarm() -> None:
    book = fragile_book(fails_on=66.0).at("10:00:00").reading(20.0).at("10:00:10").reading(66.0)
    book.at("10:00:20").reading(1.0).says(
        "10:00:00 alarm raised firm point:flow #1 (flow is high) UNACK",
        "10:00:00 alarm raised frail point:flow #1 (flow is high) UNACK",
        "10:00:10 rule frail faulted on flow: ArithmeticError: 66.0",
        "10:00:10 alarm sight_lost frail point:flow #1 (flow is high) UNACK",
        "10:00:10 alarm raised vigil-parked-rule rule:frail #1 (A rule is parked) UNACK",
        "10:00:20 alarm cleared firm point:flow #1 (flow is high) RTNUN",
    )


def confused_book() -> Playbook:
    """The rule `frail` has forgotten that it raised its alarm."""
    book = fragile_book().at("10:00:00").reading(20.0)
    kind = book.engine._judgement._reading_rules._kinds[KIND]
    assert isinstance(kind, FragileKind)
    kind.rows["frail", "flow"].active = False
    return book


def test_a_finding_that_does_not_fit_is_the_last_heard_of_its_rule_however_records_are_cut() -> None:
    said = []
    for cut in (False, True):
        book = confused_book()
        at = [instant(f"10:00:{second}") for second in (10, 20, 30)]
        records = [
            replace(book.record(readings_from(["flow"], [at[number]], [value], [0])), seq=10 + number)
            for number, value in enumerate((30.0, 1.0, 30.0))
        ]
        before = len(book.effects)
        for part in [[record] for record in records] if cut else [records]:
            book.judge(*part)
        said.append([line(effect) for effect in book.effects[before:]])
    assert said[0] == said[1]
    assert sum("frail" in text for text in said[0]) == 3


def test_a_finding_that_does_not_fit_the_alarm_parks_its_rule() -> None:
    book = confused_book()
    book.at("10:00:10").reading(30.0).at("10:00:20").reading(1.0)
    told = [line(effect) for effect in book.effects if isinstance(effect.body, AlarmChanged | RuleFaulted)]
    assert told[2].startswith("10:00:10 rule frail faulted on flow: IllegalTransition: alarm condition is active")
    assert told[3:] == [
        "10:00:10 alarm sight_lost frail point:flow #1 (flow is high) UNACK",
        "10:00:10 alarm raised vigil-parked-rule rule:frail #1 (A rule is parked) UNACK",
        "10:00:20 alarm cleared firm point:flow #1 (flow is high) RTNUN",
    ]


def test_a_configuration_with_an_unusable_rule_holds_without_it() -> None:
    book = Playbook(configured(HELD), "09:00")
    book.configure(configured(HELD, replace(NO_FLOW, parameters={})))
    assert [effect.body.rule for effect in book.effects if isinstance(effect.body, RuleFaulted)] == ["no-flow"]
    book.at("10:00").door("front", "opened").tick("10:03")
    assert book.latest(AlarmChanged).alarm.rule == "held"


def test_the_next_deadline_is_the_earliest_of_all() -> None:
    book = Playbook(configured(HELD, MISSED), "21:00")
    assert book.engine.next_deadline() == instant("22:00")
    book = Playbook(configured(HELD, MISSED, NO_FLOW), "21:29:30")
    assert book.engine.next_deadline() == instant("21:30:30"), "the clock looks which rules are undecided"
    book.tick("21:31:30")
    book.at("21:30").door("front", "opened")
    assert book.engine.next_deadline() == instant("21:32")
    book.reading(5.0)
    assert book.engine.next_deadline() == instant("21:30") + MINUTE // 2


def test_time_can_pass_without_a_tick_but_not_while_a_gap_is_read_up() -> None:
    book = Playbook(configured(HELD), "10:00").door("front", "opened")
    last_seq = book.engine.last_seq
    assert book.engine.let_pass(instant("10:01")).effects == ()
    (raised,) = [each for each in book.engine.let_pass(instant("10:05")).effects if isinstance(each.body, AlarmChanged)]
    assert (raised.at, raised.cause, book.engine.last_seq) == (instant("10:02"), last_seq, last_seq)
    held = Playbook(configured(HELD), "10:00").door("front", "opened").at("10:09").gap("10:01", "10:09")
    assert held.engine.let_pass(instant("10:10")).effects == ()


def test_a_snapshot_goes_on_exactly_where_the_engine_stood() -> None:
    book = Playbook(configured(), "21:00").at("22:14").door("front", "opened").reading(5.0).scan("gate")
    other = Engine.restore(book.engine.snapshot())
    assert other.snapshot() == book.engine.snapshot()
    assert (other.last_seq, other.lane, other.holding) == (book.engine.last_seq, "real", False)
    assert other.configuration_digest == book.engine.configuration_digest
    records = book.tick("22:40").records[-1:]
    assert list(other.handle(records).effects) == book.effects[-len(book.outcomes[-1].effects) :]


def test_a_snapshot_before_the_first_configuration() -> None:
    engine = Engine("drill-7")
    other = Engine.restore(engine.snapshot())
    assert (other.lane, other.last_seq) == ("drill-7", 0)


def test_identities_of_different_devices_do_not_meet() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened")
    record = replace(book.records[-1], seq=9, identity=MessageIdentity("other", "b1", 1))
    book.judge(record)
    assert not any(isinstance(effect.body, DuplicateIgnored) for effect in book.effects)


def test_a_gap_alone_says_nothing() -> None:
    book = Playbook(configured(HELD), "09:00")
    before = len(book.effects)
    book.happens(MonitorGap(start=0, end=1, reason="frozen"))
    assert len(book.effects) == before


def test_what_one_message_says_at_one_time_is_one_moment() -> None:
    rule = a_rule(
        "dry", "expression", subjects=("flow",), parameters={"when": "value < 1 and heat > 50"}, inputs={"heat": "heat"}
    )

    def told(*messages: tuple[list[str], list[float], list[str]]) -> list[str]:
        book = Playbook(configured(rule), "09:00").at("10:00").reading(9.0).reading(60.0, point="heat").at("10:01")
        before = len(book.effects)
        for points, values, times in messages:
            body = readings_from(points, [instant(at) for at in times], values, [0] * len(points))
            book.happens(body, source="gateway", boot="b1")
        changes = [effect.body.change for effect in book.effects[before:] if isinstance(effect.body, AlarmChanged)]
        return [change.value for change in changes]

    assert told((["flow", "heat"], [0.0, 20.0], ["10:01", "10:01"])) == []
    assert told((["flow", "heat"], [0.0, 20.0], ["10:00:59", "10:01"])) == ["raised", "cleared"]
    assert told((["heat", "flow"], [20.0, 0.0], ["10:01", "10:00:59"])) == ["raised", "cleared"]
    assert told((["flow"], [0.0], ["10:01"]), (["heat"], [20.0], ["10:01"])) == ["raised", "cleared"]
    # A late one is not judged, so it is no part of the moment either.
    assert told((["flow", "heat"], [0.0, 20.0], ["10:01", "09:59"])) == ["raised"]
