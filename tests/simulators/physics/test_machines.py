"""Every model: a sound machine stays sound, each of its faults shows where and when it says, and can be mended."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from statistics import fmean, pstdev

import pytest

from domain.site import Equipment, Point
from domain.text import same
from simulators.physics.catalog import MODELS, build_machine
from simulators.physics.cold_room import ColdRoom
from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.pump import NO_FLOW, Pump
from simulators.physics.steady import Steady
from simulators.physics.surroundings import Surroundings, surroundings

MONDAY = datetime(2026, 11, 23, 7, 0)  # noqa: DTZ001 - the clock on a wall
STEP = 30.0

SEASONED = {
    "ahu.cooling": datetime(2026, 5, 18, 9, 0),  # noqa: DTZ001
    "ahu.heating": datetime(2026, 1, 19, 6, 0),  # noqa: DTZ001
    "ahu.override": datetime(2026, 5, 18, 9, 0),  # noqa: DTZ001
    "environment.cold": datetime(2026, 1, 19, 6, 0),  # noqa: DTZ001
    "environment.dry": datetime(2026, 1, 19, 6, 0),  # noqa: DTZ001
}
"""Faults that a November morning does not show, and where the three hours before them begin."""
SWINGING = {"ahu.hunting"}
"""Faults that show in how a value swings, not in where it is."""

CASES = [(name, fault) for name, model in MODELS.items() for fault in model.faults]


def around(at: datetime) -> Surroundings:
    return surroundings(at, is_worked=at.weekday() < 5)


def hours(machine: Machine, begin: datetime, lasts: float) -> Iterator[dict[str, float]]:
    for step in range(1, round(lasts * 3600 / STEP) + 1):
        machine.advance(STEP, around(begin + timedelta(seconds=step * STEP)))
        yield machine.values()


def build(name: str, seed: int = 1, place: int = 1) -> Machine:
    return MODELS[name](Build(place=place), Random(seed))


@pytest.mark.parametrize("name", MODELS)
def test_the_same_chance_gives_the_same_life(name: str) -> None:
    lives = [list(hours(build(name, seed), MONDAY, 2)) for seed in (1, 1, 2)]
    assert lives[0] == lives[1]
    assert lives[0] != lives[2]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_sound_machine_gives_the_same_quantities_all_day_and_never_leaves_reason(name: str, place: int) -> None:
    machine = build(name, place=place)
    quantities = set(machine.values())
    for values in hours(machine, MONDAY, 24):
        assert set(values) == quantities
        for quantity, value in values.items():
            assert -60 < value < 2_000_000, quantity
            if quantity in {"trapped", "on_battery"}:
                assert value == 0


@pytest.mark.parametrize(("name", "fault"), CASES, ids=[fault.code for _, fault in CASES])
def test_a_fault_shows_in_time_and_is_gone_when_mended(name: str, fault: Fault) -> None:
    machine = build(name)
    before = SEASONED.get(fault.code, MONDAY)
    begin = before + timedelta(hours=3)
    usual = [values[fault.quantity] for values in hours(machine, before, 3)][120:]
    mean, spread = fmean(usual), pstdev(usual)
    assert machine.is_prone(fault)
    machine.begin(fault)
    shown = [values[fault.quantity] for values in hours(machine, begin, fault.shows_within / 3600 + 0.1)]
    if fault.code in SWINGING:
        assert pstdev(shown[-30:]) > 3 * spread
    elif set(usual) == {0.0, 1.0}:
        assert set(shown[-5:]) == {1.0 - round(mean)}, "a state that comes and goes stays"
    else:
        assert all(abs(value - mean) > 3 * spread for value in shown[-5:]), (mean, spread, shown[-5:])
    assert machine.progress(fault.code) == 1.0
    machine.mend()
    again = [values[fault.quantity] for values in hours(machine, begin + timedelta(hours=1), 1.5)][-20:]
    sound = [values[fault.quantity] for values in hours(build(name), begin - timedelta(hours=1), 3.5)][-20:]
    assert machine.progress(fault.code) == 0.0
    near = max(4 * spread, 0.15 * abs(mean))
    assert all(
        min(abs(one - mean), abs(one - other)) < near or one == 0 for one, other in zip(again, sound, strict=True)
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("step", [1.0, 600.0, 86_400.0])
def test_any_step_is_survived(name: str, step: float) -> None:
    machine = build(name)
    for number in range(5):
        machine.advance(step, around(MONDAY + timedelta(seconds=number * step)))
        assert all(-60 < value < 10_000_000 for value in machine.values().values())


def test_one_time_constant_is_two_thirds_of_the_way_in_any_cut() -> None:
    whole = approach(0.0, 100.0, 60.0, 60.0)
    assert whole == pytest.approx(63.2, abs=0.1)
    assert approach(approach(0.0, 100.0, 25.0, 60.0), 100.0, 35.0, 60.0) == pytest.approx(whole)


def test_the_second_pump_helps_by_day_and_the_third_stands_by() -> None:
    running = {}
    for place in (1, 2, 3):
        pump = Pump(Build(place=place), Random(1))
        running[place] = [values["running"] for values in hours(pump, MONDAY.replace(hour=0), 24)]
    assert set(running[1]) == {1.0}
    assert set(running[2]) == {0.0, 1.0}
    assert set(running[3]) == {0.0}
    assert not Pump(Build(place=3), Random(1)).is_prone(NO_FLOW)


def test_a_sensor_that_reaches_far_down_hangs_in_a_freezer() -> None:
    ranges = {"freezer": (-40.0, 40.0), "chill": (-10.0, 40.0)}
    ends = {}
    for name, reach in ranges.items():
        room = ColdRoom(Build(ranges={"temperature": reach}), Random(1))
        ends[name] = [values["temperature"] for values in hours(room, MONDAY, 6)][-1]
    assert -20 < ends["freezer"] < -16
    assert 2 < ends["chill"] < 6


def test_what_nobody_knows_stays_near_the_working_level_of_its_unit() -> None:
    oven = Equipment(id="oven", name=same("Oven"), zone="z", equipment_class="oven")
    points = [
        Point(id="heat", name=same("Heat"), equipment="oven", unit="degC", low=0.0, high=60.0),
        Point(id="odd", name=same("Odd"), equipment="oven", unit="lx", low=100.0, high=300.0),
    ]
    machine = build_machine(oven, points, Random(1))
    assert isinstance(machine, Steady)
    for values in hours(machine, MONDAY, 2):
        assert values["heat"] == pytest.approx(21.0, abs=3.0)
        assert values["odd"] == pytest.approx(200.0, abs=15.0)


def test_a_known_class_with_an_unknown_quantity_is_not_half_simulated() -> None:
    pump = Equipment(id="p", name=same("P"), zone="z", equipment_class="pump")
    assert isinstance(
        build_machine(pump, [Point(id="f", name=same("F"), equipment="p", unit="m3/h", quantity="flow")], Random(1)),
        Pump,
    )
    assert isinstance(
        build_machine(pump, [Point(id="f", name=same("F"), equipment="p", unit="m3/h")], Random(1)), Steady
    )
