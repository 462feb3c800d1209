"""A sensor between a machine and its gateway: it can stand still, drift away, tremble, or give nothing at all."""

from enum import StrEnum
from random import Random
from typing import Final

_DRIFT_PARTS_PER_HOUR: Final = 0.5
"""Of its range, an hour."""
_NOISE_PARTS: Final = 0.1
"""Of its range, one standard deviation."""


class SensorFault(StrEnum):
    """How a sensor fails; the values are the codes that rules use."""

    FLATLINE = "sensor.flatline"
    DRIFT = "sensor.drift"
    DROPOUT = "sensor.dropout"
    NOISE = "sensor.noise"


class Sensor:
    """Passes a value on, or what it makes of it. `span` is its range, from which it cannot get out."""

    def __init__(self, span: tuple[float, float]) -> None:
        """Begin sound."""
        self._chance = Random(0)
        self.fault: SensorFault | None = None
        self._span = span
        self._offset = 0.0
        self._last: float | None = None

    def begin(self, fault: SensorFault) -> None:
        """Begin to fail."""
        self.fault = fault
        self._offset = 0.0

    def mend(self) -> None:
        """Somebody has changed it."""
        self.fault = None
        self._offset = 0.0

    def measure(self, value: float, seconds: float) -> float | None:
        """What it says of `value`, `seconds` after it last said something; None is nothing."""
        low, high = self._span
        if self.fault is SensorFault.DROPOUT:
            return None
        if self.fault is SensorFault.FLATLINE and self._last is not None:
            return self._last
        if self.fault is SensorFault.DRIFT:
            self._offset += _DRIFT_PARTS_PER_HOUR * (high - low) * seconds / 3600
        if self.fault is SensorFault.NOISE:
            value += self._chance.gauss(0.0, _NOISE_PARTS * (high - low))
        self._last = min(high, max(low, value + self._offset))
        return self._last
