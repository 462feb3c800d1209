"""Rule kinds for people who work alone: `missed_check_call`, `sos` and `man_down`. Each tells where the last scan was.

A check call is expected from the first signal of a person on, until the person signs off: at least hourly, grace 5
minutes (BS 7984-3). An SOS is over as soon as it is pressed, so its rules must latch: it stands until somebody resets
it, and each press counts. A fall raises an alarm unless it is cancelled within seconds.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import LATEST, Duration, Instant, from_seconds
from domain.observations import CheckpointScan, PersonSignal, SignalKind
from domain.record import Record
from domain.schedule import clock_text
from domain.site import PersonRole, Site
from domain.text import Text
from rules.heard import Heard
from rules.kinds.absence import AbsenceState, deadline, fire, mark
from rules.kinds.bound_rule import BoundRule
from rules.kinds.retelling import Saying, Stretch, Told, settle
from rules.patrol_footprints import HORIZON
from rules.rule import Finding, StateT
from rules.rule_parameters import read_parameters, refuse
from rules.wording import span

CHECK_CALL: Final = "missed_check_call"
SOS: Final = "sos"
MAN_DOWN: Final = "man_down"

_WORKERS: Final = (PersonRole.OFFICER, PersonRole.ENGINEER)
"""Who is watched where a rule names nobody."""


class CheckCallSettings(Struct, frozen=True):
    """At least so often, and so much later at most. `scans_count`: a scan shows as well that somebody is well."""

    every_seconds: float = 3600.0
    grace_seconds: float = 300.0
    scans_count: bool = False


class SosSettings(Struct, frozen=True):
    """No parameters."""


class ManDownSettings(Struct, frozen=True):
    """How long a person may say that nothing happened."""

    cancel_seconds: float = 15.0


class SosState(Struct, frozen=True):
    """Where the person was last seen, and how often help was called for."""

    pressed: int = 0
    scan_place: str = ""
    scan_at: Instant = 0


class FallState(Struct, frozen=True):
    """`falls` and `answers` (what shows that the person is up) ascend; falls are judged up to `judged_to`."""

    falls: tuple[Instant, ...] = ()
    answers: tuple[Instant, ...] = ()
    judged_to: Instant = 0
    told: Told = Told()
    scan_place: str = ""
    scan_at: Instant = 0


AnyState = TypeVar("AnyState", AbsenceState, SosState, FallState)


class PersonWatch(BoundRule[StateT], frozen=True, kw_only=True):
    """One rule on one person: what its kinds have in common."""

    def found(
        self,
        trigger: ConditionTrigger,
        at: Instant,
        cause: int,
        words: tuple[Text, Text, Text],
        place: str,
        seen: Instant,
    ) -> Finding:
        """A finding, with the name, what was seen and what was expected, and where the last scan was."""
        name, what, expected = words
        last = {"last_scan": place, "last_scan_at": clock_text(self.timezone, seen)} if place else {}
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=trigger,
            at=at,
            cause=cause,
            index=0,
            asset=self.subject.id,
            zone=None,
            name=name,
            why=Why(
                seen=what,
                expected=expected,
                since=at,
                clears=Text("a signal of the person that all is well", "本人报平安"),
                evidence=(cause,),
                values=dict(last),
            ),
        )


class CheckCallWatch(PersonWatch[AbsenceState], frozen=True, kw_only=True):
    """Whether a person calls in."""

    limit: Duration
    scans_count: bool

    def observe(self, state: AbsenceState, fact: Heard) -> tuple[AbsenceState, Sequence[Finding]]:
        """Take a sign of life, or of the end of work."""
        record = fact.record
        state = _seen(state, record)
        body = record.body
        if isinstance(body, PersonSignal):
            counts, is_end = True, body.kind is SignalKind.SIGN_OFF
        else:
            counts, is_end = self.scans_count and isinstance(body, CheckpointScan), False
        if not counts:
            return state, ()
        after, sayings = mark(state, record.event_time, self.limit, is_end=is_end, is_holding=fact.is_holding)
        return after, [self._finding(each, after, record.seq, record) for each in sayings]

    def deadline(self, state: AbsenceState) -> Instant | None:
        """When the next call is overdue."""
        return deadline(state, self.limit)

    def fire(self, state: AbsenceState, cause: int) -> tuple[AbsenceState, Sequence[Finding]]:
        """No call came."""
        after, sayings = fire(state, self.limit)
        return after, [self._finding(each, after, cause, None) for each in sayings]

    def _finding(self, saying: Saying, state: AbsenceState, cause: int, record: Record | None) -> Finding:
        who, every = self.subject.id, span(self.limit)
        last = clock_text(self.timezone, saying.start - self.limit)
        words = (
            Text(f"{who}: no check call for {every.en}", f"{who}：{every.zh}未报平安"),
            Text(f"no signal since {last}", f"自 {last} 起无信号"),
            Text(f"a check call at least every {every.en}", f"至少每 {every.zh}报一次平安"),
        )
        if saying.end is not None:
            called = clock_text(self.timezone, saying.end)
            words = (words[0], Text(f"a signal at {called}", f"{called} 收到信号"), words[2])
        received = saying.start if record is None else record.received_at
        at = saying.start if saying.trigger is ConditionTrigger.RAISE else saying.end or received
        found = self.found(saying.trigger, at, cause, words, state.scan_place, state.scan_at)
        if not saying.is_correction or record is None:
            return found
        called, uploaded = (clock_text(self.timezone, each) for each in (record.event_time, record.received_at))
        text = Text(f"{who}: called {called}, uploaded {uploaded}", f"{who}：{called} 报平安，{uploaded} 上传")
        return replace(found, correction=text, corrects=saying.start)


class SosWatch(PersonWatch[SosState], frozen=True, kw_only=True):
    """Calls for help, loud and silent."""

    def observe(self, state: SosState, fact: Heard) -> tuple[SosState, Sequence[Finding]]:
        """Each call is an alarm of its own, which latches."""
        record = fact.record
        state = _seen(state, record)
        body = record.body
        if not isinstance(body, PersonSignal) or body.kind is not SignalKind.SOS:
            return state, ()
        who, at = self.subject.id, record.event_time
        how = Text("silent ", "静默") if body.silent else Text("", "")
        words = (
            Text(f"{who}: {how.en}SOS", f"{who}：{how.zh}紧急求助"),
            Text(f"a {how.en}call for help", f"{how.zh}求助信号"),
            Text("no call for help", "无求助"),
        )
        raised = self.found(ConditionTrigger.RAISE, at, record.seq, words, state.scan_place, state.scan_at)
        if body.silent:
            raised = replace(raised, why=replace(raised.why, values={**raised.why.values, "silent": "yes"}))
        kept = Text("the call is on record and stands until somebody resets it", "求助已记录，须人工复位")
        over = replace(raised, trigger=ConditionTrigger.CLEAR, why=replace(raised.why, seen=kept))
        return replace(state, pressed=state.pressed + 1), [raised, over]


class ManDownWatch(PersonWatch[FallState], frozen=True, kw_only=True):
    """Falls that nobody takes back in time."""

    patience: Duration

    def observe(self, state: FallState, fact: Heard) -> tuple[FallState, Sequence[Finding]]:
        """Take a fall, or what shows that the person is up."""
        record = fact.record
        state = _seen(state, record)
        body = record.body
        at = record.event_time
        if isinstance(body, PersonSignal) and body.kind is SignalKind.MAN_DOWN:
            falls = tuple(sorted({*state.falls, at}))
            return self._settled(replace(state, falls=_recent(falls)), record.seq)
        if isinstance(body, PersonSignal) and body.kind in (SignalKind.CANCEL, SignalKind.CHECK_CALL):
            return self._settled(replace(state, answers=_recent(tuple(sorted({*state.answers, at})))), record.seq)
        return state, ()

    def deadline(self, state: FallState) -> Instant | None:
        """When the next fall can be taken back no more."""
        waiting = (fall + self.patience for fall in state.falls if fall + self.patience > state.judged_to)
        return min(waiting, default=None)

    def fire(self, state: FallState, cause: int) -> tuple[FallState, Sequence[Finding]]:
        """A fall stands."""
        return self._settled(replace(state, judged_to=self.deadline(state) or state.judged_to), cause)

    def _settled(self, state: FallState, cause: int) -> tuple[FallState, list[Finding]]:
        stretches: list[Stretch] = []
        for fall in state.falls:
            start = fall + self.patience
            answer = next((each for each in state.answers if each >= fall), None)
            if start > state.judged_to or (answer is not None and answer <= start):
                continue
            if not stretches or (stretches[-1].end is not None and stretches[-1].end < start):
                stretches.append(Stretch(start, answer))
        told, sayings = settle(state.told, 0, LATEST, stretches)
        return replace(state, told=told), [self._finding(each, state, cause) for each in sayings]

    def _finding(self, saying: Saying, state: FallState, cause: int) -> Finding:
        who, patience = self.subject.id, span(self.patience)
        words = (
            Text(f"{who}: man down", f"{who}：人员倒地"),
            Text(f"a fall that was not taken back within {patience.en}", f"倒地信号，{patience.zh}内未撤销"),
            Text(f"to be taken back within {patience.en}", f"{patience.zh}内撤销"),
        )
        if saying.end is not None:
            answered = clock_text(self.timezone, saying.end, seconds=True)
            words = (words[0], Text(f"taken back at {answered}", f"{answered} 已撤销"), words[2])
        at = saying.start if saying.trigger is ConditionTrigger.RAISE else saying.end or saying.start
        found = self.found(saying.trigger, at, cause, words, state.scan_place, state.scan_at)
        if saying.is_correction:
            text = Text(f"{who}: taken back in time, heard later", f"{who}：已及时撤销，迟到上传")
            return replace(found, correction=text, corrects=saying.start)
        return found


class MissedCheckCall:
    """The kind (`rules.rule.EventKind` over `Heard`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[CheckCallWatch]:
        """Bind a rule to its people."""
        settings = read_parameters(spec, CheckCallSettings)
        return [
            CheckCallWatch(
                spec=spec,
                subject=subject,
                timezone=site.timezone,
                state_type=AbsenceState,
                limit=from_seconds(settings.every_seconds + settings.grace_seconds),
                scans_count=settings.scans_count,
            )
            for subject in _people(site, spec)
        ]


class Sos:
    """The kind (`rules.rule.EventKind` over `Heard`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[SosWatch]:
        """Bind a rule to its people."""
        check_sos(spec)
        return [
            SosWatch(spec=spec, subject=subject, timezone=site.timezone, state_type=SosState)
            for subject in _people(site, spec)
        ]


class ManDown:
    """The kind (`rules.rule.EventKind` over `Heard`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[ManDownWatch]:
        """Bind a rule to its people."""
        patience = from_seconds(read_parameters(spec, ManDownSettings).cancel_seconds)
        return [
            ManDownWatch(spec=spec, subject=subject, timezone=site.timezone, state_type=FallState, patience=patience)
            for subject in _people(site, spec)
        ]


def check_sos(spec: RuleSpec) -> object:
    """An SOS that does not latch would be over at once."""
    if not spec.latch:
        raise refuse(spec, "'latch' is false, so an SOS would be over at once: write latch: true")
    return read_parameters(spec, SosSettings)


def _people(site: Site, spec: RuleSpec) -> list[Subject]:
    named = [person for person in site.people if person.id in spec.subjects]
    watched = named or [person for person in site.people if person.role in _WORKERS]
    return [Subject(SubjectKind.PERSON, person.id) for person in watched]


def _seen(state: AnyState, record: Record) -> AnyState:
    """Remember where the person was last."""
    body = record.body
    if isinstance(body, CheckpointScan) and record.event_time >= state.scan_at:
        return replace(state, scan_place=body.checkpoint, scan_at=record.event_time)
    return state


def _recent(times: tuple[Instant, ...]) -> tuple[Instant, ...]:
    return tuple(each for each in times if each >= times[-1] - HORIZON)[-256:]
