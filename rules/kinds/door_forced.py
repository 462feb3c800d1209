"""The rule kind `door_forced`: a door opened though nobody was let through, or its controller says it was forced.

A grant or an exit request lets through for the door's grant time plus entry time. A grant made before the opening that
arrives after it (within the horizon of 24 h) corrects the alarm by name. The controller's own `forced` is believed: it
knows its lock.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import HOUR, Duration, Instant, from_seconds, to_iso, to_seconds
from domain.observations import AccessEvent, AccessKind
from domain.record import Record
from domain.schedule import clock_text
from domain.site import Door, Site
from domain.text import Text
from rules.rule import Finding
from rules.rule_parameters import read_parameters
from rules.wording import span

KIND: Final = "door_forced"
HORIZON: Final[Duration] = 24 * HOUR

GRANTS_KEPT: Final = 8
"""Grants remembered per door, the newest; more than one a second through one door is no access."""

OPENINGS_KEPT: Final = 16
"""Unexplained openings remembered per door, for grants that arrive late."""

_LETS_THROUGH: Final = (AccessKind.GRANTED, AccessKind.EXIT_REQUEST)


class DoorForcedSettings(Struct, frozen=True):
    """No parameters: grant and entry time stand with the door."""


class ForcedState(Struct, frozen=True):
    """`grants` ascend; `standing` is the opening the alarm stands for, `by_controller` whether it was the controller's
    word; `unexplained` are openings that were raised, newest last; `latest` is the newest contact event.
    """

    grants: tuple[Instant, ...] = ()
    is_open: bool = False
    latest: Instant | None = None
    standing: Instant | None = None
    unexplained: tuple[Instant, ...] = ()


class ForcedWatch(Struct, frozen=True, kw_only=True):
    """One rule on one door (`rules.rule.Watch`)."""

    spec: RuleSpec
    timezone: str
    door: Door
    window: Duration

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.spec.id

    @property
    def site(self) -> str:
        """The site of the door."""
        return self.spec.site

    @property
    def subject(self) -> Subject:
        """The door."""
        return Subject(SubjectKind.DOOR, self.door.id)

    @property
    def state_type(self) -> type[ForcedState]:
        """What is remembered of a door."""
        return ForcedState

    def begin(self) -> ForcedState:
        """Nothing is known of the door."""
        return ForcedState()

    def deadline(self, state: ForcedState) -> Instant | None:  # noqa: ARG002 - nothing here waits for the clock
        """None: an opening is judged when it is seen."""
        return None

    def fire(self, state: ForcedState, cause: int) -> tuple[ForcedState, Sequence[Finding]]:  # noqa: ARG002
        """Nothing: there are no deadlines."""
        return state, ()

    def observe(self, state: ForcedState, fact: Record) -> tuple[ForcedState, Sequence[Finding]]:
        """Take one access event."""
        event = fact.body
        if not isinstance(event, AccessEvent):
            return state, ()
        if event.kind in _LETS_THROUGH:
            return self._granted(state, fact)
        if event.kind is AccessKind.OPENED:
            return self._opened(state, fact)
        if event.kind is AccessKind.CLOSED:
            return self._closed(state, fact)
        if event.kind is AccessKind.FORCED:
            return self._reported(state, fact)
        return state, ()

    def _granted(self, state: ForcedState, record: Record) -> tuple[ForcedState, Sequence[Finding]]:
        at = record.event_time
        grants = list(state.grants)
        insort(grants, at)
        state = replace(state, grants=tuple(grants[-GRANTS_KEPT:]))
        explained = [opened for opened in state.unexplained if at <= opened <= at + self.window]
        if not explained:
            return state, ()
        remaining = tuple(opened for opened in state.unexplained if opened not in explained)
        standing = None if state.standing in explained else state.standing
        found = [self._late_grant(opened, record) for opened in explained]
        return replace(state, unexplained=remaining, standing=standing), found

    def _opened(self, state: ForcedState, record: Record) -> tuple[ForcedState, Sequence[Finding]]:
        """Judge an opening; a repeated `opened` is none: controllers repeat their state after a reconnect."""
        at = record.event_time
        is_late = state.latest is not None and at < state.latest
        if state.is_open and not is_late:
            return replace(state, latest=at), ()
        is_let_through = any(at - self.window <= grant <= at for grant in state.grants)
        opened = state if is_late else replace(state, is_open=True, latest=at)
        if is_let_through or opened.standing is not None:
            return opened, ()
        raised = self._finding(ConditionTrigger.RAISE, at, record.seq, state.grants)
        recent = tuple(each for each in state.unexplained if each > at - HORIZON)[1 - OPENINGS_KEPT :]
        opened = replace(opened, unexplained=(*recent, at))
        if is_late and not state.is_open and state.latest is not None:
            return opened, (raised, self._finding(ConditionTrigger.CLEAR, state.latest, record.seq, state.grants))
        return replace(opened, standing=at), (raised,)

    def _closed(self, state: ForcedState, record: Record) -> tuple[ForcedState, Sequence[Finding]]:
        at = record.event_time
        if state.latest is not None and at < state.latest:
            return state, ()
        closed = replace(state, is_open=False, latest=at, standing=None)
        if state.standing is None:
            return closed, ()
        return closed, (self._finding(ConditionTrigger.CLEAR, at, record.seq, state.grants),)

    def _reported(self, state: ForcedState, record: Record) -> tuple[ForcedState, Sequence[Finding]]:
        at = record.event_time
        if state.standing is not None or (state.latest is not None and at < state.latest):
            return state, ()
        said = self._finding(ConditionTrigger.RAISE, at, record.seq, state.grants, by_controller=True)
        return replace(state, is_open=True, latest=at, standing=at), (said,)

    def _late_grant(self, opened: Instant, record: Record) -> Finding:
        granted = clock_text(self.timezone, record.event_time, seconds=True)
        arrived = clock_text(self.timezone, record.received_at, seconds=True)
        return replace(
            self._finding(ConditionTrigger.CLEAR, opened, record.seq, (record.event_time,)),
            at=record.received_at,
            correction=Text(
                f"grant at {granted} arrived late, at {arrived}", f"{granted} 的授权记录迟到，{arrived} 才收到"
            ),
            corrects=opened,
        )

    def _finding(
        self,
        trigger: ConditionTrigger,
        at: Instant,
        cause: int,
        grants: tuple[Instant, ...],
        *,
        by_controller: bool = False,
    ) -> Finding:
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=trigger,
            at=at,
            cause=cause,
            index=0,
            asset=self.door.id,
            zone=self.door.zone,
            name=Text(f"{self.door.name.en} forced open", f"{self.door.name.zh} 被强行打开"),
            why=self._why(at, cause, grants, by_controller=by_controller),
        )

    def _why(self, at: Instant, cause: int, grants: tuple[Instant, ...], *, by_controller: bool) -> Why:
        opened, window = clock_text(self.timezone, at, seconds=True), span(self.window)
        seen = Text(f"opened at {opened}, nobody was let through", f"{opened} 开启，无授权")
        if by_controller:
            seen = Text(f"the controller reports the door forced at {opened}", f"控制器报 {opened} 强行开门")
        place = bisect_right(grants, at)
        values: dict[str, float | str] = {"window_s": to_seconds(self.window), "opened_at": to_iso(at)}
        considered: tuple[Text, ...] = ()
        if place:
            last = clock_text(self.timezone, grants[place - 1], seconds=True)
            considered = (Text(f"last let through at {last}", f"上次授权 {last}"),)
            values["last_grant_at"] = to_iso(grants[place - 1])
        return Why(
            seen=seen,
            expected=Text(
                f"a grant or exit request within {window.en} before", f"开启前 {window.zh} 内应有授权或出门请求"
            ),
            since=at,
            clears=Text("the door closes", "门关闭后解除"),
            considered=considered,
            evidence=(cause,),
            values=values,
        )


class DoorForced:
    """The kind (`rules.rule.EventKind` over access records)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[ForcedWatch]:
        """Bind a rule to its doors, all doors of the site where it names none.

        Raises:
            ConfigurationError: it has parameters, which this kind does not know.
        """
        read_parameters(spec, DoorForcedSettings)
        return [
            ForcedWatch(
                spec=spec,
                timezone=site.timezone,
                door=door,
                window=from_seconds(door.grant_seconds + door.entry_seconds),
            )
            for door in site.doors
            if not spec.subjects or door.id in spec.subjects
        ]
