"""All that an engine knows and judges by, and how each kind of record passes through it."""

from collections.abc import Iterable, Sequence
from functools import partial
from operator import itemgetter

from msgspec.structs import replace

from domain.alarm import Subject
from domain.configuration import Configuration
from domain.effects import ConfigurationApplied, EffectBody, RuleFaulted
from domain.instant import Instant
from domain.observations import (
    AccessEvent,
    CheckpointScan,
    DeviceStatus,
    PanelEvent,
    PersonSignal,
    Quarantined,
    VideoEvent,
)
from domain.readings import Readings
from domain.record import (
    AnyCommand,
    ChannelReported,
    ChannelState,
    ConfigurationChanged,
    MonitorGap,
    Record,
    ResourceReported,
)
from rules import channel_alarms, own_alarms, resource_alarms
from rules.catalog import Catalog
from rules.commands import Commands, refused
from rules.consequences import Consequences
from rules.device_alarms import MISSING_MESSAGES
from rules.device_watch import DeviceWatch
from rules.doors import Doors
from rules.engine_state import JudgementState
from rules.event_rules import EventRules, Found
from rules.heard import Heard, addressed_to
from rules.notifying import Notifications
from rules.operator_log import OperatorLog
from rules.own_alarms import OwnAlarm, Said
from rules.parked_rules import parked_rule, unparked_rule
from rules.patrol import Patrol
from rules.patrol_news import StopNews
from rules.patrol_proposals import Proposals
from rules.point_table import PointTable
from rules.quarantine_news import malformed, passed_over, quarantined
from rules.reading_intake import ReadingIntake, is_well_formed
from rules.reading_rules import ReadingRules
from rules.rule import Finding
from rules.rulebook import Rulebook, bind
from rules.supervision import Fault, attempt
from rules.telling import Dated, Telling
from rules.undecided.looks import UndecidedRules


class Judgement:
    """The world as one lane knows it. How far time has come, and whether absence is held, is for the engine to say."""

    def __init__(self, lane: str, catalog: Catalog) -> None:
        """Know nothing yet."""
        self.points = PointTable()
        self.digest = ""
        self._catalog = catalog
        self._configuration: Configuration | None = None
        self._configured_at: Instant = 0
        self._refused: set[str] = set()
        self._doors = Doors()
        self._patrol = Patrol()
        self._reading_rules = ReadingRules(catalog.readings)
        self._door_rules: EventRules[Record] = EventRules()
        self._stop_rules: EventRules[StopNews] = EventRules()
        self._heard_rules: EventRules[Heard] = EventRules()
        self._all_rules = (self._door_rules, self._stop_rules, self._heard_rules, self._reading_rules)
        self._consequences = Consequences(lane, closable=(MISSING_MESSAGES, own_alarms.CHANNEL_FAILS))
        self._devices = DeviceWatch()
        self._log = OperatorLog(lane)
        self._proposals = Proposals(lane)
        self._commands = Commands(self._consequences, self._patrol, self._log, self._proposals, self._replan)
        self._notifications = Notifications(lane)
        self._undecided = UndecidedRules(self._reading_rules, self.points)
        self.hear = self._notifications.hear
        """Is told each change of an alarm as it is told, and gives who is notified of it, or why nobody is."""

    def judge(self, record: Record, telling: Telling, *, is_holding: bool) -> None:
        """Judge one record that is neither readings nor a notice of time."""
        is_new, told = self._devices.take(record)
        self._tell_all(told, telling)
        if is_new:
            self._judge_new(record, telling, is_holding=is_holding)
        _tell_all(self._consequences.settle(), telling)

    def _judge_new(self, record: Record, telling: Telling, *, is_holding: bool) -> None:
        body = record.body
        match body:
            case AccessEvent():
                self._judge_access(record, body, telling)
            case CheckpointScan():
                self._tell_all(self._devices.hear(body.site, record), telling)
                step = self._patrol.observe(record, body, is_holding=is_holding)
                _tell_all(step.told, telling)
                found = [*self._judge_stops(step.news), *self._judge_heard(record, is_holding=is_holding)]
                self._apply(found, record, telling, {})
            case DeviceStatus() | PersonSignal() | VideoEvent() | PanelEvent():
                if isinstance(body, DeviceStatus):
                    self._tell_all(self._patrol.hear_boot(record).told, telling)
                self._tell_all(self._devices.hear(body.site, record), telling)
                self._apply(self._judge_heard(record, is_holding=is_holding), record, telling, {})
            case Quarantined():
                telling.tell(record.received_at, quarantined(body))
            case _ if isinstance(body, AnyCommand):
                _tell_all(self._consequences.fire(record.event_time), telling)
                done = self._commands.carry_out(body, record.event_time, record.seq)
                _tell_all(done.told, telling)
                self._apply(self._judge_stops(done.news), record, telling, {})
                _tell_all([*self._devices.after_command(done.told), *done.outcome], telling)
            case ChannelReported():
                self._judge_channel(record, body, telling)
            case ResourceReported():
                self._tell_all((resource_alarms.news_of(record, body),), telling)
            case ConfigurationChanged():
                self._configure(record, body, telling)

    def judge_readings(self, records: Sequence[Record], intake: ReadingIntake, telling: Telling) -> None:
        """Judge consecutive reading records as one batch; effects come record by record, as if each had come alone."""
        told: list[Sequence[Said]] = []
        fresh: list[Record] = []
        for record in records:
            bodies, is_fresh = self._take_in(record)
            told.append(bodies)
            if is_fresh:
                fresh.append(record)
        taken = intake.take(fresh) if fresh else None
        found: dict[int, list[Found]] = {}
        if taken is not None and taken.batch.point.size:
            for each in self._reading_rules.judge(taken.batch):
                found.setdefault(each.cause, []).append(each)
        failed: dict[tuple[str, str], bool] = {}
        for record, bodies in zip(records, told, strict=True):
            telling.about(record.seq)
            self._tell_all(bodies, telling)
            if taken is not None:
                _tell_one(record.received_at, taken.late.get(record.seq), telling)
                _tell_one(record.received_at, taken.conflicts.get(record.seq), telling)
            if record.seq in found:
                self._apply(found[record.seq], record, telling, failed)
            _tell_all(self._consequences.settle(), telling)

    def fire(self, until: Instant, record: Record, telling: Telling) -> None:
        """Fire every deadline <= `until` in the order of (time, rule, subject), and forget what is too old."""
        step = self._patrol.fire(until, record.seq)
        found = self._judge_stops(step.news)
        found += self._door_rules.fire(until, record.seq)
        found += self._stop_rules.fire(until, record.seq)
        found += self._heard_rules.fire(until, record.seq)
        found += self._reading_rules.fire(until, record.seq)
        due: list[tuple[tuple[Instant, str, str], Said | Found]] = [
            ((at, "", ""), (at, body)) for at, body in step.told
        ]
        due += self._devices.fire(until, record.seq)
        due += self._log.fire(until, record.seq)
        due += [((each.at, each.rule, each.subject.id), each) for each in found]
        due.sort(key=itemgetter(0))
        failed: dict[tuple[str, str], bool] = {}
        for (at, _, _), each in due:
            _tell_all(self._consequences.fire(at), telling)
            if isinstance(each, Finding):
                self._tell_all(self._consequences.unheard(each, self._devices, self.points, record.seq), telling)
            if isinstance(each, Finding | Fault):
                self._apply((each,), record, telling, failed)
            else:
                self._tell_all((each,), telling)
        _tell_all(self._consequences.fire(until), telling)
        around = partial(self._consequences.surroundings, self._devices)
        self._tell_all(self._undecided.look(until, record.seq, around), telling)
        _tell_all(self._consequences.settle(), telling)
        _tell_all(self._notifications.fire(until), telling)
        self._consequences.orders.forget(until)
        self._commands.forget(until)

    def park(self, record: Record, reason: str, error: str, telling: Telling) -> None:
        """Tell that a record is passed over: as quarantined, to its author where it is a command, and as an alarm."""
        at, body = record.received_at, record.body
        telling.tell(at, passed_over(record, reason, error))
        if isinstance(body, AnyCommand):
            telling.tell(at, refused(body, reason, f"Vigil failed on this command ({error}): it was not carried out"))
        _tell_all(self._consequences.note(*own_alarms.parked_record(record, error)), telling)
        _tell_all(self._consequences.settle(), telling)

    def pause(self, gap: MonitorGap) -> None:
        """Nobody watched for a while."""
        self._devices.pause(gap)
        self._reading_rules.pause(gap.start, gap.end)
        self._undecided.pause(gap.end)

    def next_deadline(self) -> Instant | None:
        """When `fire` would next have something to do."""
        times = (
            self._devices.next_deadline(),
            self._patrol.next_deadline(),
            self._door_rules.next_deadline(),
            self._stop_rules.next_deadline(),
            self._heard_rules.next_deadline(),
            self._reading_rules.next_deadline(),
            self._undecided.next_deadline(),
            self._consequences.next_deadline(),
            self._log.next_deadline(),
            self._notifications.next_deadline(),
        )
        return min((at for at in times if at is not None), default=None)

    def state(self) -> JudgementState:
        """Everything remembered."""
        return JudgementState(
            configuration=self._configuration,
            digest=self.digest,
            configured_at=self._configured_at,
            devices=self._devices.state(),
            doors=self._doors.state(),
            patrol=self._patrol.state(),
            door_rules=self._door_rules.state(),
            stop_rules=self._stop_rules.state(),
            heard_rules=self._heard_rules.state(),
            points=self.points.state(),
            reading_rules=self._reading_rules.state(),
            consequences=self._consequences.state(),
            log=self._log.state(),
            commands=self._commands.state(),
            proposals=self._proposals.state(),
            notifications=self._notifications.state(),
            undecided=self._undecided.state(),
            qualities=self.points.qualities(),
        )

    def restore(self, state: JudgementState) -> None:
        """Take back what `state` gave."""
        self.digest = state.digest
        if state.configuration is not None:
            sites = state.configuration.sites
            self._proposals.restore(sites, state.proposals)
            _, as_one, _ = self._take_rules(state.configuration, state.digest, state.configured_at)
            self._patrol.restore(self._proposals.in_effect(sites), state.patrol, as_one)
        self._devices.restore(state.devices)
        self._doors.restore(state.doors)
        self._door_rules.restore(state.door_rules)
        self._stop_rules.restore(state.stop_rules)
        self._heard_rules.restore(state.heard_rules)
        self.points.restore(state.points, state.qualities)
        self._reading_rules.restore(state.reading_rules)
        self._undecided.restore(state.undecided)
        self._consequences.restore(state.consequences)
        self._log.restore(state.log)
        self._commands.restore(state.commands)
        self._notifications.restore(state.notifications)

    def _judge_access(self, record: Record, event: AccessEvent, telling: Telling) -> None:
        self._tell_all(self._devices.hear(event.site, record), telling)
        _tell_one(record.event_time, self._doors.observe(record, event), telling)
        found = self._door_rules.observe(event.site, event.door, record, record.event_time, record.seq)
        if found:
            self._apply(found, record, telling, {})

    def _judge_channel(self, record: Record, report: ChannelReported, telling: Telling) -> None:
        finding = channel_alarms.channel_fails(record, report)
        if report.state is ChannelState.WORKING:
            _tell_all(self._consequences.end(channel_alarms.SPEC, finding.subject, finding.at), telling)
        else:
            _tell_all(self._consequences.begin(channel_alarms.SPEC, finding), telling)

    def _judge_stops(self, news: Iterable[StopNews]) -> list[Found]:
        found: list[Found] = []
        for each in news:
            found += self._stop_rules.observe(each.site, each.subject, each, each.at, each.cause)
        return found

    def _judge_heard(self, record: Record, *, is_holding: bool) -> list[Found]:
        """Rules about people and places. While absence is held their deadlines do not fire before what is heard."""
        fact = Heard(record, is_holding)
        # Nobody is absent by a device's fast clock: it was not heard later than it was received.
        until = 0 if is_holding else min(record.event_time, record.received_at)
        found: list[Found] = []
        for subject in addressed_to(record):
            found += self._heard_rules.observe(record.site or "", subject, fact, until, record.seq)
        return found

    def _take_in(self, record: Record) -> tuple[Sequence[Said], bool]:
        """What is to be told of a reading record before its values are looked at, and whether they are to be."""
        is_new, told = self._devices.take(record)
        if not is_new:
            return told, False
        if record.site is not None:
            told = [*told, *self._devices.hear(record.site, record)]
        body = record.body
        if isinstance(body, Readings) and not is_well_formed(body):
            return [*told, (record.received_at, malformed(record, body))], False
        return told, True

    def _configure(self, record: Record, change: ConfigurationChanged, telling: Telling) -> None:
        at = record.event_time
        telling.tell(at, ConfigurationApplied(digest=change.digest))
        before = self._parked()
        _tell_all(self._proposals.configure(change.configuration.sites, at), telling)
        faults, as_one, over = self._take_rules(change.configuration, change.digest, at)
        self._tell_all(over, telling)
        self._tell_all((unparked_rule(rule, at) for rule in sorted(before - self._parked())), telling)
        for fault in faults:
            telling.tell(at, RuleFaulted(rule=fault.rule, subject=fault.subject.id, error=fault.error))
            self._tell_all((parked_rule(fault.rule, fault.subject.id, fault.error, at, record.seq),), telling)
        sites = self._proposals.in_effect(change.configuration.sites)
        _tell_all(self._patrol.configure(sites, at, as_one), telling)
        for site in change.configuration.sites:
            for checkpoint in site.checkpoints:
                if checkpoint.visit_every_seconds is not None:
                    self._heard_rules.observe(site.id, checkpoint.id, Heard(record), 0, record.seq)
        _tell_all(self._consequences.retire(self._is_watched, at), telling)

    def _replan(self, at: Instant) -> list[Dated]:
        """Let the tours that hold since a decision on a proposal take effect: on their runs, and the rules on stops."""
        if self._configuration is None:
            return []
        sites = self._proposals.in_effect(self._configuration.sites)
        book = bind(replace(self._configuration, sites=sites), self._catalog, at)
        self._stop_rules.configure(book.stops)
        told = self._patrol.configure(sites, at, book.tours_as_one)
        return [*told, *self._consequences.retire(self._is_watched, at)]

    def _take_rules(
        self, configuration: Configuration, digest: str, at: Instant
    ) -> tuple[list[Fault], Sequence[tuple[str, str]], Sequence[Said]]:
        """Let everything but the patrol know what is configured.

        Gives the rules that cannot be used, the (site, tour) where a rule says that nobody has begun a run, and what
        is over with rules that are gone.
        """
        sites = self._proposals.in_effect(configuration.sites)
        book: Rulebook = bind(replace(configuration, sites=sites), self._catalog, at)
        self._configuration, self.digest, self._configured_at = configuration, digest, at
        self._devices.configure(configuration.sites, at)
        self._doors.configure(configuration.sites)
        self._log.configure(configuration.sites, at)
        self.points.configure([point.id for site in configuration.sites for point in site.points])
        self._door_rules.configure(book.doors)
        self._stop_rules.configure(book.stops)
        self._heard_rules.configure(book.heard)
        self._consequences.configure(configuration, book.specs, digest)
        self._notifications.configure(configuration)
        before = self._undecided.state()
        faults = [*book.refused, *self._reading_rules.configure(book.readings, self.points.ids, at)]
        self._refused = {fault.rule for fault in faults}
        over = self._undecided.configure(configuration, book.readings, self._refused, before, at)
        return faults, book.tours_as_one, over

    def _parked(self) -> set[str]:
        return self._refused.union(*(rules.parked() for rules in self._all_rules))

    def _is_watched(self, rule: str, subject: Subject) -> bool:
        if rule in own_alarms.RULES or self._devices.is_watching(rule, subject):
            return True
        return any(rules.is_watching(rule, subject.id) for rules in (self._log, *self._all_rules))

    def _tell_all(self, said: Iterable[Said], telling: Telling) -> None:
        """Tell what is to be told, and what follows from news about Vigil's own alarms, in order."""
        for each in said:
            if isinstance(each, OwnAlarm):
                _tell_all(self._consequences.own(each), telling)
            else:
                telling.tell(*each)

    def _apply(
        self, found: Iterable[Found], record: Record, telling: Telling, failed: dict[tuple[str, str], bool]
    ) -> None:
        """Turn findings into effects; `failed` are (rule, subject) that failed in this batch and are heard no more."""
        for each in found:
            key = (each.rule, each.subject.id)
            if key in failed:
                continue
            _tell_all(self._consequences.fire(min(each.at, record.received_at)), telling)
            told = each if isinstance(each, Fault) else attempt(self._consequences.apply, each, record)
            if isinstance(told, list):
                _tell_all(told, telling)
                continue
            failed[key] = True
            for rules in self._all_rules:
                rules.park(*key)
            telling.tell(each.at, RuleFaulted(rule=each.rule, subject=each.subject.id, error=told.error))
            _tell_all(self._consequences.lose_sight(each.rule, each.subject, each.at), telling)
            self._tell_all((parked_rule(each.rule, each.subject.id, told.error, each.at, record.seq),), telling)


def _tell_one(at: Instant, body: EffectBody | None, telling: Telling) -> None:
    if body is not None:
        telling.tell(at, body)


def _tell_all(told: Iterable[Dated], telling: Telling) -> None:
    for at, body in told:
        telling.tell(at, body)
