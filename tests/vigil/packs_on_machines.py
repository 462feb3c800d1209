"""A pack judges a simulated machine that is read once a minute: sound, or beginning to fail at Monday noon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import numpy as np
from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from domain.configuration import RuleSpec
from domain.instant import SECOND, Instant, from_datetime
from domain.readings import Quality
from domain.site import Site
from rules.catalog import CATALOG
from rules.reading_rules import ReadingRules
from rules.rule import Finding, ReadingBatch
from simulators.physics.catalog import MODELS
from simulators.physics.machine import Build, Fault, Machine
from simulators.physics.sensor import Sensor, SensorFault
from simulators.physics.surroundings import surroundings
from tests.vigil.pack_faults import NOON, RANGES, SEASONS
from vigil.configuration.packs import read_pack
from vigil.configuration.rule_tests import pack_site

MAY = SEASONS["spring"]
LEAD_MINUTES = NOON
"""A machine is healthy from Monday midnight to noon before it begins to fail."""


def rules_of(name: str) -> tuple[Site, list[RuleSpec]]:
    pack = read_pack(name)
    site, points = pack_site(pack)
    return site, [rule.bound("machine", site.id, points) for rule in pack.rules]


CHILLED = Build(ranges={"temperature": (-10.0, 40.0)})


def a_model(name: str) -> type[Machine]:
    """The machine that a pack is for."""
    return MODELS["cold_room" if name == "chill_room" else name]


def a_machine(name: str, seed: int = 1) -> Machine:
    return a_model(name)(CHILLED if name == "chill_room" else Build(), Random(seed))


def found(
    name: str,
    machine: Machine,
    minutes: int,
    fault: Fault | None = None,
    spoiled: tuple[str, SensorFault] | None = None,
    monday: datetime = MAY,
    lead: int = LEAD_MINUTES,
    every: int = 60,
) -> list[Finding]:
    """What the pack says of a machine that is read once a minute, or `every` so many seconds.

    After the lead it fails where a fault is given, or its sensor for a point where that is `spoiled`.
    """
    point, spoils = ("", None) if spoiled is None else spoiled
    sensor = Sensor(RANGES.get(point, (0.0, 1.0)))
    site, specs = rules_of(name)
    site = replace(site, points=tuple(replace(each, interval_seconds=float(every)) for each in site.points))
    ids = [point.id for point in site.points]
    rules = ReadingRules(CATALOG.readings)
    start = from_datetime(monday)
    assert not rules.configure([(site, spec) for spec in specs], ids, start)
    values = np.empty((minutes * 60 // every, len(ids)))
    for row in range(len(values)):
        if fault is not None and row * every == lead * 60:
            machine.begin(fault)
        if spoils is not None and row * every == lead * 60:
            sensor.begin(spoils)
        local = monday + timedelta(seconds=row * every)
        machine.advance(every, surroundings(local, is_worked=local.weekday() < 5))
        measured = machine.values()
        if point:
            said = sensor.measure(measured[point], every)
            measured[point] = np.nan if said is None else said
        values[row] = [measured[point] for point in ids]
    told = rules.judge(_batch(values, start, every))
    assert all(isinstance(each, Finding) for each in told)
    return [each for each in told if isinstance(each, Finding)]


def _batch(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], start: Instant, every: int) -> ReadingBatch:
    rows, points = values.shape
    row = np.repeat(np.arange(rows), points)
    point = np.tile(np.arange(points, dtype=np.int32), rows)
    return ReadingBatch(
        seq=row + 1,
        index=point,
        point=point,
        at=start + row * every * SECOND,
        values=values.ravel(),
        quality=np.where(np.isnan(values.ravel()), Quality.BAD, Quality.GOOD).astype(np.uint8),
    )


def batch_of(at: Sequence[Instant], values: Sequence[float]) -> ReadingBatch:
    """Good readings of one point."""
    count = len(at)
    return ReadingBatch(
        seq=np.arange(1, count + 1),
        index=np.arange(count, dtype=np.int32),
        point=np.zeros(count, dtype=np.int32),
        at=np.array(at, dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        quality=np.full(count, Quality.GOOD, dtype=np.uint8),
    )


def raised(findings: Sequence[Finding], specs: Sequence[RuleSpec]) -> dict[str | None, Instant]:
    """When each fault's code was raised first."""
    codes = {spec.id: spec.fault for spec in specs}
    first: dict[str | None, Instant] = {}
    for each in findings:
        if each.trigger is ConditionTrigger.RAISE:
            first.setdefault(codes[each.rule], each.at)
    return first
