"""The pump: where its curve meets the system's, what its motor takes for that, and how its faults differ."""

from datetime import datetime, timedelta
from random import Random
from statistics import fmean

import pytest

from simulators.physics.machine import Build, Fault
from simulators.physics.pump import BEARING, BURST, DRY, MOTOR, NO_FLOW, PIT, SEAL, STRAINER, TRIP, WORN, Pump
from simulators.physics.surroundings import surroundings

NOON = datetime(2026, 5, 18, 12)  # noqa: DTZ001 - the clock on a wall
NIGHT = datetime(2026, 5, 18, 3)  # noqa: DTZ001


def lived(fault: Fault | None = None, begin: datetime = NOON, build: Build | None = None) -> dict[str, float]:
    """The mean of what a pump says in the second half hour after it began to fail."""
    pump = Pump(build or Build(), Random(1))
    if fault is not None:
        pump.begin(fault)
    found = []
    for minute in range(1, 61):
        pump.advance(60.0, surroundings(begin + timedelta(minutes=minute), is_worked=True))
        found.append(pump.values())
    return {quantity: fmean(each[quantity] for each in found[30:]) for quantity in found[0]}


SOUND = lived()
FAILED = {fault: lived(fault) for fault in Pump.faults}


def head(said: dict[str, float]) -> float:
    """What the pump adds to the pressure, by its discharge and suction."""
    return said["discharge_pressure"] - said["suction_pressure"]


def efficiency(said: dict[str, float]) -> float:
    return said["flow"] * head(said) / 3600 / said["power"]


def curve(flow: float) -> float:
    return 600.0 - 175.0 * (flow / 60.0) ** 2


@pytest.mark.parametrize("fault", [None, NO_FLOW, BURST, MOTOR, BEARING, SEAL], ids=str)
def test_a_pump_that_is_not_worn_works_on_its_curve(fault: Fault | None) -> None:
    said = SOUND if fault is None else FAILED[fault]
    assert head(said) == pytest.approx(curve(said["flow"]), rel=0.02)


def test_less_is_used_at_night_at_a_higher_pressure_and_with_less_power() -> None:
    night = lived(begin=NIGHT)
    assert night["flow"] < 0.95 * SOUND["flow"]
    assert night["discharge_pressure"] > SOUND["discharge_pressure"] + 20
    assert night["power"] < SOUND["power"]
    assert 0.45 < efficiency(SOUND) < 0.55


def test_a_motor_takes_half_of_its_current_for_nothing() -> None:
    assert SOUND["current"] == pytest.approx(27, abs=1)
    assert FAILED[NO_FLOW]["current"] == pytest.approx(18, abs=1)
    assert FAILED[DRY]["current"] == pytest.approx(15, abs=0.5)
    assert FAILED[NO_FLOW]["power"] > 2 * FAILED[DRY]["power"]


def test_against_a_shut_valve_the_pressure_is_that_without_flow_and_the_line_keeps_its_own() -> None:
    said = FAILED[NO_FLOW]
    assert said["discharge_pressure"] == pytest.approx(620, abs=5)
    assert said["flow"] == pytest.approx(2.4, abs=0.5)
    assert said["line_pressure"] == pytest.approx(300, abs=5)


def test_a_dry_pump_gives_neither_flow_nor_pressure() -> None:
    assert FAILED[DRY]["flow"] < 1
    assert FAILED[DRY]["discharge_pressure"] < 10


def test_a_clogged_strainer_draws_the_suction_down_and_makes_it_shake() -> None:
    said = FAILED[STRAINER]
    assert -95 < said["suction_pressure"] < -40
    assert said["flow"] < 0.85 * SOUND["flow"]
    assert said["discharge_pressure"] < 0.92 * SOUND["discharge_pressure"]
    assert 3.2 < said["vibration"] < 5.1


def test_a_worn_pump_stays_below_its_curve_and_wastes_power_but_does_not_shake() -> None:
    said = FAILED[WORN]
    assert head(said) < 0.85 * curve(said["flow"])
    assert efficiency(said) < 0.75 * efficiency(SOUND)
    assert said["vibration"] == pytest.approx(SOUND["vibration"], abs=0.1)


def test_a_burst_pipe_lets_more_through_at_less_pressure_and_loads_the_motor() -> None:
    said = FAILED[BURST]
    assert said["flow"] > 1.15 * SOUND["flow"]
    assert said["line_pressure"] < 0.75 * SOUND["line_pressure"]
    assert SOUND["power"] < said["power"] < 1.3 * SOUND["power"]


def test_a_motor_that_rubs_takes_more_for_the_same_water() -> None:
    assert FAILED[MOTOR]["flow"] == pytest.approx(SOUND["flow"], rel=0.01)
    assert FAILED[MOTOR]["current"] > 1.25 * SOUND["current"]


def test_a_bearing_that_wears_shakes_and_gets_hot_by_itself() -> None:
    said = FAILED[BEARING]
    assert said["vibration"] > 8.5
    assert said["bearing_temperature"] > 95
    assert said["flow"] == pytest.approx(SOUND["flow"], rel=0.01)


def test_a_tripped_motor_stands_still_though_it_is_told_to_run() -> None:
    said = FAILED[TRIP]
    assert (said["run_command"], said["running"], said["current"], said["discharge_pressure"]) == (1, 0, 0, 0)
    assert said["bearing_temperature"] < SOUND["bearing_temperature"] - 15


def test_the_seal_leaks_and_the_sump_is_high_only_where_they_fail() -> None:
    for quantity, wrong in (("seal_leak", SEAL), ("pit_high", PIT)):
        assert [fault.code for fault, said in FAILED.items() if said[quantity] > 0] == [wrong.code]


def test_a_larger_pump_has_the_same_pressures_and_more_of_everything_else() -> None:
    large = lived(build=Build(ranges={"flow": (0.0, 300.0)}))
    assert large["flow"] == pytest.approx(2 * SOUND["flow"], rel=0.02)
    assert large["power"] == pytest.approx(2 * SOUND["power"], rel=0.02)
    assert large["discharge_pressure"] == pytest.approx(SOUND["discharge_pressure"], abs=5)
