"""The packs on simulated machines: every fault is found by its code, and a healthy week is silent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest

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
from simulators.physics.surroundings import surroundings
from vigil.configuration.packs import pack_names, read_pack
from vigil.configuration.rule_tests import pack_site

MONDAY = datetime(2026, 5, 18, tzinfo=UTC)
WEEK_MINUTES = 7 * 24 * 60
LEAD_MINUTES = 12 * 60
"""A machine is healthy from Monday midnight to noon before it begins to fail."""

FAULTS = [pytest.param(name, fault, id=fault.code) for name in pack_names() for fault in MODELS[name].faults]


def rules_of(name: str) -> tuple[Site, list[RuleSpec]]:
    pack = read_pack(name)
    site, points = pack_site(pack)
    return site, [rule.bound("machine", site.id, points) for rule in pack.rules]


def a_machine(name: str, seed: int = 1) -> Machine:
    return MODELS[name](Build(), Random(seed))


def found(name: str, machine: Machine, minutes: int, fault: Fault | None = None) -> list[Finding]:
    """What the pack says of a machine that is read once a minute, and fails after the lead where a fault is given."""
    site, specs = rules_of(name)
    ids = [point.id for point in site.points]
    rules = ReadingRules({kind: make() for kind, make in CATALOG.readings.items()})
    start = from_datetime(MONDAY)
    assert not rules.configure([(site, spec) for spec in specs], ids, start)
    values = np.empty((minutes, len(ids)))
    for minute in range(minutes):
        if fault is not None and minute == LEAD_MINUTES:
            machine.begin(fault)
        local = MONDAY + timedelta(minutes=minute)
        machine.advance(60.0, surroundings(local, is_worked=local.weekday() < 5))
        measured = machine.values()
        values[minute] = [measured[point] for point in ids]
    told = rules.judge(_batch(values, start))
    assert all(isinstance(each, Finding) for each in told)
    return [each for each in told if isinstance(each, Finding)]


def _batch(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], start: Instant) -> ReadingBatch:
    minutes, points = values.shape
    minute = np.repeat(np.arange(minutes), points)
    point = np.tile(np.arange(points, dtype=np.int32), minutes)
    return ReadingBatch(
        seq=minute + 1,
        index=point,
        point=point,
        at=start + minute * 60 * SECOND,
        values=values.ravel(),
        quality=np.full(values.size, Quality.GOOD, dtype=np.uint8),
    )


def raised(findings: Sequence[Finding], specs: Sequence[RuleSpec]) -> dict[str | None, Instant]:
    """When each fault's code was raised first."""
    codes = {spec.id: spec.fault for spec in specs}
    first: dict[str | None, Instant] = {}
    for each in findings:
        if each.trigger is ConditionTrigger.RAISE:
            first.setdefault(codes[each.rule], each.at)
    return first


@pytest.mark.parametrize("name", pack_names())
def test_a_healthy_week_is_silent(name: str) -> None:
    assert [f"{each.rule} {each.why.seen.en}" for each in found(name, a_machine(name), WEEK_MINUTES)] == []


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_fault_is_found_by_its_code(name: str, fault: Fault) -> None:
    minutes = LEAD_MINUTES + 5 * 60
    first = raised(found(name, a_machine(name), minutes, fault), rules_of(name)[1])
    assert fault.code.replace("tank.low", "tank.level").replace("tank.overflow", "tank.level") in first
