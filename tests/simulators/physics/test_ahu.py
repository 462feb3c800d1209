"""The air handler's balances and signs: what mixes, heats, cools and fails does so in the right direction."""

from itertools import pairwise
from random import Random

import pytest

from simulators.physics.ahu import (
    COOLING,
    DAMPER,
    DAMPER_OPEN,
    FAN,
    FILTER,
    HEATING,
    HEATING_VALVE,
    HUNTING,
    OVERRIDE,
    TRIP,
    VALVE,
    AirHandler,
)
from simulators.physics.ahu_control import MINIMUM_POSITION, supply_setpoint
from simulators.physics.machine import Build, Fault
from simulators.physics.mixed_air import CHILLED_WATER, FAN_HEAT, cooled, fan_at, mixed, outdoor_share, position_for
from simulators.physics.surroundings import Surroundings

FROST, COLD, MILD, WARM, HOT = -8.0, 3.0, 12.0, 25.0, 34.0


def settled(outdoor: float, fault: Fault | None = None, hours: float = 6.0, occupancy: float = 0.8) -> dict[str, float]:
    """What a machine says after hours of one weather, that fails after the first three."""
    around = Surroundings(hour=12.0, weekday=0, is_worked=True, outdoor=outdoor, occupancy=occupancy, load=0.6)
    machine = AirHandler(Build(), Random(1))
    machine.advance(3 * 3600.0, around)
    if fault is not None:
        machine.begin(fault)
    machine.advance((hours - 3) * 3600.0, around)
    return machine.values()


def test_mixed_air_lies_between_and_the_damper_finds_the_way_back() -> None:
    for outdoor in (FROST, MILD, HOT):
        for position in (0.0, 0.3, 1.0):
            air = mixed(23.0, outdoor, outdoor_share(position))
            assert min(23.0, outdoor) <= air <= max(23.0, outdoor)
            assert position_for(air, 23.0, outdoor) == pytest.approx(position)
    assert 0 < outdoor_share(0.0) < 0.1
    assert position_for(0.0, 23.0, MILD) == 1.0
    assert position_for(30.0, 23.0, MILD) == 0.0
    assert position_for(20.0, 23.0, 23.0) == 1.0


def test_a_cooling_coil_never_warms_and_never_passes_its_water() -> None:
    assert cooled(25.0, 0.0) == 25.0
    assert CHILLED_WATER < cooled(25.0, 1.0) < cooled(25.0, 0.5) < 25.0
    assert cooled(2.0, 1.0) == 2.0


def test_the_fan_holds_the_pressure_until_it_can_no_more() -> None:
    clean, clogged, blocked = (fan_at(0.9, 300.0, filter_pressure) for filter_pressure in (100.0, 500.0, 2000.0))
    assert clean[1] == clogged[1] == 1.0
    assert clean[0] < clogged[0] < 1.0
    assert blocked[0] == 1.0
    assert blocked[1] < 0.7


def test_the_set_point_falls_as_it_gets_warmer_outside() -> None:
    points = [supply_setpoint(outdoor) for outdoor in range(-10, 41)]
    assert points == sorted(points, reverse=True)
    assert (points[0], supply_setpoint(MILD), points[-1]) == (18.0, 16.0, 14.0)


@pytest.mark.parametrize("outdoor", [FROST, COLD, MILD, WARM, HOT])
def test_sound_it_reaches_its_set_point_in_every_weather_with_one_coil_at_most(outdoor: float) -> None:
    values = settled(outdoor)
    assert values["supply_temperature"] == pytest.approx(values["supply_setpoint"], abs=0.6)
    assert 20.5 < values["return_temperature"] < 25.0
    assert values["supply_pressure"] == pytest.approx(300.0, abs=15.0)
    assert min(values["heating_valve"], values["cooling_valve"]) == 0.0
    assert (values["heating_valve"] > 1.0) == (outdoor < MILD)
    assert (values["cooling_valve"] > 1.0) == (outdoor > MILD)
    assert values["freeze_stat"] == 0.0


def test_air_that_no_coil_touches_leaves_as_mixed_air_and_the_fan_s_heat() -> None:
    values = settled(MILD)
    assert values["outdoor_damper"] > 100 * MINIMUM_POSITION
    assert values["heated_temperature"] == pytest.approx(values["mixed_temperature"], abs=0.6)
    assert values["supply_temperature"] - values["mixed_temperature"] == pytest.approx(FAN_HEAT, abs=0.6)


def test_outdoor_air_is_taken_while_it_cools() -> None:
    assert settled(18.0)["outdoor_damper"] == 100.0
    assert settled(HOT)["outdoor_damper"] == 100 * MINIMUM_POSITION
    assert settled(COLD)["outdoor_damper"] == 100 * MINIMUM_POSITION


def test_carbon_dioxide_is_what_people_breathe_over_the_air_they_get() -> None:
    half, full = (settled(HOT, occupancy=each, hours=12.0)["return_co2"] for each in (0.5, 1.0))
    assert 600 < half < full < 1100
    least, free = (settled(outdoor, hours=12.0)["return_co2"] for outdoor in (HOT, MILD))
    assert free < least


@pytest.mark.parametrize(
    ("fault", "outdoor", "signs"),
    [
        (VALVE, MILD, {"supply_temperature": -1, "heating_valve": 1, "outdoor_damper": -1}),
        (VALVE, HOT, {"supply_temperature": -1, "cooling_valve": -1, "heated_temperature": 1}),
        (HEATING_VALVE, HOT, {"heated_temperature": 1, "cooling_valve": 1}),
        (HEATING_VALVE, MILD, {"heated_temperature": 1, "outdoor_damper": 1}),
        (OVERRIDE, HOT, {"heating_valve": 1, "heated_temperature": 1, "cooling_valve": 1}),
        (DAMPER, HOT, {"mixed_temperature": -1, "return_co2": 1, "cooling_valve": -1}),
        (DAMPER, MILD, {"mixed_temperature": 1, "return_co2": 1, "cooling_valve": 1}),
        (DAMPER_OPEN, HOT, {"mixed_temperature": 1, "return_co2": -1, "cooling_valve": 1}),
        (DAMPER_OPEN, COLD, {"mixed_temperature": -1, "return_co2": -1, "heating_valve": 1}),
        (COOLING, HOT, {"supply_temperature": 1, "return_temperature": 1, "cooling_valve": 1, "fan_speed": 1}),
        (HEATING, FROST, {"supply_temperature": -1, "heating_valve": 1}),
        (FILTER, HOT, {"filter_pressure": 1, "fan_speed": 1}),
        (FAN, HOT, {"supply_pressure": -1, "fan_speed": 1, "filter_pressure": -1, "return_co2": 1}),
        (TRIP, HOT, {"fan_running": -1, "supply_pressure": -1, "fan_speed": -1, "filter_pressure": -1}),
    ],
)
def test_each_fault_moves_values_the_way_it_must(fault: Fault, outdoor: float, signs: dict[str, int]) -> None:
    sound, failed = settled(outdoor), settled(outdoor, fault)
    moved = {quantity: failed[quantity] - sound[quantity] for quantity in signs}
    assert {quantity: (change > 0) - (change < 0) for quantity, change in moved.items()} == signs
    noise = {"fan_running": 0.0, "supply_pressure": 100.0, "filter_pressure": 20.0, "return_co2": 100.0}
    assert [name for name, change in moved.items() if abs(change) < noise.get(name, 0.9)] == []


def test_a_torn_belt_lets_the_motor_run_free() -> None:
    failed = settled(MILD, FAN, hours=3.1)
    assert failed["fan_running"] == 1.0
    assert failed["fan_speed"] == 100.0


@pytest.mark.parametrize("outdoor", [MILD, HOT])
def test_a_loop_that_hunts_opens_both_coils_in_turn_about_its_set_point(outdoor: float) -> None:
    around = Surroundings(hour=12.0, weekday=0, is_worked=True, outdoor=outdoor, occupancy=0.8, load=0.6)
    machine = AirHandler(Build(), Random(1))
    machine.advance(3 * 3600.0, around)
    machine.begin(HUNTING)
    seen = []
    for _ in range(60):
        machine.advance(60.0, around)
        seen.append(machine.values())
    cooling, heating = ([each[valve] > 2.0 for each in seen] for valve in ("cooling_valve", "heating_valve"))
    assert not any(hot and cold for hot, cold in zip(heating, cooling, strict=True))
    for valve in (cooling, heating) if outdoor == MILD else (cooling,):
        assert sum(after and not before for before, after in pairwise(valve)) >= 5


def test_frost_through_an_open_damper_trips_the_freeze_stat() -> None:
    assert settled(FROST, DAMPER_OPEN)["freeze_stat"] == 1.0
    assert settled(COLD, DAMPER_OPEN)["freeze_stat"] == 0.0


def test_it_fails_only_where_that_can_be_seen() -> None:
    def prone(outdoor: float, hour: float, occupancy: float = 0.8) -> set[str]:
        around = Surroundings(hour=hour, weekday=0, is_worked=True, outdoor=outdoor, occupancy=occupancy, load=0.6)
        machine = AirHandler(Build(), Random(1))
        machine.advance(3 * 3600.0, around)
        return {fault.code for fault in AirHandler.faults if machine.is_prone(fault)}

    always = {VALVE.code, HEATING_VALVE.code, FILTER.code, HUNTING.code, FAN.code, TRIP.code}
    assert prone(HOT, 12.0) == always | {DAMPER.code, DAMPER_OPEN.code, COOLING.code, OVERRIDE.code}
    assert prone(COLD, 12.0) == always | {DAMPER.code, DAMPER_OPEN.code, HEATING.code}
    assert prone(20.0, 12.0) == always | {DAMPER.code, COOLING.code, OVERRIDE.code}
    assert prone(HOT, 17.0) == always | {DAMPER_OPEN.code, COOLING.code, OVERRIDE.code}
    assert prone(HOT, 12.0, occupancy=0.02) >= always
    assert DAMPER.code not in prone(HOT, 12.0, occupancy=0.02)
    assert prone(HOT, 20.0) == set()
