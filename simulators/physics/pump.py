"""A motor-driven pump: flow follows the motor, the motor's current the flow; bearings wear, suction fails."""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

NO_FLOW: Final = Fault(code="pump.no_flow", quantity="flow", develops=0.0, shows_within=30.0)
BEARING: Final = Fault(code="pump.bearing", quantity="vibration", develops=900.0, shows_within=900.0)

_STARTS_AT: Final = 0.62
_STOPS_AT: Final = 0.55
"""Load at which the second pump of a group helps, and at which it stops again."""


class Pump(Machine):
    """The first of a group runs day and night, the second when much is asked for, the others stand by."""

    faults = (NO_FLOW, BEARING)

    def __init__(self, build: Build, chance: Random) -> None:
        """Size it by its flow sensor: the working point lies at four tenths of the range."""
        super().__init__(build, chance)
        self._nominal = 0.4 * build.span("flow", (0.0, 150.0))[1]
        self._running = build.place == 1 or not build.may_stop
        self._flow = self._nominal if self._running else 0.0
        self._bearing = 46.0 if self._running else 22.0

    def is_prone(self, fault: Fault) -> bool:  # noqa: ARG002 - both need a running motor, for as long as they last
        """Whether it runs, and will go on running."""
        return self._running and (self.build.place == 1 or not self.build.may_stop)

    def _advance(self, seconds: float, around: Surroundings) -> None:
        if self.build.may_stop and self.build.place != 1:
            level = _STOPS_AT if self._running else _STARTS_AT
            self._running = self.build.place == 2 and around.load > level  # noqa: PLR2004 - the second of its group
        asked = self._nominal * (0.85 + 0.15 * around.load) if self._running else 0.0
        starved = self.progress(NO_FLOW.code)
        self._flow = approach(self._flow, asked * (1 - 0.96 * starved), seconds, 6.0)
        warm = 24.0 + (24.0 if self._running else 0.0) + 62.0 * self.progress(BEARING.code)
        self._bearing = approach(self._bearing, warm, seconds, 240.0)

    def values(self) -> dict[str, float]:
        """Flow in m3/h, pressure in kPa, current in A, power in kW, vibration in mm/s, temperature in degC."""
        part = self._flow / self._nominal
        on = 1.0 if self._running else 0.0
        power = on * 0.24 * self._nominal * (0.45 + 0.55 * part)
        worn = self.progress(BEARING.code)
        return {
            "running": on,
            "flow": max(0.0, self.noisy(self._flow, 0.012 * self._nominal * on)),
            "discharge_pressure": max(0.0, self.noisy(on * (620.0 - 180.0 * part), 6.0 * on)),
            "current": max(0.0, self.noisy(power * 1.9, 0.2 * on)),
            "power": max(0.0, self.noisy(power, 0.1 * on)),
            "vibration": max(0.0, self.noisy(on * (1.9 + 8.5 * worn), 0.12 + 0.25 * worn)),
            "bearing_temperature": self.noisy(self._bearing, 0.25),
        }
