"""A flood of readings that nobody waits for: QoS 1, as fast as asked, from gateways of the site."""

import threading
import time
from types import TracebackType
from typing import Final, Self

import numpy as np

from domain.broker_address import BrokerAddress
from simulators.device import SimulatedDevice
from simulators.raw_mqtt import RawPublisher, publish_head
from tests.faults import estate
from tests.faults.traffic import HIGH, now

WINDOW: Final = 2000
SLICE_SECONDS: Final = 0.01


class Flood:
    """Publishes from a thread of its own. A context manager."""

    def __init__(self, address: BrokerAddress, *, rate: float) -> None:
        """`rate` is messages a second."""
        self.sent = 0
        self._rate = rate
        self._publisher = RawPublisher(address, "flood", WINDOW)
        self._gateways = [
            SimulatedDevice(estate.SITE, estate.gateway_of(number), "flood") for number in range(estate.GATEWAYS)
        ]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flood", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10.0)
        self._publisher.close()

    @property
    def unanswered(self) -> int:
        """How many messages still wait for their PUBACK or for room to be sent."""
        return self._publisher.outstanding

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(SLICE_SECONDS):
            self._publisher.acknowledged()
            self._publisher.flush()
            wanted = int((time.monotonic() - began) * self._rate) - self.sent
            count = max(0, min(wanted, self._publisher.room))
            numbers = np.arange(self.sent, self.sent + count)
            messages = [self._message(number) for number in numbers.tolist()]
            if messages:
                self._publisher.publish(messages, numbers)
                self.sent += count

    def _message(self, number: int) -> tuple[bytes, bytes]:
        gateway = number % estate.GATEWAYS
        points = estate.points_of(gateway)
        message = self._gateways[gateway].readings(now(), points, [HIGH] * len(points))
        return publish_head(message.topic, len(message.payload)), message.payload
