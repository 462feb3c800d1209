"""A lighting circuit: lit from before the first people come until the last have gone."""

from random import Random

from simulators.physics.machine import Build, Machine
from simulators.physics.surroundings import Surroundings

_LIT_ABOVE = 0.04
"""Occupancy from which somebody needs light."""


class Lighting(Machine):
    """Power in kW, illuminance in lx."""

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin dark."""
        super().__init__(build, chance)
        self._is_lit = False
        self._rated = 0.3 * build.span("power", (0.0, 50.0))[1]

    def _advance(self, seconds: float, around: Surroundings) -> None:  # noqa: ARG002 - light takes no time
        self._is_lit = around.occupancy > _LIT_ABOVE

    def values(self) -> dict[str, float]:
        """What its controller says."""
        return {
            "switched_on": float(self._is_lit),
            "power": max(0.0, self.noisy(self._rated, 0.05)) if self._is_lit else 0.05,
            "illuminance": max(0.0, self.noisy(420.0, 4.0)) if self._is_lit else 2.0,
        }
