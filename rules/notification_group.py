"""What one recipient is to be told of one site, and when: the news that waits, what was told, and what to repeat.

Pure decisions over stored times. `Ways` says when a recipient may be spoken to; a group says what and why.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Alarm
from domain.instant import SECOND, Duration, Instant
from domain.notification import NoticeItem, NotifyReason

URGENT_SPACING: Final[Duration] = 10 * SECOND
"""Urgent news goes out at once; more of it within this time goes together. A storm must not become a flood of calls."""

_QUIETER_AT_MOST: Final = 8
"""Quiet hours that follow upon each other without an end are not waited for longer than this many of them."""

QuietUntil: TypeAlias = Callable[[NoticeItem, Instant], Instant | None]
"""Until when nobody may be told of such an alarm; None where it may be told at that time."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long news waits, a group rests and what nobody took on stays untold, in microseconds."""

    wait: Duration
    interval: Duration
    repeat: Duration


class Entry(Struct, frozen=True, kw_only=True):
    """One alarm in a group. `due` is when its news is to be told, None where it has none."""

    item: NoticeItem
    is_urgent: bool
    due: Instant | None = None
    told_at: Instant | None = None
    is_taken_on: bool = False

    @property
    def is_standing(self) -> bool:
        """Whether it was told, goes on, and nobody has taken it on."""
        return self.told_at is not None and self.item.cleared_at is None and not self.is_taken_on


class Group(Struct, kw_only=True):
    """All that one recipient hears of one site. `due` is when it has something to tell next.

    `heard_at` is when it last learned of something: what goes out later than it was due, since no clock ran, says so.
    """

    site: str
    recipient: str
    entries: dict[str, Entry] = {}
    told_at: Instant | None = None
    due: Instant | None = None
    heard_at: Instant = 0

    def put(self, entry: Entry, at: Instant) -> None:
        """Keep an alarm as it is now."""
        self.entries[entry.item.alarm] = entry
        self.heard_at = at

    def when(
        self, item: NoticeItem, now: Instant, patience: Patience, quiet_until: QuietUntil, *, urgent: bool
    ) -> Instant:
        """When news of an alarm is to be told."""
        if urgent:
            at = now if self.told_at is None else max(now, self.told_at + URGENT_SPACING)
        else:
            at = (
                now + patience.wait
                if self.told_at is None
                else max(now + patience.wait, self.told_at + patience.interval)
            )
        return _after_quiet(item, at, quiet_until)

    def pick(self, at: Instant, quiet_until: QuietUntil) -> tuple[NotifyReason, list[Entry]] | None:
        """What is told at `at`, and why; None where there is nothing to tell."""
        news = [
            entry
            for entry in self.entries.values()
            if entry.due is not None and (entry.due <= at or quiet_until(entry.item, at) is None)
        ]
        if news:
            untold = [entry for entry in news if entry.told_at is None]
            if any(entry.is_urgent for entry in untold):
                return NotifyReason.URGENT, news
            return (NotifyReason.NEWS if untold else NotifyReason.OVER), news
        again = [e for e in self.entries.values() if e.is_standing and quiet_until(e.item, at) is None]
        return (NotifyReason.REPEAT, again) if again else None

    def told(self, entries: list[Entry], at: Instant) -> None:
        """Note what was told; what is over leaves the group."""
        self.told_at = at
        for entry in entries:
            if entry.item.cleared_at is not None or entry.item.correction is not None:
                del self.entries[entry.item.alarm]
            else:
                self.entries[entry.item.alarm] = replace(entry, told_at=entry.told_at or at, due=None)

    def plan(self, patience: Patience, quiet_until: QuietUntil) -> None:
        """Find out anew when there is something to tell."""
        times = [entry.due for entry in self.entries.values() if entry.due is not None]
        if self.told_at is not None:
            again = self.told_at + patience.repeat
            times += [_after_quiet(e.item, again, quiet_until) for e in self.entries.values() if e.is_standing]
        self.due = min(times, default=None)

    def moment(self, due: Instant, until: Instant, patience: Patience) -> Instant:
        """The time to tell what was due at `due`: of repeats that fell into a time without a clock, the last."""
        if any(entry.due is not None and entry.due <= until for entry in self.entries.values()):
            return min(until, max(due, self.heard_at))
        return due + (until - due) // patience.repeat * patience.repeat


def _after_quiet(item: NoticeItem, at: Instant, quiet_until: QuietUntil) -> Instant:
    for _ in range(_QUIETER_AT_MOST):
        end = quiet_until(item, at)
        if end is None:
            break
        at = end
    return at


def item_of(alarm: Alarm) -> NoticeItem:
    """What a notice says of an alarm as it is now."""
    latest = alarm.latest
    return NoticeItem(
        alarm=alarm.id,
        occurrence=latest.id,
        rule=alarm.rule,
        priority=latest.priority,
        name=alarm.name,
        seen=latest.why.seen,
        raised_at=latest.raised_at,
        cleared_at=latest.cleared_at,
        correction=latest.correction,
    )
