"""The cold room: a balance of heat, two-point control, ice and defrosts, and how its faults differ."""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean

import pytest

from simulators.physics.cold_room import COLD, CYCLES, DEFROST, DOOR, FAN, GASKET, ICE, LEAK, WARM, ColdRoom
from simulators.physics.machine import Build, Fault
from simulators.physics.surroundings import surroundings

MIDNIGHT = datetime(2026, 5, 18)  # noqa: DTZ001 - the clock on a wall
FREEZER = (-40.0, 40.0)
CHILL = (-10.0, 40.0)
ROOMS = pytest.mark.parametrize("reach", [FREEZER, CHILL], ids=["freezer", "chill"])


def lived(
    reach: tuple[float, float], fault: Fault | None = None, hours: float = 3.0, hour: int = 8, step: int = 30
) -> list[dict[str, float]]:
    """From eight in the morning on: no defrost is due until one."""
    room = ColdRoom(Build(ranges={"temperature": reach}), Random(1))
    if fault is not None:
        room.begin(fault)
    begin = MIDNIGHT + timedelta(hours=hour)
    found = []
    for second in range(step, round(hours * 3600) + 1, step):
        room.advance(step, surroundings(begin + timedelta(seconds=second), is_worked=True))
        found.append(room.values())
    return found


def share(life: list[dict[str, float]], quantity: str) -> float:
    return fmean(each[quantity] for each in life)


def below(life: list[dict[str, float]]) -> float:
    """How far the evaporator is below the room while the compressor has run for some time, in kelvin."""
    runs = [after for before, after in zip(life, life[4:], strict=False) if before["compressor_running"]]
    return max(each["temperature"] - each["evaporator_temperature"] for each in runs if each["compressor_running"])


@ROOMS
def test_a_sound_room_is_held_within_its_band_and_its_compressor_rests(reach: tuple[float, float]) -> None:
    setpoint = -18.0 if reach is FREEZER else 4.0
    life = lived(reach, hours=4)
    assert all(abs(each["temperature"] - setpoint) < 2.5 for each in life)
    assert 0.15 < share(life, "compressor_running") < 0.6
    assert 4 < life[-1]["compressor_starts"] - life[0]["compressor_starts"] < 24
    assert 6 < below(life) < 9


def test_heat_goes_where_it_must() -> None:
    """Without cold the air warms at the pace of its walls, less what the goods hold back; goods follow slowly."""
    life = lived(FREEZER, WARM, hours=1, hour=2)
    air, goods = (life[-1][each] - life[0][each] for each in ("temperature", "goods_temperature"))
    # 0.3 of 39 K for the walls in the first hour, a quarter of what it has gained already back into the goods.
    assert air == pytest.approx(0.3 * 37 - 0.55 * 11 / 2, rel=0.2)
    assert 0 < goods < 0.15 * air
    day = lived(FREEZER, WARM, hours=200, step=600)[-1]
    assert day["temperature"] == pytest.approx(22.3, abs=1.5), "in the end it is as warm as the kitchen"
    assert day["goods_temperature"] == pytest.approx(day["temperature"], abs=1.5)


@ROOMS
def test_it_defrosts_four_times_a_day_and_begins_clean_again(reach: tuple[float, float]) -> None:
    life = lived(reach, hours=24, hour=0)
    states = [each["defrosting"] for each in life]
    begins = [at for at, (before, after) in enumerate(pairwise(states)) if after > before]
    assert len(begins) == 4
    for begin in begins:
        during = life[begin + 1 : begin + 19]
        assert {(each["compressor_running"], each["fan_running"]) for each in during} == {(0, 0)}
        assert max(each["evaporator_temperature"] for each in during) > 5
    assert sum(states) * 30 / len(begins) < 1500
    # It waits for the compressor to rest anyway.
    assert all(not life[begin]["compressor_running"] for begin in begins)


@ROOMS
def test_ice_and_a_dead_fan_make_the_evaporator_colder_and_a_leak_makes_it_warmer(reach: tuple[float, float]) -> None:
    sound = below(lived(reach))
    for fault in (ICE, FAN):
        assert below(lived(reach, fault)[120:]) > 2 * sound
    late = [each for each in lived(reach, LEAK)[240:] if each["compressor_running"]]
    assert all(each["temperature"] - each["evaporator_temperature"] < 4 for each in late)
    assert late[-1]["temperature"] > lived(reach)[-1]["temperature"] + 2


@ROOMS
def test_a_torn_gasket_costs_running_time_and_an_open_door_the_temperature(reach: tuple[float, float]) -> None:
    sound, gasket, door = lived(reach), lived(reach, GASKET), lived(reach, DOOR)
    assert share(gasket[120:], "compressor_running") > 0.85
    assert share(sound, "compressor_running") < 0.6
    assert gasket[-1]["temperature"] < sound[-1]["temperature"] + 3
    assert door[-1]["temperature"] > gasket[-1]["temperature"] + 2
    assert below(door[240:]) > below(gasket) + 2, "moist air ices the evaporator up"


@ROOMS
def test_a_stuck_thermostat_freezes_and_a_hunting_switch_starts_and_starts(reach: tuple[float, float]) -> None:
    cold, cycles = lived(reach, COLD), lived(reach, CYCLES)
    assert cold[-1]["temperature"] < lived(reach)[-1]["temperature"] - 5
    assert share(cold, "compressor_running") == 1
    assert cycles[-1]["compressor_starts"] - cycles[0]["compressor_starts"] > 3 * 11
    assert cycles[-1]["temperature"] < lived(reach)[-1]["temperature"] + 3


@ROOMS
def test_a_defrost_that_does_not_end_warms_the_room_and_a_room_that_does_not_defrost_ices(
    reach: tuple[float, float],
) -> None:
    stuck = lived(reach, DEFROST)
    assert {(each["defrosting"], each["compressor_running"]) for each in stuck[2:]} == {(1, 0)}
    warm = lived(reach, WARM)
    assert stuck[-1]["temperature"] > warm[-1]["temperature"] + 0.5, "the heater warms the room besides"
    assert not any(each["defrosting"] for each in lived(reach, ICE, hours=24, hour=0))


def test_a_repaired_room_is_cold_and_clean() -> None:
    for fault in ColdRoom.faults:
        room = ColdRoom(Build(ranges={"temperature": FREEZER}), Random(1))
        room.begin(fault)
        for minute in range(300):
            room.advance(60, surroundings(MIDNIGHT + timedelta(hours=7, minutes=minute), is_worked=True))
        room.mend()
        after = room.values()
        assert abs(after["temperature"] + 18) < 2.5, fault.code
        assert after["goods_temperature"] == pytest.approx(-18, abs=0.2)
        assert not after["defrosting"]
