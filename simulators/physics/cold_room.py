"""A cold room: air and goods that warm through the walls, an evaporator that takes the heat out and ices up, a door.

A balance of heat, in kelvin an hour of the air. The evaporator is as cold as air and compressor make it: less air over
it, behind ice or a dead fan, and it is colder but takes less; less refrigerant, and it is hardly colder than the air.
"""

from random import Random
from typing import Final

from msgspec import Struct

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

WARM: Final = Fault(code="cold_room.warm", quantity="temperature", develops=0.0, shows_within=4800.0)
DOOR: Final = Fault(code="cold_room.door", quantity="door_open", develops=0.0, shows_within=60.0)
LOCKED_IN: Final = Fault(code="cold_room.locked_in", quantity="locked_in", develops=0.0, shows_within=30.0)
ICE: Final = Fault(code="cold_room.ice", quantity="evaporator_temperature", develops=3600.0, shows_within=5400.0)
FAN: Final = Fault(code="cold_room.fan", quantity="fan_running", develops=0.0, shows_within=600.0)
DEFROST: Final = Fault(code="cold_room.defrost", quantity="defrosting", develops=0.0, shows_within=2400.0)
LEAK: Final = Fault(
    code="cold_room.refrigerant", quantity="evaporator_temperature", develops=1800.0, shows_within=9000.0
)
GASKET: Final = Fault(code="cold_room.gasket", quantity="compressor_running", develops=0.0, shows_within=10_800.0)
CYCLES: Final = Fault(code="cold_room.compressor", quantity="compressor_starts", develops=0.0, shows_within=3600.0)
COLD: Final = Fault(code="cold_room.cold", quantity="temperature", develops=0.0, shows_within=9000.0)


class _Plant(Struct, frozen=True):
    """What a room is built for: temperatures in degC, the rest in 1/h of the air's heat capacity.

    `coldest` is the evaporation temperature at which the compressor gives nothing any more.
    """

    setpoint: float
    evaporator: float
    compressor: float
    coldest: float
    torn_gasket: float


_FREEZER: Final = _Plant(setpoint=-18.0, evaporator=4.7, compressor=1.65, coldest=-45.0, torn_gasket=0.48)
_CHILLER: Final = _Plant(setpoint=4.0, evaporator=3.0, compressor=1.2, coldest=-20.0, torn_gasket=0.75)
_FREEZER_RANGE: Final = -30.0
"""A sensor that reaches below this hangs in a freezer."""

_BAND: Final = 1.0
_WALLS: Final = 0.3
_OPEN_DOOR: Final = 0.9
_GOODS: Final = 0.25
_GOODS_CAPACITY: Final = 2.0
"""Times that of the air."""
_KITCHEN: Final = (7.0, 20.0)
_OPENINGS_PER_HOUR: Final = 6.0
_OPEN_SECONDS: Final = 40.0

_ICE_AN_HOUR: Final = (0.01, 0.3)
"""With the door shut and open; 1 leaves a quarter of the heat that a clean evaporator takes."""
_MOST_ICE: Final = 2.5
_ICE_OF_A_DEAD_HEATER: Final = 2.0
_ICE_BLOCKS: Final = 3.0
_DEAD_FAN: Final = 0.1
_LEAKED: Final = 0.88
_DEFROSTS_EVERY_HOURS: Final = 6.0
_DEFROSTS_FROM_HOUR: Final = 1.0
_DEFROST_WAITS_SECONDS: Final = 3600.0
"""For the compressor to rest, at most."""
_DEFROST_SECONDS: Final = (600.0, 1500.0)
"""At least, and at most where ice is left."""
_MELTS_AN_HOUR: Final = 1.5
_HEATER_DEGC: Final = 15.0
_HEATER_LEAKS: Final = 2.0
"""Kelvin an hour into the room while it defrosts."""
_CYCLE_SECONDS: Final = (60.0, 120.0)
"""On, and from start to start, of a compressor that its pressure switch stops."""


class ColdRoom(Machine):
    """Temperatures in degC, power in kW, starts as a count."""

    faults = (WARM, DOOR, LOCKED_IN, ICE, FAN, DEFROST, LEAK, GASKET, CYCLES, COLD)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin at the setpoint: that of a freezer where the sensor reaches so far."""
        super().__init__(build, chance)
        low, _ = build.span("temperature", (-40.0, 40.0))
        self._plant = _FREEZER if low < _FREEZER_RANGE else _CHILLER
        self._temperature = self._plant.setpoint + chance.uniform(-0.6, 0.6)
        self._goods = self._plant.setpoint
        self._evaporator = self._temperature - 1.0
        self._ice = 0.0
        self._wants_cold = False
        self._runs = False
        self._starts = float(chance.randrange(10_000, 20_000))
        self._door_for = 0.0
        self._open_part = 0.0
        self._defrost_turn: int | None = None
        self._due_for: float | None = None
        self._defrosting_for: float | None = None

    def mend(self) -> None:
        """Repaired, defrosted and cooled down again meanwhile."""
        super().mend()
        self._temperature = min(self._temperature, self._plant.setpoint + 2 * _BAND)
        self._temperature = max(self._temperature, self._plant.setpoint - 2 * _BAND)
        self._goods = self._plant.setpoint
        self._ice = 0.0
        self._defrosting_for = None

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._use_door(seconds, around)
        self._defrost(seconds, around)
        self._control()
        self._exchange(seconds, 20.0 + 0.1 * around.outdoor)

    @property
    def _is_open(self) -> bool:
        return self._door_for > 0 or self.fault is DOOR

    @property
    def _has_fan(self) -> bool:
        return self.fault is not FAN and self._defrosting_for is None

    def _use_door(self, seconds: float, around: Surroundings) -> None:
        self._open_part = 1.0 if self.fault is DOOR else min(1.0, self._door_for / seconds)
        self._door_for = max(0.0, self._door_for - seconds)
        in_use = _KITCHEN[0] <= around.hour < _KITCHEN[1]
        if in_use and self._door_for <= 0 and self.chance.random() < _OPENINGS_PER_HOUR * seconds / 3600:
            self._door_for = self.chance.uniform(0.5, 1.5) * _OPEN_SECONDS

    def _defrost(self, seconds: float, around: Surroundings) -> None:
        """Four times a day, once the compressor has rested anyway, until the ice is gone."""
        turn = int((around.hour - _DEFROSTS_FROM_HOUR) // _DEFROSTS_EVERY_HOURS)
        if self._due_for is not None:
            self._due_for += seconds
        elif self._defrost_turn is not None and turn != self._defrost_turn:
            self._due_for = 0.0
        self._defrost_turn = turn
        if self._defrosting_for is None:
            if self._may_defrost:
                self._defrosting_for, self._due_for = 0.0, None
            return
        self._defrosting_for += seconds
        self._ice = max(0.0, self._ice - _MELTS_AN_HOUR * seconds / 3600)
        least, most = _DEFROST_SECONDS
        is_done = self._defrosting_for >= (least if self._ice <= 0 else most)
        if is_done and self.fault is not DEFROST:
            self._defrosting_for = None

    @property
    def _may_defrost(self) -> bool:
        is_due = self._due_for is not None and (not self._wants_cold or self._due_for > _DEFROST_WAITS_SECONDS)
        return (is_due and self.fault is not ICE) or self.fault is DEFROST

    def _control(self) -> None:
        """Two points, and what keeps the compressor from following them."""
        if self._temperature > self._plant.setpoint + _BAND:
            self._wants_cold = True
        elif self._temperature < self._plant.setpoint - _BAND:
            self._wants_cold = False
        is_stopped = self.fault is WARM or self._defrosting_for is not None
        runs = (self._wants_cold or self.fault is COLD) and not is_stopped
        if self.fault is CYCLES:
            on, whole = _CYCLE_SECONDS
            runs = runs and self._fault_age % whole < on
        if runs and not self._runs:
            self._starts += 1
        self._runs = runs

    def _exchange(self, seconds: float, outside: float) -> None:
        """Heat comes in through walls, gasket and door, and out of the goods; the evaporator takes it away."""
        plant, hours = self._plant, seconds / 3600
        opening = _OPEN_DOOR * self._open_part + (plant.torn_gasket if self.fault is GASKET else 0.0)
        rate = (_WALLS + opening) * (outside - self._temperature) + _GOODS * (self._goods - self._temperature)
        if self._runs:
            cold = self._cold_of(plant)
            rate -= self._air_side * (self._temperature - cold)
            self._evaporator = approach(self._evaporator, cold, seconds, 60.0)
            shut, wide = _ICE_AN_HOUR
            self._ice = min(_MOST_ICE, self._ice + (shut + (wide - shut) * self._open_part) * hours)
        elif self._defrosting_for is not None:
            rate += _HEATER_LEAKS
            self._evaporator = approach(self._evaporator, _HEATER_DEGC, seconds, 240.0)
        else:
            self._evaporator = approach(self._evaporator, self._temperature - 0.5, seconds, 240.0)
        goods = _GOODS / _GOODS_CAPACITY * (self._temperature - self._goods)
        self._temperature += rate * hours
        self._goods += goods * hours

    @property
    def _air_side(self) -> float:
        """How well the air reaches the evaporator: less through ice, hardly at all without a fan."""
        ice = self._ice + _ICE_OF_A_DEAD_HEATER * self.progress(ICE.code)
        return self._plant.evaporator / (1 + _ICE_BLOCKS * ice) * (1.0 if self._has_fan else _DEAD_FAN)

    def _cold_of(self, plant: _Plant) -> float:
        """The evaporation temperature at which the compressor takes away just what the air brings."""
        pull = plant.compressor * (1 - _LEAKED * self.progress(LEAK.code))
        return (self._air_side * self._temperature + pull * plant.coldest) / (self._air_side + pull)

    def values(self) -> dict[str, float]:
        """What its controller says."""
        heats = self._defrosting_for is not None
        return {
            "temperature": self.noisy(self._temperature, 0.08),
            "goods_temperature": self.noisy(self._goods, 0.03),
            "evaporator_temperature": self.noisy(self._evaporator, 0.15),
            "compressor_running": float(self._runs),
            "compressor_starts": self._starts,
            "fan_running": float(self._has_fan),
            "defrosting": float(heats),
            "door_open": float(self._is_open),
            "locked_in": float(self.fault is LOCKED_IN),
            "power": max(0.0, self.noisy(4.2 if self._runs else 3.0 if heats else 0.15, 0.02)),
        }
