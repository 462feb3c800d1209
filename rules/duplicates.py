"""Which messages have been seen, by (device, boot, seq), as sets of intervals: a device that counts well costs one.

A boot's set is a flat ascending list of half-open intervals `[from, to, from, to, ...]`: the number of bounds <= seq is
odd exactly where seq lies inside one.
"""

from bisect import bisect_right
from typing import Final

from msgspec import Struct

from domain.identity import MessageIdentity

BOOTS_KEPT: Final = 8
"""A device that restarted more often than this since a message was sent is not expected to send it again."""

INTERVALS_KEPT: Final = 1024
"""With more holes than this in one boot's count, the lowest interval is forgotten: a message of it that comes again is
then taken for new. Closing holes instead would drop messages that never came, which is worse."""


class SeenBoot(Struct, frozen=True, kw_only=True):
    """The stored form of what is known of one boot of one device."""

    site: str
    device: str
    boot: str
    bounds: list[int]


class SeenMessages:
    """Remembers every message with an identity, bounded per device."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._boots: dict[tuple[str, str], dict[str, list[int]]] = {}

    def is_first(self, site: str, identity: MessageIdentity) -> bool:
        """Tell whether this message is seen for the first time, and remember it."""
        key = (site, identity.device)
        boots = self._boots.get(key)
        if boots is None:
            boots = self._boots[key] = {}
        bounds = boots.get(identity.boot)
        if bounds is None:
            boots[identity.boot] = [identity.seq, identity.seq + 1]
            if len(boots) > BOOTS_KEPT:
                del boots[next(iter(boots))]
            return True
        if bounds[-1] == identity.seq:
            bounds[-1] = identity.seq + 1
            return True
        return _insert(bounds, identity.seq)

    def state(self) -> list[SeenBoot]:
        """Everything remembered, boots of a device in the order in which they appeared."""
        return [
            SeenBoot(site=site, device=device, boot=boot, bounds=list(bounds))
            for (site, device), boots in self._boots.items()
            for boot, bounds in boots.items()
        ]

    def restore(self, state: list[SeenBoot]) -> None:
        """Take back what `state` gave."""
        self._boots = {}
        for seen in state:
            self._boots.setdefault((seen.site, seen.device), {})[seen.boot] = list(seen.bounds)


def _insert(bounds: list[int], seq: int) -> bool:
    """Add one number to the intervals; False where it was in them."""
    place = bisect_right(bounds, seq)
    if place % 2:
        return False
    joins_left = place > 0 and bounds[place - 1] == seq
    joins_right = place < len(bounds) and bounds[place] == seq + 1
    if joins_left and joins_right:
        del bounds[place - 1 : place + 1]
    elif joins_left:
        bounds[place - 1] = seq + 1
    elif joins_right:
        bounds[place] = seq
    else:
        bounds[place:place] = [seq, seq + 1]
        if len(bounds) > 2 * INTERVALS_KEPT:
            del bounds[:2]
    return True
