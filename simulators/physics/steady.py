"""What nothing more is known of: each value stays near a working level that fits its unit."""

from collections.abc import Mapping
from random import Random
from typing import Final

from simulators.physics.machine import Build, Machine, approach
from simulators.physics.surroundings import Surroundings

_LEVELS: Final[Mapping[str, tuple[float, float]]] = {
    "m3/h": (62.0, 1.5),
    "A": (21.0, 0.4),
    "degC": (21.0, 0.3),
    "%RH": (48.0, 1.0),
    "%": (55.0, 1.0),
    "kPa": (420.0, 5.0),
    "kW": (18.0, 0.4),
    "V": (228.0, 1.0),
    "Hz": (50.0, 0.02),
    "ppm": (550.0, 15.0),
    "1": (0.0, 0.0),
}
"""Working level and wandering by unit; others are at half of their sensor's range."""


class Steady(Machine):
    """Quantities here are whatever the points are called; `units` gives the unit of each."""

    def __init__(self, build: Build, chance: Random, units: Mapping[str, str]) -> None:
        """Begin at the working levels."""
        super().__init__(build, chance)
        self._levels = {quantity: self._level(quantity, unit) for quantity, unit in units.items()}
        self._drift = dict.fromkeys(units, 0.0)

    def _level(self, quantity: str, unit: str) -> tuple[float, float]:
        low, high = self.build.span(quantity, (0.0, 100.0))
        level, wander = _LEVELS.get(unit, ((low + high) / 2, (high - low) / 100))
        return (level, wander) if low <= level <= high else ((low + high) / 2, wander)

    def _advance(self, seconds: float, around: Surroundings) -> None:  # noqa: ARG002 - nothing is known of its load
        for quantity, (_, wander) in self._levels.items():
            self._drift[quantity] = approach(self._drift[quantity], self.noisy(0.0, wander), seconds, 300.0)

    def values(self) -> dict[str, float]:
        """The levels with their drift and noise."""
        return {
            quantity: self.noisy(level + self._drift[quantity], wander / 3)
            for quantity, (level, wander) in self._levels.items()
        }
