"""The air of a space: people make it stale, engines make it dangerous, lost cooling makes it warm."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

STALE: Final = Fault(code="environment.stale", quantity="co2", develops=600.0, shows_within=2400.0)
CARBON_MONOXIDE: Final = Fault(code="environment.co", quantity="co", develops=120.0, shows_within=600.0)
WARM: Final = Fault(code="environment.warm", quantity="temperature", develops=300.0, shows_within=1800.0)


class Air(Machine):
    """Temperature in degC, humidity in %RH, CO2 and CO in ppm, fine dust in ug/m3."""

    faults = (STALE, CARBON_MONOXIDE, WARM)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin fresh."""
        super().__init__(build, chance)
        self._temperature = 22.5
        self._co2 = 430.0
        self._co = 1.0
        self._humidity = 48.0

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._temperature = approach(
            self._temperature, 22.2 + 0.8 * around.occupancy + 9.0 * self.progress(WARM.code), seconds, 500.0
        )
        self._co2 = approach(
            self._co2, 430.0 + 360.0 * around.occupancy + 900.0 * self.progress(STALE.code), seconds, 600.0
        )
        self._co = approach(
            self._co, 1.0 + 5.0 * around.occupancy + 40.0 * self.progress(CARBON_MONOXIDE.code), seconds, 150.0
        )
        self._humidity = approach(self._humidity, 44.0 + 6.0 * around.occupancy, seconds, 3600.0)

    def values(self) -> dict[str, float]:
        """What its sensors say."""
        return {
            "temperature": self.noisy(self._temperature, 0.08),
            "humidity": self.noisy(self._humidity, 0.4),
            "co2": max(390.0, self.noisy(self._co2, 9.0)),
            "co": max(0.0, self.noisy(self._co, 0.3)),
            "pm25": max(1.0, self.noisy(22.0, 2.0)),
        }
