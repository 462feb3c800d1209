"""The laws on conditions: columns equal the scalar reference for any expression, any cutting and any restart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alarm import CONDITION_TABLE
from domain.alarm import Condition as AlarmCondition
from domain.instant import SECOND, Duration
from domain.readings import Quality
from rules.conditions.condition import Condition
from rules.expressions import tree
from rules.rule import Finding
from tests.reference.condition_world import Said, ScalarConditions, a_condition_kind, said
from tests.reference.limit_world import START, Reading, a_batch, a_site

pytestmark = pytest.mark.timeout(300)  # a failure is worth the time hypothesis takes to find its smallest form

POINTS = ("a", "b", "c")
HALF = SECOND // 2
HOURS = tree.Within("daily 08:00-08:01, 08:02-09:00", "UTC")
"""START is 2027-01-15 08:00 UTC; histories last some minutes."""


@dataclass(frozen=True)
class Tick:
    at: Duration
    seq: int


Step = Reading | Tick

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
    return Condition(
        inputs=inputs,
        enter=draw(truths(slots)),
        leave=draw(st.none() | truths(slots)),
        shown=draw(st.just(tree.Value(0)) | numbers(slots)),
        on_delay=draw(delays),
        off_delay=draw(delays),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Readings of three points, several to a record now and then, with ticks between them."""
    steps: list[Step] = []
    clock = dict.fromkeys(POINTS, 0)
    seq, index, now = 1, 0, 0
    values = st.sampled_from([0.0, 1.0, 9.0, 10.0, 15.0, 15.5, 20.0, 21.0, 30.0, float("nan")])
    qualities = st.sampled_from([Quality.GOOD] * 8 + [Quality.BAD])
    for is_reading in draw(st.lists(st.sampled_from([True] * 7 + [False]), max_size=30)):
        if is_reading:
            point = draw(st.sampled_from(POINTS))
            clock[point] += HALF * draw(st.integers(0, 6))
            same_record = bool(steps) and isinstance(steps[-1], Reading) and draw(st.booleans())
            seq, index = (seq, index + 1) if same_record else (seq + 1, 0)
            steps.append(Reading(point, clock[point], draw(values), draw(qualities), seq, index))
        else:
            seq, index = seq + 1, 0
            now = max(now, max(clock.values()) + HALF * draw(st.integers(-4, 30)), 0)
            steps.append(Tick(now, seq))
    return steps


def judged(
    rules: Mapping[str, Condition],
    history: Sequence[Step],
    hold: float,
    *,
    cuts: Sequence[bool] = (),
    restarts: Sequence[bool] = (),
) -> tuple[list[Finding], bytes]:
    """Run the history; before step i a batch ends where `cuts[i]`, and Vigil restarts where `restarts[i]`."""
    site = a_site(POINTS, hold)
    kind = a_condition_kind(site, rules, START)
    found: list[Finding] = []
    waiting: list[Reading] = []

    def flush() -> None:
        nonlocal waiting
        if waiting:
            found.extend(kind.judge(a_batch(site, waiting)))
            waiting = []

    for number, step in enumerate(history):
        if number < len(cuts) and cuts[number]:
            flush()
        if number < len(restarts) and restarts[number]:
            flush()
            content, kind = kind.snapshot(), a_condition_kind(site, rules, START)
            kind.restore(content)
        if isinstance(step, Reading):
            waiting.append(step)
        else:
            flush()
            found.extend(kind.fire(START + step.at, step.seq))
    flush()
    return found, kind.snapshot()


def specified(rules: Mapping[str, Condition], history: Sequence[Step], hold: float) -> list[Said]:
    world = ScalarConditions(a_site(POINTS, hold), rules, START)
    found: list[Said] = []
    for step in history:
        found += world.judge([step]) if isinstance(step, Reading) else world.fire(step.at, step.seq)
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
