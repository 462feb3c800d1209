"""What follows from every change of an alarm: its incident, what it stands for, the flood, the work order."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Alarm, Condition
from domain.axes.inhibition import Inhibition
from domain.commands import BeginMode, EndMode, ExtendMode
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChange, ModeChanged, WorkOrderChanged
from domain.instant import Instant
from domain.mode import Mode
from domain.record import ModeCommand, Observation, Record
from rules.alarm_book import AlarmBook, Change
from rules.alarming import Alarms
from rules.gathering import Gathering, GatheringState
from rules.inhibiting import Inhibiting
from rules.own_alarms import KIND
from rules.parents import Parents
from rules.source_limits import SourceLimits, SourceState
from rules.telling import Dated
from rules.work_ordering import WorkOrders

_ANNOUNCING = (AlarmChange.RAISED, AlarmChange.UNSHELVED, AlarmChange.BROUGHT_BACK, AlarmChange.RELEASED)
"""Changes with which an alarm can come onto the operators' list."""


class AftermathState(Struct, frozen=True, kw_only=True):
    """The stored form, part by part; what follows from the alarms themselves is not stored."""

    gathering: GatheringState
    releases: dict[str, Instant]
    sources: list[SourceState]
    modes: list[Mode] = []


class Aftermath:
    """Sees to what follows."""

    def __init__(self, lane: str, book: AlarmBook, alarms: Alarms) -> None:
        """Nothing is configured."""
        self.orders = WorkOrders(lane)
        self.parents = Parents()
        self.inhibiting = Inhibiting(lane, book, self.parents)
        self.gathering = Gathering(lane, book, self.parents)
        self.limits = SourceLimits()
        self._book = book
        self._alarms = alarms
        self._specs: Mapping[str, RuleSpec] = {}

    def configure(self, configuration: Configuration, specs: Mapping[str, RuleSpec]) -> None:
        """Take what now holds."""
        self._specs = specs
        self.inhibiting.configure(specs)
        self.parents.topology.configure(configuration.sites)
        self.inhibiting.modes.configure(configuration.sites, configuration.alarms)
        self.inhibiting.policy = self.limits.policy = configuration.alarms
        self.gathering.configure(configuration.alarms, specs)

    def is_too_much(self, spec: RuleSpec, record: Record, at: Instant) -> bool:
        """Count an alarm that a message raises against its source; True where that has raised too many.

        Life safety and duress are not counted, nor Vigil's own alarms.
        """
        if spec.is_safety or spec.kind == KIND or not isinstance(record.body, Observation) or record.site is None:
            return False
        return not self.limits.take((record.site, record.source), at)

    def follow(
        self, change: Change, spec: RuleSpec | None = None, *, actor: str | None = None, comment: str = ""
    ) -> list[Dated]:
        """Tell a change of an alarm, and what follows from it; `spec` is its rule where that is not configured."""
        rule = self._specs.get(change.alarm.rule) if spec is None else spec
        confirmed: list[Change] = []
        if change.change is AlarmChange.RAISED and rule is not None:
            change, confirmed = self.gathering.place(change, rule)
        else:
            self.gathering.follow(change)
        ordered = self._ordered(change, rule)
        if ordered is not None and change.occurrence.order is None:
            change = self._book.amend(change, replace(change.occurrence, order=ordered.order.id))
        self.parents.note(change.alarm)
        self.inhibiting.follow(change.alarm, change.at)
        told: list[Dated] = [(change.at, change.effect(actor, comment))]
        told += [] if ordered is None else [(change.at, ordered)]
        if change.change in _ANNOUNCING and change.occurrence.announced_at == change.at:
            told += self.gathering.announced(change.at)
        for each in confirmed:
            told += self.follow(each)
        if change.change is AlarmChange.RAISED:
            told += self._spread(change.alarm, change.at)
            overfull = self._alarms.overfull(change.alarm.id, change.at)
            told += [] if overfull is None else self.follow(overfull)
        return told

    def release(self, until: Instant) -> list[Dated]:
        """Tell apart what stood under parents that are over for long enough."""
        told: list[Dated] = []
        for change in self.inhibiting.fire(until) or ():
            told += self.follow(change)
        return told

    def command_mode(self, command: ModeCommand, at: Instant) -> tuple[list[Dated], int]:
        """Begin a mode, give it another end, or end it; gives its version, too.

        Raises:
            CommandRefused: with the reason.
        """
        modes = self.inhibiting.modes
        match command:
            case BeginMode():
                mode = modes.begin(command, at)
                told = self._tell_mode(mode, at, command.actor, command.reason)
                for change in self.inhibiting.enter(mode, at):
                    told += self.follow(change)
            case ExtendMode():
                mode = modes.extend(command, at)
                told = self._tell_mode(mode, at, command.actor, command.reason)
            case EndMode():
                mode = modes.end(command, at)
                told = self._leave(mode, at, command.actor, command.comment)
        return told, mode.version

    def expire_mode(self, until: Instant) -> list[Dated]:
        """End a mode whose time is over."""
        mode = self.inhibiting.modes.fire(until)
        return [] if mode is None or mode.ended_at is None else self._leave(mode, mode.ended_at)

    def state(self) -> AftermathState:
        """Everything remembered."""
        return AftermathState(
            gathering=self.gathering.state(),
            releases=self.inhibiting.state(),
            sources=self.limits.state(),
            modes=self.inhibiting.modes.state(),
        )

    def restore(self, state: AftermathState) -> None:
        """Take back what `state` gave; the book holds its alarms again."""
        self.parents.restore(held.alarm for held in self._book.all())
        self.inhibiting.modes.restore(state.modes)
        self.inhibiting.restore(state.releases)
        self.gathering.restore(state.gathering)
        self.limits.restore(state.sources)

    def _leave(self, mode: Mode, at: Instant, actor: str | None = None, comment: str = "") -> list[Dated]:
        told = self._tell_mode(mode, at, actor, comment)
        for change in self.inhibiting.leave(mode, at):
            told += self.follow(change)
        return told

    def _tell_mode(self, mode: Mode, at: Instant, actor: str | None, comment: str) -> list[Dated]:
        return [(at, ModeChanged(mode=mode, actor=actor, comment=comment))]

    def _ordered(self, change: Change, rule: RuleSpec | None) -> WorkOrderChanged | None:
        """The work order that follows: none while something stands for the alarm."""
        occurrence, alarm = change.occurrence, change.alarm
        if change.change in (AlarmChange.RAISED, AlarmChange.RELEASED):
            is_wanted = rule is not None and rule.makes_order and occurrence.order is None
            is_called_for = alarm.condition is Condition.ACTIVE and alarm.inhibition is Inhibition.FREE
            if rule is None or not is_wanted or not is_called_for:
                return None
            return self.orders.need(replace(rule, fault=alarm.fault), alarm.asset, occurrence, alarm.name)
        if change.change in (AlarmChange.CLEARED, AlarmChange.CORRECTED):
            return self.orders.cleared(occurrence.id, change.at, occurrence.correction)
        if change.change is AlarmChange.WORSENED:
            return self.orders.worsened(occurrence, change.at)
        return None

    def _spread(self, parent: Alarm, at: Instant) -> list[Dated]:
        """Put what was raised shortly before under an alarm that stands for it."""
        told: list[Dated] = []
        for change, before in self.inhibiting.spread(parent, at):
            self.gathering.move(change, before, parent)
            self.inhibiting.follow(change.alarm, at)
            told.append((at, change.effect()))
        if told:
            self.gathering.incidents.head(parent.latest.incident, parent.name, at)
        return told
