"""What all machines of a site share: the hour, the weather, and how full the building is."""

import math
from bisect import bisect_right
from datetime import datetime
from typing import Final

from msgspec import Struct

_HOURS: Final = (0.0, 6.5, 8.0, 9.5, 12.0, 12.5, 13.5, 17.5, 19.0, 21.5, 24.0)
_WORKDAY: Final = (0.02, 0.03, 0.45, 1.0, 0.9, 0.7, 1.0, 0.9, 0.35, 0.06, 0.02)
_DAY_OFF: Final = 0.08

_COLDEST_DAY: Final = 20
_YEAR_MEAN_DEGC: Final = 17.0
_YEAR_SWING_K: Final = 12.0
_DAY_SWING_K: Final = 4.0
"""About those of Shanghai."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """One moment around the machines.

    `hour` is site time (13.5 is half past one) and `weekday` 0 on Monday; `is_worked` says whether it is a working day.
    `outdoor` is the air in degrees Celsius. `occupancy` and `load` go from 0 to 1: how many are there, and how hard
    cooling and power supply have to work.
    """

    hour: float
    weekday: int
    is_worked: bool
    outdoor: float
    occupancy: float
    load: float


def surroundings(local: datetime, *, is_worked: bool) -> Surroundings:
    """The moment at a site whose clock on the wall shows `local`, on a day that is worked or not."""
    hour = local.hour + local.minute / 60 + local.second / 3600
    day = local.timetuple().tm_yday
    season = -_YEAR_SWING_K * math.cos(2 * math.pi * (day - _COLDEST_DAY) / 365)
    outdoor = _YEAR_MEAN_DEGC + season + _DAY_SWING_K * math.sin(2 * math.pi * (hour - 9) / 24)
    occupancy = _between(hour) if is_worked else _DAY_OFF
    warmth = min(1.0, max(0.0, (outdoor - 5) / 30))
    return Surroundings(
        hour=hour,
        weekday=local.weekday(),
        is_worked=is_worked,
        outdoor=outdoor,
        occupancy=occupancy,
        load=0.25 + 0.45 * occupancy + 0.3 * warmth,
    )


def _between(hour: float) -> float:
    """How full the building is at that hour of a workday, on the straight line between two known hours."""
    place = min(bisect_right(_HOURS, hour), len(_HOURS) - 1)
    begin, end = _HOURS[place - 1], _HOURS[place]
    part = (hour - begin) / (end - begin)
    return _WORKDAY[place - 1] + part * (_WORKDAY[place] - _WORKDAY[place - 1])
