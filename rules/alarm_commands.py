"""What operators do to alarms: each command carried out on the axes, or refused with a code and a sentence."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from domain.alarm import (
    Acknowledgement,
    AcknowledgementTrigger,
    Alarm,
    Condition,
    DecisionKind,
    Occurrence,
    OccurrenceState,
    OutOfService,
    Shelf,
)
from domain.alarm_policy import AlarmPolicy
from domain.axes.latch import LATCH_TABLE, Latch, LatchTrigger
from domain.axes.service import SERVICE_TABLE, Service, ServiceTrigger
from domain.axes.shelving import SHELVING_TABLE, Shelving, ShelvingTrigger
from domain.commands import (
    AcknowledgeAlarm,
    AssignAlarm,
    CloseIncident,
    CloseOccurrence,
    CommentAlarm,
    Disposition,
    ResetLatch,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
)
from domain.configuration import RuleCategory
from domain.effects import AlarmChange
from domain.errors import CommandRefused
from domain.instant import Instant, from_seconds
from domain.record import AlarmCommand
from domain.site import PersonRole
from domain.text import Text
from domain.transition import step
from rules.alarm_book import AlarmBook, AlarmState, Change, decided
from rules.alarm_expiry import AlarmExpiry
from rules.alarm_steps import acknowledgement, ended
from rules.alarming import Alarms
from rules.wording import span

FORCING_ROLE: Final = PersonRole.SUPERVISOR.value
"""Who may acknowledge an alarm that wants its condition to be over first."""


class AlarmCommands:
    """Carries out what operators ask of alarms. Version conflicts and unknown alarms are refused by all alike."""

    def __init__(self, book: AlarmBook, alarms: Alarms, expiry: AlarmExpiry, closable: tuple[str, ...] = ()) -> None:
        """Work on the alarms of `book`. To close one of the rules `closable` ends the condition, if need be."""
        self._book = book
        self._alarms = alarms
        self._expiry = expiry
        self._closable = closable

    def carry_out(self, command: AlarmCommand, at: Instant, *, is_progressing: bool = False) -> Change:
        """Do what the command asks; `is_progressing` tells whether somebody is at work on the alarm's order.

        Raises:
            CommandRefused: `unknown_alarm`, `version_conflict`, or what the command's own method names.
        """
        held = self._book.expected(command.alarm, command.expected_version)
        match command:
            case AcknowledgeAlarm():
                return self._acknowledge(held, command, at, is_progressing=is_progressing)
            case CommentAlarm():
                _require(command.comment, "comment_needed", "a comment needs some words")
                return self._book.put(AlarmChange.COMMENTED, held.alarm, held.alarm.latest, at, held)
            case AssignAlarm():
                return self._assign(held, command, at)
            case ShelveAlarm():
                return self._shelve(held, command, at)
            case UnshelveAlarm():
                return self._unshelve(held, at)
            case TakeOutOfService():
                return self._take_out(held, command, at)
            case ReturnToService():
                return self._bring_back(held, at)
            case ResetLatch():
                return self._reset(held, at)

    def close(self, command: CloseOccurrence, at: Instant) -> Change:
        """End an occurrence with its outcome.

        Raises:
            CommandRefused: `unknown_occurrence`, `already_closed`, `version_conflict`, `condition_active`, `latched`
                or `cause_needed`.
        """
        occurrence = self._book.unclosed(command.occurrence)
        held = self._book.expected(occurrence.alarm, command.expected_version)
        ends_it = occurrence.state is OccurrenceState.ACTIVE and held.alarm.rule in self._closable
        if occurrence.state is not OccurrenceState.CLEARED and not ends_it:
            detail = f"occurrence '{occurrence.id}' has not cleared: it can be closed when its condition is over"
            raise CommandRefused("condition_active", detail)
        if held.alarm.latch is Latch.LATCHED and occurrence.id == held.alarm.latest.id:
            raise CommandRefused("latched", f"alarm '{held.alarm.id}' is held on by its latch: reset it first")
        if command.disposition is Disposition.FALSE:
            _require(command.cause, "cause_needed", "a false alarm needs its cause: say what set it off")
        if ends_it:
            occurrence = self._end_quietly(held, at)
        return self._alarms.close(occurrence, at, command.actor, command.disposition, command.cause)

    def close_all(
        self, command: CloseIncident, standing: int | None, is_part_of: Callable[[str | None, str], bool], at: Instant
    ) -> list[Change]:
        """End every occurrence of an incident with one outcome; `standing` are those of it that are not over.

        Raises:
            CommandRefused: `condition_active`, `latched`, `cause_needed` or `nothing_to_close`.
        """
        if standing:
            detail = f"{standing} occurrence(s) of incident '{command.incident}' are not over: wait for their end"
            raise CommandRefused("condition_active", detail)
        if command.disposition is Disposition.FALSE:
            _require(command.cause, "cause_needed", "a false alarm needs its cause: say what set it off")
        waiting = [
            (held, each)
            for held in self._book.all()
            for each in held.unclosed
            if each.state is OccurrenceState.CLEARED and is_part_of(each.incident, command.incident)
        ]
        if not waiting:
            detail = f"no occurrence of incident '{command.incident}' waits to be closed"
            raise CommandRefused("nothing_to_close", detail)
        latched = next((held.alarm.id for held, _ in waiting if held.alarm.latch is Latch.LATCHED), None)
        if latched is not None:
            raise CommandRefused("latched", f"alarm '{latched}' is held on by its latch: reset it first")
        return [self._alarms.close(each, at, command.actor, command.disposition, command.cause) for _, each in waiting]

    def _acknowledge(self, held: AlarmState, command: AcknowledgeAlarm, at: Instant, *, is_progressing: bool) -> Change:
        """Somebody takes the alarm on, for a time. The axis stands by itself: a shelved alarm can be acknowledged too.

        Raises:
            CommandRefused: `already_acknowledged`, `nothing_to_acknowledge`, `condition_active` or `forbidden`.
        """
        alarm = held.alarm
        if alarm.acknowledgement is Acknowledgement.ACKED:
            detail = f"alarm '{alarm.id}' was acknowledged by {alarm.acknowledged_by}"
            raise CommandRefused("already_acknowledged", detail)
        if alarm.acknowledgement is Acknowledgement.NOT_NEEDED:
            raise CommandRefused("nothing_to_acknowledge", f"alarm '{alarm.id}' asks for nothing now")
        _may_acknowledge(alarm, command)
        until = self._expiry.until(alarm, at) if alarm.is_standing else None
        left = until - at if until is not None and is_progressing else None
        acknowledged = replace(
            alarm,
            acknowledgement=acknowledgement(alarm, AcknowledgementTrigger.ACKNOWLEDGE),
            acknowledged_by=command.actor,
            acknowledged_at=at,
            acknowledged_until=None if left is not None else until,
            acknowledgement_left=left,
        )
        occurrence = alarm.latest
        if occurrence.acknowledged_at is None:
            occurrence = replace(occurrence, acknowledged_at=at)
        if command.forced and alarm.needs_clear and alarm.is_standing:
            reason = Text("acknowledged by force before its condition was over", "报警条件未解除时强制确认")
            occurrence = decided(occurrence, at, DecisionKind.ACKNOWLEDGEMENT, reason)
        return self._book.put(AlarmChange.ACKNOWLEDGED, acknowledged, occurrence, at, held)

    def _assign(self, held: AlarmState, command: AssignAlarm, at: Instant) -> Change:
        """Raises CommandRefused with `already_assigned` or `nothing_assigned`."""
        if command.assignee == held.alarm.assignee:
            code = "nothing_assigned" if command.assignee is None else "already_assigned"
            raise CommandRefused(code, f"alarm '{held.alarm.id}' is with {held.alarm.assignee or 'nobody'} already")
        alarm = replace(held.alarm, assignee=command.assignee)
        return self._book.put(AlarmChange.ASSIGNED, alarm, alarm.latest, at, held)

    def _shelve(self, held: AlarmState, command: ShelveAlarm, at: Instant) -> Change:
        """Raises CommandRefused with `never_suppressed`, `out_of_service`, `reason_needed`, `bad_duration` or
        `shelf_too_long`.
        """
        alarm = held.alarm
        _may_suppress(alarm)
        if alarm.service is Service.OUT_OF_SERVICE:
            raise CommandRefused("out_of_service", f"alarm '{alarm.id}' is out of service: bring it back instead")
        _require(command.reason, "reason_needed", "to shelve an alarm, give a reason")
        longest = self._policy.span("longest_shelf")
        duration = from_seconds(command.seconds) if 0 < command.seconds < float("inf") else 0
        if duration <= 0:
            raise CommandRefused("bad_duration", f"{command.seconds:g} s is no time to shelve: give more than 0")
        if duration > longest:
            detail = f"{span(duration).en} is too long: shelve for at most {span(longest).en}, then look again"
            raise CommandRefused("shelf_too_long", detail)
        trigger = ShelvingTrigger.SHELVE_ONCE if command.once else ShelvingTrigger.SHELVE
        shelf = Shelf(shelved_by=command.actor, at=at, until=at + duration, reason=command.reason)
        shelving = step("shelving", SHELVING_TABLE, alarm.shelving, trigger)
        shelved = replace(alarm, shelving=shelving, shelf=shelf)
        occurrence = alarm.latest
        if occurrence.state is OccurrenceState.ACTIVE:
            length = span(duration)
            reason = Text(f"shelved for {length.en}: {command.reason}", f"搁置 {length.zh}：{command.reason}")
            occurrence = decided(occurrence, at, DecisionKind.SHELVING, reason)
        return self._book.put(AlarmChange.SHELVED, shelved, occurrence, at, held)

    def _unshelve(self, held: AlarmState, at: Instant) -> Change:
        """Raises CommandRefused with `not_shelved`."""
        alarm = held.alarm
        if alarm.shelving is Shelving.UNSHELVED:
            raise CommandRefused("not_shelved", f"alarm '{alarm.id}' is not shelved")
        alarm = unshelved(alarm, ShelvingTrigger.UNSHELVE)
        return self._book.put(AlarmChange.UNSHELVED, alarm, alarm.latest, at, held)

    def _take_out(self, held: AlarmState, command: TakeOutOfService, at: Instant) -> Change:
        """Raises CommandRefused with `never_suppressed`, `reason_needed` or `out_of_service`."""
        alarm = held.alarm
        _may_suppress(alarm)
        if alarm.service is Service.OUT_OF_SERVICE:
            raise CommandRefused("out_of_service", f"alarm '{alarm.id}' is out of service already")
        _require(command.reason, "reason_needed", "to take an alarm out of service, give a reason")
        service = step("service", SERVICE_TABLE, alarm.service, ServiceTrigger.TAKE_OUT)
        note = OutOfService(taken_by=command.actor, at=at, reason=command.reason)
        alarm = replace(alarm, service=service, out_of_service=note)
        return self._book.put(AlarmChange.TAKEN_OUT, alarm, alarm.latest, at, held)

    def _bring_back(self, held: AlarmState, at: Instant) -> Change:
        """Raises CommandRefused with `in_service`."""
        alarm = held.alarm
        if alarm.service is Service.IN_SERVICE:
            raise CommandRefused("in_service", f"alarm '{alarm.id}' is in service")
        service = step("service", SERVICE_TABLE, alarm.service, ServiceTrigger.BRING_BACK)
        alarm = replace(alarm, service=service, out_of_service=None)
        return self._book.put(AlarmChange.BROUGHT_BACK, alarm, alarm.latest, at, held)

    def _reset(self, held: AlarmState, at: Instant) -> Change:
        """Raises CommandRefused with `not_latched` or `condition_active`."""
        alarm = held.alarm
        if alarm.latch is Latch.RELEASED:
            raise CommandRefused("not_latched", f"alarm '{alarm.id}' is not held on by a latch")
        if alarm.condition is not Condition.INACTIVE:
            raise CommandRefused(
                "condition_active", f"alarm '{alarm.id}' is {alarm.condition}: its cause must end first"
            )
        alarm = replace(alarm, latch=step("latch", LATCH_TABLE, alarm.latch, LatchTrigger.RESET))
        return self._book.put(AlarmChange.LATCH_RESET, alarm, alarm.latest, at, held)

    def _end_quietly(self, held: AlarmState, at: Instant) -> Occurrence:
        """Clear as a part of what closes the occurrence: the version that follows says both."""
        alarm = ended(held.alarm, at)
        unclosed = tuple(alarm.latest if each.id == alarm.latest.id else each for each in held.unclosed)
        self._book.keep(replace(held, alarm=alarm, unclosed=unclosed, seen=Condition.INACTIVE, quiet_at=None))
        return alarm.latest

    @property
    def _policy(self) -> AlarmPolicy:
        return self._alarms.policy


def unshelved(alarm: Alarm, trigger: ShelvingTrigger) -> Alarm:
    """The alarm without its shelf."""
    return replace(alarm, shelving=step("shelving", SHELVING_TABLE, alarm.shelving, trigger), shelf=None)


def _may_acknowledge(alarm: Alarm, command: AcknowledgeAlarm) -> None:
    if not alarm.needs_clear or alarm.condition is Condition.INACTIVE:
        return
    if not command.forced:
        detail = f"alarm '{alarm.id}' can be acknowledged when its condition is over ({alarm.latest.why.clears.en})"
        raise CommandRefused("condition_active", detail)
    if FORCING_ROLE not in command.roles:
        raise CommandRefused("forbidden", f"only a {FORCING_ROLE} may force an acknowledgement")


def _may_suppress(alarm: Alarm) -> None:
    if alarm.category is not RuleCategory.ORDINARY:
        detail = f"alarm '{alarm.id}' is of category {alarm.category}: such alarms are never suppressed"
        raise CommandRefused("never_suppressed", detail)


def _require(words: str, code: str, detail: str) -> None:
    if not words.strip():
        raise CommandRefused(code, detail)
