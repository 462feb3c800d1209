"""From a finding to its consequences: the alarm it steps, and the work order that follows."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, Why
from domain.configuration import RuleSpec
from domain.effects import AlarmChange
from domain.instant import Instant
from domain.record import Record
from rules.alarming import Alarms, Change
from rules.rule import Finding
from rules.telling import Dated
from rules.work_ordering import WorkOrders


class Consequences:
    """Applies findings under the configuration that holds."""

    def __init__(self, alarms: Alarms, orders: WorkOrders) -> None:
        """Nothing is configured."""
        self._alarms = alarms
        self._orders = orders
        self._specs: dict[str, RuleSpec] = {}
        self._digest = ""

    def configure(self, specs: Mapping[str, RuleSpec], digest: str) -> None:
        """Take the rules that now hold, by id, and the digest that names their configuration."""
        self._specs = dict(specs)
        self._digest = digest

    def apply(self, finding: Finding, record: Record) -> list[Dated]:
        """Step the alarm, and see to its work order.

        Raises:
            IllegalTransition: the finding does not fit the alarm; nothing was changed.
        """
        spec = self._specs[finding.rule]
        change = self._alarms.apply(finding, spec, _completed(finding.why, record), self._digest)
        if change is None:
            return []
        if change.change is AlarmChange.RAISED:
            return self._raised(change, finding, spec)
        told: list[Dated] = [(finding.at, change.effect())]
        if change.change in (AlarmChange.CLEARED, AlarmChange.CORRECTED):
            told += self._order_after(change, finding.at)
        return told

    def note(self, spec: RuleSpec, finding: Finding) -> list[Dated]:
        """Raise an alarm of Vigil's own, and clear it: what it speaks of is over, but somebody has to look at it."""
        told: list[Dated] = []
        for trigger in (ConditionTrigger.RAISE, ConditionTrigger.CLEAR):
            change = self._alarms.apply(replace(finding, trigger=trigger), spec, finding.why, self._digest)
            if change is not None:
                told.append((finding.at, change.effect()))
                overfull = self._alarms.overfull(change.alarm.id, finding.at)
                told += [] if overfull is None else [(finding.at, overfull.effect())]
        return told

    def begin(self, spec: RuleSpec, finding: Finding) -> list[Dated]:
        """Raise an alarm of Vigil's own that stands until `end`; nothing where it stands already."""
        if self._alarms.is_active(spec, finding.subject):
            return []
        change = self._alarms.apply(finding, spec, finding.why, self._digest)
        if change is None:
            return []
        overfull = self._alarms.overfull(change.alarm.id, finding.at)
        told = [change] if overfull is None else [change, overfull]
        return [(finding.at, each.effect()) for each in told]

    def end(self, spec: RuleSpec, subject: Subject, at: Instant) -> list[Dated]:
        """Clear an alarm of Vigil's own; nothing where it does not stand."""
        change = self._alarms.end(spec, subject, at)
        return [] if change is None else [(at, change.effect())]

    def lose_sight(self, rule: str, subject: Subject, at: Instant) -> list[Dated]:
        """A rule failed on a subject: its alarm there can no longer be believed to be active."""
        spec = self._specs.get(rule)
        change = None if spec is None else self._alarms.lose_sight(spec, subject)
        return [] if change is None else [(at, change.effect())]

    def retire(self, is_watched: Callable[[str, Subject], bool], at: Instant) -> list[Dated]:
        """Clear and close the alarms of rules and subjects that are gone."""
        told: list[Dated] = []
        for change in self._alarms.retire(is_watched, at):
            told.append((at, change.effect(comment="rule removed")))
            if change.change is AlarmChange.CLEARED:
                told += self._order_after(change, at)
        return told

    def _raised(self, change: Change, finding: Finding, spec: RuleSpec) -> list[Dated]:
        ordered = None
        if spec.makes_order:
            ordered = self._orders.need(spec, finding.asset, change.occurrence, finding.name)
            change = self._alarms.link(change, ordered.order.id)
        told: list[Dated] = [(finding.at, change.effect())]
        if ordered is not None:
            told.append((finding.at, ordered))
        overfull = self._alarms.overfull(change.alarm.id, finding.at)
        if overfull is not None:
            told.append((finding.at, overfull.effect()))
        return told

    def _order_after(self, change: Change, at: Instant) -> list[Dated]:
        occurrence = change.occurrence
        ordered = self._orders.cleared(occurrence.id, at, occurrence.correction)
        return [] if ordered is None else [(at, ordered)]


def _completed(why: Why, record: Record) -> Why:
    """Add what the causing record says of its times."""
    return replace(
        why,
        evidence=why.evidence or (record.seq,),
        device_time=record.device_time,
        received_at=record.received_at,
        believed=record.believed.value,
    )
