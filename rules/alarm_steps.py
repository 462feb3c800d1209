"""Single steps of an alarm as pure functions: each takes the alarm as it is and gives it as it is afterwards."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import (
    Acknowledgement,
    AcknowledgementTrigger,
    Alarm,
    Condition,
    ConditionTrigger,
    DecisionKind,
    Occurrence,
    OccurrenceState,
    OccurrenceTrigger,
    Why,
)
from domain.axes.acknowledgement import ACKNOWLEDGEMENT_TABLE
from domain.axes.chatter import CHATTER_TABLE, Chatter, ChatterTrigger
from domain.axes.condition import CONDITION_TABLE
from domain.axes.inhibition import INHIBITION_TABLE, Inhibition, InhibitionTrigger
from domain.axes.latch import LATCH_TABLE, LatchTrigger
from domain.axes.occurrence import OCCURRENCE_TABLE
from domain.axes.shelving import SHELVING_TABLE, Shelving, ShelvingTrigger
from domain.configuration import RuleSpec
from domain.identity import derive_id
from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text, same
from domain.transition import step
from rules.alarm_book import decided
from rules.rule import Finding


class Under(Struct, frozen=True):
    """What stands for an alarm: another alarm, or a mode of its place (the other is None); and why in a sentence."""

    alarm: str | None
    reason: Text
    mode: str | None = None


_NOTHING: Final = Under(None, same(""))


def acknowledgement(alarm: Alarm, trigger: AcknowledgementTrigger) -> Acknowledgement:
    """Step the alarm's acknowledgement."""
    return step("acknowledgement", ACKNOWLEDGEMENT_TABLE, alarm.acknowledgement, trigger)


def unacknowledged(alarm: Alarm) -> Alarm:
    """The alarm without what is known of an acknowledgement."""
    return replace(
        alarm, acknowledged_by=None, acknowledged_at=None, acknowledged_until=None, acknowledgement_left=None
    )


def asked(alarm: Alarm) -> Alarm:
    """The alarm, asking for acknowledgement whether it was acknowledged or not."""
    return replace(unacknowledged(alarm), acknowledgement=acknowledgement(alarm, AcknowledgementTrigger.ASK))


def inhibited(alarm: Alarm, under: Under | None) -> Alarm:
    """The alarm under what stands for it now, or under nothing."""
    if under is None:
        trigger = InhibitionTrigger.RELEASE
    elif alarm.inhibition is Inhibition.FREE:
        trigger = InhibitionTrigger.INHIBIT
    else:
        trigger = InhibitionTrigger.HAND_OVER
    if under is None and alarm.inhibition is Inhibition.FREE:
        return alarm
    inhibition = step("inhibition", INHIBITION_TABLE, alarm.inhibition, trigger)
    under = under or _NOTHING
    return replace(alarm, inhibition=inhibition, inhibited_under=under.alarm, inhibited_mode=under.mode)


def ended(alarm: Alarm, at: Instant) -> Alarm:
    """The alarm with its condition over: nothing needs to stand for it, and a one-shot shelf has had its shot."""
    condition = step("alarm condition", CONDITION_TABLE, alarm.condition, ConditionTrigger.CLEAR)
    alarm = replace(inhibited(alarm, None), condition=condition, latest=cleared(alarm.latest, at))
    if alarm.shelving is Shelving.ONE_SHOT:
        shelving = step("shelving", SHELVING_TABLE, alarm.shelving, ShelvingTrigger.CONDITION_ENDS)
        alarm = replace(alarm, shelving=shelving, shelf=None)
    if alarm.chatter is Chatter.CHATTERING:
        alarm = replace(alarm, chatter=step("chatter", CHATTER_TABLE, alarm.chatter, ChatterTrigger.QUIET))
    return alarm


def activated(
    before: Alarm | None, alarm_id: str, finding: Finding, spec: RuleSpec, why: Why, configuration: str
) -> Alarm:
    """The alarm with a new occurrence; what operators have said of it (shelf, service, assignee) stays."""
    occurrence = _occurrence(
        1 if before is None else before.occurrences + 1, alarm_id, finding, spec, why, configuration
    )
    alarm = Alarm(
        id=alarm_id,
        site=spec.site,
        rule=finding.rule,
        subject=finding.subject,
        asset=finding.asset,
        zone=finding.zone,
        name=finding.name,
        priority=occurrence.priority,
        level=finding.level,
        fault=spec.fault,
        procedure=spec.procedure,
        condition=Condition.ACTIVE,
        acknowledgement=Acknowledgement.NOT_NEEDED,
        occurrences=occurrence.number,
        latest=occurrence,
        category=spec.category,
        inhibits=spec.inhibits,
        needs_clear=spec.needs_clear,
        concerns=finding.concerns,
        version=0,
    )
    if before is not None:
        kept: tuple[str, ...] = (
            "acknowledgement",
            "shelving",
            "shelf",
            "inhibition",
            "inhibited_under",
            "inhibited_mode",
            "service",
            "out_of_service",
        )
        kept += ("latch", "chatter", "assignee", "version")
        alarm = replace(alarm, **{name: getattr(before, name) for name in kept})
    if spec.latch:
        alarm = replace(alarm, latch=step("latch", LATCH_TABLE, alarm.latch, LatchTrigger.SET))
    return alarm


def _occurrence(
    number: int, alarm_id: str, finding: Finding, spec: RuleSpec, why: Why, configuration: str
) -> Occurrence:
    priority = finding.priority or spec.priority
    occurrence = Occurrence(
        id=derive_id("occurrence", alarm_id, number),
        alarm=alarm_id,
        number=number,
        state=OccurrenceState.ACTIVE,
        priority=priority,
        raised_at=finding.at,
        why=why,
        configuration=configuration,
    )
    if spec.consequence is not None and spec.act_within is not None and finding.priority is None:
        occurrence = decided(occurrence, finding.at, DecisionKind.PRIORITY, _stakes(spec))
    return occurrence


def _stakes(spec: RuleSpec) -> Text:
    return Text(
        f"{spec.priority} follows from consequence '{spec.consequence}' and time to act '{spec.act_within}'",
        f"优先级 {spec.priority} 由后果 {spec.consequence} 与处置时限 {spec.act_within} 得出",
    )


def at_worst(occurrence: Occurrence, priority: Priority) -> Occurrence:
    return replace(occurrence, priority=min(occurrence.priority, priority, key=lambda each: each.rank))


def cleared(occurrence: Occurrence, at: Instant) -> Occurrence:
    state = step("occurrence", OCCURRENCE_TABLE, occurrence.state, OccurrenceTrigger.CLEAR)
    return replace(occurrence, state=state, cleared_at=at)
