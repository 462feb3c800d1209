"""A water tank with a float valve, as balances of water, heat and chlorine; it leaks, or what should keep it fails.

What flows in less what is used, leaks and spills is what the level moves by. A fire reserve stands beside it, which
nobody uses: its level is one of the tank's points, as where one tank holds both.
"""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

LOW: Final = Fault(code="tank.low", quantity="level", develops=300.0, shows_within=1500.0)
"""A pipe bursts below the tank."""
OVERFLOW: Final = Fault(code="tank.overflow", quantity="level", develops=60.0, shows_within=1500.0)
"""The float valve sticks wide open."""
INLET: Final = Fault(code="tank.inlet", quantity="level", develops=60.0, shows_within=14_400.0)
"""The float valve sticks shut, or the main gives nothing."""
LEAK: Final = Fault(code="tank.leak", quantity="floor_water", develops=1800.0, shows_within=1800.0)
FIRE: Final = Fault(code="tank.fire_reserve", quantity="fire_level", develops=300.0, shows_within=1800.0)
"""Somebody takes of the fire reserve, or its drain is open."""
WARM: Final = Fault(code="tank.warm", quantity="temperature", develops=600.0, shows_within=9000.0)
"""Hot water comes back through a mixing tap, or a hot pipe lies along."""
DOSING: Final = Fault(code="tank.chlorine_low", quantity="chlorine", develops=60.0, shows_within=14_400.0)
OVERDOSE: Final = Fault(code="tank.chlorine_high", quantity="chlorine", develops=60.0, shows_within=3600.0)
TURBID: Final = Fault(code="tank.turbidity", quantity="turbidity", develops=900.0, shows_within=900.0)

_CUBIC_METRES: Final = 40.0
"""Full; one per cent is 0.4 m3."""

_FILL_BELOW: Final = 62.0
_FULL_AT: Final = 84.0
_FILL: Final = 24.0
_FILL_STUCK: Final = 48.0
_USE: Final = 5.6
"""m3/h, by day in a full building."""
_BUSY: Final = 0.5
_BURST: Final = 88.0
_LEAK: Final = 3.2
_SPILLS_AT: Final = 99.5
_OVERFLOW_PIPE: Final = 99.0
_EMPTY_AT: Final = 8.0
"""Where the burst is: water below it stays."""

_ROOM: Final = 22.0
_ROOM_SECONDS: Final = 48 * 3600.0
_HOT: Final = 45.0
_HEATED_PER_HOUR: Final = 0.4
"""How warm hot water makes it at last, and which part of the way there an hour of it goes."""

_CHLORINE: Final = 0.5
_CHLORINE_MAIN: Final = 0.1
_DECAY_PER_HOUR: Final = 0.25
_DOSE_PER_HOUR: Final = 4.0
_OVERDOSE_PER_HOUR: Final = 3.0
"""mg/L: what dosing holds, what the far end of a main brings; dosing gives more the more is missing."""

_RESERVE: Final = 98.0
_RESERVE_LOSS_PER_HOUR: Final = 40.0


class Tank(Machine):
    """Level in percent, inflow in m3/h, temperature in degC, free chlorine in mg/L, turbidity in NTU."""

    faults = (LOW, OVERFLOW, INLET, LEAK, FIRE, WARM, DOSING, OVERDOSE, TURBID)

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin somewhere between the float's two levels."""
        super().__init__(build, chance)
        self._level = chance.uniform(_FILL_BELOW + 2, _FULL_AT - 2)
        self._is_filling = False
        self._temperature = 18.5
        self._chlorine = _CHLORINE
        self._reserve = _RESERVE
        self._is_used = False
        self._main = 18.0

    def is_prone(self, fault: Fault) -> bool:
        """Whether it could fail so now: that nothing comes in shows only while somebody draws from it."""
        return fault != INLET or self._is_used

    def _advance(self, seconds: float, around: Surroundings) -> None:
        if self._level < _FILL_BELOW:
            self._is_filling = True
        elif self._level > _FULL_AT:
            self._is_filling = False
        self._is_used = around.occupancy > _BUSY
        hours = seconds / 3600
        renewed = self._inflow() * hours / (_CUBIC_METRES * self._level / 100)
        self._renew(renewed, hours, around)
        out = _USE * (0.1 + around.occupancy) + _BURST * self.progress(LOW.code) + _LEAK * self.progress(LEAK.code)
        # What spilled or was drawn too far is put right by whoever mends it.
        level = self._level + 100 * (self._inflow() - out) * hours / _CUBIC_METRES
        self._level = min(_SPILLS_AT, max(_EMPTY_AT, level))
        lost = _RESERVE_LOSS_PER_HOUR * hours * self.progress(FIRE.code)
        self._reserve = max(_EMPTY_AT, self._reserve - lost)

    def _inflow(self) -> float:
        """What comes in, in m3/h."""
        if self.progress(OVERFLOW.code) > 0:
            return _FILL_STUCK
        return _FILL if self._is_filling and self.progress(INLET.code) == 0 else 0.0

    def _renew(self, renewed: float, hours: float, around: Surroundings) -> None:
        """Heat and chlorine: what comes in with new water, a part of what is there, and what is lost or added."""
        self._main = 10.0 + 0.4 * around.outdoor
        heated = _HEATED_PER_HOUR * hours * self.progress(WARM.code)
        self._temperature += renewed * (self._main - self._temperature) + heated * (_HOT - self._temperature)
        self._temperature = approach(self._temperature, _ROOM, hours * 3600, _ROOM_SECONDS)
        dose = _DOSE_PER_HOUR * max(0.0, _CHLORINE - self._chlorine) * (1.0 - self.progress(DOSING.code))
        dose += _OVERDOSE_PER_HOUR * self.progress(OVERDOSE.code)
        self._chlorine += renewed * (_CHLORINE_MAIN - self._chlorine)
        self._chlorine += (dose - _DECAY_PER_HOUR * self._chlorine) * hours

    def mend(self) -> None:
        """It is repaired, and the water put back to where and what it should be."""
        super().mend()
        self._level = min(_FULL_AT, max(_FILL_BELOW, self._level))
        self._reserve = _RESERVE
        self._temperature = min(self._temperature, self._main)
        self._chlorine = _CHLORINE

    def values(self) -> dict[str, float]:
        """What its sensors say."""
        inflow = self._inflow()
        return {
            "level": self.noisy(self._level, 0.15),
            "inflow": max(0.0, self.noisy(inflow, 0.4)) if inflow else 0.0,
            "temperature": self.noisy(self._temperature, 0.1),
            "chlorine": max(0.0, self.noisy(self._chlorine, 0.02)),
            "turbidity": max(0.0, self.noisy(0.2 + 2.3 * self.progress(TURBID.code), 0.02)),
            "fire_level": self.noisy(self._reserve, 0.1),
            "overflow": 1.0 if self._level >= _OVERFLOW_PIPE else 0.0,
            "floor_water": 1.0 if self.progress(LEAK.code) > 0.5 else 0.0,  # noqa: PLR2004 - half way, it is seen
        }
