"""One point that fills a whole batch: the same findings as the reference, in bounded time, in every process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from domain.configuration import RuleSpec
from domain.instant import SECOND
from domain.readings import Quality
from domain.site import Site
from rules.rule import Finding
from tests.known_work import weighed
from tests.reference.limit_world import Reading, ScalarWorld, a_batch, a_kind, a_rule, a_site, said

ROOT = Path(__file__).resolve().parents[2]
COUNT = 100_000
BUDGET_SECONDS = 0.050
SITE = a_site(("flow",), holds_seconds=20.0)
RULE = a_rule("flow-limit", high=20.0, low=10.0, deadband=1.0, on_delay_seconds=45.0, off_delay_seconds=30.0)


def a_wandering_point(count: int) -> list[Reading]:
    """Every second or so, with gaps, repeated times and unusable values; it crosses its limits some hundred times."""
    chance = np.random.default_rng(5)
    at = np.cumsum(chance.choice([0, 1, 1, 1, 2, 30], count, p=[0.1, 0.3, 0.3, 0.2, 0.099, 0.001])) * SECOND
    values = 15.0 + 8.0 * np.sin(np.arange(count) / 300.0) + chance.normal(0.0, 0.3, count)
    quality = chance.choice([Quality.GOOD, Quality.BAD], count, p=[0.999, 0.001])
    columns = zip(at.tolist(), values.round(2).tolist(), quality.tolist(), strict=True)
    return [Reading("flow", *column, number // 50 + 1, number % 50) for number, column in enumerate(columns)]


def judged(site: Site, rule: RuleSpec, readings: list[Reading], size: int) -> list[Finding]:
    kind = a_kind(site, [rule])
    portions = [readings[first : first + size] for first in range(0, len(readings), size)]
    return [finding for portion in portions for finding in kind.judge(a_batch(site, portion))]


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    return a_wandering_point(COUNT)


def test_a_backfill_is_judged_as_the_reference_judges_it(readings: list[Reading]) -> None:
    found = said(judged(SITE, RULE, readings, COUNT))
    assert len(found) > 300
    assert found == ScalarWorld(SITE, [RULE]).judge(readings)


def test_the_size_of_batches_changes_no_byte(readings: list[Reading]) -> None:
    whole, portions = judged(SITE, RULE, readings, COUNT), judged(SITE, RULE, readings, 777)
    assert msgspec.json.encode(whole) == msgspec.json.encode(portions)


def test_a_backfill_is_judged_in_time() -> None:
    """Time on the processor, so that a busy machine does not fail it; the figures are in scripts/bench_limit.py."""
    values = 15.0 + 8.0 * np.sin(np.arange(COUNT) / 5_000.0)
    batch = a_batch(SITE, [Reading("flow", number * SECOND, value) for number, value in enumerate(values.tolist())])
    kinds = iter([a_kind(SITE, [RULE]) for _ in range(5)])

    def judge_it() -> None:
        assert next(kinds).judge(batch)

    assert weighed(judge_it, times=5) < BUDGET_SECONDS


@pytest.mark.parametrize("seed", ["0", "1"])
def test_every_process_gives_the_same_bytes(seed: str) -> None:
    readings = a_wandering_point(3_000)
    here = msgspec.json.encode(judged(SITE, RULE, readings, 500)).decode()
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    program = "from tests.properties.test_limit_backfill import tell; tell()"
    there = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    assert there.stdout == here


def tell() -> None:
    """Write the findings as another process has them."""
    found = judged(SITE, RULE, a_wandering_point(3_000), 500)
    sys.stdout.buffer.write(msgspec.json.encode(found))
