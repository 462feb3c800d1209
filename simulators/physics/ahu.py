"""A single-duct air handler: mixing box with free cooling, heating and cooling coil, fan, and the rooms behind it.

Fan on workdays from 06:30 to 21:00. The rooms' boxes throttle the air (VAV), the fan holds the static pressure in the
duct. Hot and chilled water are there all the year, as in a building with four pipes. The order of mixing box, heating
coil, cooling coil and fan is that of ASHRAE Guideline 36; faults after its table of conditions.
"""

import math
from random import Random
from typing import Final

from simulators.physics.ahu_control import Sequence, supply_setpoint
from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.mixed_air import FAN_HEAT, HEATING_RISE, cooled, fan_at, mixed, outdoor_share
from simulators.physics.surroundings import Surroundings

FILTER: Final = Fault(code="ahu.filter", quantity="filter_pressure", develops=1500.0, shows_within=1500.0)
VALVE: Final = Fault(code="ahu.valve", quantity="supply_temperature", develops=300.0, shows_within=900.0)
"""The cooling valve leaks, in the end as if it were open: worn seat, or an actuator that no longer closes."""
DAMPER: Final = Fault(code="ahu.damper", quantity="return_co2", develops=60.0, shows_within=2700.0)
"""The outdoor air damper stays shut: linkage off, or actuator dead."""
DAMPER_OPEN: Final = Fault(code="ahu.damper_open", quantity="mixed_temperature", develops=60.0, shows_within=5400.0)
HEATING_VALVE: Final = Fault(
    code="ahu.heating_valve", quantity="heated_temperature", develops=600.0, shows_within=4200.0
)
COOLING: Final = Fault(code="ahu.cooling", quantity="supply_temperature", develops=300.0, shows_within=4200.0)
"""No cooling: the valve is stuck shut, or there is no chilled water."""
HEATING: Final = Fault(code="ahu.heating", quantity="heating_valve", develops=300.0, shows_within=3600.0)
"""No heating: the valve is stuck shut, or there is no hot water."""
OVERRIDE: Final = Fault(code="ahu.override", quantity="heating_valve", develops=0.0, shows_within=4200.0)
"""The heating valve was left in hand; the cooling coil takes out what it adds."""
HUNTING: Final = Fault(code="ahu.hunting", quantity="supply_temperature", develops=300.0, shows_within=4200.0)
"""The temperature loop is tuned too sharply: dampers and valves swing from end to end."""
FAN: Final = Fault(code="ahu.fan", quantity="supply_pressure", develops=30.0, shows_within=180.0)
"""The belt is torn: the motor runs, and moves no air."""
TRIP: Final = Fault(code="ahu.trip", quantity="fan_running", develops=0.0, shows_within=120.0)
"""The motor's protection has tripped."""

_ON_AT: Final = 6.5
_OFF_AT: Final = 21.0
_PRONE: Final = (9.0, 18.0)
"""Hours between which a fault shows before the fan stops."""
_CROWDED: Final = 600.0
_CROWD_UNTIL: Final = 16.0
"""ppm from which people are there, and the hour after which they leave: then air no longer gets stale for hours."""
_FAR_APART: Final = 8.0
"""K between indoors and outdoors from which too much outdoor air is seen for hours."""
_AT_WORK: Final = 0.1
"""The opening of a valve from which its coil is missed."""
_SWING: Final = 18.0
_SWING_SECONDS: Final = 480.0
"""Of a loop that hunts: K, and the time from peak to peak."""
_DUCT_PRESSURE: Final = 300.0
_CLEAN_FILTER: Final = 100.0
_CLOGGED_FILTER: Final = 1000.0
"""Pa at the full flow, of which there is little more than half most of the day."""
_LEAST_FLOW: Final = 0.55
"""Of the full flow: what the boxes let through at the least."""
_WARMTH_OF_PEOPLE: Final = 6.3
_WARMTH_OF_THINGS: Final = 0.2
_WALLS: Final = 0.12
"""The rooms' gains in K of the full supply flow: a full house with its lights, what always runs, each K outdoors."""
_ROOM: Final = 23.5
_ROOM_AT_LEAST: Final = 20.5
"""Radiators and reheat keep the rooms as warm as this."""
_ROOM_SECONDS: Final = 7200.0
_PLENUM: Final = 0.4
_BREATH: Final = 18_000.0
_ROOM_OF_ONE: Final = 14.0
_AIR_OF_ONE: Final = 100.0
_CRACKS: Final = 3.0
_FRESH: Final = 420.0
"""CO2 of one who sits in ppm m3/h (18 L/h), the room each has in m3, supply air and cracks in m3/h; outdoors in ppm."""
_FREEZES: Final = 3.3
"""degC before the cooling coil at which the freeze stat trips: the 38 degF of the trade."""


class AirHandler(Machine):
    """Temperatures in degC, pressures in Pa, CO2 in ppm, the rest in percent; what is on or off is 1 or 0."""

    faults = (FILTER, VALVE, DAMPER, DAMPER_OPEN, HEATING_VALVE, COOLING, HEATING, OVERRIDE, HUNTING, FAN, TRIP)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin switched off; the first step finds out."""
        super().__init__(build, chance)
        self._hour = 0.0
        self._commanded = not build.may_stop
        self._outdoor = 15.0
        self._setpoint = supply_setpoint(self._outdoor)
        self._room = _ROOM
        self._mixed = self._heated = self._room
        self._supply = self._setpoint if self._commanded else self._room
        self._flow = self._speed = self._pressure = 0.0
        self._co2 = 450.0
        self._swung = 0.0
        self._asked = Sequence()
        self._dirt = chance.uniform(0.0, 0.3)

    def is_prone(self, fault: Fault) -> bool:
        """Whether the fan runs for long enough, and the season is one in which the fault can be seen."""
        is_working = not self.build.may_stop or (self._is_running and _PRONE[0] <= self._hour <= _PRONE[1])
        asked = self._asked
        seen = {
            DAMPER.code: self._co2 > _CROWDED and self._hour <= _CROWD_UNTIL,
            DAMPER_OPEN.code: abs(self._room - self._outdoor) > _FAR_APART,
            COOLING.code: asked.cooling > _AT_WORK,
            OVERRIDE.code: asked.cooling > _AT_WORK,
            HEATING.code: asked.heating > _AT_WORK,
        }
        return is_working and seen.get(fault.code, True)

    @property
    def _is_running(self) -> bool:
        return self._commanded and self.progress(TRIP.code) <= 0

    @property
    def _filter(self) -> float:
        return _CLEAN_FILTER * (1.0 + 0.25 * self._dirt) + _CLOGGED_FILTER * self.progress(FILTER.code)

    @property
    def _heating_shown(self) -> float:
        """The heating valve's signal, from 0 to 1."""
        return 0.5 if self.progress(OVERRIDE.code) > 0 else self._asked.heating

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._hour, self._outdoor = around.hour, around.outdoor
        self._commanded = not self.build.may_stop or (around.is_worked and _ON_AT <= around.hour < _OFF_AT)
        self._setpoint = supply_setpoint(around.outdoor)
        self._move_air()
        share = 0.0
        if self._is_running:
            share = self._condition(seconds)
        else:
            self._asked.stop()
            self._mixed = approach(self._mixed, self._room, seconds, 2400.0)
            self._heated = approach(self._heated, self._room, seconds, 2400.0)
            self._supply = approach(self._supply, self._room, seconds, 2400.0)
        self._live_in(seconds, around, share)

    def _move_air(self) -> None:
        if not self._is_running:
            self._flow = self._speed = self._pressure = 0.0
            return
        wanted = min(1.0, max(_LEAST_FLOW, 0.75 + 0.4 * (self._room - _ROOM)))
        speed, reached = fan_at(wanted, _DUCT_PRESSURE, self._filter)
        torn = self.progress(FAN.code)
        self._flow = wanted * reached**0.5 * (1.0 - torn)
        self._pressure = _DUCT_PRESSURE * reached * (1.0 - torn) ** 2
        self._speed = speed + (1.0 - speed) * torn

    def _condition(self, seconds: float) -> float:
        """Mix, heat and cool the air; gives the part that comes from outdoors."""
        self._swung += seconds
        swing = _SWING * self.progress(HUNTING.code) * math.sin(2 * math.pi * self._swung / _SWING_SECONDS)
        asked, inside = self._asked, self._room + _PLENUM
        asked.control(self._supply, self._setpoint, inside, self._outdoor, swing, seconds)
        position = asked.damper * (1.0 - self.progress(DAMPER.code))
        position += (1.0 - position) * self.progress(DAMPER_OPEN.code)
        share = outdoor_share(position)
        self._mixed = mixed(inside, self._outdoor, share)
        heating = max(self._heating_shown, self.progress(HEATING_VALVE.code)) * (1.0 - self.progress(HEATING.code))
        self._heated = self._mixed + HEATING_RISE * heating
        cooling = max(asked.cooling, self.progress(VALVE.code)) * (1.0 - self.progress(COOLING.code))
        behind = cooled(self._heated, cooling) + FAN_HEAT
        # Without flow the sensor hangs in air that takes on the building's warmth.
        moving = min(1.0, self._flow / _LEAST_FLOW)
        self._supply = approach(self._supply, moving * behind + (1.0 - moving) * self._room, seconds, 150.0)
        return share * self._flow

    def _live_in(self, seconds: float, around: Surroundings, outdoor_flow: float) -> None:
        """The rooms: warmth from people, things and walls, air from the boxes; breath, and outdoor air against it."""
        gains = _WARMTH_OF_PEOPLE * around.occupancy + _WARMTH_OF_THINGS
        exchange = self._flow + _WALLS
        balanced = (gains + self._flow * self._supply + _WALLS * around.outdoor) / exchange
        self._room = approach(self._room, max(_ROOM_AT_LEAST, balanced), seconds, _ROOM_SECONDS / exchange)
        fresh = _AIR_OF_ONE * outdoor_flow + _CRACKS
        stale = _FRESH + _BREATH * around.occupancy / fresh
        self._co2 = approach(self._co2, stale, seconds, 3600.0 * _ROOM_OF_ONE / fresh)

    def values(self) -> dict[str, float]:
        """What its sensors say; a fan that stands still makes no pressure."""
        on = 1.0 if self._is_running else 0.0
        return {
            "fan_command": 1.0 if self._commanded else 0.0,
            "fan_running": on,
            "fan_speed": 100.0 * self._speed,
            "supply_temperature": self.noisy(self._supply, 0.12),
            "supply_setpoint": round(self._setpoint, 1),
            "return_temperature": self.noisy(self._room + _PLENUM, 0.1),
            "mixed_temperature": self.noisy(self._mixed, 0.15),
            "heated_temperature": self.noisy(self._heated, 0.12),
            "outdoor_temperature": self.noisy(self._outdoor, 0.1),
            "return_co2": max(380.0, self.noisy(self._co2, 8.0)),
            "outdoor_damper": 100.0 * self._asked.damper,
            "heating_valve": 100.0 * self._heating_shown * on,
            "cooling_valve": 100.0 * self._asked.cooling,
            "filter_pressure": max(0.0, self.noisy(self._filter * self._flow**2, 2.0 * on)),
            "supply_pressure": max(0.0, self.noisy(self._pressure, 4.0 * on)),
            "supply_pressure_setpoint": _DUCT_PRESSURE,
            "freeze_stat": 1.0 if on and self._heated < _FREEZES else 0.0,
        }
