"""Who was where with what: the scans of 7 days, looked through for signs that they were faked.

Each sign follows from a scan and its neighbours in time: those of the same officer, of the same device, of the same
tag. A scan that arrives late is put in its place, and its neighbours are looked at again (Late law). Nothing here is
asked by a verdict.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Final

from msgspec import Struct

from domain.fraud import FraudKind, FraudMark
from domain.instant import DAY, Duration, Instant, from_seconds, to_seconds
from domain.observations import ScanMethod
from domain.site import Checkpoint, Site

HORIZON: Final[Duration] = 7 * DAY
"""A run is forgotten this long after its end; a scan older than that changes nothing any more."""
BOOTS_KEPT: Final = 4096
"""Boots whose beginning is remembered."""

_EARTH_M: Final = 6_371_000.0


class Footprint(Struct, frozen=True, order=True):
    """A scan as evidence; fields in the order of the Late law. `skew` is how far the device's clock was off, if so."""

    at: Instant
    device: str
    boot: str
    number: int
    seq: int
    officer: str
    checkpoint: str
    method: ScanMethod
    skew: Duration = 0
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None


class FootprintsState(Struct, frozen=True, kw_only=True):
    """The stored form of one site's footprints."""

    site: str
    prints: list[Footprint]
    marks: dict[int, tuple[FraudMark, ...]]
    boots: dict[str, Instant] = {}


class Footprints:
    """The scans of one site."""

    def __init__(self, site: Site, state: FootprintsState | None = None) -> None:
        """Go on with what was kept, under what is configured now."""
        self._settings = site.fraud
        self._checkpoints: Mapping[str, Checkpoint] = {each.id: each for each in site.checkpoints}
        self._ways = {pair: walk.seconds for walk in site.walks for pair in ((walk.a, walk.b), (walk.b, walk.a))}
        self._site = site.id
        self._lists: dict[tuple[str, str], list[Footprint]] = {}
        self._boots: dict[str, Instant] = {} if state is None else dict(state.boots)
        self._marks: dict[int, tuple[FraudMark, ...]] = {} if state is None else dict(state.marks)
        for footprint in () if state is None else state.prints:
            for key in _keys(footprint):
                insort(self._lists.setdefault(key, []), footprint)

    def add(self, footprint: Footprint) -> list[Footprint]:
        """Put a scan in its place; gives it, and the others whose marks changed by it."""
        around: dict[int, Footprint] = {footprint.seq: footprint}
        for key in _keys(footprint):
            kept = self._lists.setdefault(key, [])
            self._forget(kept, footprint.at - HORIZON)
            if kept and footprint < kept[-1]:
                place = bisect_left(kept, footprint)
                kept.insert(place, footprint)
                around |= {each.seq: each for each in kept[max(0, place - 1) : place + 2]}
                continue
            if kept and _is_seen_from(kept[-1], footprint, key[0]):
                around[kept[-1].seq] = kept[-1]
            kept.append(footprint)
        changed = self._judge_anew(around.values())
        return [footprint, *(each for each in changed if each is not footprint)]

    def begin(self, device: str, boot: str, at: Instant) -> list[Footprint]:
        """A device's boot began at `at`; gives the scans whose marks changed, because they claim to be older."""
        key = f"{device}/{boot}"
        if self._boots.get(key, at + 1) <= at:
            return []
        self._boots[key] = at
        while len(self._boots) > BOOTS_KEPT:
            del self._boots[next(iter(self._boots))]
        kept = self._lists.get(("device", device), [])
        return self._judge_anew([each for each in kept if each.boot == boot])

    def marks(self, seq: int) -> tuple[FraudMark, ...]:
        """The marks on the scan of a record."""
        return self._marks.get(seq, ())

    def state(self) -> FootprintsState:
        """Everything remembered."""
        prints = [each for (kind, _), kept in self._lists.items() if kind == "officer" for each in kept]
        return FootprintsState(
            site=self._site, prints=prints, marks={s: m for s, m in self._marks.items() if m}, boots=dict(self._boots)
        )

    def _judge_anew(self, prints: Iterable[Footprint]) -> list[Footprint]:
        changed = []
        for each in prints:
            marks = self._judge(each)
            if marks != self._marks.get(each.seq, ()):
                self._marks[each.seq] = marks
                changed.append(each)
        return changed

    def _forget(self, kept: list[Footprint], before: Instant) -> None:
        if kept and kept[0].at < before:
            count = next((place for place, each in enumerate(kept) if each.at >= before), len(kept))
            for each in kept[:count]:
                self._marks.pop(each.seq, None)
            del kept[:count]

    def _judge(self, scan: Footprint) -> tuple[FraudMark, ...]:
        of_officer, of_device, of_tag = (self._neighbours(key, scan) for key in _keys(scan))
        checkpoint = self._checkpoints.get(scan.checkpoint)
        found = (
            self._speed(scan, of_officer[0]),
            self._two_devices(scan, of_tag),
            self._many_officers(scan, of_device),
            self._clock(scan, of_device),
            None if checkpoint is None else _method(scan, checkpoint),
            None if checkpoint is None else self._place(scan, checkpoint),
        )
        return tuple(mark for mark in found if mark is not None)

    def _neighbours(self, key: tuple[str, str], scan: Footprint) -> tuple[Footprint | None, Footprint | None]:
        kept = self._lists[key]
        place = len(kept) - 1 if kept[-1] is scan else bisect_left(kept, scan)
        after = kept[place + 1] if place + 1 < len(kept) else None
        return kept[place - 1] if place else None, after

    def _speed(self, scan: Footprint, before: Footprint | None) -> FraudMark | None:
        if before is None or before.checkpoint == scan.checkpoint:
            return None
        least = self._least_seconds(before, scan)
        took = to_seconds(scan.at - before.at)
        if took >= least:
            return None
        return FraudMark(
            kind=FraudKind.IMPOSSIBLE_SPEED, value=round(took, 3), limit=round(least, 3), other=before.checkpoint
        )

    def _least_seconds(self, before: Footprint, scan: Footprint) -> float:
        """The shortest time in which one can get from one scan to the other; 0 where nothing is known of the way."""
        walk = self._ways.get((before.checkpoint, scan.checkpoint))
        start, end = self._checkpoints.get(before.checkpoint), self._checkpoints.get(scan.checkpoint)
        if walk is None and start is not None and end is not None:
            walk = self._ways.get((start.zone, end.zone)) if start.zone != end.zone else None
        if walk is not None:
            return walk * self._settings.fastest_share
        apart = _metres_apart(before, scan)
        if apart == 0.0 and start is not None and end is not None and start.zone == end.zone:
            apart = _on_plan(start, end)
        return apart / self._settings.fastest_metres_per_second

    def _two_devices(self, scan: Footprint, around: Sequence[Footprint | None]) -> FraudMark | None:
        limit = self._settings.two_devices_seconds
        for other in around:
            if other is not None and other.device != scan.device and other.officer == scan.officer:
                apart = abs(scan.at - other.at)
                if apart <= from_seconds(limit):
                    return _apart(FraudKind.TAG_ON_TWO_DEVICES, apart, limit, other.device)
        return None

    def _many_officers(self, scan: Footprint, around: Sequence[Footprint | None]) -> FraudMark | None:
        limit = self._settings.many_officers_seconds
        for other in around:
            if other is not None and other.officer != scan.officer and abs(scan.at - other.at) <= from_seconds(limit):
                return _apart(FraudKind.MANY_OFFICERS_ONE_DEVICE, abs(scan.at - other.at), limit, other.officer)
        return None

    def _clock(self, scan: Footprint, around: Sequence[Footprint | None]) -> FraudMark | None:
        """The device's clock was not believed, was before its own boot, or went back: a later number is earlier."""
        before, after = around
        off = abs(scan.skew)
        began = self._boots.get(f"{scan.device}/{scan.boot}")
        if began is not None and began - scan.at > off:
            off = began - scan.at
        if after is not None and after.boot == scan.boot and after.number < scan.number:
            off = max(off, after.at - scan.at)
        if before is not None and before.boot == scan.boot and before.number > scan.number:
            off = max(off, scan.at - before.at)
        if off <= from_seconds(self._settings.skew_seconds):
            return None
        return _apart(FraudKind.CLOCK_SKEW, off, self._settings.skew_seconds, scan.device)

    def _place(self, scan: Footprint, checkpoint: Checkpoint) -> FraudMark | None:
        where = checkpoint.location
        if where is None or scan.latitude is None or scan.longitude is None:
            return None
        vague = scan.accuracy_m or 0.0
        away = _metres(scan.latitude, scan.longitude, where.latitude, where.longitude)
        if vague > self._settings.useless_accuracy_m or away - vague <= checkpoint.radius_m:
            return None
        return FraudMark(kind=FraudKind.OUTSIDE_RADIUS, value=round(away, 1), limit=checkpoint.radius_m)


def _method(scan: Footprint, checkpoint: Checkpoint) -> FraudMark | None:
    weak = scan.method not in checkpoint.methods if checkpoint.methods else scan.method is ScanMethod.MANUAL
    if not weak:
        return None
    return FraudMark(kind=FraudKind.WEAK_METHOD, value=0.0, limit=0.0, other=scan.method.value)


def _is_seen_from(before: Footprint, scan: Footprint, kind: str) -> bool:
    """Tell whether a scan may mark the one just before it: nobody's speed hangs on what came afterwards."""
    if kind == "tag":
        return before.device != scan.device
    if kind == "device":
        return before.officer != scan.officer or (before.boot == scan.boot and before.number > scan.number)
    return False


def _keys(footprint: Footprint) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    return ("officer", footprint.officer), ("device", footprint.device), ("tag", footprint.checkpoint)


def _apart(kind: FraudKind, apart: Duration, limit: float, other: str) -> FraudMark:
    return FraudMark(kind=kind, value=round(to_seconds(apart), 3), limit=limit, other=other)


def _on_plan(start: Checkpoint, end: Checkpoint) -> float:
    if start.position is None or end.position is None:
        return 0.0
    return hypot(start.position.x - end.position.x, start.position.y - end.position.y)


def _metres_apart(some: Footprint, other: Footprint) -> float:
    """The distance by their positions, less what these may be off; 0 where one has none."""
    if some.latitude is None or some.longitude is None or other.latitude is None or other.longitude is None:
        return 0.0
    away = _metres(some.latitude, some.longitude, other.latitude, other.longitude)
    return max(0.0, away - (some.accuracy_m or 0.0) - (other.accuracy_m or 0.0))


def _metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The great-circle distance (haversine)."""
    north, east = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    half = sin(north) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(half)))
