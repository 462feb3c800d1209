"""Notes when the link to the broker went and came: what lies between was not watched (gap law)."""

from collections.abc import Callable
from typing import Final

from collector.session import SessionEvent
from domain.instant import Instant, from_seconds
from runtime.clock import Clock
from vigil.clock_choice import speed_of
from vigil.health import Health

_FAULTS: Final = frozenset(
    {SessionEvent.SESSION_LOST, SessionEvent.TAKEN_OVER, SessionEvent.THREAD_DIED, SessionEvent.THREAD_HUNG}
)


class LinkWatch:
    """Tells the engine of each time without a link, and health of what does not mend itself."""

    def __init__(
        self,
        clock: Clock,
        health: Health,
        *,
        keepalive: float,
        report_gap: Callable[[Instant, Instant, str], None],
        is_connected: Callable[[], bool],
    ) -> None:
        """`keepalive` is in seconds of real time; `report_gap` takes start, end and reason."""
        self._clock = clock
        self._health = health
        self._keepalive = keepalive
        self._report_gap = report_gap
        self._is_connected = is_connected
        self._lost_at: Instant | None = None

    def hear(self, event: SessionEvent, detail: str) -> None:
        """Take news of a session, on the thread that has it."""
        if event is SessionEvent.DISCONNECTED and self._lost_at is None:
            # A silent link is noticed within two keepalives: nothing since then can be taken for absence.
            unnoticed = 2 * self._keepalive * speed_of(self._clock)
            self._lost_at = self._clock() - from_seconds(unnoticed)
            self._report_gap(self._lost_at, self._clock(), "the link to the MQTT broker was lost")
        elif event is SessionEvent.CONNECTED and self._lost_at is not None and self._is_connected():
            lost_at, self._lost_at = self._lost_at, None
            self._report_gap(lost_at, self._clock(), "the link to the MQTT broker was away")
        elif event in _FAULTS:
            self._health.fault(f"collector {event}", detail)
