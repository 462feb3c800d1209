"""Which messages have been seen, by (device, boot, seq), as sets of intervals: a device that counts well costs one.

A boot's set is a flat ascending list of half-open intervals `[from, to, from, to, ...]`: the number of bounds <= seq is
odd exactly where seq lies inside one. Beside it stands what `rules.identity_conflicts` compares repetitions with.
"""

from bisect import bisect_right
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from msgspec import Struct, field

from domain.identity import MessageIdentity
from domain.instant import Instant
from domain.record import Believed, Record
from rules.fingerprints import fingerprint

BOOTS_KEPT: Final = 8
"""A device that restarted more often than this since a message was sent is not expected to send it again."""

INTERVALS_KEPT: Final = 1024
"""With more holes than this in one boot's count, the lowest interval is forgotten: a message of it that comes again is
then taken for new. Closing holes instead would drop messages that never came, which is worse."""

FINGERPRINTS_KEPT: Final = 32
"""Newest numbers of a boot whose content is remembered, a power of two. What is sent again was in flight just before;
older numbers are told by their time (`rules.identity_conflicts`)."""

JOINED_BY: Final = 1000
"""A device whose first message ever has a number above this was counting before Vigil listened: what it sent then is
not missing. Below it, numbers from 1 on are waited for."""

_SLOT: Final = FINGERPRINTS_KEPT - 1
_LOW: Final = 0xFFFF_FFFF


class Sighting(IntEnum):
    """How a message stands to those of its boot that were seen before it."""

    NEXT = 0
    AHEAD = 1
    BETWEEN = 2
    AGAIN = 3


class SeenBoot(Struct, kw_only=True):
    """What is known of one boot of a device.

    Nothing below `base` is waited for. `began_at` is when its first message was received, `began_made` when that was
    made by the device's clock where that is believed; `newest_made` the latest time that the device claimed in it.
    `prints` are the low 32 bits of a seq and its fingerprint, at the place that the seq's lowest bits say.
    """

    boot: str
    bounds: list[int]
    base: int
    began_at: Instant
    began_made: Instant | None
    newest_made: Instant
    prints: list[int]

    def differs(self, seq: int, record: Record) -> bool | None:
        """Tell whether a message that was seen under this number said something else; None where that is forgotten."""
        kept = self.prints[seq & _SLOT]
        return None if kept >> 32 != seq & _LOW else kept & _LOW != fingerprint(record)


class SeenDevice(Struct, kw_only=True):
    """The boots of one device in the order in which they appeared, and the one that spoke last.

    `crossings` counts how often an older boot spoke up again after a younger had begun, `crossed_at` the last time.
    """

    site: str
    device: str
    latest: str
    boots: dict[str, SeenBoot] = field(default_factory=dict)
    crossings: int = 0
    crossed_at: Instant = 0

    def newest(self) -> SeenBoot:
        """The boot that appeared last."""
        return next(reversed(self.boots.values()))


class SeenMessages:
    """Remembers every message with an identity, bounded per device."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._devices: dict[tuple[str, str], SeenDevice] = {}

    def take(self, identity: MessageIdentity, record: Record) -> Sighting:
        """Remember a message, and say how it stands to the others; one that comes AGAIN changes nothing."""
        device = self._devices.get((record.site or "", identity.device))
        boot = None if device is None else device.boots.get(identity.boot)
        if boot is None:
            boot = self._begin(identity, record, device)
            sighting = Sighting.AHEAD if identity.seq > boot.base else Sighting.NEXT
        elif boot.bounds[-1] == identity.seq:
            boot.bounds[-1] += 1
            sighting = Sighting.NEXT
        else:
            sighting = _insert(boot, identity.seq)
            if sighting is Sighting.AGAIN:
                return sighting
        seq, made = identity.seq, record.device_time
        boot.prints[seq & _SLOT] = (seq & _LOW) << 32 | fingerprint(record)
        if made is not None and made > boot.newest_made:
            boot.newest_made = made
        return sighting

    def device(self, site: str, device: str) -> SeenDevice:
        """What is known of a device that was seen."""
        return self._devices[site, device]

    def state(self) -> list[SeenDevice]:
        """Everything remembered."""
        return list(self._devices.values())

    def restore(self, state: Iterable[SeenDevice]) -> None:
        """Take back what `state` gave; it is not copied."""
        self._devices = {(seen.site, seen.device): seen for seen in state}

    def _begin(self, identity: MessageIdentity, record: Record, device: SeenDevice | None) -> SeenBoot:
        is_first_ever = device is None
        if device is None:
            site = record.site or ""
            device = SeenDevice(site=site, device=identity.device, latest=identity.boot)
            self._devices[site, identity.device] = device
        seq, made = identity.seq, record.device_time
        boot = device.boots[identity.boot] = SeenBoot(
            boot=identity.boot,
            bounds=[seq, seq + 1],
            base=seq if is_first_ever and seq > JOINED_BY else min(seq, 1),
            began_at=record.received_at,
            began_made=made if record.believed is Believed.DEVICE else None,
            newest_made=0,
            prints=[0] * FINGERPRINTS_KEPT,
        )
        if len(device.boots) > BOOTS_KEPT:
            del device.boots[next(iter(device.boots))]
        return boot


def missing_between(bounds: list[int], start: int, end: int) -> tuple[int, int, int] | None:
    """The first, last and count of numbers >= `start` and < `end` that lie in no interval; None where all do."""
    cursor, first, last, count = start, 0, 0, 0
    place = bisect_right(bounds, start)
    if place % 2:
        cursor, place = bounds[place], place + 1
    while cursor < end:
        hole_ends = min(bounds[place], end) if place < len(bounds) else end
        if hole_ends > cursor:
            first = first if count else cursor
            last, count = hole_ends - 1, count + hole_ends - cursor
        if place + 1 >= len(bounds):
            break
        cursor, place = bounds[place + 1], place + 2
    return (first, last, count) if count else None


def _insert(boot: SeenBoot, seq: int) -> Sighting:
    """Add one number to the intervals, unless it is in them."""
    bounds = boot.bounds
    place = bisect_right(bounds, seq)
    if place % 2:
        return Sighting.AGAIN
    sighting = Sighting.AHEAD if place == len(bounds) else Sighting.BETWEEN
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
            boot.base = max(boot.base, bounds[0])
    return sighting
