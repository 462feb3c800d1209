"""A cold room with a two-point controller: the compressor fails, or somebody leaves the door open."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

WARM: Final = Fault(code="cold_room.warm", quantity="temperature", develops=0.0, shows_within=1500.0)
DOOR: Final = Fault(code="cold_room.door", quantity="door_open", develops=0.0, shows_within=60.0)

_FREEZER: Final = -18.0
_CHILLER: Final = 4.0
_FREEZER_RANGE: Final = -30.0
"""A sensor that reaches below this hangs in a freezer."""
_BAND: Final = 1.0
_KITCHEN: Final = (7.0, 20.0)
_OPENINGS_PER_HOUR: Final = 6.0
_OPEN_SECONDS: Final = 40.0


class ColdRoom(Machine):
    """Temperatures in degC, power in kW."""

    faults = (WARM, DOOR)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin at the setpoint: that of a freezer where the sensor reaches so far."""
        super().__init__(build, chance)
        low, _ = build.span("temperature", (-40.0, 40.0))
        self._setpoint = _FREEZER if low < _FREEZER_RANGE else _CHILLER
        self._temperature = self._setpoint + chance.uniform(-0.6, 0.6)
        self._compressor = False
        self._door_for = 0.0

    def _advance(self, seconds: float, around: Surroundings) -> None:
        if self._temperature > self._setpoint + _BAND:
            self._compressor = True
        elif self._temperature < self._setpoint - _BAND:
            self._compressor = False
        self._door_for = max(0.0, self._door_for - seconds)
        in_use = _KITCHEN[0] <= around.hour < _KITCHEN[1]
        if in_use and self._door_for <= 0 and self.chance.random() < _OPENINGS_PER_HOUR * seconds / 3600:
            self._door_for = self.chance.uniform(0.5, 1.5) * _OPEN_SECONDS
        cools = self._compressor and self.fault is not WARM
        # Kelvin per hour: heat comes through the walls all the time, more through an open door.
        rate = 7.0 + (5.0 if self._is_open else 0.0) + (23.0 if self.fault is WARM else 0.0) - (24.0 if cools else 0.0)
        if self.fault is WARM:
            self._temperature = approach(self._temperature, 20.0, seconds, 3600.0 * (20.0 - self._setpoint) / rate)
        else:
            self._temperature += rate * seconds / 3600

    def mend(self) -> None:
        """Repaired, and cooled down again meanwhile."""
        super().mend()
        self._temperature = min(self._temperature, self._setpoint + 2 * _BAND)

    @property
    def _is_open(self) -> bool:
        return self._door_for > 0 or self.fault is DOOR

    def values(self) -> dict[str, float]:
        """What its controller says."""
        on = self._compressor and self.fault is not WARM
        return {
            "temperature": self.noisy(self._temperature, 0.08),
            "evaporator_temperature": self.noisy(self._temperature - (7.0 if on else 1.0), 0.15),
            "compressor_running": float(on),
            "door_open": float(self._is_open),
            "power": max(0.0, self.noisy(4.2 if on else 0.15, 0.02)),
        }
