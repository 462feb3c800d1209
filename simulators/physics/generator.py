"""A standby generator: stands still, keeps its battery charged, runs a test every Wednesday morning."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

FUEL: Final = Fault(code="generator.fuel", quantity="fuel_level", develops=900.0, shows_within=1200.0)
BATTERY: Final = Fault(code="generator.battery", quantity="battery_voltage", develops=900.0, shows_within=1200.0)

_TEST_DAY: Final = 2
_TEST_HOURS: Final = (10.0, 10.4)
_RATED_RPM: Final = 1500.0


class Generator(Machine):
    """Speed in rpm, voltage in V, frequency in Hz, power in kW, pressure in kPa, temperatures in degC, fuel in %."""

    faults = (FUEL, BATTERY)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin at rest, fuelled and charged."""
        super().__init__(build, chance)
        self._fuel = chance.uniform(78.0, 92.0)
        self._speed = 0.0
        self._coolant = 38.0
        self._battery = 27.2

    def _advance(self, seconds: float, around: Surroundings) -> None:
        runs = around.weekday == _TEST_DAY and _TEST_HOURS[0] <= around.hour < _TEST_HOURS[1]
        self._speed = approach(self._speed, _RATED_RPM if runs else 0.0, seconds, 8.0)
        self._coolant = approach(self._coolant, 82.0 if runs else 38.0, seconds, 600.0)
        if runs:
            self._fuel -= 3.0 * seconds / 3600
        self._battery = approach(self._battery, 27.2 - 5.0 * self.progress(BATTERY.code), seconds, 60.0)

    def mend(self) -> None:
        """Leak closed and tank filled, or battery changed."""
        super().mend()
        self._fuel = max(self._fuel, 80.0)

    def values(self) -> dict[str, float]:
        """What its controller says."""
        part = self._speed / _RATED_RPM
        return {
            "running": float(part > 0.5),  # noqa: PLR2004 - it fires
            "speed": max(0.0, self.noisy(self._speed, 2.0 * part)),
            "voltage": max(0.0, self.noisy(400.0 * part, 0.5 * part)),
            "frequency": max(0.0, self.noisy(50.0 * part, 0.02 * part)),
            "power": max(0.0, self.noisy(180.0 * part**2, 2.0 * part)),
            "oil_pressure": max(0.0, self.noisy(420.0 * part, 4.0 * part)),
            "coolant_temperature": self.noisy(self._coolant, 0.2),
            "fuel_level": max(0.0, self.noisy(self._fuel - 45.0 * self.progress(FUEL.code), 0.1)),
            "battery_voltage": self.noisy(self._battery, 0.03),
        }
