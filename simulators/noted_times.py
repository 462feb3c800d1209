"""When something happened to each of many messages: eight bytes a message, as devices count theirs without gaps."""

from array import array
from collections.abc import Iterator

from domain.identity import MessageIdentity


class NotedTimes:
    """A time for each identity, in microseconds; the first that is noted holds."""

    def __init__(self) -> None:
        """Nothing is noted."""
        self._counters: dict[tuple[str, str], array[int]] = {}
        self._count = 0

    def note(self, identity: MessageIdentity, at: int) -> None:
        """Note a time (more than 0), unless there is one."""
        times = self._counters.setdefault((identity.device, identity.boot), array("q"))
        if len(times) < identity.seq:
            times.extend([0] * (identity.seq - len(times)))
        if not times[identity.seq - 1]:
            times[identity.seq - 1] = at
            self._count += 1

    def get(self, identity: MessageIdentity) -> int | None:
        """The time, or None where none was noted."""
        times = self._counters.get((identity.device, identity.boot))
        if times is None or not 1 <= identity.seq <= len(times):
            return None
        return times[identity.seq - 1] or None

    def __contains__(self, identity: MessageIdentity) -> bool:
        return self.get(identity) is not None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[MessageIdentity]:
        for (device, boot), times in self._counters.items():
            for seq, at in enumerate(times, start=1):
                if at:
                    yield MessageIdentity(device, boot, seq)
