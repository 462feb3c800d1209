"""How many alarms one source may raise: a token bucket, kept as the time at which it will be full again.

A source that goes beyond is noisy until its bucket is full: what it raises meanwhile is kept and shown under one alarm
about the source.
"""

from msgspec import Struct

from domain.alarm_policy import AlarmPolicy
from domain.instant import Instant
from rules.deadlines import Deadlines

Source = tuple[str, str]


class SourceState(Struct, frozen=True, kw_only=True):
    """One source (site and device): when its bucket is full, and until when it is noisy."""

    site: str
    device: str
    full_at: Instant
    noisy_until: Instant | None = None


class SourceLimits:
    """The buckets that are not full."""

    def __init__(self) -> None:
        """All buckets are full."""
        self.policy = AlarmPolicy()
        self._full_at: dict[Source, Instant] = {}
        self._noisy: Deadlines[Source] = Deadlines()
        self._noisy_until: dict[Source, Instant] = {}

    def take(self, source: Source, at: Instant) -> bool:
        """Take a token for one alarm; False where there is none, and the source is noisy from now on."""
        refill = self.policy.span("source_refill")
        full_at = max(self._full_at.get(source, at), at)
        if full_at + refill - at > refill * self.policy.source_burst:
            self._noisy_until[source] = full_at
            self._noisy.set(source, full_at)
            return False
        self._full_at[source] = full_at + refill
        return True

    def next_deadline(self) -> Instant | None:
        """When the next source is noisy no more."""
        return self._noisy.next()

    def fire(self, until: Instant) -> tuple[Instant, Source] | None:
        """The first source whose bucket is full again at or before `until`."""
        due = self._noisy.pop(until)
        if due is not None:
            del self._noisy_until[due[1]]
        return due

    def state(self) -> list[SourceState]:
        """Everything remembered."""
        return [
            SourceState(site=site, device=device, full_at=full, noisy_until=self._noisy_until.get((site, device)))
            for (site, device), full in self._full_at.items()
        ]

    def restore(self, state: list[SourceState]) -> None:
        """Take back what `state` gave."""
        self._full_at = {(each.site, each.device): each.full_at for each in state}
        self._noisy.clear()
        self._noisy_until = {}
        for each in state:
            if each.noisy_until is not None:
                self._noisy_until[each.site, each.device] = each.noisy_until
                self._noisy.set((each.site, each.device), each.noisy_until)
