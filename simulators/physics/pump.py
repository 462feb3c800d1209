"""A motor-driven centrifugal pump on a riser: its curve meets the system's; it wears, clogs, leaks and runs dry.

Pressures are gauge, in kPa; a flow's `part` is that of the nominal flow. Pump: what is left of 620 at the discharge is
620 - 180 part^2. System: 300 to lift the water, and a resistance that users set with their taps. Where the two are
equal, there the pump works.
"""

import math
from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

NO_FLOW: Final = Fault(code="pump.no_flow", quantity="flow", develops=0.0, shows_within=30.0)
"""A valve in the delivery is shut, or the check valve sticks."""
BEARING: Final = Fault(code="pump.bearing", quantity="vibration", develops=900.0, shows_within=900.0)
DRY: Final = Fault(code="pump.dry", quantity="flow", develops=0.0, shows_within=60.0)
"""Air instead of water: the tank before it is empty, or the suction draws air."""
STRAINER: Final = Fault(code="pump.suction", quantity="suction_pressure", develops=1800.0, shows_within=1800.0)
"""The strainer clogs, until the pump cavitates."""
WORN: Final = Fault(code="pump.worn", quantity="discharge_pressure", develops=1800.0, shows_within=1800.0)
"""Impeller and wear ring: less head, and water that goes round inside."""
MOTOR: Final = Fault(code="pump.motor", quantity="current", develops=900.0, shows_within=900.0)
"""The rotor rubs, or a phase is weak: more current for the same water."""
TRIP: Final = Fault(code="pump.trip", quantity="running", develops=0.0, shows_within=30.0)
SEAL: Final = Fault(code="pump.seal", quantity="seal_leak", develops=1200.0, shows_within=1200.0)
BURST: Final = Fault(code="pump.burst", quantity="flow", develops=60.0, shows_within=180.0)
"""A pipe bursts behind the pump: less to lift, less resistance."""
PIT: Final = Fault(code="pump.pit", quantity="pit_high", develops=600.0, shows_within=600.0)
"""More comes into the sump than the pump takes, or its float switch hangs."""

_STARTS_AT: Final = 0.62
_STOPS_AT: Final = 0.55
"""Load at which the second pump of a group helps, and at which it stops again."""

_SHUT_OFF: Final = 620.0
_CURVE: Final = 180.0
_LIFT: Final = 300.0
_BURST_LIFT: Final = 150.0
_SHUT: Final = 2e5
"""A valve that is shut but not tight: four parts in a hundred get through."""

_INLET: Final = 20.0
_STRAINER_CLEAN: Final = 5.0
_STRAINER_CLOGGED: Final = 200.0
"""Pressure at the suction without flow, and what the strainer takes of it at the nominal flow."""

_IDLE: Final = 0.45
_DRY: Final = 0.2
"""Parts of the nominal power: against a shut valve (a radial impeller's), and in air."""

_MAGNETIZING: Final = 0.527
"""Part of the nominal current that does no work: all of it at a power factor of 0.85."""


class Pump(Machine):
    """The first of a group runs day and night, the second when much is asked for, the others stand by."""

    faults = (NO_FLOW, BEARING, DRY, STRAINER, WORN, MOTOR, TRIP, SEAL, BURST, PIT)

    def __init__(self, build: Build, chance: Random) -> None:
        """Size it by its flow sensor: the working point lies at four tenths of the range."""
        super().__init__(build, chance)
        self._nominal = 0.4 * build.span("flow", (0.0, 150.0))[1]
        self._commanded = self._running = build.place == 1 or not build.may_stop
        self._flow = self._nominal if self._running else 0.0
        self._bearing = 46.0 if self._running else 22.0
        self._resistance = _resistance(1.0)

    def is_prone(self, fault: Fault) -> bool:  # noqa: ARG002 - all need a running motor, for as long as they last
        """Whether it runs, and will go on running."""
        return self._running and (self.build.place == 1 or not self.build.may_stop)

    def _advance(self, seconds: float, around: Surroundings) -> None:
        if self.build.may_stop and self.build.place != 1:
            level = _STOPS_AT if self._commanded else _STARTS_AT
            self._commanded = self.build.place == 2 and around.load > level  # noqa: PLR2004 - the second of its group
        self._running = self._commanded and self.progress(TRIP.code) == 0.0
        self._resistance = _resistance(0.85 + 0.15 * around.load)
        self._flow = approach(self._flow, self._nominal * self._working_point(), seconds, 6.0)
        room = 24.0 + 0.2 * (around.outdoor - 17.0)
        warm = room + (24.0 if self._running else 0.0) + 62.0 * self.progress(BEARING.code)
        self._bearing = approach(self._bearing, warm, seconds, 240.0)

    def _working_point(self) -> float:
        """The part of the nominal flow at which pump and system agree; a check valve lets nothing back."""
        if not self._running:
            return 0.0
        left = self._shut_off() - self._lift()
        valve = _SHUT * self.progress(NO_FLOW.code)
        return math.sqrt(max(0.0, left) / (self._steepness() + valve + self._pipes()))

    def _shut_off(self) -> float:
        """The pressure without flow; air gives none, cavitation takes a tenth, wear three."""
        lost = 0.1 * self.progress(STRAINER.code) + 0.3 * self.progress(WORN.code)
        return _SHUT_OFF * (1.0 - lost) * (1.0 - self.progress(DRY.code))

    def _steepness(self) -> float:
        """What the pressure loses with the square of the flow, in pump and strainer."""
        curve = _CURVE * (1.0 - 0.3 * self.progress(WORN.code))
        return curve + _STRAINER_CLOGGED * self.progress(STRAINER.code)

    def _lift(self) -> float:
        return _LIFT + (_BURST_LIFT - _LIFT) * self.progress(BURST.code)

    def _pipes(self) -> float:
        """The resistance of the system."""
        return self._resistance * (1.0 - 0.3 * self.progress(BURST.code))

    def _load(self, part: float) -> float:
        """Electrical power as a part of the nominal; water that goes round inside has to be moved as well."""
        moved = min(1.5, part + 0.15 * self.progress(WORN.code))
        in_water = (_IDLE + (1.0 - _IDLE) * moved) * (1.0 + 0.25 * self.progress(MOTOR.code))
        return in_water + (_DRY - in_water) * self.progress(DRY.code)

    def values(self) -> dict[str, float]:
        """Flow in m3/h, pressures in kPa, current in A, power in kW, vibration in mm/s, temperature in degC."""
        part = self._flow / self._nominal
        on = 1.0 if self._running else 0.0
        load = on * self._load(part)
        nominal = 0.24 * self._nominal
        current = 1.9 * nominal * on * math.hypot(0.85 * load, _MAGNETIZING) * (1 + 0.2 * self.progress(MOTOR.code))
        discharge = on * max(0.0, self._shut_off() - self._steepness() * part**2)
        worn, clogged = self.progress(BEARING.code), self.progress(STRAINER.code)
        inlet = _INLET * (1.0 - self.progress(DRY.code)) - (_STRAINER_CLEAN + _STRAINER_CLOGGED * clogged) * part**2
        return {
            "running": on,
            "flow": max(0.0, self.noisy(self._flow, 0.012 * self._nominal * on)),
            "discharge_pressure": max(0.0, self.noisy(discharge, 6.0 * on)),
            "current": max(0.0, self.noisy(current, 0.2 * on)),
            "power": max(0.0, self.noisy(nominal * load, 0.1 * on)),
            "vibration": max(0.0, self.noisy(on * (1.9 + 8.5 * worn + 2.4 * clogged), 0.12 + 0.25 * worn)),
            "bearing_temperature": self.noisy(self._bearing, 0.25),
            "suction_pressure": self.noisy(inlet, 1.0),
            # Far from the pump: half of what the pipes take is behind this sensor.
            "line_pressure": self.noisy(self._lift() + 0.5 * self._pipes() * part**2, 3.0),
            "run_command": 1.0 if self._commanded else 0.0,
            "seal_leak": 1.0 if self.progress(SEAL.code) > 0.5 else 0.0,  # noqa: PLR2004 - half way, it drips
            "pit_high": 1.0 if self.progress(PIT.code) > 0.5 else 0.0,  # noqa: PLR2004 - half way, the switch is wet
        }


def _resistance(part: float) -> float:
    """The system's resistance with which a sound pump works at this part of its nominal flow."""
    return (_SHUT_OFF - _LIFT) / part**2 - _CURVE
