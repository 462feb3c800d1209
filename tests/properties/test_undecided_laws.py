"""The laws on rules that cannot be decided: any expression, any cutting, any restart."""

from collections.abc import Sequence
from random import Random
from unittest.mock import patch

import msgspec
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm import Subject, SubjectKind
from domain.alarm_policy import AlarmPolicy
from domain.configuration import Configuration, RuleCategory
from domain.effects import AlarmChanged, Effect, UndecidedChanged
from domain.instant import MINUTE, SECOND, from_seconds
from domain.readings import Quality, Readings, readings_from
from domain.record import BacklogDrained, Body, ConfigurationChanged, MonitorGap, Record, Tick
from rules.conditions.condition import Condition, shaped
from rules.conditions.course import TICK
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.engine import Engine
from rules.expressions import tree
from rules.own_alarms import UNDECIDED_RULE
from rules.undecided import looks
from rules.undecided.machine_alarms import MOST_MACHINES
from tests.properties.test_condition_laws import (
    POINTS,
    Step,
    Unheard,
    conditions,
    flags,
    histories,
    holds,
    records,
    truths,
)
from tests.properties.test_condition_laws import Tick as TickStep
from tests.reference.condition_scalar import ScalarCondition, _Now
from tests.reference.condition_world import ScalarConditions, a_condition_kind, said
from tests.reference.limit_world import START, a_batch, a_site
from tests.rules.estate import a_rule
from tests.rules.playbook import instant
from tests.rules.undecided.test_looks import LOW, PER_TURN, PLANT
from tests.rules.undecided.test_machine_alarms import fleet

END = 59 * SECOND
"""Before the first end of `HOURS`: from there on the reference passes over what changes while nothing is known."""


@st.composite
def guarded(draw: st.DrawFn) -> Condition:
    """A condition, every other time with a guard."""
    condition = draw(conditions())
    if draw(st.booleans()):
        return condition
    guard = draw(truths(len(condition.inputs)))
    enter = tree.Logic("and", guard, condition.enter)
    leave = None if condition.leave is None else tree.Logic("or", tree.Not(guard), condition.leave)
    return replace(condition, enter=enter, leave=leave, guards=(guard,))


@settings(max_examples=150, deadline=None)
@given(guarded(), histories(), holds, flags)
def test_what_is_undecided_is_what_the_scalar_reference_does_not_know(
    condition: Condition, history: list[Step], hold: float, cuts: list[bool]
) -> None:
    site = a_site(POINTS, hold)
    listening = Listening()
    kind = a_condition_kind(site, {"r": condition}, START, listening)
    world = ScalarConditions(site, {"r": condition}, START)
    usable, agreed = dict.fromkeys(POINTS, -1), True
    within = [step for step in history if step.at < END]
    for number, record in enumerate(records(within)):
        if isinstance(record, Unheard):
            listening.pause(START + record.start, START + record.at)
            world.pause(record.start, record.at)
        elif not isinstance(record, TickStep):
            agreed &= said(kind.judge(a_batch(site, record))) == world.judge(record)
            for step in record:
                is_good = step.quality == Quality.GOOD and np.isfinite(step.value)
                usable[step.point] = step.at + from_seconds(hold) if is_good else -1
        else:
            agreed &= said(kind.fire(START + record.at, record.seq)) == world.fire(record.at, record.seq)
            if agreed and number < len(cuts) and cuts[number]:
                has_value = {point: until > record.at for point, until in usable.items()}
                assert_same(kind, world, has_value, record.at)
    agreed &= said(kind.fire(START + END, TICK)) == world.fire(END, TICK)
    assume(agreed)  # what they say in turn is for the laws on conditions
    assert_same(kind, world, {point: until > END for point, until in usable.items()}, END)


def assert_same(kind: ConditionKind, world: ScalarConditions, has_value: dict[str, bool], at: int) -> None:
    row = world.rows["r"]
    point_ids = [point.id for point in world.site.points]
    usable = np.array([has_value[point] for point in point_ids])
    found = kind.undecided(START + at, usable)
    assert bool(found.place.size) == is_undecided(row, has_value, START + at)
    for place in found.place.tolist():
        doubt = kind.doubt(place, has_value.__getitem__)
        needed = [row.condition.inputs[slot] for slot in needed_slots(row.condition)]
        assert doubt.lacking == tuple(point for point in needed if not has_value[point])
        assert bool(doubt.lacking) == (int(found.lacking[0]) >= 0)


def needed_slots(condition: Condition) -> list[int]:
    trees = [condition.enter] if condition.leave is None else [condition.enter, condition.leave]
    nodes = [node for each in trees for node in tree.walk(each)]
    return sorted({node.slot for node in nodes if isinstance(node, tree.Value | tree.Previous)})


def is_undecided(row: ScalarCondition, has_value: dict[str, bool], at: int) -> bool:
    """Its verdict is not known; or it is not the case though a point has no value, and no guard says why.

    What needs no value is known from its first moment on. The reference passes over what goes stale while nothing is
    raised, where only readings can change the condition: there a guard is what it is at the time of the look.
    """
    needed = needed_slots(row.condition)
    if not row.seen:
        return row.has_begun or bool(needed)
    lacks = any(not has_value[row.condition.inputs[slot]] for slot in needed)
    now = _Now(row, row.judged if shaped(row.condition)[0].is_timed else at, (), 0)
    is_off = any(now.truth(guard) is False for guard in row.condition.guards)
    return lacks and not row.case and not is_off


STALE = a_rule("stale", "stale", subjects=("flow",), parameters={"silent_seconds": 240.0})
LADDER = a_rule(
    "ladder", "ladder", subjects=("flow", "speed"), parameters={"low": 1.0, "low_low": 0.5, "only_while": "fan > 0"},
    inputs={"fan": "fan"},
)  # fmt: skip
GUARDED = replace(PER_TURN, id="guarded", parameters={"when": "value / speed > 3", "only_while": "speed > 0"})
WINDOW = a_rule("window", "expression", subjects=("speed",), parameters={"when": "avg(value, 4 min) / value > 3"})
RULES = (PER_TURN, LOW, STALE, LADDER, GUARDED, WINDOW)
WATCHED = replace(PLANT, devices=(replace(PLANT.devices[0], report_seconds=300.0), *PLANT.devices[1:]))
CONFIGURATIONS = tuple(
    Configuration(sites=(site,), rules=rules, alarms=AlarmPolicy(undecided_seconds=300.0))
    for site, rules in ((PLANT, RULES), (WATCHED, RULES), (PLANT, RULES[:3]), (WATCHED, (*RULES[1:], GUARDED)))
)


def spoken(chance: Random, says: dict[str, str], now: int) -> list[Readings]:
    """What the points say in a minute, in one message or in several."""
    message: list[tuple[str, int, float, Quality]] = []
    for point, before in says.items():
        state = chance.choice(["good", "good", "zero", "bad", "silent"]) if chance.random() < 0.12 else before
        says[point] = state
        if state != "silent":
            value = 0.0 if state == "zero" else chance.choice([1.0, 5.0, 50.0])
            quality = Quality.BAD if state == "bad" else Quality.GOOD
            message.append((point, now - chance.randrange(3) * SECOND, value, quality))
    parts = [message] if chance.random() < 0.5 else [[each] for each in message]
    return [readings_from(*zip(*part, strict=True)) for part in parts if part]


def a_day(seed: int, count: int) -> list[Record]:
    """Minutes in which points speak, are zero, bad or silent for a while, ticks, gaps and new configurations."""
    chance = Random(seed)
    now = instant("09:00")
    records: list[Record] = []

    def add(body: Body, source: str = "vigil") -> None:
        seq = len(records) + 1
        records.append(Record(seq=seq, body=body, event_time=now, received_at=now, source=source, site="tower"))

    def configure() -> None:
        configuration = chance.choice(CONFIGURATIONS)
        add(ConfigurationChanged(configuration=configuration, digest=configuration.digest()))

    configure()
    says = dict.fromkeys(("flow", "speed", "fan"), "good")
    for _ in range(count):
        for body in spoken(chance, says, now):
            add(body, "gateway")
        now += chance.choice([MINUTE, MINUTE, MINUTE // 2])
        fate = chance.random()
        if fate < 0.02:
            add(MonitorGap(start=now - 5 * MINUTE, end=now, reason="test"))
        elif fate < 0.06:
            add(BacklogDrained(waited=0))
        elif fate < 0.08:
            configure()
        else:
            add(Tick())
    return records


def run(records: Sequence[Record], cuts: Sequence[int] = (), restarts: Sequence[int] = ()) -> list[Effect]:
    engine = Engine()
    told: list[Effect] = []
    for begin, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        if begin in restarts:
            content = engine.snapshot()
            engine = Engine.restore(content)
            assert engine.snapshot() == content
        told += engine.handle(records[begin:end]).effects
    return told


def encoded(effects: Sequence[Effect]) -> list[bytes]:
    return [msgspec.msgpack.encode(each) for each in effects]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([looks.EFFORT, 1]), st.data())
def test_cuts_and_restarts_change_no_byte(seed: int, effort: int, data: st.DataObject) -> None:
    records = a_day(seed, 90)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1), max_size=12)))
    with patch.multiple(looks, EFFORT=effort, COMPUTING=1):
        expected = encoded(run(records))
        assert encoded(run(records, range(1, len(records)))) == expected
        assert encoded(run(records, cuts, cuts)) == expected


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_a_look_may_tell_each_subject_begins_and_ends_in_turns(seed: int) -> None:
    standing: dict[tuple[str, str], bool] = {}
    with patch.multiple(looks, EFFORT=1, COMPUTING=1):
        for effect in run(a_day(seed, 120)):
            if isinstance(effect.body, UndecidedChanged):
                it = effect.body.undecided
                assert it.over_at is None or standing.pop((it.rule, it.subject))
                assert it.since <= effect.at
                standing |= {(it.rule, it.subject): True} if it.over_at is None else {}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_each_subject_is_told_in_turns_and_not_more_often_than_its_patience(seed: int) -> None:
    standing: dict[tuple[str, str], int] = {}
    for effect in run(a_day(seed, 120)):
        if not isinstance(effect.body, UndecidedChanged):
            continue
        it = effect.body.undecided
        key = (it.rule, it.subject)
        assert it.since <= effect.at
        if it.over_at is not None:
            del standing[key]
        else:
            assert effect.at - standing.get(key, 0) >= 300 * SECOND
            standing[key] = effect.at


def test_the_days_show_every_cause() -> None:
    causes = {
        effect.body.undecided.cause.value
        for seed in (37, 47)  # of the days from 32 on the first with the rare ones
        for effect in run(a_day(seed, 200))
        if isinstance(effect.body, UndecidedChanged)
    }
    assert causes >= {"never_heard", "silent", "unusable", "division_by_zero", "too_few_readings"}


FLEET, FLEET_RULES = fleet(MOST_MACHINES + 2, points=2, rules=2)
SAFETY = replace(FLEET_RULES[0], id="safety", category=RuleCategory.LIFE_SAFETY)
FLEETS = tuple(
    Configuration(sites=(FLEET,), rules=rules, alarms=AlarmPolicy(undecided_seconds=300.0))
    for rules in ((*FLEET_RULES, SAFETY), tuple(FLEET_RULES[2:]))
)


def fleet_day(seed: int, count: int, *, is_changed: bool) -> list[Record]:
    """The same of machines of a class, some of whose points were never wired; changed are configuration and watch."""
    chance, now = Random(seed), instant("09:00")
    never = [point.id for point in FLEET.points if chance.random() < 0.3]
    says = {point.id: "good" for point in FLEET.points if point.id not in never}
    bodies: list[tuple[int, Body]] = [(now, ConfigurationChanged(configuration=FLEETS[0], digest="0"))]
    for _ in range(count):
        bodies += [(now, body) for body in spoken(chance, says, now)]
        now += MINUTE
        if is_changed and chance.random() < 0.04:
            number = chance.randrange(2)
            bodies.append((now, ConfigurationChanged(configuration=FLEETS[number], digest=f"{number}")))
        if is_changed and chance.random() < 0.02:
            bodies += [
                (now, MonitorGap(start=now - 5 * MINUTE, end=now, reason="test")),
                (now, BacklogDrained(waited=0)),
            ]
        bodies.append((now, Tick()))
    return [
        Record(seq=seq, body=body, event_time=at, received_at=at, source="vigil", site="tower")
        for seq, (at, body) in enumerate(bodies, 1)
    ]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_cuts_and_restarts_change_no_byte_of_what_is_told_of_machines(seed: int, data: st.DataObject) -> None:
    records = fleet_day(seed, 60, is_changed=True)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1), max_size=12)))
    expected = encoded(run(records))
    assert encoded(run(records, cuts, cuts)) == expected


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_of_every_row_an_alarm_of_its_rule_or_of_a_point_that_it_needs_tells(seed: int) -> None:
    engine, records = Engine(), fleet_day(seed, 70, is_changed=False)
    rows: dict[str, tuple[int, bool]] = {}
    standing: dict[Subject, bool] = {}
    says_itself: dict[str, bool] = {}
    for effect in engine.handle(records).effects:
        body = effect.body
        if isinstance(body, UndecidedChanged):
            rows[body.undecided.rule] = (effect.at, body.undecided.over_at is None)
        elif isinstance(body, AlarmChanged) and body.alarm.rule == UNDECIDED_RULE:
            standing[body.alarm.subject] = body.alarm.condition == "active"
        elif isinstance(body, AlarmChanged):
            says_itself[body.alarm.rule] = True  # while it stands, that sight is lost
    lost = engine._judgement._undecided.state().lost
    assert {subject for subject, stands in standing.items() if stands and subject.kind is not SubjectKind.RULE} == {
        Subject(each.kind, each.id) for each in lost
    }
    told_of = [point for each in lost for point in each.points]
    assert len(told_of) == len(set(told_of)), "one alarm for each point"
    end = records[-1].event_time
    for spec in (each for each in FLEETS[0].rules if each.id not in says_itself):
        at, is_undecided = rows.get(spec.id, (end, False))
        if is_undecided and end - at > 700 * SECOND and not standing.get(Subject(SubjectKind.RULE, spec.id)):
            assert {*spec.subjects, *spec.inputs.values()} & set(told_of), spec.id
