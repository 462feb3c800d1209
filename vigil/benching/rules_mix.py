"""Rules and readings for `vigil bench rules`: named mixes over many points, and how fast the engine's kinds judge them.

Measured is what the engine pays for judging readings: kinds fed with batches in judging order, findings included;
decoding, intake and alarms are not in it. Times are processor time of one thread.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from domain.configuration import Parameter, RuleSpec
from domain.errors import VigilError
from domain.instant import SECOND, Instant
from domain.priority import Priority
from domain.readings import Quality
from domain.site import Equipment, Point, Site, Zone
from domain.text import same
from rules.catalog import CATALOG
from rules.reading_rules import ReadingRules
from rules.rule import ReadingBatch

START: Final[Instant] = 1_800_000_000 * SECOND
LEVEL: Final = 50.0
MESSAGE: Final = 50
"""How many readings come in one message: what one says at one time of both points of a pair is judged together."""
MIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "limits": ("limit",),
    "rates": ("rate",),
    "stale": ("stale",),
    "expressions": ("expression",),
    "guards": ("ladder",),
    "windows": ("flatline",),
    "pairs": ("deviation", "discrepancy"),
    "all": ("limit", "limit", "limit", "out_of_range", "rate", "stale", "expression", "ladder"),
}
"""The kinds of a mix, each once per point; twice the same kind is two rules. `pairs` look at two points each."""

_OF_PAIRS: Final = frozenset(MIXES["pairs"])

_PARAMETERS: Final[Mapping[str, dict[str, Parameter]]] = {
    "limit": {"high": 80.0, "low": 10.0, "deadband": 2.0, "on_delay_seconds": 60.0},
    "out_of_range": {},
    "rate": {"rise": 30.0, "fall": 30.0},
    "stale": {"silent_seconds": 600.0},
    "expression": {"when": "abs(value - 50) > 40 and not value < 5", "on_delay_seconds": 60.0},
    "ladder": {"high": 80.0, "high_high": 90.0, "deadband": 2.0, "only_while": "value > 1"},
    "flatline": {"window_seconds": 600.0, "tolerance": 0.0},
    "deviation": {"most": 20.0, "deadband": 2.0},
    "discrepancy": {"on_above": 80.0, "on_delay_seconds": 30.0},
}


class RulesFigure(Struct, frozen=True, kw_only=True):
    """What one mix cost: evaluations are readings times the rules on their points.

    A row is one level of a rule on a point. `bytes_per_row` is what it remembers, in memory; what it is judged by and
    the tables of which row looks at which point come from the configuration and are not in it. `stored_bytes_per_row`
    is its share of a snapshot: the same, and its rule, point and level.
    """

    mix: str
    points: int
    rules_per_point: int
    readings: int
    findings: int
    seconds: float
    evaluations_per_second: float
    configure_seconds: float
    rows: int
    bytes_per_row: int
    stored_bytes_per_row: int


class UnknownMix(VigilError):
    """A mix that is not there."""


def measure_mix(mix: str, points: int, rounds: int, share_beyond: float = 0.001) -> RulesFigure:
    """Judge a reading of every point, several times over; in each round a share of them is beyond its limits.

    Raises:
        UnknownMix: names those there are.
    """
    if mix not in MIXES:
        raise UnknownMix(f"mix '{mix}' is not known: use one of {', '.join(MIXES)}")
    kinds = MIXES[mix]
    site = _site(points)
    begun = time.process_time()
    rules = ReadingRules({name: CATALOG.readings[name] for name in kinds})
    ids = [point.id for point in site.points]
    rules.configure(_rules(site, kinds), ids, START)
    configured = time.process_time() - begun
    chance = np.random.default_rng(1)
    taken, findings = 0.0, 0
    for number in range(rounds + 1):
        batch = _batch(points, number, chance, share_beyond)
        begun = time.process_time()
        found = rules.judge(batch)
        if number:  # the first round finds columns that were never touched
            taken += time.process_time() - begun
            findings += len(found)
    state, (rows, kept) = rules.state(), rules.rows_and_bytes()
    return RulesFigure(
        mix=mix,
        points=points,
        rules_per_point=len(kinds),
        readings=points * rounds,
        findings=findings,
        seconds=round(taken, 4),
        evaluations_per_second=round(points * rounds * len(kinds) / taken),
        configure_seconds=round(configured, 3),
        rows=rows,
        bytes_per_row=kept // rows,
        stored_bytes_per_row=sum(len(content) for content in state.kinds.values()) // rows,
    )


def measure_small(readings: int = 50, count: int = 20) -> float:
    """Seconds that a message of so many readings takes under so many rules of all kinds on each, the best of 20."""
    site = _site(readings)
    kinds = [MIXES["all"][number % len(MIXES["all"])] for number in range(count)]
    rules = ReadingRules(CATALOG.readings)
    rules.configure(_rules(site, kinds), [point.id for point in site.points], START)
    chance = np.random.default_rng(1)
    best = float("inf")
    for number in range(20):
        batch = _batch(readings, number, chance, 0.0)
        begun = time.perf_counter()
        rules.judge(batch)
        best = min(best, time.perf_counter() - begun)
    return best


def measure_backfill(mix: str, readings: int = 50_000, share_beyond: float = 0.001) -> tuple[float, int]:
    """Processor seconds that so many readings of one point in one batch take, the best of 4, and their findings.

    Of `pairs` they are those of two points in turns.
    """
    kinds, best, found = MIXES[mix], float("inf"), 0
    points = 2 if _OF_PAIRS.issuperset(kinds) else 1
    site = _site(points)
    rules = ReadingRules({name: CATALOG.readings[name] for name in kinds})
    rules.configure(_rules(site, kinds), [point.id for point in site.points], START)
    unjudged = rules.state()
    place = np.arange(readings)
    batch = ReadingBatch(
        seq=place // MESSAGE + 1,
        index=(place % MESSAGE).astype(np.int32),
        point=(place % points).astype(np.int32),
        at=START + place // points * 60 * SECOND,
        values=_values(readings, np.random.default_rng(1), share_beyond),
        quality=np.full(readings, Quality.GOOD, dtype=np.uint8),
    )
    for _ in range(4):
        rules.restore(unjudged)
        begun = time.process_time()
        found = len(rules.judge(batch))
        best = min(best, time.process_time() - begun)
    return best, found


def _site(points: int) -> Site:
    return Site(
        id="bench",
        name=same("bench"),
        timezone="UTC",
        zones=(Zone(id="plant", name=same("plant")),),
        equipment=(Equipment(id="machine", name=same("machine"), zone="plant", equipment_class="pump"),),
        points=tuple(
            Point(id=f"p{number:06}", name=same("p"), equipment="machine", unit="degC", low=-20.0, high=120.0)
            for number in range(points)
        ),
    )


def _rules(site: Site, kinds: Sequence[str]) -> list[tuple[Site, RuleSpec]]:
    """A rule of each kind over all points, or one over each two neighbours where the kind compares points."""
    points = tuple(point.id for point in site.points)
    found: list[tuple[Site, RuleSpec]] = []
    for number, kind in enumerate(kinds):
        looked_at: list[tuple[tuple[str, ...], dict[str, str]]] = [(points, {})]
        if kind in _OF_PAIRS:
            looked_at = [((one,), {"other": other}) for one, other in zip(points[::2], points[1::2], strict=False)]
        found += [
            (
                site,
                RuleSpec(
                    id=f"r{number}-{place}",
                    kind=kind,
                    site=site.id,
                    name=same(kind),
                    priority=Priority.LOW,
                    subjects=subjects,
                    inputs=inputs,
                    parameters=_PARAMETERS[kind],
                ),
            )
            for place, (subjects, inputs) in enumerate(looked_at)
        ]
    return found


def _batch(points: int, number: int, chance: np.random.Generator, share_beyond: float) -> ReadingBatch:
    place, messages = np.arange(points), -(-points // MESSAGE)
    return ReadingBatch(
        seq=number * messages + place // MESSAGE + 1,
        index=(place % MESSAGE).astype(np.int32),
        point=place.astype(np.int32),
        at=np.full(points, START + number * 60 * SECOND, dtype=np.int64),
        values=_values(points, chance, share_beyond),
        quality=np.full(points, Quality.GOOD, dtype=np.uint8),
    )


def _values(count: int, chance: np.random.Generator, share_beyond: float) -> np.ndarray:
    values = LEVEL + chance.normal(0.0, 2.0, count)
    values[chance.random(count) < share_beyond] = 85.0
    return values
