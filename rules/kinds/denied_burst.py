"""The rule kind `denied_burst`: somebody tries again and again at a door.

Raises at the 5th denial in 10 minutes at one reader, or the 3rd in a row of one credential (starting values, domain.md
section 4); clears when nobody was denied for as long as the window is. A grant ends the row of its credential. Denials
that are reported late are put in their place as far as the window reaches; older ones say nothing of the present.
"""

from bisect import insort
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
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

ItemT = TypeVar("ItemT")

KIND: Final = "denied_burst"
LONGEST_SECONDS: Final = 86_400.0
MOST_DENIALS: Final = 100

READERS_KEPT: Final = 8
"""Readers remembered at one door; more than two are rare."""

CREDENTIALS_KEPT: Final = 64
"""Credentials whose row of denials is remembered; when more were denied, the one denied longest ago is forgotten."""


class DeniedBurstSettings(Struct, frozen=True, kw_only=True):
    """How many denials are too many: `at_reader` within `window_seconds`, `of_credential` in a row."""

    at_reader: int = 5
    window_seconds: float = 600.0
    of_credential: int = 3


class DeniedState(Struct, frozen=True):
    """Newest denials by reader, ascending; denials in a row by credential, the one denied last at the end."""

    denied: dict[str, tuple[Instant, ...]] = {}
    rows: dict[str, int] = {}
    newest: Instant = 0
    raised_at: Instant | None = None
    evidence: tuple[int, ...] = ()


class DeniedWatch(BoundRule[DeniedState], frozen=True, kw_only=True):
    """One rule on one door (`rules.rule.Watch`)."""

    door: Door
    settings: DeniedBurstSettings
    window: Duration

    def observe(self, state: DeniedState, fact: Record) -> tuple[DeniedState, Sequence[Finding]]:
        """Take one access event."""
        event = fact.body
        if not isinstance(event, AccessEvent) or fact.event_time <= state.newest - self.window:
            return state, ()
        token = None if event.credential is None else event.credential.token or None
        if event.kind is AccessKind.GRANTED and token in state.rows:
            return replace(state, rows={each: row for each, row in state.rows.items() if each != token}), ()
        if event.kind is not AccessKind.DENIED:
            return state, ()
        return self._denied(state, fact, event.reader or "", token)

    def deadline(self, state: DeniedState) -> Instant | None:
        """When nobody will have been denied for the length of the window."""
        return None if state.raised_at is None else state.newest + self.window

    def fire(self, state: DeniedState, cause: int) -> tuple[DeniedState, Sequence[Finding]]:
        """It has been quiet for long enough."""
        if state.raised_at is None:
            return state, ()
        quiet = self._finding(ConditionTrigger.CLEAR, state.newest + self.window, cause, state, "", None)
        window, last = span(self.window), clock_text(self.timezone, state.newest, seconds=True)
        seen = Text(f"nobody was denied for {window.en}, since {last}", f"自 {last} 起 {window.zh}内无人被拒")
        return DeniedState(newest=state.newest), (replace(quiet, why=replace(quiet.why, seen=seen)),)

    def _denied(
        self, state: DeniedState, fact: Record, reader: str, token: str | None
    ) -> tuple[DeniedState, Sequence[Finding]]:
        newest = max(state.newest, fact.event_time)
        times = [at for at in state.denied.get(reader, ()) if at > newest - self.window]
        insort(times, fact.event_time)
        denied = {each: at for each, at in state.denied.items() if each != reader}
        denied[reader] = tuple(times[-MOST_DENIALS:])
        rows = {each: row for each, row in state.rows.items() if each != token}
        if token is not None:
            rows[token] = state.rows.get(token, 0) + 1
        evidence = (*state.evidence, fact.seq)[-self.settings.at_reader :]
        after = DeniedState(
            _last(denied, READERS_KEPT), _last(rows, CREDENTIALS_KEPT), newest, state.raised_at, evidence
        )
        row = rows.get(token or "", 0)
        is_burst = len(times) >= self.settings.at_reader
        if after.raised_at is not None or not (is_burst or row >= self.settings.of_credential):
            return after, ()
        after = replace(after, raised_at=fact.event_time)
        in_a_row = None if is_burst else row
        return after, (self._finding(ConditionTrigger.RAISE, fact.event_time, fact.seq, after, reader, in_a_row),)

    def _finding(
        self,
        trigger: ConditionTrigger,
        at: Instant,
        cause: int,
        state: DeniedState,
        reader: str,
        in_a_row: int | None,
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
            name=Text(f"{self.door.name.en}: denied again and again", f"{self.door.name.zh} 多次刷卡被拒"),
            why=self._why(state, at, cause, reader, in_a_row),
        )

    def _why(self, state: DeniedState, at: Instant, cause: int, reader: str, in_a_row: int | None) -> Why:
        window, settings = span(self.window), self.settings
        times = state.denied.get(reader, ())
        count = len(times) if in_a_row is None else in_a_row
        latest = clock_text(self.timezone, state.newest, seconds=True)
        during, times_en = f"{window.zh}内被拒 {count} 次", f"{count} denials within {window.en}"
        seen = Text(f"{times_en}, the last at {latest}", f"{during}，最后 {latest}")
        if in_a_row is not None:
            seen = Text(
                f"the same credential was denied {count} times in a row, last at {latest}",
                f"同一凭证连续被拒 {count} 次，最后 {latest}",
            )
        return Why(
            seen=seen,
            expected=Text(
                f"fewer than {settings.at_reader} denials in {window.en} at a reader, and fewer than "
                f"{settings.of_credential} in a row of one credential",
                f"同一读卡器 {window.zh}内被拒少于 {settings.at_reader} 次，"
                f"同一凭证连续被拒少于 {settings.of_credential} 次",
            ),
            since=times[0] if times and in_a_row is None else state.raised_at or at,
            clears=Text(f"nobody is denied for {window.en}", f"{window.zh}内无人被拒后解除"),
            evidence=tuple(dict.fromkeys((*state.evidence, cause))),
            values={"denials": float(count), "window_s": to_seconds(self.window)},
        )


class DeniedBurst:
    """The kind (`rules.rule.EventKind` over access records)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[DeniedWatch]:
        """Bind a rule to its doors, all doors of the site where it names none.

        Raises:
            ConfigurationError: a parameter is unknown or out of range.
        """
        settings = check_parameters(spec)
        return [
            DeniedWatch(
                spec=spec,
                subject=Subject(SubjectKind.DOOR, door.id),
                timezone=site.timezone,
                state_type=DeniedState,
                door=door,
                settings=settings,
                window=from_seconds(settings.window_seconds),
            )
            for door in doors_of(spec, site)
        ]


def check_parameters(spec: RuleSpec) -> DeniedBurstSettings:
    """Read and judge the settings of one rule.

    Raises:
        ConfigurationError: names the rule, the parameter, its value and the remedy.
    """
    settings = read_parameters(spec, DeniedBurstSettings)
    for name in ("at_reader", "of_credential"):
        count = getattr(settings, name)
        if not 1 < count <= MOST_DENIALS:
            raise refuse(spec, f"parameter '{name}' is {count}: give 2 to {MOST_DENIALS}")
    if not 0 < settings.window_seconds <= LONGEST_SECONDS:
        raise refuse(
            spec, f"parameter 'window_seconds' is {settings.window_seconds!r}: give more than 0, at most 86400"
        )
    return settings


def _last(items: Mapping[str, ItemT], most: int) -> dict[str, ItemT]:
    return dict(list(items.items())[-most:])
