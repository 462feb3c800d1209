"""Which clock the service goes by: the machine's, or one that rehearsals let run faster."""

from domain.instant import from_iso
from runtime.clock import Clock, ScaledClock, wall_clock
from vigil.settings import Settings


def make_clock(settings: Settings) -> Clock:
    """The clock the settings ask for."""
    if settings.clock_origin is None and settings.clock_speed == 1.0:
        return wall_clock
    origin = from_iso(settings.clock_origin) if settings.clock_origin is not None else wall_clock()
    return ScaledClock(origin, settings.clock_speed)


def speed_of(clock: Clock) -> float:
    """How fast a clock runs against real time."""
    return clock.speed if isinstance(clock, ScaledClock) else 1.0
