"""An air handler: fan, cooling coil with valve, filter, outdoor air damper; runs in office hours."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

FILTER: Final = Fault(code="ahu.filter", quantity="filter_pressure", develops=1500.0, shows_within=1500.0)
VALVE: Final = Fault(code="ahu.valve", quantity="supply_temperature", develops=300.0, shows_within=900.0)
DAMPER: Final = Fault(code="ahu.damper", quantity="return_co2", develops=60.0, shows_within=2700.0)

_ON_AT: Final = 6.5
_OFF_AT: Final = 21.0
_PRONE: Final = (9.0, 18.0)
"""Hours between which a fault shows before the fan stops."""
_SETPOINT: Final = 16.0
_ROOM: Final = 23.5


class AirHandler(Machine):
    """Temperatures in degC, pressures in Pa, CO2 in ppm, the rest in percent."""

    faults = (FILTER, VALVE, DAMPER)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin switched off; the first step finds out."""
        super().__init__(build, chance)
        self._hour = 0.0
        self._running = not build.may_stop
        self._supply = _SETPOINT if self._running else _ROOM
        self._co2 = 450.0
        self._load = 0.5
        self._dirt = chance.uniform(0.0, 0.3)

    def is_prone(self, fault: Fault) -> bool:  # noqa: ARG002 - all of them need the fan
        """Whether the fan runs for long enough."""
        return self._running and (_PRONE[0] <= self._hour <= _PRONE[1] or not self.build.may_stop)

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._hour = around.hour
        self._running = not self.build.may_stop or (around.is_worked and _ON_AT <= around.hour < _OFF_AT)
        self._load = around.load
        if self._running:
            self._supply = approach(self._supply, _SETPOINT - 9.5 * self.progress(VALVE.code), seconds, 150.0)
        else:
            self._supply = approach(self._supply, _ROOM, seconds, 2400.0)
        fresh = 430.0 + 380.0 * around.occupancy
        stale = fresh + 1100.0 * self.progress(DAMPER.code)
        self._co2 = approach(self._co2, stale, seconds, 500.0)

    def values(self) -> dict[str, float]:
        """What its sensors say; a fan that stands still makes no pressure."""
        on = 1.0 if self._running else 0.0
        speed = on * (60.0 + 30.0 * self._load)
        clean = 95.0 + 25.0 * self._dirt
        filter_pressure = on * (speed / 82.0) ** 2 * (clean + 260.0 * self.progress(FILTER.code))
        cooling = 100.0 if self.progress(VALVE.code) > 0 else 25.0 + 50.0 * self._load
        damper = 4.0 if self.progress(DAMPER.code) > 0 else 20.0 + 40.0 * self._load
        return {
            "fan_running": on,
            "fan_speed": speed,
            "supply_temperature": self.noisy(self._supply, 0.12),
            "supply_setpoint": _SETPOINT,
            "return_temperature": self.noisy(_ROOM + 0.6 * self._load, 0.1),
            "return_co2": max(380.0, self.noisy(self._co2, 8.0)),
            "outdoor_damper": on * damper,
            "cooling_valve": on * self.noisy(cooling, 0.5),
            "filter_pressure": max(0.0, self.noisy(filter_pressure, 2.0 * on)),
            "supply_pressure": max(0.0, self.noisy(on * 320.0 * (speed / 82.0) ** 2, 4.0 * on)),
        }
