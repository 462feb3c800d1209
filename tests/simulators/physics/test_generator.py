"""The standby generator: how it starts, what it burns, what it does to its battery, and how its faults differ."""

from datetime import datetime, timedelta
from random import Random

import pytest

from simulators.physics.generator import (
    BATTERY,
    CHARGING,
    COOLING,
    GOVERNOR,
    HEATER,
    MAINS,
    NOT_AUTO,
    OVERLOAD,
    OVERSPEED,
    START,
    UNASKED,
    Generator,
)
from simulators.physics.machine import Build, Fault
from simulators.physics.surroundings import surroundings

MONDAY = datetime(2026, 1, 12)  # noqa: DTZ001 - the clock on a wall
TEST = MONDAY + timedelta(days=2, hours=10)


def lived(
    begin: datetime, seconds: int, fault: Fault | None = None, step: int = 1, machine: Generator | None = None
) -> list[dict[str, float]]:
    machine = machine or Generator(Build(), Random(1))
    if fault is not None:
        machine.begin(fault)
    found = []
    for second in range(step, seconds + 1, step):
        machine.advance(step, surroundings(begin + timedelta(seconds=second), is_worked=True))
        found.append(machine.values())
    return found


def test_the_weekly_test_cranks_runs_up_within_15_s_carries_load_and_cools_down() -> None:
    week = lived(TEST, 45 * 60)
    up = next(second for second, each in enumerate(week, 1) if each["voltage"] > 380 and each["frequency"] > 49)
    assert 5 < up <= 15
    assert min(each["battery_voltage"] for each in week[:15]) == pytest.approx(19.5, abs=0.5)
    assert week[1200]["load"] == pytest.approx(45, abs=3)
    assert week[1200]["power"] == pytest.approx(4 * week[1200]["load"], abs=15)
    after = week[36 * 60 + 60]
    assert (after["start_command"], after["running"]) == (0, 1)
    assert after["load"] < 3
    assert week[-1]["running"] == 0
    assert week[-1]["coolant_temperature"] > 60, "it is still hot, and no heater cools it"


def test_a_machine_that_is_looked_at_once_a_minute_starts_all_the_same() -> None:
    seldom = lived(TEST, 600, step=60)
    often = lived(TEST, 600)[59::60]
    for one, other in zip(seldom, often, strict=True):
        assert one["frequency"] == pytest.approx(other["frequency"], abs=0.2)
        assert one["fuel_level"] == pytest.approx(other["fuel_level"], abs=0.5)


def test_fuel_follows_the_load() -> None:
    burnt = {}
    for fault in (UNASKED, GOVERNOR, OVERLOAD):
        hour = lived(MONDAY, 4 * 3600, fault, step=60)
        burnt[fault] = hour[0]["fuel_level"] - hour[-1]["fuel_level"]
    # A tank lasts a day at full load, and a fifth of that is burnt without load.
    assert burnt[UNASKED] == pytest.approx(0.2 * 4 / 24 * 100, abs=0.5)
    assert burnt[UNASKED] < burnt[GOVERNOR] < burnt[OVERLOAD]
    assert burnt[OVERLOAD] == pytest.approx((0.2 + 0.8 * 1.18) * 4 / 24 * 100, abs=0.7)
    rest = lived(MONDAY, 4 * 3600, step=60)
    assert rest[0]["fuel_level"] - rest[-1]["fuel_level"] == pytest.approx(0, abs=0.5)


def test_what_tests_burn_is_filled_up_again() -> None:
    machine = Generator(Build(), Random(1))
    levels = []
    for week in range(20):
        test = TEST + timedelta(weeks=week)
        levels.append(lived(test, 3600, step=60, machine=machine)[-1]["fuel_level"])
    assert 65 < min(levels) < 72
    assert max(levels[5:]) > 85


def test_when_the_mains_fail_a_sound_set_carries_the_building_and_a_broken_one_gives_up_after_three_attempts() -> None:
    sound, broken = lived(MONDAY, 300, MAINS), lived(MONDAY, 300, START)
    for life in (sound, broken):
        assert {(each["mains_available"], each["start_command"]) for each in life} == {(0, 1)}
    assert sound[14]["running"] == 1
    assert 40 < sound[-1]["load"] < 80
    assert {each["running"] for each in broken} == {0}
    dips = [each["battery_voltage"] < 21 for each in broken]
    assert sum(not before and now for before, now in zip([False, *dips], dips, strict=False)) == 3
    assert not any(dips[70:])


def test_a_weak_battery_breaks_down_under_the_starter_and_the_engine_does_not_fire() -> None:
    machine = Generator(Build(), Random(1))
    lived(TEST - timedelta(hours=2), 3600, BATTERY, step=60, machine=machine)
    life = lived(TEST, 120, machine=machine)
    assert min(each["battery_voltage"] for each in life) < 16
    assert {each["running"] for each in life} == {0}


def test_out_of_automatic_it_does_not_even_crank() -> None:
    life = lived(TEST, 120, NOT_AUTO)
    assert {(each["in_auto"], each["start_command"], each["running"]) for each in life} == {(0, 1, 0)}
    assert min(each["battery_voltage"] for each in life) > 26.5


def test_a_belt_that_is_torn_overheats_and_a_dead_charging_alternator_discharges() -> None:
    sound = lived(MONDAY, 3600, GOVERNOR, step=30)[-1]
    assert lived(MONDAY, 3600, COOLING, step=30)[-1]["coolant_temperature"] > sound["coolant_temperature"] + 25
    assert lived(MONDAY, 3600, CHARGING, step=30)[-1]["battery_voltage"] < sound["battery_voltage"] - 3


def test_the_regulator_holds_the_voltage_of_a_set_that_is_too_fast_but_nothing_holds_one_too_slow() -> None:
    fast, slow = lived(MONDAY, 900, OVERSPEED)[-1], lived(MONDAY, 900, GOVERNOR)[-1]
    assert fast["frequency"] == pytest.approx(fast["speed"] / 30, abs=0.3)
    assert fast["speed"] > 1725
    assert fast["voltage"] == pytest.approx(400, abs=5)
    assert slow["frequency"] < 46
    assert slow["voltage"] < 390


def test_without_its_heater_the_engine_cools_to_its_room_in_winter_and_in_summer() -> None:
    ends = {}
    for month in (1, 7):
        begin = datetime(2026, month, 12)  # noqa: DTZ001 - the clock on a wall
        ends[month] = [lived(begin, 8 * 3600, fault, step=60)[-1]["coolant_temperature"] for fault in (HEATER, None)]
    assert ends[1][0] < 15
    assert 23 < ends[7][0] < 30
    assert ends[1][1] == pytest.approx(38, abs=1)
    assert ends[7][1] == pytest.approx(38, abs=1)
