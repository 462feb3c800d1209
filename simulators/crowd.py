"""Any number of devices that nobody has configured: they report a value each, in turn, at a rate."""

from collections.abc import Iterator
from random import Random

from domain.instant import SECOND, Instant
from simulators.device import Message, SimulatedDevice

SITE = "crowd"
"""The site in their topics."""


class Crowd:
    """Devices `device-0001` and on, each with one point, its value on a random walk."""

    def __init__(self, devices: int, rate: float, start: Instant, seed: int, boot: str) -> None:
        """Together they send `rate` messages a second of simulated time."""
        digits = max(4, len(str(devices)))
        self._devices = [SimulatedDevice(SITE, f"device-{number:0{digits}}", boot) for number in range(1, devices + 1)]
        self._step = SECOND / rate
        self._start = start
        self._chance = Random(seed)

    def messages(self) -> Iterator[Message]:
        """For ever, in order of time."""
        values = [self._chance.uniform(10.0, 30.0) for _ in self._devices]
        sent = 0
        while True:
            place = sent % len(self._devices)
            device = self._devices[place]
            values[place] += self._chance.gauss(0.0, 0.1)
            at = self._start + round(sent * self._step)
            yield device.readings(at, [f"{device.device}-value"], [round(values[place], 2)])
            sent += 1
