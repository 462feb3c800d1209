"""The laws on conditions: columns equal the scalar reference for any expression, any cutting and any restart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm import CONDITION_TABLE
from domain.alarm import Condition as AlarmCondition
from domain.instant import SECOND, Duration
from domain.readings import Quality
from rules.conditions.condition import Condition
from rules.conditions.hearing import Listening
from rules.expressions import tree
from rules.rule import Finding
from tests.reference.condition_world import Said, ScalarConditions, a_condition_kind, said
from tests.reference.limit_world import START, Reading, a_batch, a_site

POINTS = ("a", "b", "c")
HALF = SECOND // 2
HOURS = tree.Within("daily 08:00-08:01, 08:02-09:00", "UTC")
"""START is 2027-01-15 08:00 UTC; histories last some minutes."""


@dataclass(frozen=True)
class Tick:
    at: Duration
    seq: int


@dataclass(frozen=True)
class Unheard:
    """Nobody listened from `start` to `at`."""

    start: Duration
    at: Duration
    seq: int


Step = Reading | Tick | Unheard

spans = st.sampled_from([1, 2, 3, 5, 8]).map(lambda count: count * SECOND)
constants = st.sampled_from([0.0, 1.0, 2.0, 10.0, 15.0, 20.0]).map(tree.Number)


@cache
def numbers(slots: int) -> st.SearchStrategy[tree.Node]:
    values = st.integers(0, slots - 1).map(tree.Value)

    def wider(inner: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
        hows = st.sampled_from(["avg", "lowest", "highest", "spread", "change"])
        over = inner.filter(lambda node: bool(tree.slots(node)))
        return st.one_of(
            st.builds(tree.Unary, st.sampled_from(["-", "abs"]), inner),
            st.builds(tree.Binary, st.sampled_from(["+", "-", "*", "/", "min", "max"]), inner, inner),
            st.builds(tree.Window, hows, over, spans),
            st.builds(tree.TimeTo, st.sampled_from(["usual", "quickest", "slowest"]), over, constants, spans),
            st.builds(tree.Previous, st.integers(0, slots - 1)),
            st.builds(tree.Unusable, st.integers(0, slots - 1)),
        )

    return st.recursive(values | values | constants, wider, max_leaves=3)


@cache
def truths(slots: int) -> st.SearchStrategy[tree.Node]:
    number = numbers(slots)
    simple = st.builds(
        tree.Compare,
        st.sampled_from([">", "<", ">=", "<=", "==", "!="]),
        st.integers(0, slots - 1).map(tree.Value),
        constants,
    )
    compare = st.builds(tree.Compare, st.sampled_from([">", "<", ">=", "<="]), number, number)
    silent = st.builds(tree.Silent, st.integers(0, slots - 1), spans)

    def wider(inner: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
        counted = st.builds(tree.Count, inner, spans)
        return st.one_of(
            st.builds(tree.Logic, st.sampled_from(["and", "or"]), inner, inner),
            st.builds(tree.Not, inner),
            st.builds(tree.Lasting, inner, spans),
            st.builds(tree.Compare, st.just(">"), counted, st.sampled_from([0.0, 1.0, 2.0]).map(tree.Number)),
        )

    return st.recursive(simple | simple | compare | silent | st.just(HOURS), wider, max_leaves=4)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    inputs = tuple(draw(st.permutations(POINTS)))[: draw(st.integers(1, 3))]
    slots = len(inputs)
    delays = st.sampled_from([0, 0, HALF, SECOND, 2 * SECOND, 3 * SECOND])
    enter, leave, guard = draw(truths(slots)), draw(st.none() | truths(slots)), draw(st.none() | truths(slots))
    if guard is not None:
        enter = tree.Logic("and", guard, enter)
        leave = None if leave is None else tree.Logic("or", tree.Not(guard), leave)
    return Condition(
        inputs=inputs,
        enter=enter,
        leave=leave,
        guards=() if guard is None else (guard,),
        shown=draw(st.just(tree.Value(0)) | numbers(slots)),
        told=tuple(draw(st.lists(numbers(slots), max_size=2))),
        on_delay=draw(delays),
        off_delay=draw(delays),
    )


@st.composite
def about_silence(draw: st.DrawFn) -> Condition:
    """A condition that hears silence, alone or beside others."""
    condition = draw(conditions())
    silent = tree.Silent(draw(st.integers(0, len(condition.inputs) - 1)), draw(spans))
    joined = st.builds(tree.Logic, st.sampled_from(["and", "or"]), st.just(silent), st.just(condition.enter))
    enter: tree.Node = draw(st.just(silent) | joined)
    return replace(condition, enter=enter, leave=None, guards=())


@st.composite
def histories(draw: st.DrawFn, readings: int = 7) -> list[Step]:
    """Records with readings of three points, often several at one time, with ticks and gaps between them.

    To each tick or gap come so many records with `readings`.
    """
    steps: list[Step] = []
    clock = dict.fromkeys(POINTS, 0)
    now = listened_until = 0
    values = st.sampled_from([0.0, 1.0, 9.0, 10.0, 15.0, 15.5, 20.0, 21.0, 30.0, float("nan")])
    qualities = st.sampled_from([Quality.GOOD] * 8 + [Quality.BAD])
    messages = st.lists(st.sampled_from(POINTS), min_size=1, max_size=5)
    for number, is_message in enumerate(draw(st.lists(st.sampled_from([True] * readings + [False]), max_size=20))):
        if is_message:
            points = draw(messages)
            ahead = draw(st.sampled_from([None, 0, 1, 2, 6]))
            at = max(clock[point] for point in points) + HALF * (ahead or 0)
            for index, point in enumerate(points):
                clock[point] = clock[point] + HALF * draw(st.integers(0, 6)) if ahead is None else at
                steps.append(Reading(point, clock[point], draw(values), draw(qualities), number + 2, index))
        elif draw(st.booleans()):
            now = max(now, max(clock.values()) + HALF * draw(st.integers(-4, 30)), 0)
            steps.append(Tick(now, number + 2))
        else:
            start = max(listened_until, now, max(clock.values()) + HALF * draw(st.integers(-4, 4)))
            listened_until = start + HALF * draw(st.integers(1, 20))
            steps.append(Unheard(start, listened_until, number + 2))
    return steps


def records(history: Sequence[Step]) -> Iterator[Tick | Unheard | list[Reading]]:
    """The ticks and gaps, and the readings of each record together."""
    for _, steps in groupby(history, key=lambda step: step.seq):
        record = list(steps)
        readings = [step for step in record if isinstance(step, Reading)]
        yield from [readings] if readings else [step for step in record if not isinstance(step, Reading)]


def judged(
    rules: Mapping[str, Condition],
    history: Sequence[Step],
    hold: float,
    *,
    cuts: Sequence[bool] = (),
    restarts: Sequence[bool] = (),
) -> tuple[list[Finding], bytes]:
    """Run the history; before record i a batch ends where `cuts[i]`, and Vigil restarts where `restarts[i]`."""
    site = a_site(POINTS, hold)
    listening = Listening()
    kind = a_condition_kind(site, rules, START, listening)
    found: list[Finding] = []
    waiting: list[Reading] = []

    def flush() -> None:
        nonlocal waiting
        if waiting:
            found.extend(kind.judge(a_batch(site, waiting)))
            waiting = []

    for number, record in enumerate(records(history)):
        if number < len(cuts) and cuts[number]:
            flush()
        if number < len(restarts) and restarts[number]:
            flush()
            content, gaps, listening = kind.snapshot(), listening.gaps, Listening()
            kind = a_condition_kind(site, rules, START, listening)
            kind.restore(content)
            listening.restore(gaps)
        if isinstance(record, Tick):
            flush()
            found.extend(kind.fire(START + record.at, record.seq))
        elif isinstance(record, Unheard):
            flush()
            listening.pause(START + record.start, START + record.at)
        else:
            waiting += record
    flush()
    return found, kind.snapshot()


def specified(rules: Mapping[str, Condition], history: Sequence[Step], hold: float) -> list[Said]:
    world = ScalarConditions(a_site(POINTS, hold), rules, START)
    found: list[Said] = []
    for record in records(history):
        if isinstance(record, Unheard):
            world.pause(record.start, record.at)
        else:
            found += world.fire(record.at, record.seq) if isinstance(record, Tick) else world.judge(record)
    return found


rule_sets = st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), conditions(), min_size=1, max_size=3)
holds = st.sampled_from([0.5, 2.0, 4.0, 10.0, 10.0])
flags = st.lists(st.booleans(), max_size=32)


@settings(max_examples=150, deadline=None)
@given(rule_sets, histories(), holds, flags)
def test_columns_say_what_the_scalar_reference_says(
    rules: dict[str, Condition], history: list[Step], hold: float, cuts: list[bool]
) -> None:
    assert said(judged(rules, history, hold, cuts=cuts)[0]) == specified(rules, history, hold)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.just("r1"), about_silence(), min_size=1), histories(readings=1), holds, flags)
def test_columns_hear_silence_in_gaps_as_the_reference_does(
    rules: dict[str, Condition], history: list[Step], hold: float, cuts: list[bool]
) -> None:
    assert said(judged(rules, history, hold, cuts=cuts)[0]) == specified(rules, history, hold)


@settings(max_examples=80, deadline=None)
@given(rule_sets, histories(), holds, flags, flags)
def test_cuts_and_restarts_change_no_byte(
    rules: dict[str, Condition], history: list[Step], hold: float, cuts: list[bool], restarts: list[bool]
) -> None:
    one, other = judged(rules, history, hold), judged(rules, history, hold, cuts=cuts, restarts=restarts)
    assert msgspec.json.encode(one[0]) == msgspec.json.encode(other[0])


@settings(max_examples=80, deadline=None)
@given(rule_sets, histories(), holds)
def test_every_finding_is_a_possible_step_and_time_never_runs_backwards(
    rules: dict[str, Condition], history: list[Step], hold: float
) -> None:
    standing: dict[str, tuple[AlarmCondition, int]] = {}
    for finding in judged(rules, history, hold)[0]:
        condition, latest = standing.get(finding.rule, (AlarmCondition.INACTIVE, 0))
        assert finding.at >= latest
        standing[finding.rule] = (CONDITION_TABLE[condition, finding.trigger], finding.at)
