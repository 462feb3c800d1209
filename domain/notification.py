"""Who is told of alarms: routes, quiet hours, and the notices that go out, each with the reason why or why not.

A recipient is written `channel` or `channel/name`: opaque words. The address behind it (a mailbox, a chat's token) is
known to the sender alone and never enters a record, an effect or the outbox.
"""

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant
from domain.priority import Priority
from domain.schedule import clock_instant, local_day, parse_clock
from domain.text import Text


class QuietHours(Struct, frozen=True, kw_only=True):
    """Hours of the site's day, `start` to `end` (HH:MM, over midnight where `end` is not later), for some priorities.

    What falls into them is told when they are over, if nobody has taken it on by then.
    """

    start: str
    end: str
    priorities: tuple[Priority, ...] = (Priority.MEDIUM, Priority.LOW)

    def ends_at(self, timezone: str, at: Instant) -> Instant | None:
        """When the quiet hours that `at` falls into are over; None where it falls into none."""
        start, end = parse_clock(self.start), parse_clock(self.end)
        for days in (-1, 0):
            day = local_day(timezone, at) + timedelta(days=days)
            last_day = day if end > start else day + timedelta(days=1)
            over = clock_instant(timezone, last_day, end)
            if clock_instant(timezone, day, start) <= at < over:
                return over
        return None


class Route(Struct, frozen=True, kw_only=True):
    """Which alarms are told to whom. An empty list means all; every route that fits counts."""

    id: str
    to: tuple[str, ...]
    sites: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    rules: tuple[str, ...] = ()
    quiet: tuple[QuietHours, ...] = ()

    def fits(self, site: str, rule: str, priority: Priority) -> bool:
        """Whether such an alarm goes this way."""
        return (
            (not self.sites or site in self.sites)
            and (not self.priorities or priority in self.priorities)
            and (not self.rules or rule in self.rules)
        )


class NotificationPlan(Struct, frozen=True, kw_only=True):
    """All routes, and how patient grouping is, per site and recipient.

    The first news of a group waits `wait_seconds` for more; a group is told again after `interval_seconds` at the
    earliest where there is news, and after `repeat_seconds` where nobody has taken on what was told. Starting values
    from Alertmanager.
    """

    routes: tuple[Route, ...] = ()
    wait_seconds: float = 30.0
    interval_seconds: float = 300.0
    repeat_seconds: float = 14_400.0

    def quiet_until(self, route: Route, timezone: str, priority: Priority, at: Instant) -> Instant | None:
        """Until when a route is quiet for a priority; None where it speaks at `at`."""
        found = [hours.ends_at(timezone, at) for hours in route.quiet if priority in hours.priorities]
        return max((end for end in found if end is not None), default=None)


class NotifyReason(StrEnum):
    """Why a recipient is told, or is not, or not yet."""

    URGENT = "urgent"
    NEWS = "news"
    OVER = "over"
    REPEAT = "repeat"
    GROUPED = "grouped"
    QUIET_HOURS = "quiet_hours"
    TAKEN_ON = "taken_on"
    SUPPRESSED = "suppressed"
    WITHDRAWN = "withdrawn"
    NO_ROUTE = "no_route"


class NoticeItem(Struct, frozen=True, kw_only=True):
    """One alarm in a notice. `correction` says why it should not have been, where that was found out."""

    alarm: str
    occurrence: str
    rule: str
    priority: Priority
    name: Text
    seen: Text
    raised_at: Instant
    cleared_at: Instant | None = None
    correction: Text | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """What one recipient is told at one time: alarms of one site, the most urgent first.

    `others` are further alarms by id, too many to spell out.
    """

    id: str
    site: str
    site_name: Text
    timezone: str
    recipient: str
    reason: NotifyReason
    at: Instant
    items: tuple[NoticeItem, ...]
    others: tuple[str, ...] = ()


class AlarmNotification(Struct, frozen=True, kw_only=True):
    """What was decided about telling one recipient of one alarm: `notice` where it goes out, `due` where it waits.

    `recipient` is empty where no route leads anywhere, and where the alarm is suppressed.
    """

    alarm: str
    occurrence: str
    recipient: str
    reason: NotifyReason
    at: Instant
    due: Instant | None = None
    notice: str | None = None


def channel_of(recipient: str) -> str:
    """The channel that reaches a recipient."""
    return recipient.partition("/")[0]


def name_of(recipient: str) -> str:
    """Who it is within the channel; empty where the channel has one recipient only."""
    return recipient.partition("/")[2]
