"""How far the engine is behind the journal, in seconds: what live pages say before they look calm."""

from collections import deque
from collections.abc import Callable

from msgspec import Struct


class _Sample(Struct, frozen=True):
    at: float
    stored: int


class EngineLag:
    """Remembers when the journal had come how far; the engine is behind since the first moment it has not judged.

    Used from the event loop alone.
    """

    def __init__(self, stored: Callable[[], int], judged: Callable[[], int], stopwatch: Callable[[], float]) -> None:
        """Compare the journal's last seq (`stored`) with the last one whose consequences are known (`judged`)."""
        self._stored = stored
        self._judged = judged
        self._stopwatch = stopwatch
        self._samples: deque[_Sample] = deque()

    def seconds(self) -> float:
        """For how long at most the oldest record that is not judged has waited; 0 where all are.

        As fine as it is asked: a record counts from the first question after it was stored.
        """
        now = self._stopwatch()
        # The engine first: what is stored between the two questions would look judged late otherwise.
        judged = self._judged()
        stored = self._stored()
        if judged >= stored:
            self._samples.clear()
            return 0.0
        if not self._samples or self._samples[-1].stored < stored:
            self._samples.append(_Sample(now, stored))
        while self._samples[0].stored <= judged:
            self._samples.popleft()
        return now - self._samples[0].at
