"""Alarms: what rules find steps their condition, and what follows for acknowledgement, latch, shelf and chatter.

One alarm per (rule, subject), one occurrence per activation; an alarm that chatters keeps one for all. What operators
do stands in `alarm_commands`, what the clock does in `alarm_timers`.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from domain.alarm import (
    Acknowledgement,
    AcknowledgementTrigger,
    Condition,
    ConditionTrigger,
    DecisionKind,
    Occurrence,
    OccurrenceState,
    OccurrenceTrigger,
    Subject,
    Why,
)
from domain.alarm_policy import AlarmPolicy
from domain.axes.chatter import CHATTER_TABLE, Chatter, ChatterTrigger
from domain.axes.condition import CONDITION_TABLE
from domain.axes.inhibition import Inhibition
from domain.axes.occurrence import OCCURRENCE_TABLE
from domain.commands import Disposition
from domain.configuration import RuleSpec
from domain.effects import AlarmChange
from domain.instant import Instant
from domain.text import Text
from domain.transition import step
from rules import chatter
from rules.alarm_book import AlarmBook, AlarmState, Change, decided
from rules.alarm_steps import Under, acknowledgement, activated, asked, at_worst, ended, inhibited, unacknowledged
from rules.rule import Finding

UNCLOSED_KEPT: Final = 100
"""Occurrences of one alarm that may wait to be closed; beyond that the oldest cleared one is closed as unknown."""

MOST_EVIDENCE: Final = 32
"""Records that an answer names: of more, the first and the latest ones."""

_FIRST_EVIDENCE: Final = 8

SYSTEM: Final = "vigil"
"""Who closes what no person closed."""


class Alarms:
    """Steps the alarms of a lane as rules find."""

    def __init__(self, book: AlarmBook, policy: AlarmPolicy | None = None) -> None:
        """Work on the alarms of `book`."""
        self._book = book
        self.policy = policy or AlarmPolicy()

    def apply(
        self, finding: Finding, spec: RuleSpec, why: Why, configuration: str, under: Under | None = None
    ) -> Change | None:
        """Step the condition as found; None where that changes nothing that is told.

        `under` is what stands for the alarm if this raises it.

        Raises:
            IllegalTransition: the finding does not fit the present condition; nothing was changed.
        """
        if finding.trigger is ConditionTrigger.RAISE:
            return self._raise(finding, spec, why, configuration, under)
        held = self._book.get(self._book.id_of(spec.site, finding.rule, finding.subject))
        if held is None:
            return None
        if finding.correction is not None:
            return self._correct(held, finding)
        if finding.trigger in (ConditionTrigger.WORSEN, ConditionTrigger.EASE):
            return self._grade(held, finding, spec, why)
        if finding.trigger is ConditionTrigger.LOSE_SIGHT:
            return self._lose_sight(held, finding.at, finding.why.seen)
        return self.clear(held, finding.at, finding.why.seen)

    def lose_sight(self, spec: RuleSpec, subject: Subject, at: Instant) -> Change | None:
        """The rule judges this subject no more (it failed): an active alarm becomes unknown."""
        held = self._book.get(self._book.id_of(spec.site, spec.id, subject))
        return None if held is None or held.seen is not Condition.ACTIVE else self._lose_sight(held, at)

    def is_active(self, spec: RuleSpec, subject: Subject) -> bool:
        """Tell whether the condition of a rule on a subject is the case."""
        held = self._book.get(self._book.id_of(spec.site, spec.id, subject))
        return held is not None and held.seen is Condition.ACTIVE

    def regrade(self, finding: Finding, spec: RuleSpec) -> Change | None:
        """An active alarm stands where `finding` says: worse or less urgent; None where that is no change."""
        held = self._book.get(self._book.id_of(spec.site, spec.id, finding.subject))
        if held is None or finding.level == held.alarm.level:
            return None
        is_worse = (finding.priority or spec.priority).rank < held.alarm.priority.rank
        trigger = ConditionTrigger.WORSEN if is_worse else ConditionTrigger.EASE
        return self._grade(held, replace(finding, trigger=trigger), spec, finding.why)

    def end(self, spec: RuleSpec, subject: Subject, at: Instant) -> Change | None:
        """The condition is over; None where it was not the case."""
        held = self._book.get(self._book.id_of(spec.site, spec.id, subject))
        return None if held is None or held.seen is not Condition.ACTIVE else self.clear(held, at)

    def overfull(self, alarm_id: str, at: Instant) -> Change | None:
        """Close the oldest cleared occurrence of an alarm that has too many waiting."""
        held = self._book.get(alarm_id)
        unclosed = () if held is None else held.unclosed
        cleared = next((each for each in unclosed if each.state is OccurrenceState.CLEARED), None)
        if len(unclosed) <= UNCLOSED_KEPT or cleared is None:
            return None
        cause = f"more than {UNCLOSED_KEPT} occurrences waited to be closed"
        return self.close(cleared, at, SYSTEM, Disposition.UNKNOWN, cause)

    def retire(self, is_watched: Callable[[str, Subject], bool], at: Instant) -> Iterable[Change]:
        """Clear and close what no configured rule watches any more."""
        for held in self._book.all():
            if is_watched(held.alarm.rule, held.alarm.subject):
                continue
            if held.alarm.condition is not Condition.INACTIVE:
                yield self._over(held, at)
            for occurrence in held.unclosed:
                current = self._book.unclosed(occurrence.id)
                yield self.close(current, at, SYSTEM, Disposition.UNKNOWN, "rule removed")

    def clear(self, held: AlarmState, at: Instant, because: Text | None = None) -> Change | None:
        """The condition is over, and why, if that is known; of one that chatters nothing is told before it is quiet."""
        seen = step("alarm condition", CONDITION_TABLE, held.seen, ConditionTrigger.CLEAR)
        if held.alarm.chatter is Chatter.CHATTERING:
            self._book.keep(replace(held, seen=seen, quiet_at=max(held.quiet_at or at, at + self._quiet)))
            return None
        return self._over(held, at, because)

    def close(self, occurrence: Occurrence, at: Instant, actor: str, disposition: Disposition, cause: str) -> Change:
        """End a cleared occurrence with its outcome; with the last one nothing asks for acknowledgement any more."""
        closed = replace(
            occurrence,
            state=step("occurrence", OCCURRENCE_TABLE, occurrence.state, OccurrenceTrigger.CLOSE),
            closed_at=at,
            closed_by=actor,
            disposition=disposition,
            disposition_cause=cause,
        )
        held = self._book.get(occurrence.alarm)
        assert held is not None  # noqa: S101 - an occurrence that is not closed has its alarm
        alarm = held.alarm
        if len(held.unclosed) == 1 and alarm.acknowledgement is not Acknowledgement.NOT_NEEDED:
            forgotten = acknowledgement(alarm, AcknowledgementTrigger.FORGET)
            alarm = replace(unacknowledged(alarm), acknowledgement=forgotten)
        return self._book.put(AlarmChange.CLOSED, alarm, closed, at, held)

    def quieten(self, held: AlarmState, at: Instant) -> Change:
        """An alarm that chattered has been quiet: it is again what its rule says."""
        steady = step("chatter", CHATTER_TABLE, held.alarm.chatter, ChatterTrigger.QUIET)
        calm = replace(held, alarm=replace(held.alarm, chatter=steady), quiet_at=None, raised=())
        if calm.seen is Condition.INACTIVE:
            return self._over(calm, at)
        alarm = replace(calm.alarm, condition=calm.seen)
        return self._book.put(AlarmChange.STEADIED, alarm, alarm.latest, at, calm)

    @property
    def _quiet(self) -> int:
        return self.policy.span("chatter_quiet")

    def _raise(
        self, finding: Finding, spec: RuleSpec, why: Why, configuration: str, under: Under | None
    ) -> Change | None:
        alarm_id = self._book.id_of(spec.site, finding.rule, finding.subject)
        held = self._book.get(alarm_id)
        before = Condition.INACTIVE if held is None else held.seen
        condition = step("alarm condition", CONDITION_TABLE, before, finding.trigger)
        if held is not None and before is Condition.UNKNOWN:
            return self._regain(held, finding, spec, why)
        raised = chatter.noted(() if held is None else held.raised, finding.at, self.policy)
        if held is not None and held.alarm.chatter is Chatter.CHATTERING:
            return self._count(replace(held, raised=raised, seen=condition), finding)
        alarm = activated(None if held is None else held.alarm, alarm_id, finding, spec, why, configuration)
        occurrence = alarm.latest
        if chatter.is_too_often(raised, self.policy):
            alarm = replace(alarm, chatter=step("chatter", CHATTER_TABLE, alarm.chatter, ChatterTrigger.EXCEED))
            occurrence = decided(occurrence, finding.at, DecisionKind.CHATTER, chatter.reason(self.policy))
        quiet_at = finding.at + self._quiet if alarm.chatter is Chatter.CHATTERING else None
        alarm = replace(inhibited(alarm, under), latest=occurrence)
        if under is None:
            alarm = asked(alarm)
        elif alarm.acknowledgement is Acknowledgement.ACKED:
            forgotten = acknowledgement(alarm, AcknowledgementTrigger.FORGET)
            alarm = replace(unacknowledged(alarm), acknowledgement=forgotten)
        if under is not None:
            alarm = replace(alarm, latest=decided(occurrence, finding.at, DecisionKind.INHIBITED, under.reason))
        state = AlarmState(
            alarm=alarm,
            unclosed=() if held is None else held.unclosed,
            seen=condition,
            raised=raised,
            quiet_at=quiet_at,
            counted_at=finding.at,
        )
        return self._book.put(AlarmChange.RAISED, alarm, alarm.latest, finding.at, state)

    def _count(self, held: AlarmState, finding: Finding) -> Change | None:
        """One more activation of an alarm that chatters."""
        alarm = held.alarm
        occurrence = replace(alarm.latest, count=alarm.latest.count + 1)
        held = replace(held, quiet_at=max(held.quiet_at or finding.at, finding.at + self._quiet))
        if finding.at - held.counted_at >= chatter.COUNT_TOLD_EVERY:
            held = replace(held, counted_at=finding.at)
            return self._book.put(AlarmChange.COUNTED, alarm, occurrence, finding.at, held)
        unclosed = tuple(occurrence if each.id == occurrence.id else each for each in held.unclosed)
        self._book.keep(replace(held, alarm=replace(alarm, latest=occurrence), unclosed=unclosed))
        return None

    def _regain(self, held: AlarmState, finding: Finding, spec: RuleSpec, why: Why) -> Change | None:
        """What was out of sight is the case still; at a worse level it asks again, at another it answers anew."""
        priority = finding.priority or spec.priority
        if held.alarm.chatter is Chatter.CHATTERING:
            self._book.keep(replace(held, seen=Condition.ACTIVE))
            return None
        alarm = replace(held.alarm, condition=Condition.ACTIVE, priority=priority, level=finding.level)
        if priority.rank < held.alarm.priority.rank:
            alarm = asked(alarm)
        occurrence = at_worst(held.alarm.latest, priority)
        if finding.level != held.alarm.level:
            alarm = replace(alarm, name=finding.name)
            occurrence = replace(occurrence, why=_anew(occurrence.why, why))
        state = replace(held, seen=Condition.ACTIVE)
        return self._book.put(AlarmChange.SIGHT_REGAINED, alarm, occurrence, finding.at, state)

    def _grade(self, held: AlarmState, finding: Finding, spec: RuleSpec, why: Why) -> Change:
        """The condition stands at another level: a worse one asks for acknowledgement again."""
        step("alarm condition", CONDITION_TABLE, held.seen, finding.trigger)
        priority = finding.priority or spec.priority
        alarm = replace(held.alarm, priority=priority, level=finding.level, name=finding.name)
        occurrence = replace(alarm.latest, why=_anew(alarm.latest.why, why))
        if finding.trigger is ConditionTrigger.EASE:
            return self._book.put(AlarmChange.EASED, alarm, occurrence, finding.at, held)
        if alarm.inhibition is Inhibition.FREE:
            alarm = asked(alarm)
        occurrence = at_worst(occurrence, priority)
        return self._book.put(AlarmChange.WORSENED, alarm, occurrence, finding.at, held)

    def _lose_sight(self, held: AlarmState, at: Instant, because: Text | None = None) -> Change | None:
        seen = step("alarm condition", CONDITION_TABLE, held.seen, ConditionTrigger.LOSE_SIGHT)
        held = replace(held, seen=seen)
        if held.alarm.chatter is Chatter.CHATTERING:
            self._book.keep(held)
            return None
        alarm, occurrence = replace(held.alarm, condition=seen), held.alarm.latest
        if because is not None:  # only the latest time: sight may come and go for days
            others = tuple(each for each in occurrence.decisions if each.kind is not DecisionKind.SIGHT_LOST)
            occurrence = decided(replace(occurrence, decisions=others), at, DecisionKind.SIGHT_LOST, because)
        return self._book.put(AlarmChange.SIGHT_LOST, alarm, occurrence, at, held)

    def _correct(self, held: AlarmState, finding: Finding) -> Change | None:
        """An activation should not have been: its occurrence says so, and is over if it was not."""
        raised_at = held.alarm.latest.raised_at if finding.corrects is None else finding.corrects
        occurrence = next((each for each in reversed(held.unclosed) if each.raised_at == raised_at), None)
        if held.alarm.chatter is Chatter.CHATTERING and held.raised[-1:] == (raised_at,):
            if held.seen is not Condition.INACTIVE:
                held = replace(held, seen=Condition.INACTIVE)
                self._book.keep(held)
            if occurrence is None or occurrence.id == held.alarm.latest.id:
                return None  # it stands for the others too
        if occurrence is None:
            return None
        alarm = held.alarm
        if occurrence.state is OccurrenceState.ACTIVE and alarm.chatter is Chatter.STEADY:
            alarm = ended(held.alarm, finding.at)
            held, occurrence = replace(held, seen=Condition.INACTIVE), alarm.latest
        occurrence = replace(occurrence, correction=finding.correction)
        return self._book.put(AlarmChange.CORRECTED, alarm, occurrence, finding.at, held)

    def _over(self, held: AlarmState, at: Instant, because: Text | None = None) -> Change:
        alarm = ended(held.alarm, at)
        held = replace(held, seen=Condition.INACTIVE, quiet_at=None)
        occurrence = alarm.latest
        if because is not None:
            occurrence = decided(occurrence, at, DecisionKind.CLEARED, because)
        return self._book.put(AlarmChange.CLEARED, alarm, occurrence, at, held)


def _anew(before: Why, now: Why) -> Why:
    """The answer at another level: what is seen there and what clears it, since the beginning and from all records.

    Of an alarm that moves between its levels for months the first and the latest of them are kept.
    """
    evidence = tuple(dict.fromkeys((*before.evidence, *now.evidence)))
    if len(evidence) > MOST_EVIDENCE:
        evidence = (*evidence[:_FIRST_EVIDENCE], *evidence[_FIRST_EVIDENCE - MOST_EVIDENCE :])
    return replace(now, since=before.since, evidence=evidence)
