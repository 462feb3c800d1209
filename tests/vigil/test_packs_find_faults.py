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
from simulators.physics.sensor import Sensor, SensorFault
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


RANGES = {
    "supply_temperature": (0.0, 50.0),
    "return_co2": (0.0, 5000.0),
    "filter_pressure": (0.0, 500.0),
    "temperature": (-40.0, 60.0),
    "co2": (0.0, 5000.0),
    "co": (0.0, 300.0),
    "motor_temperature": (0.0, 150.0),
    "vibration": (0.0, 25.0),
    "bearing_temperature": (0.0, 150.0),
    "level": (0.0, 100.0),
}
"""From where to where the sensors reach that fail here."""

STUCK = {"ahu": "supply_temperature", "cold_room": "temperature", "environment": "co2"}
STUCK_FOR_A_DAY = {"lift": "motor_temperature", "pump": "bearing_temperature", "tank": "level"}
SPOILED = [
    *((name, point, SensorFault.FLATLINE, f"{name}.sensor", 5) for name, point in STUCK.items()),
    *((name, point, SensorFault.FLATLINE, f"{name}.sensor", 30) for name, point in STUCK_FOR_A_DAY.items()),
    ("ahu", "supply_temperature", SensorFault.DRIFT, "ahu.valve", 5),
    ("ahu", "filter_pressure", SensorFault.DRIFT, "ahu.filter", 5),
    ("ahu", "return_co2", SensorFault.DRIFT, "ahu.damper", 5),
    ("cold_room", "temperature", SensorFault.DRIFT, "cold_room.warm", 5),
    ("environment", "co2", SensorFault.DRIFT, "environment.stale", 5),
    ("environment", "co", SensorFault.DRIFT, "environment.co", 5),
    ("lift", "motor_temperature", SensorFault.DRIFT, "lift.motor", 5),
    ("pump", "vibration", SensorFault.DRIFT, "pump.bearing", 5),
    ("pump", "bearing_temperature", SensorFault.DRIFT, "pump.bearing", 5),
    ("tank", "level", SensorFault.DRIFT, "tank.level", 5),
    ("pump", "vibration", SensorFault.NOISE, "pump.bearing", 5),
    ("tank", "level", SensorFault.NOISE, "tank.level", 5),
    ("environment", "co", SensorFault.NOISE, "environment.co", 5),
]
"""What the packs find of sensors that fail, within so many hours; docs/packs.md says what they do not."""


def found(
    name: str,
    machine: Machine,
    minutes: int,
    fault: Fault | None = None,
    spoiled: tuple[str, SensorFault] | None = None,
) -> list[Finding]:
    """What the pack says of a machine that is read once a minute.

    After the lead it fails where a fault is given, or its sensor for a point where that is `spoiled`.
    """
    point, spoils = ("", None) if spoiled is None else spoiled
    sensor = Sensor(RANGES.get(point, (0.0, 1.0)))
    site, specs = rules_of(name)
    ids = [point.id for point in site.points]
    rules = ReadingRules({kind: make() for kind, make in CATALOG.readings.items()})
    start = from_datetime(MONDAY)
    assert not rules.configure([(site, spec) for spec in specs], ids, start)
    values = np.empty((minutes, len(ids)))
    for minute in range(minutes):
        if fault is not None and minute == LEAD_MINUTES:
            machine.begin(fault)
        if spoils is not None and minute == LEAD_MINUTES:
            sensor.begin(spoils)
        local = MONDAY + timedelta(minutes=minute)
        machine.advance(60.0, surroundings(local, is_worked=local.weekday() < 5))
        measured = machine.values()
        if point:
            measured[point] = sensor.measure(measured[point], 60.0) or 0.0
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


@pytest.mark.parametrize(("name", "point", "spoils", "code", "hours"), SPOILED)
def test_a_sensor_that_fails_is_found(name: str, point: str, spoils: SensorFault, code: str, hours: int) -> None:
    minutes = LEAD_MINUTES + hours * 60
    first = raised(found(name, a_machine(name), minutes, spoiled=(point, spoils)), rules_of(name)[1])
    assert first[code] >= from_datetime(MONDAY) + LEAD_MINUTES * 60 * SECOND
