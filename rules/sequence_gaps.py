"""Messages that are missing: a hole in a boot's count that is not filled in time is reported, and followed until it is.

A hole shows when a later number arrives. Networks and the two MQTT sessions change the order of messages, so the hole
has `PATIENCE` to be filled before it is reported. What a boot said after its last number that came, nobody can know.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct, field

from domain.effects import GapEnd, SequenceGap, SequenceGapClosed
from domain.instant import SECOND, Duration, Instant
from rules.deadlines import Deadlines
from rules.duplicates import SeenBoot, missing_between

PATIENCE: Final[Duration] = 45 * SECOND
"""How long a hole may stay before it is reported. The bound is 60 s (reliability.md F4)."""

GRAIN: Final[Duration] = SECOND
"""Holes that show within this of one another are reported together, so that few are waited for at once."""

REVEALED_KEPT: Final = 64
"""Times waited for at once; more than `PATIENCE` has grains only where the clock was set back."""

GAPS_KEPT: Final = 32
"""Open gaps of one boot that are told apart; beyond that the two oldest become one."""

_Key = tuple[str, str, str]


class Revealed(Struct):
    """All numbers below `edge` should have come: that showed at `at`."""

    edge: int
    at: Instant


class Gap(Struct):
    """A reported gap; `missing` numbers of it have not come."""

    first: int
    last: int
    missing: int


class BootGaps(Struct, kw_only=True):
    """What is waited for and what was reported of one boot; numbers below `judged_to` have been judged."""

    site: str
    device: str
    boot: str
    judged_to: int = 0
    revealed: list[Revealed] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class SequenceGaps:
    """The gaps of all devices that have any."""

    def __init__(self) -> None:
        """No holes."""
        self._devices: dict[tuple[str, str], dict[str, BootGaps]] = {}
        self._deadlines: Deadlines[_Key] = Deadlines()

    def reveal(self, site: str, device: str, boot: str, edge: int, at: Instant) -> None:
        """A message arrived that leaves a hole behind it: from now on that is waited for."""
        boots = self._devices.setdefault((site, device), {})
        held = boots.get(boot)
        if held is None:
            held = boots[boot] = BootGaps(site=site, device=device, boot=boot)
        newest = held.revealed[-1] if held.revealed else None
        if newest is not None and (abs(at - newest.at) < GRAIN or len(held.revealed) >= REVEALED_KEPT):
            newest.edge = edge
        else:
            held.revealed.append(Revealed(edge, at))
            self._set_timer(held)

    def fill(self, site: str, device: str, boot: str, seq: int) -> SequenceGapClosed | None:
        """A number came that had been skipped; tells where that ends a reported gap."""
        held = self._devices.get((site, device), {}).get(boot)
        gaps = [] if held is None else held.gaps
        for place, gap in enumerate(gaps):
            if gap.first <= seq <= gap.last:
                gap.missing -= 1
                if gap.missing > 0 or held is None:
                    return None
                del gaps[place]
                return _closed(held, gap, GapEnd.FILLED)
        return None

    def accept(self, site: str, device: str) -> list[SequenceGapClosed]:
        """Somebody knows that these messages are lost: nothing that was reported so far is waited for."""
        told = []
        for held in self._devices.get((site, device), {}).values():
            told += [_closed(held, gap, GapEnd.ACCEPTED) for gap in held.gaps]
            held.gaps = []
        return told

    def keep_boots(self, site: str, device: str, boots: Iterable[str]) -> list[SequenceGapClosed]:
        """Forget the gaps of all boots but these."""
        kept = dict.fromkeys(boots)
        known = self._devices.get((site, device), {})
        told = []
        for held in [held for held in known.values() if held.boot not in kept]:
            told += [_closed(held, gap, GapEnd.FORGOTTEN) for gap in held.gaps]
            self._forget(held)
        return told

    def configure(self, devices: Iterable[tuple[str, str]]) -> None:
        """Forget the devices that are not configured any more."""
        kept = dict.fromkeys(devices)
        for held in [held for held in self.state() if (held.site, held.device) not in kept]:
            self._forget(held)

    def open_gaps(self, site: str, device: str) -> list[tuple[int, int, int]]:
        """The first, the last and the count of missing numbers of each reported gap of a device, oldest first."""
        boots = self._devices.get((site, device), {})
        return [(gap.first, gap.last, gap.missing) for held in boots.values() for gap in held.gaps]

    def next_deadline(self) -> Instant | None:
        """When a hole would be reported, should nothing fill it."""
        return self._deadlines.next()

    def fire(self, until: Instant, boot_of: Callable[[_Key], SeenBoot | None]) -> list[tuple[Instant, SequenceGap]]:
        """Report what was waited for long enough and did not come, in the order of (time, site, device, boot)."""
        told: list[tuple[Instant, SequenceGap]] = []
        while (due := self._deadlines.pop(until)) is not None:
            at, key = due
            held = self._devices[key[:2]][key[2]]
            edge = held.revealed.pop(0).edge
            seen = boot_of(key)
            hole = None if seen is None else missing_between(seen.bounds, max(held.judged_to, seen.base), edge)
            held.judged_to = max(held.judged_to, edge)
            if hole is not None:
                first, last, missing = hole
                _append(held.gaps, Gap(first, last, missing))
                told.append((at, _gap(held, first, last, missing)))
            self._set_timer(held)
        return told

    def state(self) -> list[BootGaps]:
        """Everything remembered."""
        return [held for boots in self._devices.values() for held in boots.values()]

    def restore(self, state: Iterable[BootGaps]) -> None:
        """Take back what `state` gave; it is not copied."""
        self._devices = {}
        self._deadlines.clear()
        for held in state:
            self._devices.setdefault((held.site, held.device), {})[held.boot] = held
            self._set_timer(held)

    def _set_timer(self, held: BootGaps) -> None:
        at = held.revealed[0].at + PATIENCE if held.revealed else None
        self._deadlines.set((held.site, held.device, held.boot), at)

    def _forget(self, held: BootGaps) -> None:
        boots = self._devices[held.site, held.device]
        del boots[held.boot]
        if not boots:
            del self._devices[held.site, held.device]
        self._deadlines.set((held.site, held.device, held.boot), None)


def _append(gaps: list[Gap], gap: Gap) -> None:
    gaps.append(gap)
    if len(gaps) > GAPS_KEPT:
        oldest, second = gaps[:2]
        gaps[:2] = [Gap(oldest.first, second.last, oldest.missing + second.missing)]


def _gap(held: BootGaps, first: int, last: int, missing: int) -> SequenceGap:
    return SequenceGap(site=held.site, device=held.device, boot=held.boot, first=first, last=last, missing=missing)


def _closed(held: BootGaps, gap: Gap, end: GapEnd) -> SequenceGapClosed:
    return SequenceGapClosed(
        site=held.site,
        device=held.device,
        boot=held.boot,
        first=gap.first,
        last=gap.last,
        missing=gap.missing,
        end=end,
    )
