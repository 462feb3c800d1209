"""One alarm with all that can happen to it: rules, operators, the clock, a restart."""

from typing import Any, Final

import pytest
from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.alarm_policy import AlarmPolicy
from domain.commands import AcknowledgeAlarm, CloseOccurrence, Disposition
from domain.configuration import RuleSpec
from domain.errors import CommandRefused
from domain.instant import Instant
from domain.priority import Priority
from domain.record import AlarmCommand
from domain.text import Text, same
from rules import alarm_timers
from rules.alarm_book import AlarmBook, AlarmState, Change
from rules.alarm_commands import AlarmCommands
from rules.alarm_expiry import AlarmExpiry
from rules.alarm_steps import Under
from rules.alarming import Alarms
from rules.rule import Finding
from tests.rules.estate import a_rule

RULE: Final = a_rule("r", "door_held", priority=Priority.HIGH, fault="door.closer", procedure=Text("look", "看"))
DOOR: Final = Subject(SubjectKind.DOOR, "front")
WHY: Final = Why(seen=same("open"), expected=same("closed"), since=1, clears=same("closing"))


def finding(trigger: str, at: Instant, **fields: Any) -> Finding:  # noqa: ANN401 - any field of a finding
    found = Finding(
        rule="r",
        subject=DOOR,
        trigger=ConditionTrigger(trigger),
        at=at,
        cause=at,
        index=0,
        asset="front",
        zone="ground",
        name=same(f"held at {at}"),
        why=WHY,
    )
    return replace(found, **fields)


class Life:
    """The alarm of `rule` at the front door."""

    def __init__(
        self,
        lane: str = "real",
        *,
        rule: RuleSpec = RULE,
        closable: tuple[str, ...] = (),
        policy: AlarmPolicy | None = None,
    ) -> None:
        self.rule = rule
        self.closable = closable
        self.policy = policy or AlarmPolicy()
        self.lane = lane
        self._begin([])

    def _begin(self, state: list[AlarmState]) -> None:
        self.book = AlarmBook(self.lane)
        self.book.restore(state)
        self.alarms = Alarms(self.book, self.policy)
        self.expiry = AlarmExpiry()
        self.expiry.configure((), self.policy)
        self.commands = AlarmCommands(self.book, self.alarms, self.expiry, self.closable)

    def restart(self) -> None:
        self._begin(self.state())

    def state(self) -> list[AlarmState]:
        return self.book.state()

    @property
    def held(self) -> AlarmState:
        (held,) = self.book.state()
        return held

    def apply(self, trigger: str, at: Instant, *, under: Under | None = None, **fields: Any) -> Change | None:  # noqa: ANN401
        found = finding(trigger, at, **fields)
        return self.alarms.apply(found, self.rule, found.why, "digest", under)

    def change(self, trigger: str, at: Instant, *, under: Under | None = None, **fields: Any) -> Change:  # noqa: ANN401
        changed = self.apply(trigger, at, under=under, **fields)
        assert changed is not None
        return changed

    def obey(
        self, command: AlarmCommand | CloseOccurrence, at: Instant = 99, *, is_progressing: bool = False
    ) -> Change:
        if isinstance(command, CloseOccurrence):
            return self.commands.close(command, at)
        return self.commands.carry_out(command, at, is_progressing=is_progressing)

    def refusal(self, command: AlarmCommand | CloseOccurrence, at: Instant = 99) -> str:
        before = self.state()
        with pytest.raises(CommandRefused) as refused:
            self.obey(command, at)
        assert self.state() == before
        assert str(refused.value)
        return refused.value.code

    def tick(self, until: Instant) -> list[tuple[str, Instant]]:
        """What the clock brings, as (change, at)."""
        told = []
        while (change := alarm_timers.fire(self.book, self.alarms, until)) is not None:
            told.append((change.change.value, change.at))
        return told


def ack(alarm: str, expected: int | None = None, **fields: Any) -> AcknowledgeAlarm:  # noqa: ANN401
    return replace(AcknowledgeAlarm(id="c", actor="op", alarm=alarm, expected_version=expected), **fields)


def close(occurrence: str, disposition: Disposition = Disposition.REAL, **fields: Any) -> CloseOccurrence:  # noqa: ANN401
    return replace(CloseOccurrence(id="c", actor="op", occurrence=occurrence, disposition=disposition), **fields)
