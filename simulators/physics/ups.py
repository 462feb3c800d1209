"""An uninterruptible power supply: mains in, battery behind; mains can fail, a battery can run hot."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

MAINS: Final = Fault(code="ups.mains", quantity="on_battery", develops=0.0, shows_within=30.0)
BATTERY: Final = Fault(code="ups.battery", quantity="battery_temperature", develops=900.0, shows_within=1800.0)

_PERCENT_PER_HOUR_OUT: Final = 90.0
_PERCENT_PER_HOUR_IN: Final = 30.0


class Ups(Machine):
    """Voltages in V, load and charge in percent, temperature in degC."""

    faults = (MAINS, BATTERY)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin on mains, fully charged."""
        super().__init__(build, chance)
        self._charge = 100.0
        self._battery = 24.0
        self._load = 0.45 + chance.uniform(-0.08, 0.08)

    def _advance(self, seconds: float, around: Surroundings) -> None:  # noqa: ARG002 - its load never sleeps
        if self.progress(MAINS.code) > 0:
            self._charge = max(20.0, self._charge - _PERCENT_PER_HOUR_OUT * self._load * seconds / 3600)
        else:
            self._charge = min(100.0, self._charge + _PERCENT_PER_HOUR_IN * seconds / 3600)
        self._battery = approach(self._battery, 24.0 + 20.0 * self.progress(BATTERY.code), seconds, 400.0)

    def values(self) -> dict[str, float]:
        """What it says."""
        on_battery = self.progress(MAINS.code) > 0
        return {
            "input_voltage": 0.0 if on_battery else self.noisy(228.0, 1.2),
            "output_voltage": self.noisy(220.0, 0.2),
            "load": self.noisy(100.0 * self._load, 0.6),
            "on_battery": float(on_battery),
            "battery_charge": self._charge,
            "battery_voltage": self.noisy(432.0 if not on_battery else 360.0 + 0.5 * self._charge, 0.4),
            "battery_temperature": self.noisy(self._battery, 0.15),
        }
