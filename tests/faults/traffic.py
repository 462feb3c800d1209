"""A building's life under load: doors that are used and forced, points that fall below their limit, and much noise.

A door or point has its next cause only after `PAUSE_SECONDS`: a broker gives back what a killed collector left
unacknowledged seconds later, and a fold over readings takes none that is older than what it has judged (late law).
"""

import heapq
import threading
import time
from random import Random
from typing import Final

from domain.instant import SECOND, Instant
from simulators.device import Message, SimulatedDevice
from tests.faults import estate
from tests.faults.fleet import Fleet

PAUSE_SECONDS: Final = 12.0
SLICE_SECONDS: Final = 0.02
CAUSE_CHANCE: Final = 0.02
GRANTED_CHANCE: Final = 0.3
RESEND_CHANCE: Final = 0.05
RESEND_SECONDS: Final = (0.5, 15.0)
"""When a message that was sent twice comes the second time: also after the opposite of it."""

MOST_UNACKED: Final = 3000
HIGH: Final = 60.0
FALLEN: Final = 5.0


def now() -> Instant:
    return time.time_ns() // 1_000


class Traffic:
    """Publishes from a thread of its own until stopped. The same seed gives the same draws, not the same times."""

    def __init__(self, fleet: Fleet, seed: int, *, rate: float, boot: str = "b1") -> None:
        """`rate` is messages a second."""
        self._fleet = fleet
        self._random = Random(seed)
        self._rate = rate
        self._boot = boot
        self._devices = {each["id"]: SimulatedDevice(estate.SITE, each["id"], boot) for each in estate.devices()}
        self._open = [False] * estate.DOORS
        self._fallen = [False] * estate.GATEWAYS
        self._free_at = [0.0] * (estate.DOORS + estate.GATEWAYS)
        self._again: list[tuple[float, int, Message]] = []
        self._numbered = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def halt(self) -> None:
        """Say nothing more."""
        self._stop.set()
        self._thread.join(30.0)

    def finish(self) -> None:
        """End the noise, send again what was to be sent again, and let every point say its last word."""
        self.halt()
        for _, _, message in sorted(self._again):
            self._fleet.publish(message)
        for gateway in range(estate.GATEWAYS):
            self._publish(self._readings(gateway))

    def _run(self) -> None:
        began, sent = time.monotonic(), 0
        while not self._stop.wait(SLICE_SECONDS):
            wanted = int((time.monotonic() - began) * self._rate)
            if self._fleet.ledger.unacked() > MOST_UNACKED:
                # Devices have little memory: what does not go out now is not measured at all.
                sent = wanted
            while sent < wanted:
                sent += 1
                self._one()
            while self._again and self._again[0][0] <= time.monotonic():
                self._fleet.publish(heapq.heappop(self._again)[2])

    def _one(self) -> None:
        draw = self._random.random()
        if draw < CAUSE_CHANCE:
            self._cause()
        elif draw < 0.5:
            number = self._random.randrange(estate.DOORS)
            controller = self._devices[estate.controller_of(number)]
            self._publish(controller.access(now(), estate.door_of(number), "denied"))
        elif draw < 0.9:
            self._publish(self._readings(self._random.randrange(estate.GATEWAYS)))
        else:
            phone = self._devices[estate.phone_of(self._random.randrange(estate.PHONES))]
            self._publish(phone.status(now(), online=True, battery=50.0))

    def _cause(self) -> None:
        """Let something happen that the judge has an opinion on."""
        place = self._random.randrange(len(self._free_at))
        if self._free_at[place] > time.monotonic():
            return
        self._free_at[place] = time.monotonic() + PAUSE_SECONDS
        if place >= estate.DOORS:
            gateway = place - estate.DOORS
            self._fallen[gateway] = not self._fallen[gateway]
            self._publish(self._readings(gateway))
        else:
            self._use(place)

    def _use(self, number: int) -> None:
        controller, door = self._devices[estate.controller_of(number)], estate.door_of(number)
        self._open[number] = not self._open[number]
        if not self._open[number]:
            self._publish(controller.access(now(), door, "closed"))
            return
        if self._random.random() < GRANTED_CHANCE:
            self._publish(controller.access(now() - SECOND, door, "granted"))
        self._publish(controller.access(now(), door, "opened"))

    def _readings(self, gateway: int) -> Message:
        points = estate.points_of(gateway)
        values = [FALLEN if self._fallen[gateway] else HIGH] + [HIGH + self._random.random()] * (len(points) - 1)
        return self._devices[estate.gateway_of(gateway)].readings(now(), points, values)

    def _publish(self, message: Message) -> None:
        self._fleet.publish(message)
        if self._random.random() < RESEND_CHANCE:
            self._numbered += 1
            at = time.monotonic() + self._random.uniform(*RESEND_SECONDS)
            heapq.heappush(self._again, (at, self._numbered, message))
