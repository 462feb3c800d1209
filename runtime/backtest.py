"""Judges a stored journal again by other rules, and holds what they would have raised against what was raised.

The records are those of the journal, in order of seq; readings that it has let go come from telemetry
(`runtime.history`). Only the configuration is another one: it holds from the first that was ever in force, and later
changes count for nothing. Time passes by the ticks of the journal; where the rules on
trial wait for a moment at which nothing ticked, it is made up for.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import Configuration
from domain.effects import AlarmChanged, Effect
from domain.identity import REAL_LANE
from domain.instant import MINUTE, SECOND, Duration, Instant
from domain.record import ConfigurationChanged, EngineStarted, MonitorGap, Record, Tick
from journal.ports import JournalReader, Retired
from rules.device_alarms import DEVICE_SILENT, IDENTITY_CONFLICT, MISSING_MESSAGES, NOISY_SOURCE, SITE_SILENT
from rules.engine import Engine, Outcome
from rules.own_alarms import PARKED_RECORD
from runtime.history import JoinedHistory
from runtime.history_tally import HistoryTally
from runtime.judging import SLICE, Judging
from runtime.loop import SOURCE
from runtime.replay import kept_nowhere, refused_by_the_store, stored_effects
from stores.ports import EffectLog, ReadingHistory

TICK_TOLERANCE: Final[Duration] = SECOND
"""A deadline that a record follows within this is left to the journal's own ticks, which come a moment after it."""

LONGEST_BACKLOG: Final[Duration] = MINUTE
"""Records that follow each other closely for longer are no backlog: rules on trial wait no longer for its end."""

_OF_ALL_MESSAGES: Final = (IDENTITY_CONFLICT, PARKED_RECORD)
"""These look at messages that left no reading: sent again, or passed over. Telemetry does not have them."""

_OF_ENVELOPES: Final = (MISSING_MESSAGES, DEVICE_SILENT, SITE_SILENT, NOISY_SOURCE)
"""These look at who sent a message, when, and under which number."""


class Verdict(StrEnum):
    """An occurrence of the rules on trial against what was: `raised` was not there, `missed` would not be there."""

    RAISED = "raised"
    MISSED = "missed"
    EARLIER = "earlier"
    LATER = "later"
    SAME = "same"


class Raising(Struct, frozen=True, kw_only=True):
    """One occurrence: from when, until when (None: to the end), and whether a work order was made for it."""

    raised_at: Instant
    cleared_at: Instant | None
    has_order: bool


class Comparison(Struct, frozen=True, kw_only=True):
    """One occurrence of a rule and its subject as it was and as it would be; None where one side has none."""

    rule: str
    subject: str
    verdict: Verdict
    was: Raising | None
    would: Raising | None


class BacktestReport(Struct, frozen=True, kw_only=True):
    """What came of it.

    `is_complete` is False where some of what Vigil had stored is kept nowhere any more. `history` says what the records
    were taken from, and `left_out` names rules of Vigil's own that could not be compared because of that.
    """

    records: int
    is_complete: bool
    comparisons: Sequence[Comparison]
    history: HistoryTally
    left_out: Sequence[str]


class Span(Struct, frozen=True, kw_only=True):
    """Which occurrences are compared: those raised from `start` on and before `end`."""

    start: Instant
    end: Instant

    def has(self, raising: Raising | None) -> bool:
        """Whether it was raised within."""
        return raising is not None and self.start <= raising.raised_at < self.end


def backtest(
    journal: JournalReader,
    telemetry: ReadingHistory,
    log: EffectLog,
    configuration: Configuration,
    until: int,
    span: Span,
    progress: Callable[[int], None],
    lane: str = REAL_LANE,
) -> BacktestReport:
    """Judge the records up to `until` that were received before the span's end; `progress` is told each slice's seq."""
    would = _Occurrences()
    history = JoinedHistory(journal, telemetry, lane)
    on_trial = _OtherRules(history, configuration, lane)
    parked = refused_by_the_store(log, until)
    judging = Judging(on_trial, Engine(lane), lambda _: Engine(lane), parked=parked)
    made_up = _MadeUpTicks(would)
    count = 0
    ends = False
    while judging.seq < until and not ends:
        records = [record for record in on_trial.read(judging.seq, SLICE) if record.seq <= until]
        if not records:
            break
        heard = [record for record in records if record.received_at < span.end]
        ends = len(heard) < len(records)
        _judge(judging, heard, would, made_up)
        count += len(heard)
        progress(records[-1].seq)
    if ends:
        _let_pass(judging.engine, span.end - 1, would)
    was = _Occurrences()
    for effect in stored_effects(log, judging.seq):
        was.hear((effect,))
    left_out = _left_out(history.tally)
    compared = [
        each
        for each in _compared(was, would)
        if each.rule not in left_out and (span.has(each.was) or span.has(each.would))
    ]
    return BacktestReport(
        records=count,
        is_complete=journal.retired().others == 0 and not history.tally.gaps,
        comparisons=compared,
        history=history.tally,
        left_out=left_out,
    )


def _left_out(tally: HistoryTally) -> tuple[str, ...]:
    """Rules of Vigil's own that look at what is known of the journal's readings alone."""
    if tally.guessed or tally.gaps:
        return (*_OF_ALL_MESSAGES, *_OF_ENVELOPES)
    return _OF_ALL_MESSAGES if tally.stored else ()


class _OtherRules:
    """A journal in which one configuration holds from the first on.

    Where the first one's retention is over, it holds from the first record that is kept: a record of its own says so,
    under the last seq that is gone.
    """

    def __init__(self, journal: JournalReader, configuration: Configuration, lane: str) -> None:
        self._journal = journal
        self._lane = lane
        self._body = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
        self._begins = journal.retired().others
        self._first: int | None = self._begins or None

    @property
    def last_seq(self) -> int:
        return self._journal.last_seq

    def read(self, after: int, limit: int) -> Sequence[Record]:
        if after < self._begins:
            return [self._beginning(record) for record in self._journal.read(self._begins, 1)]
        return [self._changed(record) for record in self._journal.read(after, limit)]

    def record(self, seq: int) -> Record | None:
        found = self._journal.record(seq)
        return None if found is None else self._changed(found)

    def kept_after(self, seq: int) -> bool:
        return self._journal.kept_after(seq)

    def wait(self, after: int, timeout: float) -> bool:
        return self._journal.wait(after, timeout)

    def retired(self) -> Retired:
        return self._journal.retired()

    def _beginning(self, first: Record) -> Record:
        at = first.received_at
        return Record(seq=self._begins, body=self._body, event_time=at, received_at=at, source=SOURCE, lane=self._lane)

    def _changed(self, record: Record) -> Record:
        if not isinstance(record.body, ConfigurationChanged):
            return record
        if self._first is None:
            self._first = record.seq
        # A later change lets time pass, and nothing else.
        return replace(record, body=self._body if record.seq == self._first else Tick())


class _Occurrences:
    """The occurrences that effects tell of, by id, as they were told last."""

    def __init__(self) -> None:
        self.by_id: dict[str, tuple[str, str, Raising]] = {}

    def hear(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            body = effect.body
            if isinstance(body, AlarmChanged):
                each = body.occurrence
                ended = each.closed_at if each.cleared_at is None else each.cleared_at
                raising = Raising(raised_at=each.raised_at, cleared_at=ended, has_order=each.order is not None)
                self.by_id[each.id] = (body.alarm.rule, body.alarm.subject.id, raising)

    def of_pairs(self) -> dict[tuple[str, str], list[Raising]]:
        """In order of time, by rule and subject."""
        found: dict[tuple[str, str], list[Raising]] = {}
        for rule, subject, raising in self.by_id.values():
            found.setdefault((rule, subject), []).append(raising)
        for raisings in found.values():
            raisings.sort(key=lambda each: each.raised_at)
        return found


class _MadeUpTicks:
    """Lets time pass where the rules on trial wait for a moment at which nothing ticked.

    A deadline may be over when it is set: of readings that come long after they were made. Live nothing ticks before a
    backlog is judged, so where records follow each other closely it is left to the journal's own ticks.
    """

    def __init__(self, would: _Occurrences) -> None:
        self._would = would
        self._heard: Instant = 0
        self._passed: Instant = 0
        self._passed_at: Instant = 0

    def before(self, engine: Engine, records: Sequence[Record]) -> None:
        """Fire what is due before these, which were received within the tolerance."""
        first = records[0].received_at
        due = engine.next_deadline()
        follows = first - self._heard < TICK_TOLERANCE and first - self._passed_at < LONGEST_BACKLOG
        self._heard = records[-1].received_at
        if follows and due is not None and due <= self._passed:
            return
        _let_pass(engine, _watched_until(records) - TICK_TOLERANCE, self._would)
        self._passed, self._passed_at = first - TICK_TOLERANCE, first


def _judge(judging: Judging, records: Sequence[Record], would: _Occurrences, made_up: _MadeUpTicks) -> None:
    """Judge records so closely together that no deadline between them is missed by more than the tolerance."""

    def hear(outcome: Outcome, _first: int, _last: int) -> None:
        would.hear(outcome.effects)

    for _, close in groupby(records, key=lambda record: record.received_at // TICK_TOLERANCE):
        together = list(close)
        made_up.before(judging.engine, together)
        judging.judge(together, kept_nowhere, hear)


def _watched_until(records: Sequence[Record]) -> Instant:
    """Until when time passed before these records as it did live: not while nobody watched (gap law)."""
    until = records[0].received_at
    for record in records:
        if isinstance(record.body, EngineStarted):
            return 0
        if isinstance(record.body, MonitorGap):
            until = min(until, record.body.start)
    return until


def _let_pass(engine: Engine, until: Instant, would: _Occurrences) -> None:
    """Fire what is due, one deadline after the other: each may set the next."""
    while (due := engine.next_deadline()) is not None and due <= until:
        would.hear(engine.let_pass(due).effects)


def _compared(was: _Occurrences, would: _Occurrences) -> Iterator[Comparison]:
    """Every occurrence of both sides, by rule, subject and time."""
    before, after = was.of_pairs(), would.of_pairs()
    for rule, subject in sorted({*before, *after}):
        for one, other in paired(before.get((rule, subject), []), after.get((rule, subject), [])):
            yield Comparison(rule=rule, subject=subject, verdict=_verdict(one, other), was=one, would=other)


def paired(was: Sequence[Raising], would: Sequence[Raising]) -> Iterator[tuple[Raising | None, Raising | None]]:
    """Bring together the occurrences that share a moment, first with first; both are in order of time."""
    one, other = 0, 0
    while one < len(was) and other < len(would):
        if _is_over_before(was[one], would[other]):
            yield was[one], None
            one += 1
        elif _is_over_before(would[other], was[one]):
            yield None, would[other]
            other += 1
        else:
            yield was[one], would[other]
            one, other = one + 1, other + 1
    yield from ((each, None) for each in was[one:])
    yield from ((None, each) for each in would[other:])


def _is_over_before(first: Raising, then: Raising) -> bool:
    return first.cleared_at is not None and first.cleared_at < then.raised_at


def _verdict(was: Raising | None, would: Raising | None) -> Verdict:
    if was is None:
        return Verdict.RAISED
    if would is None:
        return Verdict.MISSED
    if would.raised_at == was.raised_at:
        return Verdict.SAME
    return Verdict.EARLIER if would.raised_at < was.raised_at else Verdict.LATER
