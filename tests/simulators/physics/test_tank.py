"""The tank: water, heat and chlorine are balanced, and each fault shows in what it should."""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from simulators.physics.machine import Build, Fault
from simulators.physics.surroundings import surroundings
from simulators.physics.tank import DOSING, FIRE, INLET, LEAK, LOW, OVERDOSE, OVERFLOW, TURBID, WARM, Tank

MONDAY = datetime(2026, 5, 18)  # noqa: DTZ001 - the clock on a wall
CUBIC_METRES = 40.0


def lived(hours: int, fault: Fault | None = None, begin: datetime = MONDAY) -> list[dict[str, float]]:
    tank = Tank(Build(), Random(1))
    if fault is not None:
        tank.begin(fault)
    found = []
    for minute in range(1, hours * 60 + 1):
        tank.advance(60.0, surroundings(begin + timedelta(minutes=minute), is_worked=True))
        found.append(tank.values())
    return found


def drawn(said: list[dict[str, float]]) -> float:
    """What left the tank, in m3/h, by its level and inflow."""
    gained = (said[-1]["level"] - said[0]["level"]) * CUBIC_METRES / 100
    return (sum(each["inflow"] for each in said[:-1]) / 60 - gained) / ((len(said) - 1) / 60)


def test_what_comes_in_less_what_is_drawn_is_what_the_level_moves_by() -> None:
    day = lived(24)
    by_day, by_night = drawn(day[10 * 60 : 17 * 60]), drawn(day[: 5 * 60])
    assert by_day == pytest.approx(5.6 * 1.0, abs=0.4)
    assert by_night == pytest.approx(5.6 * 0.125, abs=0.15)
    assert all(60 < each["level"] < 86 for each in day)


def test_a_float_valve_opens_low_and_closes_high() -> None:
    day = lived(24)
    opened = [each["level"] for before, each in pairwise(day) if before["inflow"] == 0 < each["inflow"]]
    closed = [each["level"] for before, each in pairwise(day) if each["inflow"] == 0 < before["inflow"]]
    assert opened == pytest.approx([62] * len(opened), abs=1.5)
    assert closed == pytest.approx([84] * len(closed), abs=1.5)
    assert len(closed) > 1


def test_a_leak_is_drawn_day_and_night_and_wets_the_floor() -> None:
    night = lived(5, LEAK)[60:]
    assert drawn(night) == pytest.approx(drawn(lived(5)[60:]) + 3.2, abs=0.2)
    assert night[-1]["floor_water"] == 1


def test_a_burst_empties_it_faster_than_it_fills() -> None:
    said = lived(1, LOW, MONDAY + timedelta(hours=10))
    assert said[-1]["level"] == pytest.approx(8, abs=1)
    assert said[-1]["inflow"] == pytest.approx(24, abs=2)


def test_a_valve_stuck_open_runs_it_over() -> None:
    said = lived(1, OVERFLOW)[-1]
    assert said["level"] == pytest.approx(99.5, abs=1)
    assert said["inflow"] == pytest.approx(48, abs=2)
    assert said["overflow"] == 1


def test_a_valve_stuck_shut_lets_nothing_in() -> None:
    said = lived(4, INLET, MONDAY + timedelta(hours=9))
    assert {each["inflow"] for each in said[2:]} == {0}
    assert said[-1]["level"] < 30


def test_the_fire_reserve_falls_only_where_somebody_takes_of_it() -> None:
    assert lived(24)[-1]["fire_level"] == pytest.approx(98, abs=0.5)
    said = lived(1, FIRE)[-1]
    assert said["fire_level"] == pytest.approx(98 - 40 * (1 - 300 / 3600 / 2), abs=1)
    assert said["level"] > 60


def test_water_is_as_warm_as_the_main_and_the_room_make_it() -> None:
    winter, summer = (lived(72, begin=datetime(2026, month, 12))[-1] for month in (1, 7))  # noqa: DTZ001
    assert 11 < winter["temperature"] < 17
    assert 20 < summer["temperature"] < 24
    assert lived(3, WARM, MONDAY + timedelta(hours=10))[-1]["temperature"] > 25


def test_chlorine_is_held_decays_without_dosing_and_rises_with_too_much() -> None:
    noon = MONDAY + timedelta(hours=10)
    sound, without, too_much = (lived(4, fault, noon)[-1]["chlorine"] for fault in (None, DOSING, OVERDOSE))
    assert sound == pytest.approx(0.47, abs=0.06)
    assert without < 0.2
    assert 5.0 < too_much < 7.0
    rested = lived(5, DOSING)[-1]["chlorine"]
    assert without < rested < sound, "at night little water of the main dilutes what is left"


def test_stirred_up_water_is_turbid() -> None:
    assert lived(1)[-1]["turbidity"] < 0.5
    assert lived(1, TURBID)[-1]["turbidity"] > 1.5


def test_that_nothing_comes_in_can_befall_only_a_tank_in_use() -> None:
    tank = Tank(Build(), Random(1))
    for hour, is_busy in ((3, False), (11, True), (22, False)):
        tank.advance(60.0, surroundings(MONDAY + timedelta(hours=hour), is_worked=True))
        assert tank.is_prone(INLET) is is_busy
        assert tank.is_prone(LEAK)


def test_who_mends_it_puts_the_water_right() -> None:
    for fault in Tank.faults:
        tank = Tank(Build(), Random(1))
        tank.begin(fault)
        tank.advance(6 * 3600.0, surroundings(MONDAY + timedelta(hours=16), is_worked=True))
        tank.mend()
        said = tank.values()
        assert 61 < said["level"] < 85
        assert said["fire_level"] > 97
        assert 0.4 < said["chlorine"] < 0.6
        assert said["temperature"] < 25
        assert (said["overflow"], said["floor_water"]) == (0, 0)
