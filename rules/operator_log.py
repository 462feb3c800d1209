"""The operators' log: entries as commands, and the regular entry of the control room that is due."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.commands import AddLogEntry
from domain.configuration import RuleSpec
from domain.effects import LogEntryAdded
from domain.errors import CommandRefused
from domain.identity import derive_id
from domain.instant import MINUTE, Duration, Instant, from_seconds
from domain.operator_log import LogEntry, LogKind
from domain.priority import Priority
from domain.schedule import clock_text
from domain.site import Site
from domain.text import Text
from rules.deadlines import Deadlines
from rules.own_alarms import KIND, OwnAlarm, begins, ends
from rules.rule import Finding
from rules.wording import span

ROOM_LOG_DUE: Final = "vigil-room-log-due"

AHEAD: Final[Duration] = MINUTE
"""How far ahead of Vigil's clock an entry may say that something happened."""

_NAME: Final = Text("The room log is due", "值班记录到时")
_PROCEDURE: Final = Text(
    "Look over the room and its panels, then write the room log.", "巡视监控中心及主机后填写值班记录。"
)


class WrittenLog(Struct, frozen=True, kw_only=True):
    """When a site's room log was last written, or has been waited for."""

    site: str
    since: Instant
    is_due: bool = False


class OperatorLog:
    """Takes entries, and knows which room's is due."""

    def __init__(self, lane: str) -> None:
        """No site is configured."""
        self._lane = lane
        self._sites: dict[str, Site] = {}
        self._since: dict[str, WrittenLog] = {}
        self._due: Deadlines[tuple[str]] = Deadlines()

    def configure(self, sites: Iterable[Site], at: Instant) -> None:
        """Take the sites; rooms that are waited for anew have their time from now on."""
        self._sites = {site.id: site for site in sites}
        kept = {name: each for name, each in self._since.items() if name in self._sites}
        self._since = {
            site.id: kept.get(site.id) or WrittenLog(site=site.id, since=at)
            for site in self._sites.values()
            if site.room_log_seconds is not None
        }
        self._set_timers()

    def add(self, command: AddLogEntry, at: Instant) -> tuple[LogEntryAdded, OwnAlarm | None]:
        """Take an entry; one of the room ends the reminder for it.

        Raises:
            CommandRefused: `unknown_site`, `text_needed` or `in_the_future`.
        """
        if command.site not in self._sites:
            raise CommandRefused("unknown_site", f"site '{command.site}' is not configured")
        if not command.text.strip():
            raise CommandRefused("text_needed", "an entry needs some words")
        happened = at if command.at is None else command.at
        if happened > at + AHEAD:
            raise CommandRefused("in_the_future", "an entry tells what has happened: give a time that is not ahead")
        entry = LogEntry(
            id=derive_id("log", self._lane, command.id),
            site=command.site,
            kind=command.kind,
            text=command.text,
            at=happened,
            written_at=at,
            written_by=command.actor,
            caller=command.caller,
            alarms=command.alarms,
        )
        over = None
        if command.kind is LogKind.ROOM_LOG and command.site in self._since:
            over = ends(spec_of(command.site), subject_of(command.site), at)
            self._since[command.site] = WrittenLog(site=command.site, since=at)
            self._set_timers()
        return LogEntryAdded(entry=entry), over

    def next_deadline(self) -> Instant | None:
        """When the next room's entry is due."""
        return self._due.next()

    def fire(self, until: Instant, cause: int) -> list[tuple[tuple[Instant, str, str], OwnAlarm]]:
        """The rooms whose entries are due, each with its place in the order of (time, rule, subject)."""
        told = []
        while (due := self._due.pop(until)) is not None:
            at, (name,) = due
            since = self._since[name].since
            self._since[name] = WrittenLog(site=name, since=since, is_due=True)
            news = begins(spec_of(name), _finding(self._sites[name], since, at, cause))
            told.append(((at, ROOM_LOG_DUE, name), news))
        return told

    def is_watching(self, rule: str, site: str) -> bool:
        """Tell whether a site's room log is waited for."""
        return rule == ROOM_LOG_DUE and site in self._since

    def state(self) -> list[WrittenLog]:
        """Everything remembered."""
        return list(self._since.values())

    def restore(self, state: Iterable[WrittenLog]) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._since = {each.site: each for each in state}
        self._set_timers()

    def _set_timers(self) -> None:
        self._due.clear()
        for name, each in self._since.items():
            seconds = self._sites[name].room_log_seconds
            if seconds is not None and not each.is_due:
                self._due.set((name,), each.since + from_seconds(seconds))


def spec_of(site: str) -> RuleSpec:
    """The reminder as a rule."""
    return RuleSpec(
        id=ROOM_LOG_DUE,
        kind=KIND,
        site=site,
        name=_NAME,
        priority=Priority.LOW,
        makes_order=False,
        procedure=_PROCEDURE,
    )


def subject_of(site: str) -> Subject:
    """A site as the subject of the reminder."""
    return Subject(SubjectKind.SITE, site)


def _finding(site: Site, since: Instant, at: Instant, cause: int) -> Finding:
    every, last = span(from_seconds(site.room_log_seconds or 0.0)), clock_text(site.timezone, since)
    return Finding(
        rule=ROOM_LOG_DUE,
        subject=subject_of(site.id),
        trigger=ConditionTrigger.RAISE,
        at=at,
        cause=cause,
        index=0,
        asset=site.id,
        zone=None,
        name=_NAME,
        why=Why(
            seen=Text(f"no room log since {last}", f"{last} 以来无值班记录"),
            expected=Text(f"one every {every.en}", f"每 {every.zh}一次"),
            since=since,
            clears=Text("the room log is written", "填写值班记录后解除"),
            values={"room_log_s": site.room_log_seconds or 0.0},
        ),
    )
