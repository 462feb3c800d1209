"""A standby generator: rests warm and charged, is tested weekly; called, it cranks, runs up and carries load.

Volts, hertz, kelvin and litres are first-order: each approaches where it is driven to. What a fault of the running set
needs is a run, so the set is called with it. Its own protections are left out: what they would stop it for, the rules
are to tell.
"""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

FUEL: Final = Fault(code="generator.fuel", quantity="fuel_level", develops=900.0, shows_within=1200.0)
BATTERY: Final = Fault(code="generator.battery", quantity="battery_voltage", develops=900.0, shows_within=1200.0)
START: Final = Fault(code="generator.start", quantity="start_command", develops=0.0, shows_within=90.0)
MAINS: Final = Fault(code="generator.mains", quantity="mains_available", develops=0.0, shows_within=60.0)
OIL: Final = Fault(code="generator.oil", quantity="oil_pressure", develops=600.0, shows_within=600.0)
COOLING: Final = Fault(code="generator.cooling", quantity="coolant_temperature", develops=300.0, shows_within=1800.0)
COOLANT_LOST: Final = Fault(code="generator.coolant", quantity="coolant_level_low", develops=0.0, shows_within=60.0)
GOVERNOR: Final = Fault(code="generator.governor", quantity="frequency", develops=300.0, shows_within=300.0)
OVERSPEED: Final = Fault(code="generator.overspeed", quantity="speed", develops=120.0, shows_within=180.0)
REGULATOR: Final = Fault(code="generator.regulator", quantity="voltage", develops=120.0, shows_within=180.0)
OVERLOAD: Final = Fault(code="generator.overload", quantity="load", develops=600.0, shows_within=600.0)
CHARGING: Final = Fault(code="generator.charging", quantity="battery_voltage", develops=60.0, shows_within=600.0)
OVERCHARGED: Final = Fault(code="generator.charger", quantity="battery_voltage", develops=600.0, shows_within=900.0)
HEATER: Final = Fault(code="generator.heater", quantity="coolant_temperature", develops=0.0, shows_within=10_800.0)
NOT_AUTO: Final = Fault(code="generator.not_auto", quantity="in_auto", develops=0.0, shows_within=60.0)
UNASKED: Final = Fault(code="generator.unasked", quantity="running", develops=0.0, shows_within=60.0)

_NEED_A_RUN: Final = frozenset({OIL, COOLING, GOVERNOR, OVERSPEED, REGULATOR, OVERLOAD, CHARGING})

_TEST_DAY: Final = 2
_TEST_HOURS: Final = (10.0, 10.6)
_TEST_LOAD: Final = 0.45
_RATED_RPM: Final = 1500.0
_RATED_KW: Final = 400.0
_RUNS_ABOVE_RPM: Final = 750.0

_CRANK_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 10.0
_ATTEMPTS: Final = 3
"""GB/T 12786: three attempts of 8 to 12 s, 5 to 10 s apart."""
_FIRES_AFTER_SECONDS: Final = 3.0
_CRANK_RPM: Final = 200.0
_LEAST_TO_CRANK_VOLTS: Final = 23.5
_STARTING_SECONDS: Final = 90.0
"""From the call to full speed, or to giving up."""
_BREAKER_CLOSES: Final = 0.94
"""Of its speed."""
_AFTER_RUN_SECONDS: Final = 180.0
"""It runs on without load to cool down."""

_FLOAT_VOLTS: Final = 27.2
_ALTERNATOR_VOLTS: Final = 28.2
_HEATER_DEGC: Final = 38.0
_TANK_LASTS_HOURS: Final = 24.0
"""At full load."""
_IDLES_ON: Final = 0.2
"""Of the fuel at full load."""
_DELIVERED_BELOW: Final = 70.0
_DELIVERED_TO: Final = 92.0


class Generator(Machine):
    """Speed in rpm, voltage in V, frequency in Hz, power in kW, pressure in kPa, temperatures in degC, fuel in %."""

    faults = (
        *(FUEL, BATTERY, START, MAINS, OIL, COOLING, COOLANT_LOST, GOVERNOR),
        *(OVERSPEED, REGULATOR, OVERLOAD, CHARGING, OVERCHARGED, HEATER, NOT_AUTO, UNASKED),
    )

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin at rest, fuelled and charged."""
        super().__init__(build, chance)
        self._fuel = chance.uniform(78.0, 92.0)
        self._speed = 0.0
        self._coolant = _HEATER_DEGC
        self._battery = _FLOAT_VOLTS
        self._is_called = False
        self._called_for = 0.0
        self._fires = False
        self._after_run = 0.0
        self._load = 0.0

    def mend(self) -> None:
        """Repaired, tank filled, battery charged, engine cooled down or warmed up again meanwhile."""
        super().mend()
        self._fuel = max(self._fuel, 80.0)
        self._coolant = _HEATER_DEGC
        self._after_run = 0.0

    def _advance(self, seconds: float, around: Surroundings) -> None:
        is_test = around.weekday == _TEST_DAY and _TEST_HOURS[0] <= around.hour < _TEST_HOURS[1]
        self._is_called = is_test or self._is_without_mains or self.fault in _NEED_A_RUN
        while seconds > 0:
            # Cranking and running up pass within seconds.
            step = min(seconds, 1.0) if self._is_starting else seconds
            self._start(step)
            self._turn(step, around)
            self._burn(step)
            self._heat(step, around)
            self._charge(step)
            seconds -= step

    @property
    def _is_without_mains(self) -> bool:
        return self.fault in {MAINS, START}

    @property
    def _is_starting(self) -> bool:
        return self._is_called and self._called_for < _STARTING_SECONDS

    @property
    def _cranks(self) -> bool:
        attempts, since = divmod(self._called_for, _CRANK_SECONDS + _PAUSE_SECONDS)
        is_trying = self._is_called and attempts < _ATTEMPTS and since < _CRANK_SECONDS
        return is_trying and not self._fires and self.fault is not NOT_AUTO

    def _start(self, seconds: float) -> None:
        """Crank when called; a sound set fires in the first attempt, and runs on for a while when no longer called."""
        self._called_for = self._called_for + seconds if self._is_called else 0.0
        may_fire = self.fault is not START and self._battery_at_rest >= _LEAST_TO_CRANK_VOLTS
        if self._cranks and may_fire and self._called_for >= _FIRES_AFTER_SECONDS:
            self._fires = True
        self._fires = self._fires or self.fault is UNASKED
        self._after_run = _AFTER_RUN_SECONDS if self._is_called else max(0.0, self._after_run - seconds)
        if self._after_run <= 0 and self.fault is not UNASKED:
            self._fires = False

    def _turn(self, seconds: float, around: Surroundings) -> None:
        off = 0.16 * self.progress(OVERSPEED.code) - 0.09 * self.progress(GOVERNOR.code)
        if self._fires:
            self._speed = approach(self._speed, _RATED_RPM * (1 + off), seconds, 2.5)
        else:
            self._speed = approach(self._speed, _CRANK_RPM if self._cranks else 0.0, seconds, 8.0)
            self._speed = self._speed if self._cranks or self._speed > 1 else 0.0
        is_up = self._fires and self._speed > _BREAKER_CLOSES * _RATED_RPM * (1 + off)
        asked = 0.35 + 0.4 * around.load if self._is_without_mains else _TEST_LOAD
        self._load = asked + (1.18 - asked) * self.progress(OVERLOAD.code) if is_up and self._is_called else 0.0

    def _burn(self, seconds: float) -> None:
        if self._fires:
            self._fuel -= 100.0 / _TANK_LASTS_HOURS * (_IDLES_ON + (1 - _IDLES_ON) * self._load) * seconds / 3600
        elif self._fuel < _DELIVERED_BELOW and self.fault is None:
            self._fuel = _DELIVERED_TO

    def _heat(self, seconds: float, around: Surroundings) -> None:
        """The engine warms itself; at rest its heater holds it, or it cools down to its room."""
        if self._fires:
            hot = 80.0 + 8.0 * self._load + 32.0 * self.progress(COOLING.code)
            self._coolant = approach(self._coolant, hot, seconds, 400.0)
        else:
            room = 8.0 + 0.6 * around.outdoor
            rest = room if self.fault is HEATER else max(room, _HEATER_DEGC)
            self._coolant = approach(self._coolant, rest, seconds, 7200.0)

    @property
    def _battery_at_rest(self) -> float:
        weak, gassing = self.progress(BATTERY.code), self.progress(OVERCHARGED.code)
        return _FLOAT_VOLTS - 5.0 * weak + 4.0 * gassing

    def _charge(self, seconds: float) -> None:
        """The starter pulls the voltage down, the running engine charges, the charger holds it at rest."""
        rest = self._battery_at_rest
        if self._cranks:
            self._battery = approach(self._battery, 19.5 if rest >= _LEAST_TO_CRANK_VOLTS else 12.0, seconds, 0.5)
        elif self._fires:
            weak = _FLOAT_VOLTS - rest
            volts = _ALTERNATOR_VOLTS - weak - 3.6 * self.progress(CHARGING.code)
            self._battery = approach(self._battery, volts, seconds, 5.0)
        else:
            self._battery = approach(self._battery, rest, seconds, 5.0)

    def values(self) -> dict[str, float]:
        """What its controller says."""
        part = self._speed / _RATED_RPM
        turns = float(self._speed > _RUNS_ABOVE_RPM)
        # The regulator holds the voltage also where the speed is too high.
        excited = min(1.0, part) * (1 + 0.15 * self.progress(REGULATOR.code)) if turns else 0.0
        oil = 420.0 * min(1.0, part) * (1 - 0.8 * self.progress(OIL.code))
        return {
            "running": turns,
            "start_command": float(self._is_called),
            "mains_available": float(not self._is_without_mains),
            "in_auto": float(self.fault is not NOT_AUTO),
            "speed": max(0.0, self.noisy(self._speed, 2.0 * turns)),
            "voltage": max(0.0, self.noisy(400.0 * excited, 0.5 * turns)),
            "frequency": max(0.0, self.noisy(50.0 * part, 0.02 * turns)),
            "power": max(0.0, self.noisy(_RATED_KW * self._load, 2.0 * turns)),
            "load": max(0.0, self.noisy(100.0 * self._load, 0.5 * turns)),
            "oil_pressure": max(0.0, self.noisy(oil, 4.0 * turns)),
            "coolant_temperature": self.noisy(self._coolant, 0.2),
            "coolant_level_low": float(self.fault is COOLANT_LOST),
            "fuel_level": max(0.0, self.noisy(self._fuel - 45.0 * self.progress(FUEL.code), 0.1)),
            "battery_voltage": self.noisy(self._battery, 0.03),
        }
