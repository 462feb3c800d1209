"""Devices that have said nothing for longer than configured, and sites where that is true of all of them at once.

Hearing a device only notes the time: its timer is moved on when it comes up, so a device that speaks costs no heap
operation. While a whole site may have gone silent its devices are held back for at most one interval, so that one alarm
can stand for them all.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final

from msgspec import Struct, field

from domain.instant import Duration, Instant, from_seconds
from domain.priority import Priority
from domain.site import Site

GRACE_SHARE: Final = 1.05
GRACE_SECONDS: Final = 0.5
"""Silence is reported after the configured time, a twentieth of it and this. The bound is a tenth and a second
(reliability.md F27); what is left of it is for the clock's ticks."""

SITE_DEVICES: Final = 3
"""So many devices must be silent before their site is."""

_OWN_PRIORITY: Final = Priority.MEDIUM
"""How urgent it is that a device is silent for longer than configured."""

_Key = tuple[str, str, str]
_DEVICE: Final = "device"
_SITE: Final = "site"
"""Keys of timers; at one instant all devices come before the sites that are judged by them."""


class Change(StrEnum):
    """What became known: a device fell silent, needs an alarm of its own, is missed by rules on its points, speaks
    again; all that of a site.
    """

    SILENT = "silent"
    ALONE = "alone"
    MISSED = "missed"
    BACK = "back"
    SITE_SILENT = "site_silent"
    SITE_BACK = "site_back"


class SilentNews(Struct, frozen=True, kw_only=True):
    """One change; `device` is empty where it is about the site, `devices` are then the silent ones.

    `since` is when the site was heard last, or has been watched without a break. `priority` is that of the rules that
    miss a device.
    """

    at: Instant
    change: Change
    site: str
    device: str = ""
    devices: tuple[str, ...] = ()
    since: Instant = 0
    priority: Priority | None = None


class WatchedDevice(Struct, kw_only=True):
    """A device that is waited for: `since` when it was heard, or has been watched without a break."""

    since: Instant
    patience: Duration
    is_silent: bool = False


class WatchedSite(Struct, kw_only=True):
    """A site's watched devices by id; `since` is the newest of theirs.

    `held` are silent devices whose alarm waits until the given time, should the whole site turn out to be silent.
    `alarmed` are those that have an alarm of their own, with its urgency, also such as nobody waits for.
    """

    site: str
    since: Instant
    devices: dict[str, WatchedDevice] = field(default_factory=dict)
    held: dict[str, Instant] = field(default_factory=dict)
    is_silent: bool = False
    alarmed: dict[str, Priority] = field(default_factory=dict)


class SilentDevices:
    """All devices that are waited for."""

    def __init__(self) -> None:
        """Nobody is waited for."""
        self._sites: dict[str, WatchedSite] = {}
        self._heap: list[tuple[Instant, _Key]] = []

    def configure(self, sites: Iterable[Site], at: Instant) -> None:
        """Take who is waited for from now on; those that stay keep their time."""
        before, self._sites = self._sites, {}
        for site in sites:
            known = before.get(site.id) or WatchedSite(site=site.id, since=at)
            devices: dict[str, WatchedDevice] = {}
            can_be_missed = {each.id for each in site.devices if each.points or each.report_seconds is not None}
            known.alarmed = {device: grade for device, grade in known.alarmed.items() if device in can_be_missed}
            for device in site.devices:
                if device.report_seconds is None:
                    continue
                watched = known.devices.get(device.id) or WatchedDevice(since=at, patience=0)
                watched.patience = from_seconds(device.report_seconds * GRACE_SHARE + GRACE_SECONDS)
                devices[device.id] = watched
            if devices or any(device.points for device in site.devices):
                known.devices = devices
                known.held = {device: when for device, when in known.held.items() if device in devices}
                self._sites[site.id] = known
        self._set_timers()

    def hear(self, site: str, device: str, at: Instant) -> list[SilentNews]:
        """A device spoke."""
        place = self._sites.get(site)
        watched = None if place is None else place.devices.get(device)
        if place is None or watched is None:
            return [] if place is None else list(_no_longer_alarmed(place, device, at))
        if at < watched.since:
            # Vigil's clock was set back: what was to come is due that much earlier.
            watched.since = at
            self._set_timers()
        place.since = watched.since = at
        if not watched.is_silent and not place.held and not place.is_silent and device not in place.alarmed:
            return []
        return list(self._heard_again(place, device, watched, at))

    def miss(self, site: str, device: str, priority: Priority, at: Instant) -> list[SilentNews]:
        """A rule on one of its points, of this urgency, hears nothing, and nor does anybody else of the device."""
        place = self._sites.get(site)
        stands = None if place is None else place.alarmed.get(device)
        if place is None or (stands is not None and stands.rank <= priority.rank):
            return []
        place.alarmed[device] = priority
        silent = SilentNews(at=at, change=Change.SILENT, site=site, device=device)
        return [silent, SilentNews(at=at, change=Change.MISSED, site=site, device=device, priority=priority)]

    def pause(self, start: Instant, end: Instant) -> None:
        """Nobody listened from `start` to `end`: they were not silent meanwhile."""
        for place in self._sites.values():
            moved = _shifted(place.since, start, end) - place.since
            place.since += moved
            place.held = {device: when + moved for device, when in place.held.items()}
            for watched in place.devices.values():
                watched.since = _shifted(watched.since, start, end)
        self._set_timers()

    def next_deadline(self) -> Instant | None:
        """When somebody would be silent for too long, if not heard before."""
        heap = self._heap
        while heap:
            at, key = heap[0]
            due = self._due(key)
            if due == at:
                return at
            if due is None:
                heappop(heap)
            else:
                heapreplace(heap, (due, key))
        return None

    def fire(self, until: Instant) -> list[SilentNews]:
        """All that has been silent for too long at `until`, in the order of (time, site, device)."""
        news: list[SilentNews] = []
        while (at := self.next_deadline()) is not None and at <= until:
            _, (kind, site, device) = heappop(self._heap)
            place = self._sites[site]
            news += self._fall_silent(place, device, at) if kind == _DEVICE else _decide(place, at)
            self._set_timer((_SITE, site, ""))
        return news

    def silent(self) -> frozenset[tuple[str, str]]:
        """The (site, device) that have said nothing for too long."""
        sites = self._sites.items()
        waited_for = {(site, each) for site, place in sites for each, it in place.devices.items() if it.is_silent}
        return frozenset(waited_for.union((site, each) for site, place in sites for each in place.alarmed))

    def is_alarmed(self, site: str, device: str) -> bool:
        """Whether a device has an alarm of its own."""
        place = self._sites.get(site)
        return place is not None and device in place.alarmed

    def is_watching(self, site_or_device: str) -> bool:
        """Tell whether a device, or any device of a site, is waited for."""
        if site_or_device in self._sites:
            return bool(self._sites[site_or_device].devices)
        places = self._sites.values()
        return any(site_or_device in place.devices or site_or_device in place.alarmed for place in places)

    def state(self) -> list[WatchedSite]:
        """Everything remembered."""
        return list(self._sites.values())

    def restore(self, state: Iterable[WatchedSite]) -> None:
        """Take back what `state` gave; it is not copied."""
        self._sites = {place.site: place for place in state}
        for place in self._sites.values():
            if not place.is_silent:  # earlier versions did not remember who has an alarm
                silent = {each for each, watched in place.devices.items() if watched.is_silent}
                place.alarmed |= dict.fromkeys(sorted(silent - place.held.keys() - place.alarmed.keys()), _OWN_PRIORITY)
        self._set_timers()

    def _fall_silent(self, place: WatchedSite, device: str, at: Instant) -> Iterator[SilentNews]:
        watched = place.devices[device]
        watched.is_silent = True
        yield SilentNews(at=at, change=Change.SILENT, site=place.site, device=device)
        if place.is_silent:
            return
        # Devices speak at least twice in their time, so somebody has spoken in half of it unless nobody can.
        if len(place.devices) >= SITE_DEVICES and 2 * (at - place.since) >= watched.patience:
            place.held[device] = max(at, place.since + watched.patience)
        else:
            yield from _alone(place, device, at)

    def _heard_again(
        self, place: WatchedSite, device: str, watched: WatchedDevice, at: Instant
    ) -> Iterator[SilentNews]:
        if watched.is_silent:
            watched.is_silent = False
            self._set_timer((_DEVICE, place.site, device))
            place.alarmed.setdefault(device, _OWN_PRIORITY)
        yield from _no_longer_alarmed(place, device, at)
        for other in [other for other in place.held if other != device]:
            yield from _alone(place, other, at)
        place.held = {}
        if place.is_silent:
            place.is_silent = False
            yield SilentNews(at=at, change=Change.SITE_BACK, site=place.site)
            # No alarm stands for the others any more: they have their time anew.
            for other, silent in place.devices.items():
                if silent.is_silent:
                    silent.is_silent, silent.since = False, at
                    self._set_timer((_DEVICE, place.site, other))

    def _due(self, key: _Key) -> Instant | None:
        """When the timer of this key really ends; None where it does not run."""
        kind, site, device = key
        place = self._sites.get(site)
        if place is None:
            return None
        if kind == _SITE:
            return min(place.held.values(), default=None)
        watched = place.devices.get(device)
        return None if watched is None or watched.is_silent else watched.since + watched.patience

    def _set_timer(self, key: _Key) -> None:
        due = self._due(key)
        if due is not None:
            heappush(self._heap, (due, key))

    def _set_timers(self) -> None:
        keys = [(_SITE, site, "") for site in self._sites]
        keys += [(_DEVICE, site, device) for site, place in self._sites.items() for device in place.devices]
        self._heap = [(due, key) for key in keys if (due := self._due(key)) is not None]
        heapify(self._heap)


def _decide(place: WatchedSite, at: Instant) -> Iterator[SilentNews]:
    """Nobody of the site has spoken while an alarm was held back: one for all, or for each its own."""
    due = [device for device, when in place.held.items() if when <= at]
    widest = max(place.devices[device].patience for device in due)
    peers = [watched for watched in place.devices.values() if watched.patience <= widest]
    if len(peers) >= SITE_DEVICES and all(watched.is_silent for watched in peers):
        place.is_silent, place.held = True, {}
        silent = tuple(device for device, watched in place.devices.items() if watched.is_silent)
        yield SilentNews(at=at, change=Change.SITE_SILENT, site=place.site, devices=silent, since=place.since)
        return
    for device in due:
        del place.held[device]
        yield from _alone(place, device, at)


def _alone(place: WatchedSite, device: str, at: Instant) -> Iterator[SilentNews]:
    """A silent device needs an alarm of its own, unless it has one."""
    if device not in place.alarmed:
        place.alarmed[device] = _OWN_PRIORITY
        yield SilentNews(at=at, change=Change.ALONE, site=place.site, device=device)


def _no_longer_alarmed(place: WatchedSite, device: str, at: Instant) -> Iterator[SilentNews]:
    if place.alarmed.pop(device, None) is not None:
        yield SilentNews(at=at, change=Change.BACK, site=place.site, device=device)


def _shifted(since: Instant, start: Instant, end: Instant) -> Instant:
    return since + max(0, end - start) if since <= start else max(since, end)
