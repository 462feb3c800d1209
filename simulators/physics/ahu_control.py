"""The controller of an air handler: heating, free cooling and cooling in sequence, towards a supply air temperature.

It never sees a fault. It knows what its coils do when they are sound, and what is left over moves its trim.
"""

from itertools import pairwise
from typing import Final

from simulators.physics.mixed_air import (
    CHILLED_WATER,
    COOLING_EFFECT,
    FAN_HEAT,
    HEATING_RISE,
    mixed,
    outdoor_share,
    position_for,
)

MINIMUM_POSITION: Final = 0.4
"""Of the outdoor air damper while people are there; about 40 m3/h a person of 100 m3/h supply air."""
_RESET: Final = ((5.0, 18.0), (8.0, 16.0), (20.0, 16.0), (28.0, 14.0))
"""Supply air by outdoor temperature, degC each: within the 12 to 18 degC of Guideline 36 (second-hand)."""
_TRIM_SECONDS: Final = 400.0
_TRIM_MOST: Final = 16.0
_FREE_COOLING_BEGINS: Final = 1.0
_FREE_COOLING_ENDS: Final = 0.5
"""K by which it must be cooler outdoors than the return air."""


def supply_setpoint(outdoor: float) -> float:
    """The supply air temperature to aim at, in degC: warmer in the cold, so that nobody sits in a draught."""
    if outdoor <= _RESET[0][0]:
        return _RESET[0][1]
    for (low, at_low), (high, at_high) in pairwise(_RESET):
        if outdoor <= high:
            return at_low + (at_high - at_low) * (outdoor - low) / (high - low)
    return _RESET[-1][1]


class Sequence:
    """What the controller asks for: `damper`, `heating` and `cooling`, each from 0 to 1."""

    def __init__(self) -> None:
        """Begin in balance."""
        self.damper = MINIMUM_POSITION
        self.heating = 0.0
        self.cooling = 0.0
        self._trim = 0.0
        self._is_free = False

    def stop(self) -> None:
        """The fan is off: dampers and valves are shut, and the trim is forgotten."""
        self.damper, self.heating, self.cooling, self._trim = 0.0, 0.0, 0.0, 0.0

    def control(
        self, supply: float, setpoint: float, inside: float, outdoor: float, swing: float, seconds: float
    ) -> None:
        """Ask for what brings the supply air to its set point.

        `inside` is the return air; `swing` is by how many K a loop that hunts overshoots at this moment.
        """
        off = supply - setpoint
        is_at_end = (off > 0 and self.cooling >= 1.0) or (off < 0 and self.heating >= 1.0)
        if not is_at_end and swing == 0:
            self._trim = min(_TRIM_MOST, max(-_TRIM_MOST, self._trim + off * seconds / _TRIM_SECONDS))
        wanted = setpoint - FAN_HEAT - self._trim + swing
        cooler_outdoors = inside - outdoor
        self._is_free = cooler_outdoors > (_FREE_COOLING_ENDS if self._is_free else _FREE_COOLING_BEGINS)
        self.damper = (
            max(MINIMUM_POSITION, position_for(wanted, inside, outdoor)) if self._is_free else MINIMUM_POSITION
        )
        air = mixed(inside, outdoor, outdoor_share(self.damper))
        self.heating = min(1.0, max(0.0, (wanted - air) / HEATING_RISE))
        most = COOLING_EFFECT * max(0.1, air - CHILLED_WATER)
        self.cooling = min(1.0, max(0.0, (air - wanted) / most))
