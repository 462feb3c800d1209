"""Timers of event rules and tours: at most one per key, fired in (time, key) order.

A changed timer leaves its old entry in the heap, which is skipped when it comes up; the heap is rebuilt when most of it
is such leftovers, so it stays proportional to the timers that run.
"""

from heapq import heapify, heappop, heappush
from typing import Final, Generic, TypeVar

from domain.instant import Instant

KeyT = TypeVar("KeyT", bound=tuple[str, ...])

LEFTOVERS: Final = 64
"""The heap may hold twice the running timers plus this many before it is rebuilt."""


class Deadlines(Generic[KeyT]):
    """The timers that run."""

    def __init__(self) -> None:
        """No timers."""
        self._running: dict[KeyT, Instant] = {}
        self._heap: list[tuple[Instant, KeyT]] = []

    def set(self, key: KeyT, at: Instant | None) -> None:
        """Run the key's timer until `at` instead of what it was set to; None stops it."""
        if at is None:
            self._running.pop(key, None)
        elif self._running.get(key) != at:
            self._running[key] = at
            heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self._running) + LEFTOVERS:
                self._heap = [(when, each) for each, when in self._running.items()]
                heapify(self._heap)

    def next(self) -> Instant | None:
        """When the next timer ends, or None."""
        heap = self._heap
        while heap:
            at, key = heap[0]
            if self._running.get(key) == at:
                return at
            heappop(heap)
        return None

    def pop(self, until: Instant) -> tuple[Instant, KeyT] | None:
        """Take out the first timer that ends at or before `until`."""
        at = self.next()
        if at is None or at > until:
            return None
        found = heappop(self._heap)
        del self._running[found[1]]
        return found

    def clear(self) -> None:
        """Stop all timers."""
        self._running.clear()
        self._heap.clear()
