"""A dry-type transformer: its windings warm with the square of the load; its cooling fans can fail."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

COOLING: Final = Fault(code="transformer.cooling", quantity="winding_temperature", develops=300.0, shows_within=2100.0)

_RATED_KW: Final = 1000.0
_FANS_ON_AT: Final = 75.0


class Transformer(Machine):
    """Load in percent, voltage in V, current in A, power in kW, temperatures in degC."""

    faults = (COOLING,)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin warm."""
        super().__init__(build, chance)
        self._load = 0.4
        self._winding = 62.0

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._load = 0.15 + 0.65 * around.load
        warm = 48.0 + 42.0 * self._load**2 + 90.0 * self.progress(COOLING.code)
        self._winding = approach(self._winding, warm, seconds, 500.0)

    def values(self) -> dict[str, float]:
        """What its monitor says."""
        load = self.noisy(self._load, 0.004)
        fans = self._winding > _FANS_ON_AT and self.progress(COOLING.code) == 0
        return {
            "load": 100.0 * load,
            "voltage": self.noisy(398.0, 0.8),
            "current": load * 1440.0,
            "power": load * _RATED_KW,
            "winding_temperature": self.noisy(self._winding, 0.3),
            "core_temperature": self.noisy(0.8 * self._winding + 8.0, 0.3),
            "cooling_fan": float(fans),
        }
