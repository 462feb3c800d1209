"""Which model simulates a machine of a site, found by its equipment class and its points' quantities."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from domain.site import Equipment, Point
from simulators.physics.ahu import AirHandler
from simulators.physics.chiller import Chiller
from simulators.physics.cold_room import ColdRoom
from simulators.physics.environment import Air
from simulators.physics.fan import Fan
from simulators.physics.generator import Generator
from simulators.physics.lift import Lift
from simulators.physics.lighting import Lighting
from simulators.physics.machine import Build, Machine
from simulators.physics.meter import Meter
from simulators.physics.pump import Pump
from simulators.physics.steady import Steady
from simulators.physics.tank import Tank
from simulators.physics.transformer import Transformer
from simulators.physics.ups import Ups

MODELS: Final[Mapping[str, type[Machine]]] = {
    "ahu": AirHandler,
    "chiller": Chiller,
    "cold_room": ColdRoom,
    "environment": Air,
    "fan": Fan,
    "generator": Generator,
    "lift": Lift,
    "lighting": Lighting,
    "meter": Meter,
    "pump": Pump,
    "tank": Tank,
    "transformer": Transformer,
    "ups": Ups,
}

_WIDE: Final = 1e12


def quantity_of(point: Point) -> str:
    """What a point measures, or its id where nobody said."""
    return point.quantity if point.quantity is not None else point.id


def sensor_range(point: Point) -> tuple[float, float]:
    """From where to where the point's sensor reaches."""
    return (-_WIDE if point.low is None else point.low, _WIDE if point.high is None else point.high)


def build_machine(equipment: Equipment, points: Sequence[Point], chance: Random) -> Machine:
    """The model for a machine; one whose class or quantities nobody knows stays near its working levels."""
    ranges = {quantity_of(point): sensor_range(point) for point in points if None not in {point.low, point.high}}
    may_stop = bool({"running", "fan_running"}.intersection(quantity_of(point) for point in points))
    build = Build(place=_place(equipment.id), ranges=ranges, may_stop=may_stop)
    model = MODELS.get(equipment.equipment_class)
    if model is not None:
        machine = model(build, chance)
        if all(quantity_of(point) in machine.values() for point in points):
            return machine
    return Steady(build, chance, {quantity_of(point): point.unit for point in points})


def _place(machine: str) -> int:
    """The place in its group by the number at the end of its id: pump-2 is the second; without a number the first."""
    tail = machine.rpartition("-")[2]
    return int(tail) if tail.isdecimal() and machine != tail else 1
