"""The lift: what its trips and doors count, what its losses warm, and how its faults differ."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean

import pytest

from simulators.physics.lift import (
    BRAKE,
    DOOR,
    DRIVE,
    LEVELLING,
    ROOM,
    SERVICE,
    STARTS,
    STOPPED,
    TRACTION,
    TRAPPED,
    UNINTENDED,
    VIBRATION,
    Lift,
)
from simulators.physics.machine import Build, Fault
from simulators.physics.surroundings import surroundings

MAY = datetime(2026, 5, 18)  # noqa: DTZ001 - the clock on a wall
JANUARY = datetime(2026, 1, 12)  # noqa: DTZ001 - the clock on a wall
JULY = datetime(2026, 7, 20)  # noqa: DTZ001 - the clock on a wall


def lived(begin: datetime, hours: float, machine: Lift, step: int = 10) -> Iterator[dict[str, float]]:
    for second in range(step, round(hours * 3600) + 1, step):
        machine.advance(step, surroundings(begin + timedelta(seconds=second), is_worked=True))
        yield machine.values()


def broken(fault: Fault, hours: float = 2.0, begin: datetime = MAY) -> list[dict[str, float]]:
    """From ten in the morning on, after two busy hours."""
    machine = Lift(Build(), Random(1))
    for _ in lived(begin + timedelta(hours=8), 2.0, machine, 60):
        pass
    # It befalls a moving car.
    next(each for each in lived(begin + timedelta(hours=10), 1.0, machine, 1) if each["moving"])
    machine.begin(fault)
    return list(lived(begin + timedelta(hours=10), hours, machine))


def sound(hours: float = 2.0, begin: datetime = MAY, hour: int = 10, step: int = 10) -> list[dict[str, float]]:
    return list(lived(begin + timedelta(hours=hour), hours, Lift(Build(), Random(1)), step))


def counted(life: list[dict[str, float]], quantity: str) -> float:
    return life[-1][quantity] - life[0][quantity]


def test_every_trip_opens_the_door_once_and_some_passengers_once_more() -> None:
    life = sound(4)
    trips, doors = counted(life, "trips"), counted(life, "door_cycles")
    assert 150 < trips < 400
    assert trips < doors < 1.2 * trips


def test_trips_follow_the_people_and_not_how_often_somebody_looks() -> None:
    assert counted(sound(hour=2), "trips") < 20
    often, seldom = (counted(sound(8, hour=9, step=step), "trips") for step in (5, 60))
    assert seldom == pytest.approx(often, rel=0.1)


def test_the_car_moves_with_its_doors_shut_and_stands_at_a_floor() -> None:
    for each in sound(step=1):
        assert not (each["moving"] and each["door_open"])
        assert each["door_zone"] == 1 - each["moving"]
        assert (each["motor_current"] > 15) == bool(each["moving"])
        assert 1 <= each["floor"] <= 10


def test_what_moves_warms_by_day_and_cools_by_night() -> None:
    for quantity in ("motor_temperature", "brake_temperature", "drive_temperature"):
        by_night, by_day = (fmean(each[quantity] for each in sound(hour=hour, step=60)[-30:]) for hour in (3, 10))
        assert by_day > by_night + 5, quantity


@pytest.mark.parametrize("begin", [JANUARY, MAY, JULY])
def test_the_machine_room_is_cooled_and_heated_within_what_lifts_bear(begin: datetime) -> None:
    rooms = [each["machine_room_temperature"] for each in sound(24, begin, hour=0, step=60)]
    assert min(rooms) > 9
    assert max(rooms) < 30


def test_without_its_cooling_the_machine_room_follows_the_weather_and_the_losses() -> None:
    may, july = (broken(ROOM, begin=begin)[-1]["machine_room_temperature"] for begin in (MAY, JULY))
    assert 38 < may < july
    assert broken(ROOM)[-1]["motor_temperature"] > sound()[-1]["motor_temperature"] + 8


def test_faults_befall_a_lift_when_they_show() -> None:
    machine = Lift(Build(), Random(1))
    prone = {}
    for begin, hour in ((MAY, 10), (JANUARY, 10), (MAY, 2)):
        list(lived(begin + timedelta(hours=hour), 0.1, machine))
        prone[begin, hour] = [machine.is_prone(fault) for fault in (TRAPPED, DOOR, ROOM)]
    assert prone[MAY, 10] == [True, True, True]
    assert prone[JANUARY, 10] == [True, True, False], "in winter a machine room stays cool"
    assert prone[MAY, 2] == [True, False, False], "at night nobody rides"


def test_a_brake_that_drags_costs_current_and_warms_motor_and_brake() -> None:
    free, drags = ([each["motor_current"] for each in life if each["moving"]][-1] for life in (sound(), broken(BRAKE)))
    assert free == pytest.approx(22, abs=2)
    assert drags == pytest.approx(1.8 * 22, abs=2)
    end, usual = broken(BRAKE)[-1], sound()[-1]
    assert end["brake_temperature"] > usual["brake_temperature"] + 50
    assert end["motor_temperature"] > usual["motor_temperature"] + 20


def test_a_drive_without_its_fan_is_hot_and_hotter_the_more_it_works() -> None:
    life = broken(DRIVE, 12.0)
    assert life[3600 // 10]["drive_temperature"] > 75
    assert life[-1]["drive_temperature"] < life[3600 // 10]["drive_temperature"] - 10


def test_a_broken_door_opens_again_and_again_and_a_haunted_lift_starts_for_nothing() -> None:
    door, ghost = broken(DOOR), broken(STARTS)
    assert counted(door, "door_cycles") - counted(door, "trips") > 200
    assert counted(door, "trips") < 0.5 * counted(sound(), "trips")
    assert counted(ghost, "trips") > 2 * 180
    assert {abs(after["floor"] - before["floor"]) for before, after in pairwise(ghost)} <= {0, 1, 2}


def test_worn_brake_or_ropes_miss_the_floor_and_worn_shoes_shake() -> None:
    errors = [each["levelling_error"] for each in broken(LEVELLING)]
    assert fmean(errors[-100:]) == pytest.approx(15, abs=2)
    assert max(abs(each["levelling_error"]) for each in sound(8)) < 10
    assert fmean(each["vibration"] for each in broken(VIBRATION)[-100:]) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("fault", [TRAPPED, STOPPED, UNINTENDED, SERVICE, TRACTION])
def test_a_lift_that_is_stopped_makes_no_trips(fault: Fault) -> None:
    life = broken(fault)
    assert counted(life, "trips") == 0
    assert {each["moving"] for each in life} == {float(fault is TRACTION)}
    assert {each["door_zone"] for each in life} == {float(fault in {UNINTENDED, SERVICE})}
    assert {each["door_open"] for each in life} == {float(fault is UNINTENDED)}
