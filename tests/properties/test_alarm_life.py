"""One alarm through everything that can happen to it: the tables hold, and nothing is forgotten or told twice."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from domain.alarm import Acknowledgement, Condition
from domain.axes.chatter import Chatter
from domain.axes.inhibition import Inhibition
from domain.axes.shelving import Shelving
from domain.commands import (
    AssignAlarm,
    CommentAlarm,
    Disposition,
    ResetLatch,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
)
from domain.errors import CommandRefused, IllegalTransition
from domain.instant import HOUR, MINUTE, SECOND
from domain.priority import Priority
from domain.record import AlarmCommand
from domain.text import same
from rules import alarm_timers
from rules.alarm_book import Change
from rules.alarm_steps import Under
from tests.rules.alarm_life import RULE, Life, ack, close

TRIGGERS = ("raise", "clear", "lose_sight", "worsen", "ease")
UNDER = Under("alarm-parent", same("the power is off"))
IN_MODE = Under(None, same("the door is repaired"), "mode-1")


class AlarmLife(RuleBasedStateMachine):
    """Rules find, operators act, the clock runs, Vigil restarts; `told` are the changes by version."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.life = Life(rule=replace(RULE, latch=True))
        self.told: list[Change] = [self.life.change("raise", 0)]

    @property
    def alarm(self) -> str:
        return self.told[0].alarm.id

    @rule(seconds=st.sampled_from([1, 20, 59, 601, 3600, 9 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND
        while (change := alarm_timers.fire(self.life.book, self.life.alarms, self.now)) is not None:
            assert change.at <= self.now
            self.told.append(change)

    @rule(
        trigger=st.sampled_from(TRIGGERS),
        priority=st.sampled_from(Priority),
        under=st.sampled_from([None, UNDER, IN_MODE]),
    )
    def a_rule_finds(self, trigger: str, priority: Priority, under: Under | None) -> None:
        before = self.life.held
        try:
            change = self.life.apply(trigger, self.now, priority=priority, under=under)
        except IllegalTransition:
            assert self.life.held == before
            return
        self.told += [] if change is None else [change]

    @rule(data=st.data())
    def an_operator_acts(self, data: st.DataObject) -> None:
        who = {"id": "c", "actor": "op", "roles": ("supervisor",), "alarm": self.alarm}
        seconds = data.draw(st.sampled_from([60.0, 3600.0, 9 * 3600.0]))
        commands: list[AlarmCommand] = [
            ack(self.alarm),
            CommentAlarm(**who, comment="x"),  # type: ignore[arg-type]
            AssignAlarm(**who, assignee=data.draw(st.sampled_from([None, "li"]))),  # type: ignore[arg-type]
            ShelveAlarm(**who, seconds=seconds, reason="x", once=data.draw(st.booleans())),  # type: ignore[arg-type]
            UnshelveAlarm(**who),  # type: ignore[arg-type]
            TakeOutOfService(**who, reason="x"),  # type: ignore[arg-type]
            ReturnToService(**who),  # type: ignore[arg-type]
            ResetLatch(**who),  # type: ignore[arg-type]
        ]
        self.obey(data.draw(st.sampled_from(commands)))

    @rule()
    def an_operator_closes(self) -> None:
        self.obey(None)

    @rule(step=st.sampled_from([alarm_timers.pause, alarm_timers.resume]))
    def the_order_moves(self, step: object) -> None:
        change = step(self.life.book, self.alarm, self.now)  # type: ignore[operator]
        self.told += [] if change is None else [change]

    @rule()
    def vigil_restarts(self) -> None:
        before = self.life.state()
        self.life.restart()
        assert self.life.state() == before

    @precondition(lambda self: self.life.held.alarm.acknowledgement is Acknowledgement.ACKED)
    @rule(once=st.booleans())
    def shelving_leaves_the_acknowledgement(self, *, once: bool) -> None:
        who = {"id": "c", "actor": "op", "alarm": self.alarm}
        try:
            self.told.append(self.life.obey(ShelveAlarm(**who, seconds=60.0, reason="x", once=once), self.now))  # type: ignore[arg-type]
        except CommandRefused:
            return
        assert self.life.held.alarm.acknowledgement is Acknowledgement.ACKED
        self.told.append(self.life.obey(UnshelveAlarm(**who), self.now))  # type: ignore[arg-type]
        assert self.life.held.alarm.acknowledgement is Acknowledgement.ACKED

    def obey(self, command: AlarmCommand | None) -> None:
        before = self.life.held
        asked = close(before.alarm.latest.id, Disposition.REAL) if command is None else command
        try:
            self.told.append(self.life.obey(asked, self.now))
        except CommandRefused:
            assert self.life.held == before

    @invariant()
    def each_version_is_told_once(self) -> None:
        assert [change.alarm.version for change in self.told] == list(range(1, len(self.told) + 1))
        assert self.told[-1].alarm == replace(
            self.life.held.alarm, latest=replace(self.life.held.alarm.latest, count=self.told[-1].alarm.latest.count)
        )

    @invariant()
    def the_axes_fit_together(self) -> None:
        held = self.life.held
        alarm = held.alarm
        assert (alarm.shelf is None) == (alarm.shelving is Shelving.UNSHELVED)
        reasons = (alarm.inhibited_under is not None) + (alarm.inhibited_mode is not None)
        assert reasons == (alarm.inhibition is Inhibition.INHIBITED)
        assert (held.quiet_at is None) == (alarm.chatter is Chatter.STEADY)
        assert alarm.chatter is Chatter.CHATTERING or alarm.condition is held.seen
        assert (alarm.acknowledged_by is None) == (alarm.acknowledgement is not Acknowledgement.ACKED)
        assert alarm.acknowledged_until is None or alarm.acknowledgement_left is None
        is_latest_open = any(each.id == alarm.latest.id for each in held.unclosed)
        assert is_latest_open or alarm.condition is Condition.INACTIVE

    @invariant()
    def nothing_that_stands_and_is_shown_is_without_acknowledgement(self) -> None:
        alarm = self.life.held.alarm
        if alarm.condition is Condition.ACTIVE and alarm.inhibition is Inhibition.FREE:
            assert alarm.acknowledgement is not Acknowledgement.NOT_NEEDED
            assert alarm.is_suppressed or alarm.latest.announced_at is not None

    @invariant()
    def no_time_is_stored_that_is_over(self) -> None:
        due = self.life.book.next_deadline()
        assert due is None or due >= self.now - 8 * HOUR - MINUTE


TestAlarmLife = AlarmLife.TestCase
TestAlarmLife.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
