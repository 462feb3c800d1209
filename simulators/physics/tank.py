"""A water tank with a float valve: drawn down by use, filled again; it leaks, or the valve sticks open."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine
from simulators.physics.surroundings import Surroundings

LOW: Final = Fault(code="tank.low", quantity="level", develops=300.0, shows_within=1500.0)
OVERFLOW: Final = Fault(code="tank.overflow", quantity="level", develops=60.0, shows_within=1500.0)

_FILL_BELOW: Final = 62.0
_FULL_AT: Final = 84.0
_FILL_PERCENT_PER_HOUR: Final = 60.0
_USE_PERCENT_PER_HOUR: Final = 14.0
_LOSS_PERCENT_PER_HOUR: Final = 220.0
_SPILLS_AT: Final = 99.5
_EMPTY_AT: Final = 8.0
"""Where the leak is: water below it stays."""


class Tank(Machine):
    """Level in percent, inflow in m3/h, temperature in degC, free chlorine in mg/L."""

    faults = (LOW, OVERFLOW)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin somewhere between the float's two levels."""
        super().__init__(build, chance)
        self._level = chance.uniform(_FILL_BELOW + 2, _FULL_AT - 2)
        self._is_filling = False

    def _advance(self, seconds: float, around: Surroundings) -> None:
        stuck = self.progress(OVERFLOW.code) > 0
        if self._level < _FILL_BELOW:
            self._is_filling = True
        elif self._level > _FULL_AT:
            self._is_filling = False
        rate = -_USE_PERCENT_PER_HOUR * (0.1 + around.occupancy) - _LOSS_PERCENT_PER_HOUR * self.progress(LOW.code)
        if self._is_filling or stuck:
            rate += _FILL_PERCENT_PER_HOUR * (2.0 if stuck else 1.0)
        # What spilled or was drawn too far is put right by whoever mends it.
        level = self._level + rate * seconds / 3600
        self._level = min(_SPILLS_AT, max(_EMPTY_AT, level))

    def mend(self) -> None:
        """Pipe or valve is repaired, and the level put back to where it should be."""
        super().mend()
        self._level = min(_FULL_AT, max(_FILL_BELOW, self._level))

    def values(self) -> dict[str, float]:
        """What its sensors say."""
        filling = self._is_filling or self.progress(OVERFLOW.code) > 0
        return {
            "level": self.noisy(self._level, 0.15),
            "inflow": max(0.0, self.noisy(24.0, 0.4)) if filling else 0.0,
            "temperature": self.noisy(18.5, 0.1),
            "chlorine": max(0.0, self.noisy(0.5, 0.02)),
        }
