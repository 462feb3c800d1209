"""What all simulated machines have in common: they are moved on in time, they measure, and they can fail.

A fault develops: `progress` goes from 0 to 1 while it does. It stays until somebody mends it.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from random import Random
from typing import ClassVar, Final

from msgspec import Struct

from simulators.physics.surroundings import Surroundings

LONGEST_STEP_SECONDS: Final = 60.0
"""Two-point controllers switch no later than this, however seldom somebody looks."""


class Fault(Struct, frozen=True, kw_only=True):
    """One way to fail. `code` is the one that rules use; after `develops` seconds it is as bad as it gets.

    `shows_within` is how many seconds after its beginning it is beyond doubt, in the values of `quantity`.
    """

    code: str
    quantity: str
    develops: float
    shows_within: float


class Build(Struct, frozen=True, kw_only=True):
    """What is known of one machine: its place in its group (the first is on duty), and its sensors' ranges."""

    place: int = 1
    ranges: Mapping[str, tuple[float, float]] = {}
    may_stop: bool = True

    def span(self, quantity: str, otherwise: tuple[float, float]) -> tuple[float, float]:
        """From where to where the sensor of a quantity reaches."""
        return self.ranges.get(quantity, otherwise)


class Machine(ABC):
    """A machine of one equipment class. Subclasses give `faults`, move on in `_advance` and measure in `values`."""

    faults: ClassVar[tuple[Fault, ...]] = ()

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin as if it had been running for long."""
        self.build = build
        self.chance = chance
        self.fault: Fault | None = None
        self._fault_age = 0.0

    def advance(self, seconds: float, around: Surroundings) -> None:
        """Move on by `seconds`, at the end of which `around` is how things stand."""
        while seconds > 0:
            step = min(seconds, LONGEST_STEP_SECONDS)
            self._fault_age += step
            self._advance(step, around)
            seconds -= step

    def begin(self, fault: Fault) -> None:
        """Begin to fail."""
        self.fault = fault
        self._fault_age = 0.0

    def mend(self) -> None:
        """Somebody has repaired it."""
        self.fault = None

    def progress(self, code: str) -> float:
        """How far a fault has developed, from 0 (it is not there) to 1."""
        if self.fault is None or self.fault.code != code:
            return 0.0
        return 1.0 if self.fault.develops <= 0 else min(1.0, self._fault_age / self.fault.develops)

    def is_prone(self, fault: Fault) -> bool:  # noqa: ARG002 - some machines tell faults apart
        """Whether it could fail so now; a pump that stands still cannot lose its flow."""
        return True

    @abstractmethod
    def _advance(self, seconds: float, around: Surroundings) -> None:
        """Move the state on."""

    @abstractmethod
    def values(self) -> dict[str, float]:
        """What its sensors say now, by quantity."""

    def noisy(self, value: float, sigma: float) -> float:
        """A value with the noise of its sensor."""
        return value + self.chance.gauss(0.0, sigma)


def approach(value: float, target: float, seconds: float, time_constant: float) -> float:
    """First-order: after one time constant 63 % of the way to the target is done. Exact for any step."""
    return target + (value - target) * math.exp(-seconds / time_constant)
