"""Measures the kind `limit`: `.venv/bin/python scripts/bench_limit.py [--json]`. Exits 1 when a hard limit is not kept.

Milliseconds with the batch ready in memory, on one core: for backfills the best of several runs from the same state,
for the others the median of many runs one after the other.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from domain.configuration import Parameter, RuleSpec  # noqa: E402 - the checkout is found first
from domain.instant import SECOND  # noqa: E402
from domain.priority import Priority  # noqa: E402
from domain.readings import Quality  # noqa: E402
from domain.site import Equipment, Point, Site  # noqa: E402
from domain.text import same  # noqa: E402
from rules.conditions.kept import KeptConditions  # noqa: E402
from rules.kinds.limit import LimitKind  # noqa: E402
from rules.rule import ReadingBatch  # noqa: E402

START = 1_800_000_000 * SECOND
BACKFILL_LIMIT_MS = 50.0
RUNS = 7


def a_kind(points: int, rules: int, *, high: float = 100.0) -> LimitKind:
    """Rules with delays and deadband over all points: half of the rules look high, half low."""
    ids = tuple(f"p{number:06d}" for number in range(points))
    site = Site(
        id="s",
        name=same("s"),
        timezone="UTC",
        equipment=(Equipment(id="e", name=same("e"), zone="z", equipment_class="pump"),),
        points=tuple(Point(id=each, name=same(each), equipment="e", unit="l/min", stale_seconds=600.0) for each in ids),
    )
    delays: dict[str, Parameter] = {"deadband": 5.0, "on_delay_seconds": 30.0, "off_delay_seconds": 30.0}
    specs = [
        RuleSpec(
            id=f"r{number}",
            kind="limit",
            site="s",
            name=same("r"),
            priority=Priority.LOW,
            subjects=ids,
            parameters=delays | ({"low": -high} if number % 2 else {"high": high}),
        )
        for number in range(rules)
    ]
    kind = LimitKind()
    kind.configure([(site, spec) for spec in specs], ids, START)
    return kind


def a_batch(point: np.ndarray, step_us: int, values: np.ndarray, start: int = START) -> ReadingBatch:
    """Readings in order of arrival, `step_us` apart."""
    count = point.size
    return ReadingBatch(
        seq=np.arange(count, dtype=np.int64) // 50 + 1,
        index=(np.arange(count) % 50).astype(np.int32),
        point=point.astype(np.int32),
        at=start + np.arange(count, dtype=np.int64) * step_us,
        values=values,
        quality=np.zeros(count, dtype=np.uint8),
    )


def best_ms(kind: LimitKind, batch: ReadingBatch) -> tuple[float, int]:
    """The best time of judging the batch from the same state, and how many findings it has."""
    stored, best, findings = kind.snapshot(), float("inf"), 0
    for _ in range(RUNS):
        kind.restore(stored)
        begun = time.perf_counter()
        findings = len(kind.judge(batch))
        best = min(best, time.perf_counter() - begun)
    return best * 1e3, findings


def typical_ms(kind: LimitKind, batch: ReadingBatch) -> tuple[float, int]:
    """The median time of judging the batch again and again: to the kind these are readings at the same times."""
    taken, findings = [], 0
    for _ in range(5 * RUNS):
        begun = time.perf_counter()
        findings = len(kind.judge(batch))
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1e3, findings


def backfill(values: np.ndarray, *, unusable: float = 0.0) -> Callable[[], tuple[float, int, int]]:
    """One point, all readings in one batch, a second apart, a part of them `unusable`."""

    def measure() -> tuple[float, int, int]:
        batch = a_batch(np.zeros(values.size), SECOND, values)
        batch.quality[np.random.default_rng(2).random(values.size) < unusable] = Quality.BAD
        return (*best_ms(a_kind(1, 1), batch), values.size)

    return measure


def spread(points: int, rules: int, readings: int, *, busy: float = 0.0) -> Callable[[], tuple[float, int, int]]:
    """Readings over many points in random order; a `busy` part of them is beyond a limit."""

    def measure() -> tuple[float, int, int]:
        chance = np.random.default_rng(1)
        kind = a_kind(points, rules)
        values = np.where(chance.random(readings) < busy, 150.0, chance.normal(0.0, 10.0, readings))
        point = chance.permutation(readings) % points
        kind.judge(a_batch(point, 10, values))
        return (*typical_ms(kind, a_batch(point, 10, values, START + SECOND)), readings * rules)

    return measure


def main() -> int:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    chance = np.random.default_rng(0)
    hundred_thousand = np.arange(100_000)
    cases = {
        "backfill of one point, quiet": backfill(chance.normal(0.0, 10.0, 100_000)),
        "backfill of one point, daily excursions": backfill(90.0 * np.sin(hundred_thousand / 13_750.0) + 20.0),
        "backfill of one point, excursions, 1 % unusable": backfill(
            90.0 * np.sin(hundred_thousand / 13_750.0) + 20.0, unusable=0.01
        ),
        "backfill of one point, raised throughout": backfill(np.full(100_000, 150.0)),
        "backfill of one point, noise about the limit": backfill(chance.normal(100.0, 10.0, 100_000)),
        "backfill of one point, an alarm every 200 readings": backfill(200.0 * np.sin(hundred_thousand / 31.83)),
        "1,000 readings, 400 points x 3 rules": spread(400, 3, 1_000),
        "1,000 readings, 400 points x 3 rules, 10 % beyond": spread(400, 3, 1_000, busy=0.1),
        "50 readings, 400 points x 1 rule": spread(400, 1, 50),
        "50 readings, 400 points x 1 rule, 10 % beyond": spread(400, 1, 50, busy=0.1),
        "50 readings, 100,000 points x 1 rule, 10 % beyond": spread(100_000, 1, 50, busy=0.1),
        "100,000 points x 1 rule, a reading each": spread(100_000, 1, 100_000),
        "100,000 points x 1 rule, 1 % beyond": spread(100_000, 1, 100_000, busy=0.01),
        "100,000 points x 3 rules, 1 % beyond": spread(100_000, 3, 100_000, busy=0.01),
        "100,000 points x 1 rule, all beyond": spread(100_000, 1, 100_000, busy=1.0),
    }
    results = {}
    for name, measure in cases.items():
        milliseconds, findings, evaluations = measure()
        rate = evaluations / milliseconds / 1e3
        results[name] = {"ms": milliseconds, "findings": findings, "million_evaluations_per_s": rate}
        if not arguments.json:
            print(f"{name:50s} {milliseconds:8.3f} ms {findings:7d} findings {rate:7.2f} million evaluations/s")
    slow = [
        name for name, result in results.items() if name.startswith("backfill") and result["ms"] > BACKFILL_LIMIT_MS
    ]
    if arguments.json:
        print(json.dumps({"cases": results, "bytes_per_row": KeptConditions.bytes_per_row(), "too_slow": slow}))
    else:
        print(f"state: {KeptConditions.bytes_per_row()} bytes a row")
        for name in slow:
            print(f"too slow: {name} takes more than {BACKFILL_LIMIT_MS:.0f} ms", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
