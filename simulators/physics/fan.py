"""A fan: runs, and its bearing wears."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

BEARING: Final = Fault(code="fan.bearing", quantity="vibration", develops=900.0, shows_within=900.0)

_RATED_RPM: Final = 1440.0
_SECOND_ABOVE: Final = 0.3


class Fan(Machine):
    """Speed in rpm, pressure in Pa, current in A, vibration in mm/s, temperature in degC."""

    faults = (BEARING,)

    def __init__(self, build: Build, chance: Random) -> None:
        """The first of a group runs day and night, the second while people are there."""
        super().__init__(build, chance)
        self._running = build.place == 1
        self._bearing = 44.0 if self._running else 22.0

    def is_prone(self, fault: Fault) -> bool:  # noqa: ARG002 - there is one
        """Whether it runs day and night."""
        return self.build.place == 1

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._running = self.build.place == 1 or around.occupancy > _SECOND_ABOVE
        warm = 22.0 + (22.0 if self._running else 0.0) + 66.0 * self.progress(BEARING.code)
        self._bearing = approach(self._bearing, warm, seconds, 240.0)

    def values(self) -> dict[str, float]:
        """What its sensors say."""
        on = 1.0 if self._running else 0.0
        worn = self.progress(BEARING.code)
        return {
            "running": on,
            "speed": max(0.0, self.noisy(on * _RATED_RPM, 3.0 * on)),
            "pressure": max(0.0, self.noisy(on * 420.0, 5.0 * on)),
            "current": max(0.0, self.noisy(on * (14.0 + 2.0 * worn), 0.15 * on)),
            "vibration": max(0.0, self.noisy(on * (2.2 + 8.5 * worn), 0.15 + 0.25 * worn)),
            "bearing_temperature": self.noisy(self._bearing, 0.25),
        }
