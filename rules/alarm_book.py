"""All alarms of a lane with their stored timers: what is remembered, found, and kept as the next version.

In memory stay each alarm as it is and its occurrences until they are closed; everything else is history in the read
models. What may happen to an alarm is said by `alarming`, `alarm_commands` and `alarm_timers`.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import (
    Acknowledgement,
    Alarm,
    Condition,
    Decision,
    DecisionKind,
    Occurrence,
    OccurrenceState,
    Subject,
    SubjectKind,
)
from domain.effects import AlarmChange, AlarmChanged
from domain.errors import CommandRefused
from domain.identity import derive_id
from domain.instant import Instant
from domain.text import Text
from rules.deadlines import Deadlines

DECISIONS_KEPT: Final = 20
"""Decisions listed with an occurrence; of more the oldest after the first is left out."""

ACKNOWLEDGEMENT: Final = "acknowledgement"
CHATTER: Final = "chatter"
SHELF: Final = "shelf"
"""Names of timers."""


class AlarmState(Struct, frozen=True, kw_only=True):
    """The stored form of one alarm; `unclosed` are its occurrences that are not closed, oldest first.

    `seen` is the condition as its rule says; the alarm's own differs from it while it chatters. `raised` are its newest
    activations, `quiet_at` when it stops chattering, `counted_at` when its count was last told.
    """

    alarm: Alarm
    unclosed: tuple[Occurrence, ...]
    seen: Condition
    raised: tuple[Instant, ...] = ()
    quiet_at: Instant | None = None
    counted_at: Instant = 0


class Change(NamedTuple):
    """What one step made of an alarm, true from `at`."""

    change: AlarmChange
    alarm: Alarm
    occurrence: Occurrence
    at: Instant

    def effect(self, actor: str | None = None, comment: str = "") -> AlarmChanged:
        """Say it."""
        return AlarmChanged(
            change=self.change, alarm=self.alarm, occurrence=self.occurrence, actor=actor, comment=comment
        )


class AlarmBook:
    """All alarms of a lane."""

    def __init__(self, lane: str) -> None:
        """No alarm was ever raised."""
        self._lane = lane
        self._alarms: dict[str, AlarmState] = {}
        self._owners: dict[str, str] = {}
        self._standing: dict[tuple[str, str], dict[str, bool]] = {}
        self._timers: Deadlines[tuple[str, str]] = Deadlines()

    def id_of(self, site: str, rule: str, subject: Subject) -> str:
        """The id that the alarm of a rule on a subject has, or would have."""
        return derive_id("alarm", self._lane, site, rule, subject.kind, subject.id)

    def get(self, alarm_id: str) -> AlarmState | None:
        """What is remembered of an alarm."""
        return self._alarms.get(alarm_id)

    def all(self) -> Iterator[AlarmState]:
        """Every alarm, in the order of their first activation."""
        return iter(list(self._alarms.values()))

    def standing_on(self, site: str, rule: str) -> Collection[str]:
        """The points on which the condition of a rule is, or may be, the case."""
        return self._standing.get((site, rule), {}).keys()

    def put(
        self, change: AlarmChange, alarm: Alarm, occurrence: Occurrence, at: Instant, held: AlarmState | None
    ) -> Change:
        """Keep the alarm with its occurrence as the next version; `held` brings what else is to be remembered.

        An active occurrence is announced as soon as nothing suppresses its alarm.
        """
        is_latest = alarm.latest.id == occurrence.id
        if is_latest and occurrence.announced_at is None and alarm.is_standing and not alarm.is_suppressed:
            occurrence = replace(occurrence, announced_at=at)
        alarm = replace(alarm, latest=occurrence if is_latest else alarm.latest, version=alarm.version + 1)
        unclosed = {each.id: each for each in (() if held is None else held.unclosed)}
        if occurrence.state is not OccurrenceState.CLOSED:
            unclosed[occurrence.id] = occurrence
            self._owners[occurrence.id] = alarm.id
        else:
            unclosed.pop(occurrence.id, None)
            self._owners.pop(occurrence.id, None)
        state = AlarmState(alarm=alarm, unclosed=tuple(unclosed.values()), seen=alarm.condition)
        if held is not None:
            state = replace(held, alarm=alarm, unclosed=state.unclosed)
        self.keep(state)
        return Change(change, alarm, occurrence, at)

    def keep(self, state: AlarmState) -> None:
        """Remember an alarm as it stands, and run its timers accordingly."""
        alarm = state.alarm
        self._alarms[alarm.id] = state
        self._note_standing(alarm)
        is_acked = alarm.acknowledgement is Acknowledgement.ACKED and alarm.is_standing
        self._timers.set((ACKNOWLEDGEMENT, alarm.id), alarm.acknowledged_until if is_acked else None)
        self._timers.set((CHATTER, alarm.id), state.quiet_at)
        self._timers.set((SHELF, alarm.id), None if alarm.shelf is None else alarm.shelf.until)

    def amend(self, change: Change, occurrence: Occurrence) -> Change:
        """Add something to the change's occurrence, as part of the same version."""
        held = self._alarms[change.alarm.id]
        alarm = replace(change.alarm, latest=occurrence) if change.alarm.latest.id == occurrence.id else change.alarm
        unclosed = tuple(occurrence if each.id == occurrence.id else each for each in held.unclosed)
        self._alarms[alarm.id] = replace(held, alarm=alarm, unclosed=unclosed)
        return change._replace(alarm=alarm, occurrence=occurrence)

    def expected(self, alarm_id: str, version: int | None) -> AlarmState:
        """The alarm a command speaks of.

        Raises:
            CommandRefused: `unknown_alarm` or `version_conflict`.
        """
        held = self._alarms.get(alarm_id)
        if held is None:
            raise CommandRefused("unknown_alarm", f"alarm '{alarm_id}' is not known")
        if version not in (None, held.alarm.version):
            detail = f"alarm '{alarm_id}' is at version {held.alarm.version}, not {version}: look again"
            raise CommandRefused("version_conflict", detail)
        return held

    def unclosed(self, occurrence_id: str) -> Occurrence:
        """The occurrence a command speaks of.

        Raises:
            CommandRefused: `already_closed` or `unknown_occurrence`.
        """
        held = self._alarms.get(self._owners.get(occurrence_id, ""))
        if held is not None:
            return next(each for each in held.unclosed if each.id == occurrence_id)
        if any(state.alarm.latest.id == occurrence_id for state in self._alarms.values()):
            raise CommandRefused("already_closed", f"occurrence '{occurrence_id}' was closed before")
        raise CommandRefused("unknown_occurrence", f"occurrence '{occurrence_id}' is not known, or closed long since")

    def owner(self, occurrence_id: str) -> str | None:
        """The alarm of an occurrence that is not closed."""
        return self._owners.get(occurrence_id)

    def next_deadline(self) -> Instant | None:
        """When the next timer ends."""
        return self._timers.next()

    def pop_timer(self, until: Instant) -> tuple[Instant, str, str] | None:
        """Take out the first timer that ends at or before `until`: its time, its name and the alarm."""
        found = self._timers.pop(until)
        return None if found is None else (found[0], *found[1])

    def state(self) -> list[AlarmState]:
        """Everything remembered."""
        return list(self._alarms.values())

    def restore(self, state: Iterable[AlarmState]) -> None:
        """Take back what `state` gave."""
        self._alarms, self._owners, self._standing = {}, {}, {}
        self._timers.clear()
        for held in state:
            self.keep(held)
            self._owners.update(dict.fromkeys((each.id for each in held.unclosed), held.alarm.id))

    def _note_standing(self, alarm: Alarm) -> None:
        if alarm.subject.kind is SubjectKind.POINT:
            standing = self._standing.setdefault((alarm.site, alarm.rule), {})
            if alarm.condition is Condition.INACTIVE:
                standing.pop(alarm.subject.id, None)
            else:
                standing[alarm.subject.id] = True


def decided(occurrence: Occurrence, at: Instant, kind: DecisionKind, reason: Text) -> Occurrence:
    """The occurrence with one more decision to explain."""
    first, later = occurrence.decisions[:1], occurrence.decisions[1:]
    later = (*later, Decision(at=at, kind=kind, reason=reason))[1 - DECISIONS_KEPT :]
    return replace(occurrence, decisions=(*first, *later))
