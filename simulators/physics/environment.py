"""The air of a space: what people breathe out, outdoor air against it, moisture, dust, engines, heating and cooling.

One room for one full house, ventilated and conditioned day and night. Balances of CO2, CO, water and dust are those of
a well-mixed room; all is counted for one person's part of it.
"""

import math
from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

STALE: Final = Fault(code="environment.stale", quantity="co2", develops=600.0, shows_within=2400.0)
"""The ventilation has failed: what comes through cracks is all there is."""
CARBON_MONOXIDE: Final = Fault(code="environment.co", quantity="co", develops=120.0, shows_within=600.0)
"""Engines run on, and nothing draws their fumes off."""
WARM: Final = Fault(code="environment.warm", quantity="temperature", develops=300.0, shows_within=2400.0)
COLD: Final = Fault(code="environment.cold", quantity="temperature", develops=0.0, shows_within=7200.0)
"""The heating is off; the room's own warmth goes within hours."""
DAMP: Final = Fault(code="environment.damp", quantity="humidity", develops=600.0, shows_within=7200.0)
"""Water stands on the floor, or a humidifier does not shut: the air takes up what it can."""
DRY: Final = Fault(code="environment.dry", quantity="humidity", develops=300.0, shows_within=7200.0)
"""In frost, without the humidifier."""
DUST: Final = Fault(code="environment.dust", quantity="pm25", develops=300.0, shows_within=3600.0)
"""Smoke or smog outside, and a filter that lets it through."""

_BREATH: Final = 18_000.0
_MOISTURE: Final = 50.0
"""What one gives off who sits: CO2 in ppm m3/h (18 L/h), and water in g/h."""
_ROOM: Final = 15.0
_VENTILATION: Final = 40.0
_CRACKS: Final = 4.0
"""m3 of room for each of a full house, and m3/h of outdoor air that one gets; GB 50736 asks for 30 in offices."""
_FRESH_CO2: Final = 420.0
_AIR: Final = 1.2
"""kg/m3."""
_FUMES_SECONDS: Final = 600.0
"""Six changes of air an hour, as GB 50067 and its handbooks have it for car parks."""
_TRAFFIC: Final = 5.0
_ENGINES: Final = 80.0
_SUMMER: Final = 24.5
_WINTER: Final = 21.5
"""Room temperatures in degC that are aimed at; between them in spring and autumn."""
_HEAT_SECONDS: Final = 1200.0
_COOLS_DOWN_SECONDS: Final = 5400.0
_STORED_HEAT: Final = 10.0
_SHELTER: Final = 6.0
"""K by which it gets warmer without cooling, and stays warmer than outdoors without heating."""
_DRIED: Final = 9.5
_HUMIDIFIED: Final = 6.0
"""g of water in a kg of supply air, at most and at least."""
_OUTDOOR_HUMIDITY: Final = 0.6
_SOAKED: Final = 0.92
"""Parts of what the air could hold."""
_FROST: Final = 6.0
"""degC outdoors below which heating and humidifier are missed."""
_CROWD: Final = 0.6
_CROWD_UNTIL: Final = 16.0
"""How full it must be for the air to get stale, and the hour after which people leave."""
_OUTDOOR_DUST: Final = 45.0
_SMOG: Final = 260.0
_FILTERED: Final = 0.35
_SETTLES: Final = 0.3
"""ug/m3 outdoors, usual and in smoke; what passes a sound filter; changes of air an hour that settling is worth."""


def water_at_saturation(temperature: float) -> float:
    """The g of water that a kg of air can hold at a temperature in degC (Magnus, at sea level)."""
    pressure = 611.2 * math.exp(17.62 * temperature / (243.12 + temperature))
    return 622.0 * pressure / (101_325.0 - pressure)


class Air(Machine):
    """Temperature in degC, humidity in %RH, CO2 and CO in ppm, fine dust in ug/m3."""

    faults = (STALE, CARBON_MONOXIDE, WARM, COLD, DAMP, DRY, DUST)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin fresh."""
        super().__init__(build, chance)
        self._temperature = 22.5
        self._co2 = 430.0
        self._co = 1.0
        self._water = 8.0
        self._dust = 15.0
        self._around: Surroundings | None = None

    def is_prone(self, fault: Fault) -> bool:
        """Whether enough people are there, or it is cold enough outdoors, for the fault to be seen."""
        around = self._around
        if around is None:
            return False
        if fault == STALE:
            return around.occupancy > _CROWD and around.hour <= _CROWD_UNTIL
        return fault not in {COLD, DRY} or around.outdoor < _FROST

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._around = around
        fresh = _CRACKS + _VENTILATION * (1.0 - self.progress(STALE.code))
        changes = fresh / _ROOM / 3600.0
        self._co2 = approach(self._co2, _FRESH_CO2 + _BREATH * around.occupancy / fresh, seconds, 1 / changes)
        fumes = 1.0 + _TRAFFIC * around.occupancy + _ENGINES * self.progress(CARBON_MONOXIDE.code)
        self._co = approach(self._co, fumes, seconds, _FUMES_SECONDS)
        self._condition(seconds, around)
        self._moisten(seconds, around, fresh)
        outside = _OUTDOOR_DUST + (_SMOG - _OUTDOOR_DUST) * self.progress(DUST.code)
        passes = _FILTERED + (1.0 - _FILTERED) * self.progress(DUST.code)
        leaves = fresh + _SETTLES * _ROOM
        enters = outside * (_CRACKS + passes * (fresh - _CRACKS))
        self._dust = approach(self._dust, enters / leaves, seconds, 3600.0 * _ROOM / leaves)

    def _condition(self, seconds: float, around: Surroundings) -> None:
        season = min(1.0, max(0.0, (around.outdoor - 8.0) / 20.0))
        aim = _WINTER + (_SUMMER - _WINTER) * season + 0.6 * around.occupancy
        if self.progress(COLD.code) > 0:
            outside = min(aim, around.outdoor + _SHELTER)
            self._temperature = approach(self._temperature, outside, seconds, _COOLS_DOWN_SECONDS)
        else:
            aim += _STORED_HEAT * self.progress(WARM.code)
            self._temperature = approach(self._temperature, aim, seconds, _HEAT_SECONDS)

    def _moisten(self, seconds: float, around: Surroundings, fresh: float) -> None:
        """Outdoor air, dried or humidified on its way in, and what people give off."""
        outdoor = _OUTDOOR_HUMIDITY * water_at_saturation(around.outdoor)
        least = _HUMIDIFIED * (1.0 - self.progress(DRY.code))
        supplied = min(_DRIED, max(least, outdoor))
        water = supplied + _MOISTURE * around.occupancy / (_AIR * (_CRACKS + _VENTILATION))
        soaked = _SOAKED * water_at_saturation(self._temperature)
        water += max(0.0, soaked - water) * self.progress(DAMP.code)
        self._water = approach(self._water, water, seconds, 3600.0 * _ROOM / fresh)

    def values(self) -> dict[str, float]:
        """What its sensors say."""
        humidity = 100.0 * self._water / water_at_saturation(self._temperature)
        return {
            "temperature": self.noisy(self._temperature, 0.08),
            "humidity": min(100.0, self.noisy(humidity, 0.4)),
            "co2": max(390.0, self.noisy(self._co2, 9.0)),
            "co": max(0.0, self.noisy(self._co, 0.3)),
            "pm25": max(1.0, self.noisy(self._dust, 1.5)),
        }
