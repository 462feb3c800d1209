"""From a finding, a command or the clock to its consequences: the alarm it steps, and the work order that follows."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, Why
from domain.commands import CloseOccurrence, MoveWorkOrder
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChange, WorkOrderChanged
from domain.instant import Instant
from domain.record import AlarmCommand, Record
from domain.work_order import PROGRESSING_STATES
from rules import alarm_timers
from rules.alarm_book import AlarmBook, AlarmState, Change
from rules.alarm_commands import AlarmCommands
from rules.alarm_expiry import AlarmExpiry
from rules.alarming import Alarms
from rules.rule import Finding
from rules.telling import Dated
from rules.work_ordering import WorkOrders


class Consequences:
    """Applies findings, commands and time to alarms under the configuration that holds, and sees to what follows."""

    def __init__(self, lane: str, closable: tuple[str, ...] = ()) -> None:
        """Nothing is configured. To close an occurrence of the rules `closable` ends its condition, if need be."""
        self.orders = WorkOrders(lane)
        self.book = AlarmBook(lane)
        self._alarms = Alarms(self.book)
        self._expiry = AlarmExpiry()
        self._commands = AlarmCommands(self.book, self._alarms, self._expiry, closable)
        self._specs: dict[str, RuleSpec] = {}
        self._digest = ""

    def configure(self, configuration: Configuration, specs: Mapping[str, RuleSpec], digest: str) -> None:
        """Take what now holds: the rules by id, and the digest that names their configuration."""
        self._specs = dict(specs)
        self._digest = digest
        self._alarms.policy = configuration.alarms
        self._expiry.configure(configuration.sites, configuration.alarms)

    def next_deadline(self) -> Instant | None:
        """When `fire` would next have something to do."""
        return self.book.next_deadline()

    def fire(self, until: Instant) -> list[Dated]:
        """All that time brings to alarms up to `until`, in its order."""
        told: list[Dated] = []
        while (change := alarm_timers.fire(self.book, self._alarms, until)) is not None:
            told += self._follow(change)
        return told

    def apply(self, finding: Finding, record: Record) -> list[Dated]:
        """Step the alarm, and see to its work order. Call `fire` first: what is due before comes before.

        Raises:
            IllegalTransition: the finding does not fit the alarm; nothing was changed.
        """
        spec = self._specs[finding.rule]
        change = self._alarms.apply(finding, spec, _completed(finding.why, record), self._digest)
        return [] if change is None else self._follow(change)

    def note(self, spec: RuleSpec, finding: Finding) -> list[Dated]:
        """Raise an alarm of Vigil's own, and clear it: what it speaks of is over, but somebody has to look at it."""
        told: list[Dated] = []
        for trigger in (ConditionTrigger.RAISE, ConditionTrigger.CLEAR):
            change = self._alarms.apply(replace(finding, trigger=trigger), spec, finding.why, self._digest)
            told += [] if change is None else self._follow(change, spec)
        return told

    def begin(self, spec: RuleSpec, finding: Finding) -> list[Dated]:
        """Raise an alarm of Vigil's own that stands until `end`; nothing where it stands already."""
        if self._alarms.is_active(spec, finding.subject):
            return []
        change = self._alarms.apply(finding, spec, finding.why, self._digest)
        return [] if change is None else self._follow(change, spec)

    def end(self, spec: RuleSpec, subject: Subject, at: Instant) -> list[Dated]:
        """Clear an alarm of Vigil's own; nothing where it does not stand."""
        change = self._alarms.end(spec, subject, at)
        return [] if change is None else self._follow(change, spec)

    def lose_sight(self, rule: str, subject: Subject, at: Instant) -> list[Dated]:
        """A rule failed on a subject: its alarm there can no longer be believed to be active."""
        spec = self._specs.get(rule)
        change = None if spec is None else self._alarms.lose_sight(spec, subject, at)
        return [] if change is None else self._follow(change)

    def retire(self, is_watched: Callable[[str, Subject], bool], at: Instant) -> list[Dated]:
        """Clear and close the alarms of rules and subjects that are gone."""
        told: list[Dated] = []
        for change in self._alarms.retire(is_watched, at):
            told += self._follow(change, comment="rule removed")
        return told

    def command(self, command: AlarmCommand | CloseOccurrence, at: Instant) -> tuple[list[Dated], int]:
        """Carry out what an operator asks of an alarm; gives its new version too.

        Raises:
            CommandRefused: with the reason.
        """
        if isinstance(command, CloseOccurrence):
            change = self._commands.close(command, at)
            return self._follow(change, actor=command.actor, comment=command.comment), change.alarm.version
        held = self.book.get(command.alarm)
        order = None if held is None else held.alarm.latest.order
        is_progressing = order is not None and self.orders.is_progressing(order)
        change = self._commands.carry_out(command, at, is_progressing=is_progressing)
        comment = getattr(command, "comment", "") or getattr(command, "reason", "")
        return self._follow(change, actor=command.actor, comment=comment), change.alarm.version

    def move(self, command: MoveWorkOrder, at: Instant) -> tuple[list[Dated], int]:
        """Step a work order as a person asks; while somebody is at work, acknowledgements of its alarms wait.

        Raises:
            CommandRefused: with the reason.
            IllegalTransition: the table has no such step from where the order stands.
        """
        moved = self.orders.move(command, at)
        step = alarm_timers.pause if moved.order.state in PROGRESSING_STATES else alarm_timers.resume
        owners = dict.fromkeys(self.book.owner(occurrence) for occurrence in moved.order.occurrences)
        told: list[Dated] = [(at, moved)]
        for alarm in owners:
            change = None if alarm is None else step(self.book, alarm, at)
            told += [] if change is None else self._follow(change)
        return told, moved.order.version

    def state(self) -> list[AlarmState]:
        """All alarms; the orders have a state of their own."""
        return self.book.state()

    def restore(self, state: Iterable[AlarmState]) -> None:
        """Take back what `state` gave, under the same configuration."""
        self.book.restore(state)

    def _follow(
        self, change: Change, spec: RuleSpec | None = None, *, actor: str | None = None, comment: str = ""
    ) -> list[Dated]:
        """Tell a change of an alarm, and what follows from it. Only rules that are configured make orders."""
        rule = self._specs.get(change.alarm.rule) if spec is None else spec
        ordered: WorkOrderChanged | None = None
        if change.change is AlarmChange.RAISED and rule is not None and rule.makes_order:
            ordered = self.orders.need(rule, change.alarm.asset, change.occurrence, change.alarm.name)
            change = self.book.amend(change, replace(change.occurrence, order=ordered.order.id))
        elif change.change in (AlarmChange.CLEARED, AlarmChange.CORRECTED):
            ordered = self.orders.cleared(change.occurrence.id, change.at, change.occurrence.correction)
        elif change.change is AlarmChange.WORSENED:
            ordered = self.orders.worsened(change.occurrence, change.at)
        told: list[Dated] = [(change.at, change.effect(actor, comment))]
        told += [] if ordered is None else [(change.at, ordered)]
        if change.change is AlarmChange.RAISED:
            overfull = self._alarms.overfull(change.alarm.id, change.at)
            told += [] if overfull is None else [(change.at, overfull.effect())]
        return told


def _completed(why: Why, record: Record) -> Why:
    """Add what the causing record says of its times."""
    return replace(
        why,
        evidence=why.evidence or (record.seq,),
        device_time=record.device_time,
        received_at=record.received_at,
        believed=record.believed.value,
    )
