"""Who is told of which alarm, and when: hears every change of an alarm, groups it, and fires what is due.

Decides only; sending is done from the outbox. The groups are state of the engine, so their deadlines survive a crash
and a replay tells the same notices at the same times.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Acknowledgement, Alarm
from domain.configuration import Configuration, RuleCategory
from domain.effects import AlarmChange, AlarmChanged, NotificationDecided, NotificationDue
from domain.identity import derive_id
from domain.instant import Instant, from_seconds
from domain.notification import (
    AlarmNotification,
    Notice,
    NoticeItem,
    NotificationPlan,
    NotifyReason,
    Route,
)
from domain.site import Site
from domain.text import same
from rules.notification_group import Entry, Group, Patience, QuietUntil, item_of
from rules.telling import Dated

SPELLED_OUT: Final = 50
"""Alarms that a notice tells in full; of more it has the ids."""

_SUPPRESSING: Final = frozenset({AlarmChange.SHELVED, AlarmChange.TAKEN_OUT, AlarmChange.INHIBITED})
_BACK: Final = frozenset(
    {
        AlarmChange.UNSHELVED,
        AlarmChange.BROUGHT_BACK,
        AlarmChange.RELEASED,
        AlarmChange.ACKNOWLEDGEMENT_EXPIRED,
    }
)
"""What makes an alarm news again, where it still asks for somebody."""

_UTC: Final = "UTC"


Step: TypeAlias = Callable[[Group, Entry], list[Dated]]


class NotificationState(Struct, frozen=True, kw_only=True):
    """All groups, and how far the clock had come."""

    groups: tuple[Group, ...] = ()
    clock: Instant = 0


class Notifications:
    """All notifications of a lane."""

    def __init__(self, lane: str) -> None:
        """Nothing is configured: nobody is told."""
        self._lane = lane
        self._plan = NotificationPlan()
        self._patience = _patience(self._plan)
        self._sites: dict[str, Site] = {}
        self._groups: dict[tuple[str, str], Group] = {}
        self._clock: Instant = 0

    def configure(self, configuration: Configuration) -> None:
        """Take the routes that now hold. What nobody is to be told any more is dropped; times that stand, stand."""
        self._plan = configuration.notification
        self._patience = _patience(self._plan)
        self._sites = {site.id: site for site in configuration.sites}
        for group in self._groups.values():
            kept = {key: each for key, each in group.entries.items() if self._routes(group, each.item)}
            if len(kept) < len(group.entries):
                group.entries = kept
                self._replan(group)

    def hear(self, at: Instant, changed: AlarmChanged) -> list[Dated]:
        """What follows from a change of an alarm."""
        if not self._plan.routes:
            return []
        now = max(at, self._clock)
        match changed.change:
            case AlarmChange.RAISED | AlarmChange.WORSENED:
                return self._raised(changed.alarm, now)
            case change if change in _BACK and _asks(changed.alarm):
                return self._raised(changed.alarm, now)
            case change if change in _SUPPRESSING:
                return self._each(changed, self._letting_be(NotifyReason.SUPPRESSED, now))
            case AlarmChange.CLEARED | AlarmChange.CORRECTED:
                item = item_of(replace(changed.alarm, latest=changed.occurrence))
                return self._each(changed, lambda group, entry: self._over(group, entry, item, now))
            case AlarmChange.ACKNOWLEDGED | AlarmChange.CLOSED:
                return self._each(changed, self._letting_be(NotifyReason.TAKEN_ON, now))
            case _:
                return []

    def fire(self, until: Instant) -> list[Dated]:
        """Tell what is due, in the order of its time."""
        told: list[Dated] = []
        self._clock = max(self._clock, until)
        while due := sorted(self._due(until)):
            for at, key in due:
                group = self._groups[key]
                told += self._tell(group, group.moment(at, until, self._patience))
        return told

    def next_deadline(self) -> Instant | None:
        """When `fire` would next have something to tell."""
        return min((each.due for each in self._groups.values() if each.due is not None), default=None)

    def _due(self, until: Instant) -> Iterator[tuple[Instant, tuple[str, str]]]:
        for key, group in self._groups.items():
            if group.due is not None and group.due <= until:
                yield group.due, key

    def state(self) -> NotificationState:
        """Everything remembered."""
        return NotificationState(groups=tuple(map(_copied, self._groups.values())), clock=self._clock)

    def restore(self, state: NotificationState) -> None:
        """Take back what `state` gave."""
        self._groups = {(group.site, group.recipient): _copied(group) for group in state.groups}
        self._clock = state.clock

    def _raised(self, alarm: Alarm, now: Instant) -> list[Dated]:
        item = item_of(alarm)
        if alarm.is_suppressed:
            return [_decided(alarm.site, item, "", NotifyReason.SUPPRESSED, now)]
        recipients = dict.fromkeys(
            recipient
            for route in self._plan.routes
            if route.fits(alarm.site, item.rule, item.priority)
            for recipient in route.to
        )
        if not recipients:
            return [_decided(alarm.site, item, "", NotifyReason.NO_ROUTE, now)]
        told: list[Dated] = []
        for recipient in recipients:
            group = self._groups.setdefault((alarm.site, recipient), Group(site=alarm.site, recipient=recipient))
            urgent = alarm.category is not RuleCategory.ORDINARY
            told += self._news(group, item, now, urgent=urgent)
        return told

    def _news(self, group: Group, item: NoticeItem, now: Instant, *, urgent: bool) -> list[Dated]:
        """An alarm was raised, perhaps not for the first time: tell it now, or say when."""
        due = self._when(group, item, now, urgent=urgent)
        group.put(Entry(item=item, is_urgent=urgent, due=due), now)
        if due <= now:
            return self._tell(group, now)
        quiet = self._quiet_until(group, item, now) is not None
        self._replan(group)
        planned = due if quiet or group.due is None else min(due, max(now, group.due))
        reason = NotifyReason.QUIET_HOURS if quiet else NotifyReason.GROUPED
        return [_decided(group.site, item, group.recipient, reason, now, planned)]

    def _over(self, group: Group, entry: Entry, item: NoticeItem, now: Instant) -> list[Dated]:
        """The condition is over, or should not have been: whoever was told is told that too."""
        if entry.told_at is None and item.correction is not None:
            return self._drop(group, entry, NotifyReason.WITHDRAWN, now)
        due = entry.due if entry.told_at is None else self._when(group, item, now, urgent=False)
        group.put(replace(entry, item=item, due=due), now)
        self._replan(group)
        return []

    def _letting_be(self, reason: NotifyReason, now: Instant) -> Step:
        """Somebody has taken it on, or put it aside: who was not told need not be; who was hears of its end only."""

        def let_be(group: Group, entry: Entry) -> list[Dated]:
            if entry.told_at is None:
                return self._drop(group, entry, reason, now)
            group.put(replace(entry, is_taken_on=True), now)
            self._replan(group)
            return []

        return let_be

    def _drop(self, group: Group, entry: Entry, reason: NotifyReason, now: Instant) -> list[Dated]:
        del group.entries[entry.item.alarm]
        self._replan(group)
        return [_decided(group.site, entry.item, group.recipient, reason, now)]

    def _each(self, changed: AlarmChanged, step: Step) -> list[Dated]:
        """Take a step in every group that has this occurrence."""
        told: list[Dated] = []
        for group in self._groups.values():
            entry = group.entries.get(changed.alarm.id) if group.site == changed.alarm.site else None
            if entry is not None and entry.item.occurrence == changed.occurrence.id:
                told += step(group, entry)
        return told

    def _tell(self, group: Group, at: Instant) -> list[Dated]:
        picked = group.pick(at, self._quiet(group))
        told: list[Dated] = []
        if picked is not None:
            reason, entries = picked
            group.told(entries, at)
            told = [(at, NotificationDue(notice=self._notice(group, reason, entries, at)))]
        self._replan(group)
        return told

    def _notice(self, group: Group, reason: NotifyReason, entries: Iterable[Entry], at: Instant) -> Notice:
        items = sorted(
            (each.item for each in entries), key=lambda item: (item.priority.rank, item.raised_at, item.alarm)
        )
        site = self._sites.get(group.site)
        return Notice(
            id=derive_id("notice", self._lane, group.site, group.recipient, at),
            site=group.site,
            site_name=same(group.site) if site is None else site.name,
            timezone=_UTC if site is None else site.timezone,
            recipient=group.recipient,
            reason=reason,
            at=at,
            items=tuple(items[:SPELLED_OUT]),
            others=tuple(item.alarm for item in items[SPELLED_OUT:]),
        )

    def _when(self, group: Group, item: NoticeItem, now: Instant, *, urgent: bool) -> Instant:
        return group.when(item, now, self._patience, self._quiet(group), urgent=urgent)

    def _replan(self, group: Group) -> None:
        group.plan(self._patience, self._quiet(group))

    def _quiet(self, group: Group) -> QuietUntil:
        return lambda item, at: self._quiet_until(group, item, at)

    def _quiet_until(self, group: Group, item: NoticeItem, at: Instant) -> Instant | None:
        """Until when all routes to the group's recipient are quiet for an alarm; None where one speaks."""
        site = self._sites.get(group.site)
        timezone = _UTC if site is None else site.timezone
        ends = [self._plan.quiet_until(route, timezone, item.priority, at) for route in self._routes(group, item)]
        found = [end for end in ends if end is not None]
        return min(found) if found and len(found) == len(ends) else None

    def _routes(self, group: Group, item: NoticeItem) -> list[Route]:
        return [
            route
            for route in self._plan.routes
            if group.recipient in route.to and route.fits(group.site, item.rule, item.priority)
        ]


def _asks(alarm: Alarm) -> bool:
    return alarm.is_standing and not alarm.is_suppressed and alarm.acknowledgement is Acknowledgement.UNACKED


def _patience(plan: NotificationPlan) -> Patience:
    return Patience(
        wait=from_seconds(plan.wait_seconds),
        interval=from_seconds(plan.interval_seconds),
        repeat=from_seconds(plan.repeat_seconds),
    )


def _copied(group: Group) -> Group:
    """A group's entries are frozen, the dict of them is not."""
    return replace(group, entries=dict(group.entries))


def _decided(
    site: str, item: NoticeItem, recipient: str, reason: NotifyReason, at: Instant, due: Instant | None = None
) -> Dated:
    decided = AlarmNotification(
        alarm=item.alarm, occurrence=item.occurrence, recipient=recipient, reason=reason, at=at, due=due
    )
    return at, NotificationDecided(site=site, decided=decided)
