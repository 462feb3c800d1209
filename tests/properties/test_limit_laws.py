"""The laws on the kind `limit`: kernel equals scalar reference, any cutting and any snapshot change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alarm import CONDITION_TABLE, Condition
from domain.configuration import Parameter, RuleSpec
from domain.instant import SECOND, Duration
from domain.readings import Quality
from rules.kinds.limit import LimitKind
from rules.rule import Finding
from tests.reference.limit_scalar import Said
from tests.reference.limit_world import (
    START,
    Reading,
    ScalarWorld,
    a_batch,
    a_kind,
    a_rule,
    a_site,
    point_ids,
    said,
    with_parameters,
)

POINTS = ("a", "b")
HALF = SECOND // 2
NAN, INFINITE = float("nan"), float("inf")


@dataclass(frozen=True)
class Tick:
    at: Duration
    seq: int


@dataclass(frozen=True)
class Configure:
    rules: tuple[RuleSpec, ...]
    at: Duration
    seq: int


Step = Reading | Tick | Configure

delays = st.sampled_from([0, 0.5, 1.0, 2.0, 3.5])
values = st.sampled_from([5.0, 9.0, 10.0, 10.5, 11.0, 15.0, 15.0, 19.0, 19.5, 20.0, 21.0, 30.0, 30.0, NAN, INFINITE])
qualities = st.sampled_from([Quality.GOOD] * 6 + [Quality.UNCERTAIN, Quality.BAD])


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Parameter]:
    sides = draw(st.sampled_from([("high",), ("low",), ("high", "low")]))
    limits: dict[str, Parameter] = {"high": 20.0, "low": 10.0}
    return {name: limits[name] for name in sides} | {
        "deadband": draw(st.sampled_from([0.0, 1.0, 5.0])),
        "on_delay_seconds": draw(delays),
        "off_delay_seconds": draw(delays),
    }


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[RuleSpec, ...]:
    names = draw(st.sampled_from([("r1",), ("r2", "r1"), ("r1", "r2", "r3")]))
    subjects = st.lists(st.sampled_from(POINTS), min_size=1, unique=True)
    return tuple(a_rule(name, draw(subjects), **draw(parameters())) for name in names)


@st.composite
def histories(draw: st.DrawFn, *, configures: bool = False) -> list[Step]:
    """Readings, several to a record now and then, with ticks and configurations between them."""
    rules = draw(rule_sets())
    steps: list[Step] = [Configure(rules, 0, 1)]
    clock = dict.fromkeys(POINTS, 0)
    kinds = ["reading"] * 8 + ["tick"] + ["configure"] * configures
    seq, index, now = 2, 0, 0
    length = draw(st.integers(0, 40))
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=length, max_size=length)):
        if kind == "reading":
            point = draw(st.sampled_from(POINTS))
            clock[point] += HALF * draw(st.integers(0, 5))
            same_record = isinstance(steps[-1], Reading) and draw(st.booleans())
            seq, index = (seq, index + 1) if same_record else (seq + 1, 0)
            steps.append(Reading(point, clock[point], draw(values), draw(qualities), seq, index))
            continue
        seq, index = seq + 1, 0
        now = max(now, max(clock.values()) + HALF * draw(st.integers(-4, 8)), 0)
        if kind == "tick":
            steps.append(Tick(now, seq))
        else:
            rules = tuple(with_parameters(each, **draw(parameters())) for each in rules)
            steps.append(Configure(rules, now, seq))
    return steps


class Run:
    """The kernel under test, which may be handed its readings in any portions and be restored at any time."""

    def __init__(self, holds_seconds: float) -> None:
        self.site = a_site(POINTS, holds_seconds)
        self.rules: tuple[RuleSpec, ...] = ()
        self.kind = LimitKind()
        self.findings: list[Finding] = []
        self.waiting: list[Reading] = []

    def flush(self) -> None:
        if self.waiting:
            self.findings += self.kind.judge(a_batch(self.site, self.waiting))
            self.waiting = []

    def restart(self) -> None:
        self.flush()
        stored, self.kind = self.kind.snapshot(), a_kind(self.site, self.rules)
        self.kind.restore(stored)

    def take(self, step: Step) -> None:
        if isinstance(step, Reading):
            self.waiting.append(step)
            return
        self.flush()
        self.findings += self.kind.fire(START + step.at, step.seq)
        if isinstance(step, Configure):
            self.rules = step.rules
            site_rules = [(self.site, rule) for rule in step.rules]
            self.kind.configure(site_rules, point_ids(self.site), START + step.at)


def judged(
    history: Sequence[Step], holds_seconds: float, *, cuts: Sequence[bool] = (), restarts: Sequence[bool] = ()
) -> Run:
    """Run the history; before step i a batch ends where `cuts[i]`, and Vigil restarts where `restarts[i]`."""
    run = Run(holds_seconds)
    for number, step in enumerate(history):
        if number < len(cuts) and cuts[number]:
            run.flush()
        if number < len(restarts) and restarts[number]:
            run.restart()
        run.take(step)
    run.flush()
    return run


def specified(history: Sequence[Step], holds_seconds: float) -> list[Said]:
    """What the specification says of the history."""
    first = history[0]
    assert isinstance(first, Configure)
    world = ScalarWorld(a_site(POINTS, holds_seconds), first.rules)
    found: list[Said] = []
    for step in history[1:]:
        if isinstance(step, Reading):
            found += world.judge([step])
            continue
        found += world.fire(step.at, step.seq)
        if isinstance(step, Configure):
            world.configure(step.rules, step.at)
    return found


holds = st.sampled_from([0.5, 2.0, 3.0, 10.0, 10.0])
flags = st.lists(st.booleans(), max_size=45)


@settings(max_examples=300, deadline=None)
@given(histories(), holds, flags)
def test_kernel_says_what_the_scalar_reference_says(history: list[Step], hold: float, cuts: list[bool]) -> None:
    assert said(judged(history, hold, cuts=cuts).findings) == specified(history, hold)


@settings(max_examples=300, deadline=None)
@given(histories(configures=True), holds, flags)
def test_a_changed_configuration_is_met_as_the_reference_meets_it(
    history: list[Step], hold: float, cuts: list[bool]
) -> None:
    assert said(judged(history, hold, cuts=cuts).findings) == specified(history, hold)


@settings(deadline=None)
@given(histories(configures=True), holds, flags, flags)
def test_any_cutting_gives_the_same_bytes(
    history: list[Step], hold: float, some: list[bool], others: list[bool]
) -> None:
    one, other = judged(history, hold, cuts=some), judged(history, hold, cuts=others)
    assert msgspec.json.encode(one.findings) == msgspec.json.encode(other.findings)
    assert one.kind.snapshot() == other.kind.snapshot()


@settings(deadline=None)
@given(histories(configures=True), holds, flags)
def test_a_restart_at_any_cut_changes_nothing(history: list[Step], hold: float, restarts: list[bool]) -> None:
    through, restarted = judged(history, hold), judged(history, hold, restarts=restarts)
    assert msgspec.json.encode(through.findings) == msgspec.json.encode(restarted.findings)
    assert through.kind.snapshot() == restarted.kind.snapshot()


@settings(deadline=None)
@given(histories(configures=True), holds)
def test_every_finding_is_a_possible_step_of_the_condition(history: list[Step], hold: float) -> None:
    conditions: dict[tuple[str, str], Condition] = {}
    for finding in judged(history, hold).findings:
        pair = (finding.rule, finding.subject.id)
        conditions[pair] = CONDITION_TABLE[conditions.get(pair, Condition.INACTIVE), finding.trigger]


@settings(deadline=None)
@given(histories(configures=True), holds)
def test_per_alarm_time_never_runs_backwards(history: list[Step], hold: float) -> None:
    latest: dict[tuple[str, str], int] = {}
    for finding in judged(history, hold).findings:
        pair = (finding.rule, finding.subject.id)
        assert finding.at >= latest.get(pair, 0)
        latest[pair] = finding.at


def test_a_configuration_behind_a_readings_clock_counts_from_that_reading() -> None:
    """A device's clock ahead of Vigil's raised at 1 s; the configuration of second 0 must not clear before that."""
    history: list[Step] = [
        Configure((a_rule("r1", ["a"], high=20.0, off_delay_seconds=1.0),), 0, 1),
        Reading("a", SECOND, 30.0, seq=2),
        Configure((a_rule("r1", ["a"], high=40.0, off_delay_seconds=0.0),), 0, 3),
        Reading("a", 4 * SECOND, 15.0, seq=4),
    ]
    assert [finding.at - START for finding in judged(history, 0.5).findings] == [SECOND, SECOND]
    assert said(judged(history, 0.5).findings) == specified(history, 0.5)
