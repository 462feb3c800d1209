"""A water chiller: makes chilled water, gives the heat to the condenser; loses capacity, its condenser fouls."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

CAPACITY: Final = Fault(code="chiller.capacity", quantity="supply_temperature", develops=300.0, shows_within=900.0)
CONDENSER: Final = Fault(code="chiller.condenser", quantity="condenser_pressure", develops=900.0, shows_within=1200.0)

_SETPOINT: Final = 7.0
_STARTS_AT: Final = 0.62
_STOPS_AT: Final = 0.55


class Chiller(Machine):
    """Temperatures in degC, pressures in kPa, power in kW, load in percent."""

    faults = (CAPACITY, CONDENSER)

    def __init__(self, build: Build, chance: Random) -> None:
        """The first of a group runs, the others begin stopped."""
        super().__init__(build, chance)
        self._running = build.place == 1 or not build.may_stop
        self._supply = _SETPOINT if self._running else 14.0
        self._condensing = 920.0
        self._load = 0.5
        self._outdoor = 20.0

    def is_prone(self, fault: Fault) -> bool:  # noqa: ARG002 - both need it to run, for as long as they last
        """Whether it runs, and will go on running."""
        return self._running and self.build.place == 1

    def _advance(self, seconds: float, around: Surroundings) -> None:
        if self.build.may_stop and self.build.place != 1:
            self._running = around.load > (_STOPS_AT if self._running else _STARTS_AT)
        self._load, self._outdoor = around.load, around.outdoor
        warm = _SETPOINT + 6.5 * self.progress(CAPACITY.code)
        self._supply = approach(self._supply, warm if self._running else 14.0, seconds, 180.0)
        pressure = 820.0 + 160.0 * around.load + 480.0 * self.progress(CONDENSER.code)
        self._condensing = approach(self._condensing, pressure if self._running else 600.0, seconds, 120.0)

    def values(self) -> dict[str, float]:
        """What its sensors say."""
        on = 1.0 if self._running else 0.0
        cooling_water = 18.0 + 0.4 * max(0.0, self._outdoor)
        return {
            "running": on,
            "load": on * max(0.0, self.noisy(100.0 * self._load, 0.8)),
            "supply_temperature": self.noisy(self._supply, 0.06),
            "return_temperature": self.noisy(self._supply + on * 5.0 * self._load, 0.06),
            "condenser_in": self.noisy(cooling_water, 0.1),
            "condenser_out": self.noisy(cooling_water + on * 5.5 * self._load, 0.1),
            "evaporator_pressure": self.noisy(360.0 - 60.0 * on, 2.0),
            "condenser_pressure": self.noisy(self._condensing, 5.0),
            "power": max(0.0, self.noisy(on * 210.0 * (0.3 + 0.7 * self._load), 2.0 * on)),
        }
