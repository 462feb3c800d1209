"""The rule kind `door_held`: a door that stays open too long, or whose controller says it does.

Raises exactly when the time is over, clears when the door closes; a close that is reported late corrects. A door that
was open before Vigil heard of it is unknown until its next event.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import fields, replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.instant import Duration, Instant, from_seconds, to_seconds
from domain.observations import AccessEvent, AccessKind
from domain.record import Record
from domain.schedule import clock_text
from domain.site import Door, Site
from domain.text import Text
from rules.kinds.bound_rule import BoundRule, doors_of
from rules.rule import Finding
from rules.rule_parameters import read_parameters, refuse
from rules.wording import span

KIND: Final = "door_held"
LONGEST_SECONDS: Final = 86_400.0

_OPENING: Final = (AccessKind.OPENED, AccessKind.FORCED)
_DEFAULT_HELD_SECONDS: Final = next(field.default for field in fields(Door) if field.name == "held_seconds")


class DoorHeldSettings(Struct, frozen=True, kw_only=True):
    """Seconds a door may stay open.

    `held_seconds` holds for all doors of the rule; without it each door's own time does, except that a high-security
    door whose time was left at the default gets `high_security_seconds`.
    """

    held_seconds: float | None = None
    high_security_seconds: float = 30.0


class HeldState(Struct, frozen=True):
    """`opened_at` while the door is open; `raised_at` while the alarm stands; `latest` is the newest contact event."""

    opened_at: Instant | None = None
    opened_seq: int = 0
    raised_at: Instant | None = None
    latest: Instant | None = None


class HeldWatch(BoundRule[HeldState], frozen=True, kw_only=True):
    """One rule on one door (`rules.rule.Watch`)."""

    door: Door
    patience: Duration

    def observe(self, state: HeldState, fact: Record) -> tuple[HeldState, Sequence[Finding]]:
        """Take one access event; contact events older than the newest say nothing of the present and are passed over.

        An `opened` while open changes nothing: controllers repeat their state after a reconnect.
        """
        event, at = fact.body, fact.event_time
        if not isinstance(event, AccessEvent) or (state.latest is not None and at < state.latest):
            return state, ()
        if event.kind in _OPENING:
            if state.opened_at is not None:
                return state, ()
            return HeldState(opened_at=at, opened_seq=fact.seq, latest=at), ()
        if event.kind is AccessKind.CLOSED:
            return HeldState(latest=at), self._closed(state, fact)
        if event.kind is AccessKind.HELD:
            return self._reported(state, fact)
        return state, ()

    def deadline(self, state: HeldState) -> Instant | None:
        """When the door will have been open too long."""
        if state.opened_at is None or state.raised_at is not None:
            return None
        return state.opened_at + self.patience

    def fire(self, state: HeldState, cause: int) -> tuple[HeldState, Sequence[Finding]]:
        """The door has been open too long."""
        if state.opened_at is None:
            return state, ()
        at = state.opened_at + self.patience
        return replace(state, raised_at=at), (self._finding(ConditionTrigger.RAISE, at, cause, state),)

    def _closed(self, state: HeldState, record: Record) -> Sequence[Finding]:
        """Clear; a close that happened before the time was over and arrives after the alarm shows that it was wrong."""
        raised_at, at = state.raised_at, record.event_time
        if raised_at is None:
            return ()
        closed = clock_text(self.timezone, at, seconds=True)
        cleared = self._finding(ConditionTrigger.CLEAR, at, record.seq, state)
        cleared = replace(cleared, why=replace(cleared.why, seen=Text(f"closed at {closed}", f"{closed} 已关闭")))
        if at >= raised_at:
            return (cleared,)
        arrived = clock_text(self.timezone, record.received_at, seconds=True)
        text = Text(f"closed at {closed}, reported at {arrived}", f"{closed} 已关闭，{arrived} 才收到")
        return (replace(cleared, at=record.received_at, correction=text, corrects=raised_at),)

    def _reported(self, state: HeldState, record: Record) -> tuple[HeldState, Sequence[Finding]]:
        if state.raised_at is not None:
            return state, ()
        at = record.event_time
        known = state if state.opened_at is not None else HeldState(opened_at=at, opened_seq=record.seq)
        said = self._finding(ConditionTrigger.RAISE, at, record.seq, known, by_controller=True)
        return replace(known, raised_at=at, latest=at), (said,)

    def _finding(
        self, trigger: ConditionTrigger, at: Instant, cause: int, state: HeldState, *, by_controller: bool = False
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
            name=Text(f"{self.door.name.en} held open", f"{self.door.name.zh} 长时间未关"),
            why=self._why(state, at, cause, by_controller=by_controller),
        )

    def _why(self, state: HeldState, at: Instant, cause: int, *, by_controller: bool) -> Why:
        since = at if state.opened_at is None else state.opened_at
        opened, limit = clock_text(self.timezone, since, seconds=True), span(self.patience)
        seen = Text(f"open since {opened}, not closed yet", f"自 {opened} 开启，尚未关闭")
        if by_controller:
            seen = Text(
                f"the controller reports the door held open, open since {opened}", f"控制器报开门超时，自 {opened} 开启"
            )
        return Why(
            seen=seen,
            expected=Text(f"closed within {limit.en}", f"应在 {limit.zh}内关闭"),
            since=since,
            clears=Text("the door closes", "门关闭后解除"),
            evidence=(cause,) if state.opened_seq in (0, cause) else (state.opened_seq, cause),
            values={"held_s": to_seconds(self.patience), "open_s": to_seconds(at - since)},
        )


class DoorHeld:
    """The kind (`rules.rule.EventKind` over access records)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[HeldWatch]:
        """Bind a rule to its doors, all doors of the site where it names none.

        Raises:
            ConfigurationError: a parameter is unknown or out of range.
        """
        settings = check_parameters(spec)
        return [
            HeldWatch(
                spec=spec,
                subject=Subject(SubjectKind.DOOR, door.id),
                timezone=site.timezone,
                state_type=HeldState,
                door=door,
                patience=_patience(settings, door),
            )
            for door in doors_of(spec, site)
        ]


def check_parameters(spec: RuleSpec) -> DoorHeldSettings:
    """Read and judge the settings of one rule.

    Raises:
        ConfigurationError: names the rule, the parameter, its value and the remedy.
    """
    settings = read_parameters(spec, DoorHeldSettings)
    for name in ("held_seconds", "high_security_seconds"):
        seconds = getattr(settings, name)
        if seconds is not None and not 0 < seconds <= LONGEST_SECONDS:
            error: ConfigurationError = refuse(
                spec, f"parameter '{name}' is {seconds!r}: give more than 0, at most 86400"
            )
            raise error
    return settings


def _patience(settings: DoorHeldSettings, door: Door) -> Duration:
    if settings.held_seconds is not None:
        return from_seconds(settings.held_seconds)
    if door.high_security and door.held_seconds == _DEFAULT_HELD_SECONDS:
        return from_seconds(settings.high_security_seconds)
    return from_seconds(door.held_seconds)
