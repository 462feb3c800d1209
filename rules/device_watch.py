"""What messages say about the devices that send them: told twice, skipped, in conflict with others, or absent.

Puts together `duplicates`, `sequence_gaps`, `identity_conflicts`, `silent_devices` and `devices`, and raises Vigil's
own alarms (`device_alarms`) about them. A message that was seen before shows no device to be alive.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from domain.alarm import Condition, Subject, SubjectKind
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    ConflictKind,
    DuplicateIgnored,
    IdentityConflict,
    SequenceGap,
    SequenceGapClosed,
)
from domain.instant import Instant
from domain.observations import DeviceStatus
from domain.priority import Priority
from domain.record import MonitorGap, Record
from domain.site import Device, Site
from rules import device_alarms
from rules.deadlines import Deadlines
from rules.device_alarms import (
    DEVICE_SILENT,
    IDENTITY_CONFLICT,
    MISSING_MESSAGES,
    NOISY_SOURCE,
    SITE_SILENT,
    spec_of,
    subject_of,
)
from rules.devices import DevicePresence, Devices
from rules.duplicates import SeenBoot, SeenDevice, SeenMessages, Sighting
from rules.identity_conflicts import QUIET, conflict_of_boots, conflict_of_repetition
from rules.own_alarms import Said, begins, ends
from rules.sequence_gaps import BootGaps, SequenceGaps
from rules.silent_devices import Change, SilentDevices, SilentNews, WatchedSite
from rules.telling import Dated

_Key = tuple[str, str]


class Quarrel(Struct, frozen=True, kw_only=True):
    """An identity in conflict until `until`, if no further sign of it comes."""

    site: str
    device: str
    until: Instant


class DeviceWatchState(Struct, frozen=True, kw_only=True):
    """The stored form, part by part."""

    seen: list[SeenDevice]
    presence: list[DevicePresence]
    gaps: list[BootGaps]
    quarrels: list[Quarrel]
    silent: list[WatchedSite]


class DeviceWatch:
    """All devices as their messages show them."""

    def __init__(self) -> None:
        """No device is configured."""
        self._sites: dict[str, Site] = {}
        self._configured: dict[_Key, Device] = {}
        self._seen = SeenMessages()
        self._devices = Devices()
        self._gaps = SequenceGaps()
        self._silent = SilentDevices()
        self._quarrels: dict[_Key, Instant] = {}
        self._quarrel_ends: Deadlines[_Key] = Deadlines()

    def configure(self, sites: Iterable[Site], at: Instant) -> None:
        """Take the devices that are now configured, and forget what was known of others but their numbers."""
        self._sites = {site.id: site for site in sites}
        self._configured = {(site.id, device.id): device for site in sites for device in site.devices}
        self._devices.configure(self._sites.values())
        self._gaps.configure(self._configured)
        self._silent.configure(self._sites.values(), at)
        for key in [key for key in self._quarrels if key not in self._configured]:
            del self._quarrels[key]
            self._quarrel_ends.set(key, None)

    def take(self, record: Record) -> tuple[bool, Sequence[Said]]:
        """Remember a message: whether it is to be judged, and what its number says about its device."""
        identity = record.identity
        if identity is None:
            return True, ()
        sighting = self._seen.take(identity, record)
        site = record.site or ""
        device = self._seen.device(site, identity.device)
        if sighting is Sighting.AGAIN:
            told = DuplicateIgnored(device=identity.device, boot=identity.boot, seq=identity.seq)
            conflict = conflict_of_repetition(device.boots[identity.boot], record)
            return False, [(record.received_at, told), *self._conflict(record, conflict)]
        if sighting is Sighting.NEXT and device.latest == identity.boot:
            return True, ()
        return True, self._look_closer(record, device, sighting)

    def hear(self, site: str, record: Record) -> list[Said]:
        """A device spoke, and not for the first time the same; its last will is no word of its own."""
        at = record.received_at
        changed = self._devices.hear(site, record)
        told: list[Said] = [] if changed is None else [(at, changed)]
        if isinstance(record.body, DeviceStatus) and record.body.is_last_will:
            return told
        for news in self._silent.hear(site, record.source, at):
            told += self.tell(news, record.seq)
        return told

    def pause(self, gap: MonitorGap) -> None:
        """Nobody listened for a while: the devices were not silent meanwhile."""
        self._silent.pause(gap.start, gap.end)

    def last_seen(self, site: str, device: str) -> Instant | None:
        """When a device was heard last; None where it never was."""
        return self._devices.last_seen(site, device)

    def is_offline(self, site: str, device: str) -> bool:
        """Whether a device that was heard said that it goes, had that said for it by its last will, or fell silent."""
        return self._devices.is_offline(site, device)

    def is_alarmed(self, site: str, device: str) -> bool:
        """Whether a device has an alarm of its own for its silence."""
        return self._silent.is_alarmed(site, device)

    def miss(self, site: str, device: str, priority: Priority, at: Instant, cause: int) -> list[Said]:
        """A rule on one of its points, of this urgency, hears nothing, and nothing was heard of the device either."""
        return [each for news in self._silent.miss(site, device, priority, at) for each in self.tell(news, cause)]

    def next_deadline(self) -> Instant | None:
        """When `fire` would next have something to say."""
        times = (self._gaps.next_deadline(), self._silent.next_deadline(), self._quarrel_ends.next())
        return min((at for at in times if at is not None), default=None)

    def fire(self, until: Instant, cause: int) -> list[tuple[tuple[Instant, str, str], Said]]:
        """All that time brings up to `until`, each with its place in the order of (time, rule, subject)."""
        told: list[tuple[tuple[Instant, str, str], Said]] = []
        for at, gap in self._gaps.fire(until, self._boot_of):
            told += [((at, MISSING_MESSAGES, gap.device), each) for each in self._report(gap, at, cause)]
        for news in self._silent.fire(until):
            rule = SITE_SILENT if news.change is Change.SITE_SILENT else DEVICE_SILENT
            told += [((news.at, rule, news.device or news.site), each) for each in self.tell(news, cause)]
        while (ended := self._quarrel_ends.pop(until)) is not None:
            at, (site, device) = ended
            del self._quarrels[site, device]
            over = ends(spec_of(IDENTITY_CONFLICT, site), Subject(SubjectKind.DEVICE, device), at)
            told.append(((at, IDENTITY_CONFLICT, device), over))
        return told

    def silent(self) -> frozenset[tuple[str, str]]:
        """The (site, device) that have said nothing for too long."""
        return self._silent.silent()

    def after_command(self, told: Sequence[Dated]) -> list[Dated]:
        """What follows where a command closed an alarm about missing messages: nobody waits for them any more."""
        more: list[Dated] = []
        for at, body in told:
            if (
                isinstance(body, AlarmChanged)
                and body.change is AlarmChange.CLOSED
                and body.alarm.rule == MISSING_MESSAGES
                and body.alarm.condition is Condition.INACTIVE
            ):
                site, device = body.alarm.site, body.alarm.subject.id
                more += [(at, closed) for closed in self._gaps.accept(site, device)]
                more += self._count(site, device, at) if more else []
        return more

    def is_watching(self, rule: str, subject: Subject) -> bool:
        """Tell whether one of Vigil's own rules about devices can still say something about this subject."""
        if rule in (DEVICE_SILENT, SITE_SILENT):
            return self._silent.is_watching(subject.id)
        if rule in (MISSING_MESSAGES, IDENTITY_CONFLICT, NOISY_SOURCE):
            return any(device == subject.id for _, device in self._configured)
        return False

    def tell(self, news: SilentNews, cause: int) -> list[Said]:
        """What one piece of news about silent devices leads to."""
        at, site = news.at, self._sites[news.site]
        of_site = Subject(SubjectKind.SITE, site.id)
        if news.change is Change.SITE_BACK:
            return [ends(spec_of(SITE_SILENT, site.id), of_site, at)]
        if news.change is Change.SITE_SILENT:
            since = max((self._devices.last_seen(site.id, device) or 0 for device in news.devices), default=0)
            found = device_alarms.site_silent(site, news.devices, since or news.since, at, cause)
            return [begins(spec_of(SITE_SILENT, site.id), found)]
        device = self._configured[site.id, news.device]
        if news.change is Change.BACK:
            return [ends(spec_of(DEVICE_SILENT, site.id), subject_of(device), at)]
        if news.change is Change.SILENT:
            changed = self._devices.fall_silent(site.id, device.id)
            return [] if changed is None else [(at, changed)]
        last_seen = self._devices.last_seen(site.id, device.id)
        found = device_alarms.device_silent(site, device, last_seen, at, cause)
        if news.priority is not None:
            found = device_alarms.device_missed(site, device, last_seen, news.priority, at, cause)
        return [begins(spec_of(DEVICE_SILENT, site.id), found)]

    def state(self) -> DeviceWatchState:
        """Everything remembered."""
        return DeviceWatchState(
            seen=self._seen.state(),
            presence=self._devices.state(),
            gaps=self._gaps.state(),
            quarrels=[
                Quarrel(site=site, device=device, until=until) for (site, device), until in self._quarrels.items()
            ],
            silent=self._silent.state(),
        )

    def restore(self, state: DeviceWatchState) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._seen.restore(state.seen)
        self._devices.restore(state.presence)
        self._gaps.restore(state.gaps)
        self._silent.restore(state.silent)
        self._quarrels = {(each.site, each.device): each.until for each in state.quarrels}
        self._quarrel_ends.clear()
        for key, until in self._quarrels.items():
            self._quarrel_ends.set(key, until)

    def _look_closer(self, record: Record, device: SeenDevice, sighting: Sighting) -> list[Said]:
        """A message that does not simply follow the one before it."""
        identity = record.identity
        if identity is None:
            return []
        site, name, boot, seq = device.site, device.device, identity.boot, identity.seq
        at = record.received_at
        told: list[Said] = []
        closed: list[SequenceGapClosed] = []
        if device.latest != boot:
            told += self._conflict(record, conflict_of_boots(device, record))
            closed += self._gaps.keep_boots(site, name, device.boots)
        if sighting is Sighting.AHEAD and (site, name) in self._configured:
            self._gaps.reveal(site, name, boot, seq, at)
        elif sighting is Sighting.BETWEEN:
            filled = self._gaps.fill(site, name, boot, seq)
            closed += [] if filled is None else [filled]
        if closed:
            told += [(at, each) for each in closed]
            told += self._count(site, name, at)
            if not self._gaps.open_gaps(site, name):
                subject = Subject(SubjectKind.DEVICE, name)
                told.append(ends(spec_of(MISSING_MESSAGES, site), subject, at))
        return told

    def _report(self, gap: SequenceGap, at: Instant, cause: int) -> list[Said]:
        told: list[Said] = [(at, gap), *self._count(gap.site, gap.device, at)]
        device = self._configured[gap.site, gap.device]
        found = device_alarms.missing_messages(device, gap.boot, self._gaps.open_gaps(gap.site, gap.device), at, cause)
        return [*told, begins(spec_of(MISSING_MESSAGES, gap.site), found)]

    def _count(self, site: str, device: str, at: Instant) -> list[Dated]:
        missing = sum(count for _, _, count in self._gaps.open_gaps(site, device))
        changed = self._devices.miss(site, device, missing)
        return [] if changed is None else [(at, changed)]

    def _conflict(self, record: Record, kind: ConflictKind | None) -> list[Said]:
        identity, at = record.identity, record.received_at
        key = (record.site or "", "" if identity is None else identity.device)
        device = self._configured.get(key)
        if kind is None or identity is None or device is None:
            return []
        is_known = key in self._quarrels
        self._quarrels[key] = at + QUIET
        self._quarrel_ends.set(key, at + QUIET)
        if is_known:
            return []
        boot, seq = identity.boot, identity.seq
        told = IdentityConflict(site=key[0], device=device.id, boot=boot, seq=seq, kind=kind)
        found = device_alarms.identity_conflict(device, boot, seq, kind, at, record.seq, QUIET)
        return [(at, told), begins(spec_of(IDENTITY_CONFLICT, key[0]), found)]

    def _boot_of(self, key: tuple[str, str, str]) -> SeenBoot | None:
        return self._seen.device(key[0], key[1]).boots.get(key[2])
