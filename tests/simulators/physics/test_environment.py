"""The air of a space: its balances hold, and each fault moves what it must."""

from random import Random

import pytest

from simulators.physics.environment import (
    CARBON_MONOXIDE,
    COLD,
    DAMP,
    DRY,
    DUST,
    STALE,
    WARM,
    Air,
    water_at_saturation,
)
from simulators.physics.machine import Build, Fault
from simulators.physics.surroundings import Surroundings

FROST, MILD, HOT = -3.0, 15.0, 32.0


def around(outdoor: float, occupancy: float = 1.0, hour: float = 12.0) -> Surroundings:
    return Surroundings(hour=hour, weekday=0, is_worked=True, outdoor=outdoor, occupancy=occupancy, load=0.6)


def settled(outdoor: float, fault: Fault | None = None, occupancy: float = 1.0, hours: float = 8.0) -> dict[str, float]:
    """What it says after hours of one weather, having failed for all but the first."""
    air = Air(Build(), Random(1))
    air.advance(3600.0, around(outdoor, occupancy))
    if fault is not None:
        air.begin(fault)
    air.advance((hours - 1) * 3600.0, around(outdoor, occupancy))
    return air.values()


def test_air_holds_as_much_water_as_the_tables_say() -> None:
    # Saturated air at sea level, ASHRAE psychrometric tables: 3.8, 7.7, 14.8 and 27.3 g/kg.
    for temperature, water in ((0.0, 3.8), (10.0, 7.7), (20.0, 14.8), (30.0, 27.3)):
        assert water_at_saturation(temperature) == pytest.approx(water, rel=0.015)


def test_carbon_dioxide_settles_where_breath_meets_outdoor_air() -> None:
    # 18 L/h each over 44 m3/h, above the 420 ppm of outdoor air.
    assert settled(MILD)["co2"] == pytest.approx(420 + 18_000 / 44, abs=40)
    assert settled(MILD, occupancy=0.5)["co2"] == pytest.approx(420 + 9_000 / 44, abs=40)
    assert settled(MILD, STALE, hours=48.0)["co2"] == pytest.approx(420 + 18_000 / 4, abs=60)


def test_people_add_water_and_the_supply_air_is_kept_between_its_bounds() -> None:
    water = {}
    for outdoor in (FROST, HOT):
        for occupancy in (0.0, 1.0):
            said = settled(outdoor, occupancy=occupancy)
            water[outdoor, occupancy] = said["humidity"] / 100 * water_at_saturation(said["temperature"])
    assert water[FROST, 0.0] == pytest.approx(6.0, abs=0.3)
    assert water[HOT, 0.0] == pytest.approx(9.5, abs=0.3)
    # 50 g/h in 44 m3/h of 1.2 kg/m3.
    for outdoor in (FROST, HOT):
        assert water[outdoor, 1.0] - water[outdoor, 0.0] == pytest.approx(50 / (1.2 * 44), abs=0.3)


@pytest.mark.parametrize("outdoor", [FROST, MILD, HOT])
def test_a_sound_room_is_within_what_people_bear(outdoor: float) -> None:
    said = settled(outdoor)
    assert 21.0 < said["temperature"] < 26.0
    assert 30.0 < said["humidity"] < 60.0
    assert said["co"] < 9.0
    assert said["pm25"] < 35.0


@pytest.mark.parametrize(
    ("fault", "outdoor", "signs"),
    [
        (STALE, MILD, {"co2": 1}),
        (CARBON_MONOXIDE, MILD, {"co": 1}),
        (WARM, HOT, {"temperature": 1, "humidity": -1}),
        (COLD, FROST, {"temperature": -1, "humidity": 1}),
        (DAMP, MILD, {"humidity": 1}),
        (DRY, FROST, {"humidity": -1}),
        (DUST, MILD, {"pm25": 1}),
    ],
)
def test_each_fault_moves_what_it_must_and_nothing_else(fault: Fault, outdoor: float, signs: dict[str, int]) -> None:
    sound, failed = settled(outdoor), settled(outdoor, fault)
    noise = {"temperature": 1.0, "humidity": 4.0, "co2": 60.0, "co": 3.0, "pm25": 8.0}
    moved = {name: failed[name] - sound[name] for name in noise if abs(failed[name] - sound[name]) > noise[name]}
    assert {name: 1 if change > 0 else -1 for name, change in moved.items()} == signs


def test_dust_comes_in_through_filter_and_cracks_and_settles() -> None:
    # 45 ug/m3 outdoors, a filter that lets 35 % of it through but in the cracks; settling is worth 0.3 changes an hour.
    assert settled(MILD)["pm25"] == pytest.approx(45 * (4 + 0.35 * 40) / (44 + 4.5), abs=5)
    assert settled(MILD, DUST)["pm25"] == pytest.approx(260 * 44 / (44 + 4.5), abs=10)


def test_without_heating_it_stays_a_little_warmer_than_outdoors_and_is_not_missed_in_summer() -> None:
    assert settled(FROST, COLD, hours=24.0)["temperature"] == pytest.approx(FROST + 6.0, abs=1.0)
    assert settled(HOT, COLD)["temperature"] == pytest.approx(settled(HOT)["temperature"], abs=0.5)


def test_damp_air_never_holds_more_than_it_can() -> None:
    for outdoor in (FROST, HOT):
        assert 85.0 < settled(outdoor, DAMP, hours=24.0)["humidity"] < 96.0


def test_it_fails_only_where_that_can_be_seen() -> None:
    def prone(moment: Surroundings) -> set[str]:
        air = Air(Build(), Random(1))
        air.advance(60.0, moment)
        return {fault.code for fault in Air.faults if air.is_prone(fault)}

    always = {CARBON_MONOXIDE.code, WARM.code, DAMP.code, DUST.code}
    assert prone(around(MILD)) == always | {STALE.code}
    assert prone(around(FROST)) == always | {STALE.code, COLD.code, DRY.code}
    assert prone(around(MILD, occupancy=0.1)) == always
    assert prone(around(MILD, hour=17.0)) == always
    untouched = Air(Build(), Random(1))
    assert not any(untouched.is_prone(fault) for fault in Air.faults)
