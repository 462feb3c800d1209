"""The packs on simulated machines: every fault is found by its code, and healthy weeks are silent."""

from datetime import timedelta
from random import Random

import pytest

from domain.instant import SECOND, from_datetime, from_seconds
from simulators.physics.machine import Build, Fault
from simulators.physics.pump import Pump
from simulators.physics.sensor import SensorFault
from simulators.physics.tank import LEAK
from simulators.plant import REPAIR_SECONDS
from tests.vigil.pack_faults import BEGINS, LEADS_TO_WORSE, NOON, RAISES, RAISES_TOO, SEASONS, SPOILED
from tests.vigil.packs_on_machines import LEAD_MINUTES, MAY, a_machine, a_model, found, raised, rules_of
from vigil.configuration.packs import pack_names

WEEK_MINUTES = 7 * 24 * 60
SEEDS = {season: seed for seed, season in enumerate(SEASONS, 1)}
"""Each week has its own."""

FAULTS = [
    pytest.param(name, fault, season, lead, id=f"{name}-{fault.code}-{season}")
    for name in pack_names()
    for fault in a_model(name).faults
    for season, lead in BEGINS.get(fault.code, {"spring": NOON}).items()
]


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize("name", pack_names())
def test_a_healthy_week_is_silent(name: str, season: str) -> None:
    findings = found(name, a_machine(name, SEEDS[season]), WEEK_MINUTES, monday=SEASONS[season])
    assert [f"{each.rule} {each.why.seen.en}" for each in findings] == []


@pytest.mark.parametrize("name", pack_names())
def test_a_healthy_wednesday_is_silent_also_where_gateways_send_every_ten_seconds(name: str) -> None:
    """On Wednesdays generators are tested."""
    findings = found(name, a_machine(name, 5), 24 * 60, monday=MAY + timedelta(days=2), every=10)
    assert [f"{each.rule} {each.why.seen.en}" for each in findings] == []


@pytest.mark.parametrize(("name", "fault", "season", "lead"), FAULTS)
def test_a_fault_is_found_by_its_code_and_raises_nothing_else_than_is_known(
    name: str, fault: Fault, season: str, lead: int
) -> None:
    specs = rules_of(name)[1]
    findings = found(name, a_machine(name), lead + 5 * 60, fault, monday=SEASONS[season], lead=lead)
    first = raised(findings, specs)
    code = RAISES.get(fault.code, fault.code)
    keys = (f"{fault.code} {season}", f"{name}/{fault.code}", fault.code)
    known = next((RAISES_TOO[key] for key in keys if key in RAISES_TOO), frozenset())
    assert set(first) == {code, *known}
    begin = from_datetime(SEASONS[season]) + lead * 60 * SECOND
    mended_at_the_earliest = begin + from_seconds(fault.shows_within + REPAIR_SECONDS[0])
    assert begin <= first[code] < mended_at_the_earliest
    told = {each.rule for each in findings}
    urgency = {
        each: min(spec.priority.rank for spec in specs if spec.fault == each and spec.id in told) for each in first
    }
    assert fault.code in LEADS_TO_WORSE or urgency[code] == min(urgency.values()), (
        "what it raises besides is not more urgent"
    )


@pytest.mark.parametrize(("name", "point", "spoils", "code", "hours"), SPOILED)
def test_a_sensor_that_fails_is_found(name: str, point: str, spoils: SensorFault, code: str, hours: int) -> None:
    minutes = LEAD_MINUTES + hours * 60
    first = raised(found(name, a_machine(name), minutes, spoiled=(point, spoils)), rules_of(name)[1])
    assert first[code] >= from_datetime(MAY) + LEAD_MINUTES * 60 * SECOND


def test_pumps_that_start_and_stop_every_day_or_stand_by_are_silent() -> None:
    for place in (2, 3):
        pump = Pump(Build(place=place), Random(place))
        assert [each.rule for each in found("pump", pump, WEEK_MINUTES)] == []


def test_a_leak_that_nobody_sees_is_found_by_the_level_at_night() -> None:
    findings = found("tank", a_machine("tank"), LEAD_MINUTES + 17 * 60, LEAK)
    (at_night,) = [each.at for each in findings if each.rule == "machine-night-leak" and each.trigger.value == "raise"]
    midnight = from_datetime(MAY) + 24 * 3600 * SECOND
    assert midnight <= at_night < midnight + 5 * 3600 * SECOND
