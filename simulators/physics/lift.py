"""A lift: calls by how full the building is; it can stop between floors, its motor can run hot."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

TRAPPED: Final = Fault(code="lift.trapped", quantity="trapped", develops=0.0, shows_within=30.0)
MOTOR: Final = Fault(code="lift.motor", quantity="motor_temperature", develops=600.0, shows_within=1500.0)

_SECONDS_A_FLOOR: Final = 2.5
_DOOR_SECONDS: Final = 9.0
_CALLS_PER_HOUR: Final = (2.0, 90.0)
"""In an empty and in a full building."""


class Lift(Machine):
    """Where the car is, what it does, its motor's temperature (degC) and current (A), and its trips."""

    faults = (TRAPPED, MOTOR)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin on the ground floor."""
        super().__init__(build, chance)
        low, high = build.span("floor", (1.0, 10.0))
        self._floors = (round(low), round(high))
        self._floor = self._target = max(self._floors[0], 1)
        self._moving_for = 0.0
        self._door_for = 0.0
        self._trips = float(chance.randrange(100_000, 200_000))
        self._motor = 38.0
        self._warmth = 38.0

    def _advance(self, seconds: float, around: Surroundings) -> None:
        lowest, highest = _CALLS_PER_HOUR
        calls = lowest + (highest - lowest) * around.occupancy
        self._warmth = 34.0 + 28.0 * around.occupancy + 70.0 * self.progress(MOTOR.code)
        self._motor = approach(self._motor, self._warmth, seconds, 400.0)
        if self.progress(TRAPPED.code) > 0:
            return
        if self._moving_for > 0:
            self._moving_for -= seconds
            if self._moving_for <= 0:
                self._floor, self._door_for = self._target, _DOOR_SECONDS
        elif self._door_for > 0:
            self._door_for -= seconds
        elif self.chance.random() < calls * seconds / 3600:
            self._target = self.chance.randint(*self._floors)
            self._moving_for = _SECONDS_A_FLOOR * abs(self._target - self._floor) + 2.0
            self._trips += 1

    def values(self) -> dict[str, float]:
        """What its controller says; a trapped car stands with its door shut."""
        stuck = self.progress(TRAPPED.code) > 0
        moving = self._moving_for > 0 and not stuck
        return {
            "floor": float(self._floor if not moving else round((self._floor + self._target) / 2)),
            "moving": float(moving),
            "door_open": float(self._door_for > 0 and not moving and not stuck),
            "trapped": float(stuck),
            "motor_temperature": self.noisy(self._motor, 0.3),
            "motor_current": max(0.0, self.noisy(22.0 if moving else 0.6, 0.4 if moving else 0.05)),
            "trips": self._trips,
        }
