"""Limits learned from normal running: they hold still on it, and speak where it ends."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.configuration import RuleSpec
from domain.instant import MINUTE, SECOND
from domain.priority import Priority
from domain.readings import Times, Values
from domain.text import same
from rules.kinds.limit_settings import check_parameters
from simulators.learning import FEWEST, LearnedLimits, NotLearnable, first_raise, learn_limits, longest_beyond
from simulators.recording import Problem, read_recording
from vigil.recorded_map import load_map

T0 = 1_760_000_000 * SECOND
MAPS = Path(__file__).parents[2] / "simulators" / "maps"
DATA = Path(__file__).parents[3] / "shared" / "data"


def seconds(values: Values) -> Times:
    return np.arange(len(values), dtype=np.int64) * SECOND + T0


def noise(size: int = 5_000, seed: int = 3) -> Values:
    return np.random.default_rng(seed).normal(100.0, 2.0, size)


def test_the_numbers_are_those_of_the_docstring() -> None:
    values = noise()
    limits = learn_limits("flow", seconds(values), values)
    scale = 1.4826 * np.median(np.abs(values - np.median(values)))
    lowest, highest = np.quantile(values, [0.001, 0.999])
    assert limits.low == pytest.approx(lowest - 3 * scale, abs=0.1)
    assert limits.high == pytest.approx(highest + 3 * scale, abs=0.1)
    assert limits.low <= lowest - 3 * scale
    assert limits.high >= highest + 3 * scale
    assert limits.low * 10 == pytest.approx(round(limits.low * 10))
    assert limits.deadband == pytest.approx(3 * 2.0, rel=0.1)
    assert limits.on_delay_seconds == limits.off_delay_seconds == 15
    assert "5000 values from 2025-10-09T08:53:20Z" in limits.basis


def test_the_deadband_knows_noise_from_drift() -> None:
    drifting = np.linspace(0.0, 1_000.0, 5_000) + noise()
    assert learn_limits("t", seconds(drifting), drifting).deadband == pytest.approx(3 * 2.0, rel=0.15)


def test_a_few_wild_values_move_nothing() -> None:
    values = noise()
    wild = values.copy()
    wild[[100, 2_000, 4_000]] = [1e6, -1e6, 1e6]
    calm, spiked = (learn_limits("flow", seconds(v), v) for v in (values, wild))
    assert spiked.low == pytest.approx(calm.low, abs=1)
    assert spiked.high == pytest.approx(calm.high, abs=1)
    assert first_raise(seconds(wild), wild, spiked) is None


def test_the_delay_outlasts_what_the_recording_itself_did() -> None:
    values = noise(60_000)
    values[10_000:10_040] = 0.0
    limits = learn_limits("flow", seconds(values), values)
    assert limits.on_delay_seconds == 80
    assert first_raise(seconds(values), values, limits) is None


def test_slow_points_wait_for_three_values() -> None:
    values = noise()
    at = np.arange(len(values), dtype=np.int64) * 5 * MINUTE + T0
    assert learn_limits("t", at, values).on_delay_seconds == 900


def test_a_point_that_mostly_stands_still_has_limits_too() -> None:
    values = np.where(np.arange(5_000) % 5 == 0, 1.0, 0.0)
    limits = learn_limits("pressure", seconds(values), values)
    assert limits.low < values.min()
    assert limits.high > values.max()


@pytest.mark.parametrize(
    ("values", "what"),
    [(np.full(5_000, 7.0), "always 7.0"), (noise(FEWEST - 1), "has 999 values"), (noise(0), "0 val")],
)
def test_what_says_nothing_teaches_nothing(values: Values, what: str) -> None:
    with pytest.raises(NotLearnable, match=what):
        learn_limits("p", seconds(values), values)


def test_first_raise_counts_known_time_beyond_the_limit() -> None:
    limits = LearnedLimits(
        point="p", low=0.0, high=10.0, deadband=1.0, on_delay_seconds=3, off_delay_seconds=3, basis=""
    )
    values = np.array([5.0, -1.0, -1.0, 5.0, 11.0, 12.0, 11.0, 11.0, 5.0])
    assert longest_beyond(seconds(values), values > 10.0) == 4 * SECOND
    assert first_raise(seconds(values), values, limits) == T0 + 7 * SECOND
    assert first_raise(seconds(values[:4]), values[:4], limits) is None


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    centre=st.floats(-1e6, 1e6),
    spread=st.floats(1e-3, 1e4),
    tail=st.sampled_from([0.5, 1.0, 3.0, 30.0]),
    step=st.sampled_from([0.0, 0.5, 5.0]),
)
def test_learned_limits_never_raise_on_their_own_recording_and_make_a_valid_rule(
    seed: int, centre: float, spread: float, tail: float, step: float
) -> None:
    values = centre + spread * np.random.default_rng(seed).standard_t(tail, 2_000)
    values = np.round(values / step) * step if step else values
    if np.ptp(values) == 0:
        return
    limits = learn_limits("p", seconds(values), values)
    assert first_raise(seconds(values), values, limits) is None
    check_parameters(rule(limits.parameters()))
    check_parameters(rule(limits.parameters(high=False)))


def rule(parameters: dict[str, float]) -> RuleSpec:
    return RuleSpec(
        id="r",
        kind="limit",
        site="s",
        name=same("r"),
        priority=next(iter(Priority)),
        subjects=("p",),
        parameters={**parameters},
    )


def no_problem(problem: Problem) -> None:
    raise AssertionError(str(problem))


def test_real_flow_learned_from_the_normal_file_raises_on_the_other_alone() -> None:
    files = [DATA / "pump_loop_normal.csv", DATA / "pump_loop_valve1_1.csv"]
    if not all(path.is_file() for path in files):
        pytest.skip("pump_loop_*.csv are not beside the checkout in shared/data: this test needs real data")
    mapping = load_map(MAPS / "pump_loop.yaml")
    normal, valve = (read_recording(path, mapping, no_problem).columns()["loop-flow"] for path in files)

    limits = learn_limits("loop-flow", *normal)
    assert 110 < limits.low < normal[1].min()
    assert first_raise(*normal, limits) is None
    assert first_raise(*valve, limits) == valve[0][0] + 15 * SECOND
