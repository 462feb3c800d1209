"""From a finding, a command or the clock to its consequences: the alarm it steps, and all that follows from that."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Condition, ConditionTrigger, Subject, SubjectKind, Why
from domain.axes.chatter import Chatter
from domain.commands import CloseIncident, CloseOccurrence, MoveWorkOrder
from domain.configuration import Configuration, RuleSpec
from domain.instant import Instant
from domain.record import AlarmCommand, ModeCommand, Record
from domain.work_order import PROGRESSING_STATES
from rules import alarm_timers, device_alarms
from rules.aftermath import Aftermath, AftermathState
from rules.alarm_book import AlarmBook, AlarmState
from rules.alarm_commands import AlarmCommands
from rules.alarm_expiry import AlarmExpiry
from rules.alarm_steps import Under
from rules.alarming import Alarms
from rules.device_alarms import NOISY_SOURCE, noisy_source
from rules.device_watch import DeviceWatch
from rules.own_alarms import OwnAlarm, Said
from rules.point_table import PointTable
from rules.rule import Finding
from rules.telling import Dated
from rules.undecided.estate import Surroundings
from rules.unheard_points import UnheardPoints
from rules.work_ordering import OrdersState


class ConsequencesState(Struct, frozen=True, kw_only=True):
    """The stored form, part by part."""

    alarms: list[AlarmState]
    orders: OrdersState
    aftermath: AftermathState


class Consequences:
    """Applies findings, commands and time to alarms under the configuration that holds, and sees to what follows."""

    def __init__(self, lane: str, closable: tuple[str, ...] = ()) -> None:
        """Nothing is configured. To close an occurrence of the rules `closable` ends its condition, if need be."""
        self.book = AlarmBook(lane)
        self._alarms = Alarms(self.book)
        self._expiry = AlarmExpiry()
        self._aftermath = Aftermath(lane, self.book, self._alarms)
        self._commands = AlarmCommands(self.book, self._alarms, self._expiry, closable)
        self._specs: dict[str, RuleSpec] = {}
        self._site_of_rule: dict[str, str] = {}
        self._unheard = UnheardPoints()
        self._digest = ""
        self.orders = self._aftermath.orders

    def configure(self, configuration: Configuration, specs: Mapping[str, RuleSpec], digest: str) -> None:
        """Take what now holds: the rules by id, and the digest that names their configuration."""
        self._specs = dict(specs)
        # Rules that cannot be used are among these: there are alarms about them, too.
        sites = {site.id for site in configuration.sites}
        self._site_of_rule = {spec.id: spec.site for spec in configuration.rules if spec.site in sites}
        self._digest = digest
        self._unheard.configure(configuration.sites)
        self._alarms.policy = configuration.alarms
        self._expiry.configure(configuration.sites, configuration.alarms)
        self._aftermath.configure(configuration, self._specs)

    def next_deadline(self) -> Instant | None:
        """When `fire` would next have something to do."""
        after = self._aftermath
        times = (
            self.book.next_deadline(),
            after.limits.next_deadline(),
            after.inhibiting.next_deadline(),
            after.inhibiting.modes.next_deadline(),
            after.gathering.next_deadline(),
        )
        return min((at for at in times if at is not None), default=None)

    def fire(self, until: Instant) -> list[Dated]:
        """All that time brings to alarms up to `until`, in its order."""
        told: list[Dated] = []
        earliest = self.next_deadline()
        if earliest is None or earliest > until:
            return told
        while True:
            due = [(at, fire) for at, fire in self._timers() if at is not None and at <= until]
            if not due:
                return told
            at, fire = min(due, key=lambda each: each[0])
            told += fire(at)

    def settle(self) -> list[Dated]:
        """What has become of incidents since the last time; call it once for each record."""
        return self._aftermath.gathering.incidents.settle()

    def apply(self, finding: Finding, record: Record) -> list[Dated]:
        """Step the alarm, and see to what follows. Call `fire` first: what is due before comes before.

        Raises:
            IllegalTransition: the finding does not fit the alarm; nothing was changed.
        """
        spec = self._specs[finding.rule]
        if finding.fault is not None:
            spec = replace(spec, fault=finding.fault)
        told: list[Dated] = []
        under: Under | None = None
        if finding.trigger is ConditionTrigger.RAISE and self._begins(spec, finding.subject):
            told, under = self._stands_under(spec, finding, record)
        change = self._alarms.apply(finding, spec, _completed(finding.why, record), self._digest, under)
        return told if change is None else [*told, *self._aftermath.follow(change)]

    def unheard(self, found: Finding, devices: DeviceWatch, points: PointTable, cause: int) -> list[Said]:
        """What a finding of the clock shows of the device that should have been heard; before it is applied."""
        return self._unheard.news(found, self._specs, devices, points, cause)

    def note(self, spec: RuleSpec, finding: Finding) -> list[Dated]:
        """Raise an alarm of Vigil's own, and clear it: what it speaks of is over, but somebody has to look at it."""
        raised = self._alarms.apply(finding, spec, finding.why, self._digest)
        told = [] if raised is None else self._aftermath.follow(raised, spec)
        over = self._alarms.end(spec, finding.subject, finding.at)
        return told if over is None else [*told, *self._aftermath.follow(over, spec)]

    def own(self, news: OwnAlarm) -> list[Dated]:
        """What follows from news about an alarm of Vigil's own."""
        told = self.fire(news.at)
        if news.finding is None:
            return told + self.end(news.spec, news.subject, news.at)
        return told + self.begin(news.spec, news.finding)

    def begin(self, spec: RuleSpec, finding: Finding) -> list[Dated]:
        """Raise an alarm of Vigil's own that stands until `end`; where it stands already only its level may change."""
        if self._alarms.is_active(spec, finding.subject):
            change = self._alarms.regrade(finding, spec)
            return [] if change is None else self._aftermath.follow(change, spec)
        if finding.subject.kind is SubjectKind.RULE:
            finding = replace(finding, concerns=self._site_of_rule.get(finding.subject.id))
        under = self._aftermath.inhibiting.under(spec, finding)
        change = self._alarms.apply(finding, spec, finding.why, self._digest, under)
        return [] if change is None else self._aftermath.follow(change, spec)

    def end(self, spec: RuleSpec, subject: Subject, at: Instant) -> list[Dated]:
        """Clear an alarm of Vigil's own; nothing where it does not stand."""
        change = self._alarms.end(spec, subject, at)
        return [] if change is None else self._aftermath.follow(change, spec)

    def lose_sight(self, rule: str, subject: Subject, at: Instant) -> list[Dated]:
        """A rule failed on a subject: its alarm there can no longer be believed to be active."""
        spec = self._specs.get(rule)
        change = None if spec is None else self._alarms.lose_sight(spec, subject, at)
        return [] if change is None else self._aftermath.follow(change)

    def retire(self, is_watched: Callable[[str, Subject], bool], at: Instant) -> list[Dated]:
        """Clear and close the alarms of rules and subjects that are gone."""
        told: list[Dated] = []
        for change in self._alarms.retire(is_watched, at):
            told += self._aftermath.follow(change, comment="rule removed")
        return told

    def command(
        self, command: AlarmCommand | ModeCommand | CloseOccurrence | CloseIncident, at: Instant
    ) -> tuple[list[Dated], int | None]:
        """Carry out what an operator asks of an alarm, incident or mode; gives its new version too, where it has one.

        Raises:
            CommandRefused: with the reason.
        """
        follow = self._aftermath.follow
        if isinstance(command, CloseIncident):
            incidents = self._aftermath.gathering.incidents
            is_of = incidents.is_part_of
            standing = incidents.standing_in(command.incident)
            told: list[Dated] = []
            for each in self._commands.close_all(command, standing, is_of, at):
                told += follow(each, actor=command.actor, comment=command.comment)
            return told, None
        if isinstance(command, ModeCommand):
            return self._aftermath.command_mode(command, at)
        if isinstance(command, CloseOccurrence):
            change = self._commands.close(command, at)
            return follow(change, actor=command.actor, comment=command.comment), change.alarm.version
        held = self.book.get(command.alarm)
        order = None if held is None else held.alarm.latest.order
        is_progressing = order is not None and self.orders.is_progressing(order)
        change = self._commands.carry_out(command, at, is_progressing=is_progressing)
        comment = getattr(command, "comment", "") or getattr(command, "reason", "")
        return follow(change, actor=command.actor, comment=comment), change.alarm.version

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
            told += [] if change is None else self._aftermath.follow(change)
        return told, moved.order.version

    def surroundings(self, devices: DeviceWatch) -> Surroundings:
        """What alarms, modes and devices say to rules that cannot be decided."""
        modes = self._aftermath.inhibiting.modes
        return Surroundings(
            silent=devices.silent(),
            alarmed=lambda spec: self.book.standing_on(spec.site, spec.id),
            modes=modes.in_force(),
            is_in_mode=lambda site, subject, asset, zone: modes.holding(site, subject, asset, zone) is not None,
        )

    def state(self) -> ConsequencesState:
        """Everything remembered."""
        return ConsequencesState(
            alarms=self.book.state(), orders=self.orders.state(), aftermath=self._aftermath.state()
        )

    def restore(self, state: ConsequencesState) -> None:
        """Take back what `state` gave, under the same configuration."""
        self.book.restore(state.alarms)
        self.orders.restore(state.orders)
        self._aftermath.restore(state.aftermath)

    def _timers(self) -> tuple[tuple[Instant | None, Callable[[Instant], list[Dated]]], ...]:
        after = self._aftermath
        return (
            (self.book.next_deadline(), self._fire_alarm),
            (after.limits.next_deadline(), self._calm),
            (after.inhibiting.next_deadline(), after.release),
            (after.inhibiting.modes.next_deadline(), after.expire_mode),
            (after.gathering.next_deadline(), after.gathering.fire),
        )

    def _fire_alarm(self, until: Instant) -> list[Dated]:
        change = alarm_timers.fire(self.book, self._alarms, until)
        return [] if change is None else self._aftermath.follow(change)

    def _calm(self, until: Instant) -> list[Dated]:
        """A source that raised too much has had its time: what it raised and still stands is told."""
        due = self._aftermath.limits.fire(until)
        if due is None:
            return []
        at, (site, device) = due
        spec, subject = device_alarms.spec_of(NOISY_SOURCE, site), device_alarms.subject_named(device)
        told = self.end(spec, subject, at)
        self._aftermath.inhibiting.release_at(self.book.id_of(site, NOISY_SOURCE, subject), at)
        return told

    def _begins(self, spec: RuleSpec, subject: Subject) -> bool:
        """Tell whether a raise would be a new occurrence: not sight regained, and no more of an alarm that chatters."""
        held = self.book.get(self.book.id_of(spec.site, spec.id, subject))
        return held is None or (held.seen is Condition.INACTIVE and held.alarm.chatter is Chatter.STEADY)

    def _stands_under(self, spec: RuleSpec, finding: Finding, record: Record) -> tuple[list[Dated], Under | None]:
        """What stands for the alarm that is about to be raised; of a source that raises too many, an alarm about it."""
        under = self._aftermath.inhibiting.under(spec, finding)
        if under is not None or not self._aftermath.is_too_much(spec, record, record.received_at):
            return [], under
        policy, source = self._alarms.policy, record.source
        found = noisy_source(source, policy.source_burst, policy.source_refill_seconds, finding.at, record.seq)
        told = self.begin(device_alarms.spec_of(NOISY_SOURCE, spec.site), found)
        return told, Under(self.book.id_of(spec.site, NOISY_SOURCE, found.subject), found.name)


def _completed(why: Why, record: Record) -> Why:
    """Add what the causing record says of its times."""
    return replace(
        why,
        evidence=why.evidence or (record.seq,),
        device_time=record.device_time,
        received_at=record.received_at,
        believed=record.believed.value,
    )
