"""Alarms: findings and commands step the three axes of an alarm through their tables.

One alarm per (rule, subject), one occurrence per activation. In memory stay each alarm as it is and its occurrences
until they are closed; everything else is history in the read models.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import (
    ACKNOWLEDGEMENT_TABLE,
    CONDITION_TABLE,
    OCCURRENCE_TABLE,
    Acknowledgement,
    AcknowledgementTrigger,
    Alarm,
    Condition,
    ConditionTrigger,
    Occurrence,
    OccurrenceState,
    OccurrenceTrigger,
    Subject,
    Why,
)
from domain.commands import AcknowledgeAlarm, CloseOccurrence, CommentAlarm, Disposition
from domain.configuration import RuleSpec
from domain.effects import AlarmChange, AlarmChanged
from domain.errors import CommandRefused
from domain.identity import derive_id
from domain.instant import Instant
from domain.priority import Priority
from domain.transition import step
from rules.rule import Finding

UNCLOSED_KEPT: Final = 100
"""Occurrences of one alarm that may wait to be closed; beyond that the oldest cleared one is closed as unknown."""

SYSTEM: Final = "vigil"
"""Who closes what no person closed."""


class AlarmState(Struct, frozen=True, kw_only=True):
    """The stored form of one alarm; `unclosed` are its occurrences that are not closed, oldest first."""

    alarm: Alarm
    unclosed: tuple[Occurrence, ...]


class Change(NamedTuple):
    """What one step made of an alarm."""

    change: AlarmChange
    alarm: Alarm
    occurrence: Occurrence

    def effect(self, actor: str | None = None, comment: str = "") -> AlarmChanged:
        """Say it."""
        return AlarmChanged(
            change=self.change, alarm=self.alarm, occurrence=self.occurrence, actor=actor, comment=comment
        )


class Alarms:
    """All alarms of a lane."""

    def __init__(self, lane: str, closable: Collection[str] = ()) -> None:
        """No alarm was ever raised. To close an occurrence of the rules `closable` ends its condition, if need be."""
        self._lane = lane
        self._closable = tuple(closable)
        self._alarms: dict[str, AlarmState] = {}
        self._owners: dict[str, str] = {}

    def apply(self, finding: Finding, spec: RuleSpec, why: Why, configuration: str) -> Change | None:
        """Step the condition as found. None where a correction concerns an occurrence that is closed already.

        Raises:
            IllegalTransition: the finding does not fit the present condition; nothing was changed.
        """
        if finding.trigger is ConditionTrigger.RAISE:
            return self._raise(finding, spec, why, configuration)
        held = self._alarms.get(self._alarm_id(spec.site, finding.rule, finding.subject))
        if held is None:
            return None
        if finding.correction is not None:
            return self._correct(held, finding)
        if finding.trigger in (ConditionTrigger.WORSEN, ConditionTrigger.EASE):
            return self._grade(held, finding, spec, why)
        if finding.trigger is ConditionTrigger.LOSE_SIGHT:
            condition = step("alarm condition", CONDITION_TABLE, held.alarm.condition, finding.trigger)
            return self._put(AlarmChange.SIGHT_LOST, replace(held.alarm, condition=condition), held.alarm.latest)
        return self._clear(held, finding.at)

    def link(self, change: Change, order: str) -> Change:
        """Note on the change's occurrence which work order answers it; part of the same version."""
        occurrence = replace(change.occurrence, order=order)
        held = self._alarms[change.alarm.id]
        alarm = replace(change.alarm, latest=occurrence) if change.alarm.latest.id == occurrence.id else change.alarm
        unclosed = tuple(occurrence if each.id == occurrence.id else each for each in held.unclosed)
        self._alarms[alarm.id] = AlarmState(alarm=alarm, unclosed=unclosed)
        return Change(change.change, alarm, occurrence)

    def lose_sight(self, spec: RuleSpec, subject: Subject) -> Change | None:
        """The rule judges this subject no more (it failed): an active alarm becomes unknown."""
        held = self._alarms.get(self._alarm_id(spec.site, spec.id, subject))
        if held is None or held.alarm.condition is not Condition.ACTIVE:
            return None
        condition = step("alarm condition", CONDITION_TABLE, held.alarm.condition, ConditionTrigger.LOSE_SIGHT)
        return self._put(AlarmChange.SIGHT_LOST, replace(held.alarm, condition=condition), held.alarm.latest)

    def acknowledge(self, command: AcknowledgeAlarm, at: Instant) -> Change:
        """Somebody takes the alarm on.

        Raises:
            CommandRefused: `unknown_alarm`, `version_conflict`, `already_acknowledged`, `nothing_to_acknowledge`.
        """
        alarm = self._expected(command.alarm, command.expected_version).alarm
        if alarm.acknowledgement is Acknowledgement.ACKED:
            detail = f"alarm '{alarm.id}' was acknowledged by {alarm.acknowledged_by}"
            raise CommandRefused("already_acknowledged", detail)
        if alarm.acknowledgement is Acknowledgement.NOT_NEEDED:
            raise CommandRefused("nothing_to_acknowledge", f"alarm '{alarm.id}' is over and asks for nothing")
        acknowledged = replace(
            alarm,
            acknowledgement=_acknowledgement(alarm, AcknowledgementTrigger.ACKNOWLEDGE),
            acknowledged_by=command.actor,
            acknowledged_at=at,
        )
        return self._put(AlarmChange.ACKNOWLEDGED, acknowledged, alarm.latest)

    def comment(self, command: CommentAlarm) -> Change:
        """A remark; nothing else changes.

        Raises:
            CommandRefused: `unknown_alarm`, `version_conflict`, `comment_needed`.
        """
        alarm = self._expected(command.alarm, command.expected_version).alarm
        if not command.comment.strip():
            raise CommandRefused("comment_needed", "a comment needs some words")
        return self._put(AlarmChange.COMMENTED, alarm, alarm.latest)

    def close(self, command: CloseOccurrence, at: Instant) -> Change:
        """End an occurrence with its outcome.

        Raises:
            CommandRefused: `unknown_occurrence`, `already_closed`, `version_conflict`, `condition_active` or
                `cause_needed`.
        """
        occurrence = self._unclosed(command.occurrence)
        held = self._expected(occurrence.alarm, command.expected_version)
        ends_it = occurrence.state is OccurrenceState.ACTIVE and held.alarm.rule in self._closable
        if occurrence.state is not OccurrenceState.CLEARED and not ends_it:
            detail = f"occurrence '{occurrence.id}' has not cleared: it can be closed when its condition is over"
            raise CommandRefused("condition_active", detail)
        if command.disposition is Disposition.FALSE and not command.cause.strip():
            raise CommandRefused("cause_needed", "a false alarm needs its cause: say what set it off")
        if ends_it:
            occurrence = self._end_quietly(held, at)
        return self._close(occurrence, at, command.actor, command.disposition, command.cause)

    def is_active(self, spec: RuleSpec, subject: Subject) -> bool:
        """Tell whether the condition of a rule on a subject is the case."""
        held = self._alarms.get(self._alarm_id(spec.site, spec.id, subject))
        return held is not None and held.alarm.condition is Condition.ACTIVE

    def end(self, spec: RuleSpec, subject: Subject, at: Instant) -> Change | None:
        """The condition is over; None where it was not the case."""
        held = self._alarms.get(self._alarm_id(spec.site, spec.id, subject))
        return None if held is None or held.alarm.condition is not Condition.ACTIVE else self._clear(held, at)

    def overfull(self, alarm_id: str, at: Instant) -> Change | None:
        """Close the oldest cleared occurrence of an alarm that has too many waiting."""
        unclosed = self._alarms[alarm_id].unclosed
        cleared = next((each for each in unclosed if each.state is OccurrenceState.CLEARED), None)
        if len(unclosed) <= UNCLOSED_KEPT or cleared is None:
            return None
        cause = f"more than {UNCLOSED_KEPT} occurrences waited to be closed"
        return self._close(cleared, at, SYSTEM, Disposition.UNKNOWN, cause)

    def retire(self, is_watched: Callable[[str, Subject], bool], at: Instant) -> Iterable[Change]:
        """Clear and close what no configured rule watches any more."""
        for held in list(self._alarms.values()):
            if is_watched(held.alarm.rule, held.alarm.subject):
                continue
            if held.alarm.condition is not Condition.INACTIVE:
                yield self._clear(held, at)
            for occurrence in self._alarms[held.alarm.id].unclosed:
                yield self._close(occurrence, at, SYSTEM, Disposition.UNKNOWN, "rule removed")

    def state(self) -> list[AlarmState]:
        """Everything remembered."""
        return list(self._alarms.values())

    def restore(self, state: Iterable[AlarmState]) -> None:
        """Take back what `state` gave."""
        self._alarms = {held.alarm.id: held for held in state}
        self._owners = {each.id: each.alarm for held in self._alarms.values() for each in held.unclosed}

    def _alarm_id(self, site: str, rule: str, subject: Subject) -> str:
        return derive_id("alarm", self._lane, site, rule, subject.kind, subject.id)

    def _raise(self, finding: Finding, spec: RuleSpec, why: Why, configuration: str) -> Change:
        alarm_id = self._alarm_id(spec.site, finding.rule, finding.subject)
        held = self._alarms.get(alarm_id)
        before = Condition.INACTIVE if held is None else held.alarm.condition
        condition = step("alarm condition", CONDITION_TABLE, before, finding.trigger)
        if held is not None and before is Condition.UNKNOWN:
            priority = finding.priority or spec.priority
            alarm = replace(held.alarm, condition=condition, priority=priority, level=finding.level)
            is_worse = priority.rank < held.alarm.priority.rank
            occurrence = _worst(held.alarm.latest, priority)
            return self._put(AlarmChange.SIGHT_REGAINED, _asked(alarm) if is_worse else alarm, occurrence)
        number = 1 if held is None else held.alarm.occurrences + 1
        occurrence = Occurrence(
            id=derive_id("occurrence", alarm_id, number),
            alarm=alarm_id,
            number=number,
            state=OccurrenceState.ACTIVE,
            priority=finding.priority or spec.priority,
            raised_at=finding.at,
            why=why,
            configuration=configuration,
        )
        asked = Acknowledgement.NOT_NEEDED if held is None else held.alarm.acknowledgement
        alarm = Alarm(
            id=alarm_id,
            site=spec.site,
            rule=finding.rule,
            subject=finding.subject,
            asset=finding.asset,
            zone=finding.zone,
            name=finding.name,
            priority=finding.priority or spec.priority,
            level=finding.level,
            fault=spec.fault,
            procedure=spec.procedure,
            condition=condition,
            acknowledgement=step("acknowledgement", ACKNOWLEDGEMENT_TABLE, asked, AcknowledgementTrigger.ASK),
            occurrences=number,
            latest=occurrence,
            version=0 if held is None else held.alarm.version,
        )
        self._owners[occurrence.id] = alarm_id
        return self._put(AlarmChange.RAISED, alarm, occurrence)

    def _grade(self, held: AlarmState, finding: Finding, spec: RuleSpec, why: Why) -> Change:
        """The condition stands at another level: a worse one asks for acknowledgement again."""
        condition = step("alarm condition", CONDITION_TABLE, held.alarm.condition, finding.trigger)
        priority = finding.priority or spec.priority
        alarm = replace(held.alarm, condition=condition, priority=priority, level=finding.level, name=finding.name)
        if finding.trigger is ConditionTrigger.EASE:
            return self._put(AlarmChange.EASED, alarm, held.alarm.latest)
        seen = held.alarm.latest.why
        why = replace(why, since=seen.since, evidence=(*seen.evidence, *why.evidence))
        return self._put(AlarmChange.WORSENED, _asked(alarm), replace(_worst(held.alarm.latest, priority), why=why))

    def _clear(self, held: AlarmState, at: Instant) -> Change:
        condition = step("alarm condition", CONDITION_TABLE, held.alarm.condition, ConditionTrigger.CLEAR)
        occurrence = _cleared(held.alarm.latest, at)
        return self._put(AlarmChange.CLEARED, replace(held.alarm, condition=condition), occurrence)

    def _end_quietly(self, held: AlarmState, at: Instant) -> Occurrence:
        """Clear as a part of what closes the occurrence: the version that follows says both."""
        condition = step("alarm condition", CONDITION_TABLE, held.alarm.condition, ConditionTrigger.CLEAR)
        occurrence = _cleared(held.alarm.latest, at)
        unclosed = tuple(occurrence if each.id == occurrence.id else each for each in held.unclosed)
        alarm = replace(held.alarm, condition=condition, latest=occurrence)
        self._alarms[alarm.id] = AlarmState(alarm=alarm, unclosed=unclosed)
        return occurrence

    def _correct(self, held: AlarmState, finding: Finding) -> Change | None:
        raised_at = held.alarm.latest.raised_at if finding.corrects is None else finding.corrects
        occurrence = next((each for each in reversed(held.unclosed) if each.raised_at == raised_at), None)
        if occurrence is None:
            return None
        alarm = held.alarm
        if occurrence.state is OccurrenceState.ACTIVE:
            condition = step("alarm condition", CONDITION_TABLE, alarm.condition, ConditionTrigger.CLEAR)
            alarm, occurrence = replace(alarm, condition=condition), _cleared(occurrence, finding.at)
        return self._put(AlarmChange.CORRECTED, alarm, replace(occurrence, correction=finding.correction))

    def _close(self, occurrence: Occurrence, at: Instant, actor: str, disposition: Disposition, cause: str) -> Change:
        closed = replace(
            occurrence,
            state=step("occurrence", OCCURRENCE_TABLE, occurrence.state, OccurrenceTrigger.CLOSE),
            closed_at=at,
            closed_by=actor,
            disposition=disposition,
            disposition_cause=cause,
        )
        held = self._alarms[occurrence.alarm]
        alarm = held.alarm
        if len(held.unclosed) == 1 and alarm.acknowledgement is not Acknowledgement.NOT_NEEDED:
            forgotten = _acknowledgement(alarm, AcknowledgementTrigger.FORGET)
            alarm = replace(alarm, acknowledgement=forgotten, acknowledged_by=None, acknowledged_at=None)
        del self._owners[occurrence.id]
        return self._put(AlarmChange.CLOSED, alarm, closed)

    def _put(self, change: AlarmChange, alarm: Alarm, occurrence: Occurrence) -> Change:
        """Keep the alarm with its occurrence as the next version."""
        is_latest = alarm.latest.id == occurrence.id
        alarm = replace(alarm, latest=occurrence if is_latest else alarm.latest, version=alarm.version + 1)
        held = self._alarms.get(alarm.id)
        unclosed = {each.id: each for each in (() if held is None else held.unclosed)}
        if occurrence.state is not OccurrenceState.CLOSED:
            unclosed[occurrence.id] = occurrence
        else:
            unclosed.pop(occurrence.id, None)
        self._alarms[alarm.id] = AlarmState(alarm=alarm, unclosed=tuple(unclosed.values()))
        return Change(change, alarm, occurrence)

    def _expected(self, alarm_id: str, version: int | None) -> AlarmState:
        held = self._alarms.get(alarm_id)
        if held is None:
            raise CommandRefused("unknown_alarm", f"alarm '{alarm_id}' is not known")
        if version not in (None, held.alarm.version):
            detail = f"alarm '{alarm_id}' is at version {held.alarm.version}, not {version}: look again"
            raise CommandRefused("version_conflict", detail)
        return held

    def _unclosed(self, occurrence_id: str) -> Occurrence:
        held = self._alarms.get(self._owners.get(occurrence_id, ""))
        if held is not None:
            return next(each for each in held.unclosed if each.id == occurrence_id)
        if any(state.alarm.latest.id == occurrence_id for state in self._alarms.values()):
            raise CommandRefused("already_closed", f"occurrence '{occurrence_id}' was closed before")
        raise CommandRefused("unknown_occurrence", f"occurrence '{occurrence_id}' is not known, or closed long since")


def _acknowledgement(alarm: Alarm, trigger: AcknowledgementTrigger) -> Acknowledgement:
    return step("acknowledgement", ACKNOWLEDGEMENT_TABLE, alarm.acknowledgement, trigger)


def _asked(alarm: Alarm) -> Alarm:
    """The alarm, asking for acknowledgement whether it was acknowledged or not."""
    asked = _acknowledgement(alarm, AcknowledgementTrigger.ASK)
    return replace(alarm, acknowledgement=asked, acknowledged_by=None, acknowledged_at=None)


def _worst(occurrence: Occurrence, priority: Priority) -> Occurrence:
    return replace(occurrence, priority=min(occurrence.priority, priority, key=lambda each: each.rank))


def _cleared(occurrence: Occurrence, at: Instant) -> Occurrence:
    state = step("occurrence", OCCURRENCE_TABLE, occurrence.state, OccurrenceTrigger.CLEAR)
    return replace(occurrence, state=state, cleared_at=at)
