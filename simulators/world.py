"""A small discrete-event world: actors that wait and act, in simulated time, seeded.

An actor is a generator that yields how many seconds it waits. The world wakes the earliest one, so a simulated hour
costs milliseconds; whoever publishes the messages decides how fast time passes.
"""

import heapq
import random
from collections.abc import Iterator
from typing import TypeAlias

from domain.instant import SECOND, Instant
from simulators.device import Message

Actor: TypeAlias = Iterator[float]
"""Yields seconds to wait; ends when the actor goes home."""


class World:
    """Simulated time, seeded sources of chance, and what the actors have sent."""

    def __init__(self, start: Instant, seed: int) -> None:
        """Begin at `start`; the same seed and actors give the same messages."""
        self.now = start
        self._seed = seed
        self._waiting: list[tuple[Instant, int, Actor]] = []
        self._joined = 0
        self._sent: list[Message] = []

    def chance(self, whose: str) -> random.Random:
        """A source of chance for one actor alone: what others do, or how many they are, does not change its life."""
        return random.Random(f"{self._seed}/{whose}")

    def join(self, actor: Actor) -> None:
        """Let an actor act from now on."""
        self._joined += 1
        heapq.heappush(self._waiting, (self.now, self._joined, actor))

    def send(self, message: Message) -> None:
        """An actor's device publishes something."""
        self._sent.append(message)

    def run(self, until: Instant | None = None) -> Iterator[Message]:
        """Give the messages in the order of simulated time, up to `until` or for ever."""
        while self._waiting:
            at, number, actor = heapq.heappop(self._waiting)
            if until is not None and at > until:
                return
            self.now = at
            wait = next(actor, None)
            yield from self._take_sent()
            if wait is not None:
                heapq.heappush(self._waiting, (at + max(1, round(wait * SECOND)), number, actor))

    def _take_sent(self) -> list[Message]:
        sent, self._sent = self._sent, []
        return sent
