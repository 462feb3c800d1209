"""The air through an air handler: mixing box, heating coil, cooling coil and supply fan, in this order.

Steady balances of sensible heat, after the flow diagram of ASHRAE Guideline 36. Moisture that condenses on the cooling
coil is not counted.
"""

from typing import Final

LEAKAGE: Final = 0.03
"""The part of the supply air that a shut outdoor air damper lets through (a damper of leakage class 2, about)."""
CHILLED_WATER: Final = 6.0
"""degC at the coil; plants in China are laid out for 7 degC, and are run lower (GB 50736 asks for 5 degC at least)."""
COOLING_EFFECT: Final = 0.92
"""How near the air comes to the chilled water through a coil of six rows with its valve wide open."""
HEATING_RISE: Final = 10.0
"""K that the heating coil adds with its valve wide open."""
FAN_HEAT: Final = 0.8
"""K that the fan adds; Guideline 36 reckons with 1 K."""
FAN_PRESSURE: Final = 1250.0
"""Pa of a fan at full speed, for duct, coils and filter together."""
COIL_PRESSURE: Final = 250.0
"""Pa over casing and coils at the full flow."""

_ALIKE: Final = 0.1
"""K below which it does not matter which air is taken."""


def outdoor_share(position: float) -> float:
    """The part of the supply air that comes from outdoors, at a damper position from 0 to 1."""
    return LEAKAGE + (1.0 - LEAKAGE) * position


def mixed(inside: float, outdoor: float, share: float) -> float:
    """The temperature behind the mixing box."""
    return inside + share * (outdoor - inside)


def position_for(wanted: float, inside: float, outdoor: float) -> float:
    """The damper position that mixes to a wanted temperature, as near as it comes; 1 where both airs are alike."""
    if abs(outdoor - inside) < _ALIKE:
        return 1.0
    position = ((wanted - inside) / (outdoor - inside) - LEAKAGE) / (1.0 - LEAKAGE)
    return min(1.0, max(0.0, position))


def cooled(air: float, valve: float) -> float:
    """The temperature behind the cooling coil, its valve from 0 to 1; it cannot warm the air."""
    return air - COOLING_EFFECT * valve * max(0.0, air - CHILLED_WATER)


def fan_at(flow: float, duct_pressure: float, filter_pressure: float) -> tuple[float, float]:
    """The speed at which the fan makes a flow, and the part of the pressures that it reaches, all from 0 to 1.

    `duct_pressure` is what the ducts need at that flow, `filter_pressure` what the filter takes at the full one. Where
    the fan cannot do it at full speed, all pressures fall short alike, and the flow by the square root of that.
    """
    needed = duct_pressure + (COIL_PRESSURE + filter_pressure) * flow**2
    return min(1.0, needed / FAN_PRESSURE) ** 0.5, min(1.0, FAN_PRESSURE / needed)
