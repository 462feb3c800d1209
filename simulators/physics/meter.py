"""An electricity meter: power follows the building; the compensation of reactive power can fail."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

COMPENSATION: Final = Fault(code="meter.compensation", quantity="power_factor", develops=60.0, shows_within=600.0)


class Meter(Machine):
    """Power in kW and kvar, energy in kWh, voltage in V, current in A, frequency in Hz."""

    faults = (COMPENSATION,)

    def __init__(self, build: Build, chance: Random) -> None:
        """Size it by its power range, with some years on its counter."""
        super().__init__(build, chance)
        self._rated = 0.4 * build.span("power", (0.0, 1000.0))[1]
        self._power = 0.4 * self._rated
        self._factor = 0.95
        self._energy = float(chance.randrange(100_000, 900_000))

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._power = approach(self._power, self._rated * around.load, seconds, 60.0)
        self._factor = approach(self._factor, 0.95 - 0.17 * self.progress(COMPENSATION.code), seconds, 60.0)
        self._energy += self._power * seconds / 3600

    def values(self) -> dict[str, float]:
        """What it counts and measures."""
        power = max(0.0, self.noisy(self._power, 0.01 * self._power))
        factor = min(1.0, self.noisy(self._factor, 0.003))
        voltage = self.noisy(398.0, 0.8)
        return {
            "power": power,
            "reactive_power": power * (1 - factor**2) ** 0.5 / factor,
            "energy": self._energy,
            "voltage": voltage,
            "current": power * 1000 / (1.732 * voltage * factor),
            "power_factor": factor,
            "frequency": self.noisy(50.0, 0.01),
        }
