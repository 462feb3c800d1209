"""The engine's loop: read the journal's tail, judge, commit, tell; and keep the clock for the engine.

One thread. Everything it appends (ticks, gaps, configuration, its own start) goes through the journal and comes back
as a record like any other, so that a replay meets it at the same seq.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct

from domain.configuration import Configuration
from domain.identity import REAL_LANE
from domain.instant import Instant
from domain.record import ConfigurationChanged, EngineStarted, MonitorGap, Record, Urgency
from journal.ports import Journal, JournalUnavailable
from rules.engine import SNAPSHOT_VERSION, Engine, Outcome
from runtime.announce import announce, resent
from runtime.clock import Clock, Stopwatch
from runtime.deliver import Fault
from runtime.engine_identity import engine_identity, identity_digest
from runtime.judging import Judging
from runtime.pace import Pace
from runtime.recovery import recover
from runtime.timekeeping import ClockNotice, Senses, Timekeeper
from runtime.watch import QUIET_SECONDS, Watch
from stores.ports import (
    Commit,
    EngineStore,
    Historian,
    ReadingColumns,
    Snapshot,
    SnapshotStore,
    StoreUnavailable,
)

SNAPSHOT_SECONDS: Final = 60.0
STORE_RETRY_SECONDS: Final = 0.5
SHARE_OF_STOP: Final = 0.7
"""Of the time that a stop may take, this share goes into judging; the rest is for the snapshot."""
SOURCE: Final = "vigil"


class LoopState(StrEnum):
    """What the loop is doing, for readiness."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"


class LoopPorts(Struct, frozen=True, kw_only=True):
    """What the loop works on, handed in by the composition root.

    `quiet_seconds` says for how long no source has sent anything (infinite where there is none). `committed` is
    called after each commit that left messages to deliver; `listening` says whether messages can come now. `speed` is
    how fast the clock runs against the stopwatch, and `jumps_are_gaps` whether it runs by itself, so that a jump means
    that nobody watched. `quiet_needed` is how many quiet seconds mean that the broker has no backlog left;
    `longest_wait` how many seconds the loop waits for records before it looks at the clock whatever its deadlines say.
    """

    journal: Journal
    store: EngineStore
    snapshots: SnapshotStore
    historian: Historian
    clock: Clock
    on_fault: Fault
    quiet_seconds: Callable[[], float]
    committed: Callable[[], None]
    listening: Callable[[], bool] = lambda: True
    channels: Sequence[str] = ()
    speed: float = 1.0
    jumps_are_gaps: bool = True
    quiet_needed: float = QUIET_SECONDS
    longest_wait: float = 1.0
    stopwatch: Stopwatch = time.monotonic
    real_time: Clock = lambda: time.time_ns() // 1_000


class LoopFigures(Struct):
    """Counters for metrics; written by the loop's thread only."""

    records: int = 0
    readings: int = 0
    effects: int = 0
    slices: int = 0
    busy_seconds: float = 0.0


class EngineLoop:
    """Runs one engine over one journal until stopped."""

    def __init__(self, ports: LoopPorts, configuration: Configuration, lane: str = REAL_LANE) -> None:
        """Prepare; nothing is read or written before `start`."""
        self._ports = ports
        self._configuration = configuration
        self._lane = lane
        self._pace = Pace()
        self._judging = Judging(ports.journal, Engine(lane), lambda _: Engine(lane))
        self._time = self._timekeeper(last_tick_at=0)
        self._last_snapshot = 0.0
        self._snapshot_seq = 0
        self._told_from: int | None = None
        self._stopping = threading.Event()
        self._stop_by = math.inf
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._identity = engine_identity()
        self.epoch = 0
        self.state = LoopState.STARTING
        self.figures = LoopFigures()

    @property
    def seq(self) -> int:
        """The seq up to which everything is judged and committed."""
        return self._judging.seq

    @property
    def watched_at(self) -> Instant:
        """When the loop last looked at the clock and said what there was to say."""
        return self._time.watch.last_round_at

    @property
    def ticks(self) -> int:
        """Ticks appended since the start."""
        return self._time.ticks

    @property
    def gaps(self) -> int:
        """Gaps recorded since the start."""
        return self._time.gaps

    @property
    def recent_gaps(self) -> Sequence[MonitorGap]:
        """The newest gaps recorded since the start, oldest first; the one before the start is the first of all."""
        return tuple(self._time.recent_gaps)

    @property
    def clock_behind(self) -> float:
        """How many seconds the clock stands before the newest tick: more than zero where it was set back."""
        return self._time.watch.went_back(self._ports.clock())

    @property
    def lag(self) -> int:
        """How many seqs the journal is ahead of the engine."""
        return max(0, self._ports.journal.last_seq - self.seq)

    def start(self) -> None:
        """Claim the partition, rebuild the engine, record the start and the gap, and run.

        Raises:
            HistoryMismatch: state and journal are not of one history.
            JournalUnavailable: the start could not be recorded.
            StoreUnavailable: the state store does not answer.
        """
        ports = self._ports
        self.epoch = ports.store.claim()
        recovered = recover(
            ports.journal,
            ports.snapshots,
            ports.store,
            ports.historian.stored_seq(),
            self._lane,
            self._remember_readings,
            on_fault=ports.on_fault,
        )
        self._judging = recovered.judging
        self._snapshot_seq = recovered.from_snapshot
        # What was stored and not judged may hold a newer configuration than the engine has yet.
        self._judge_rest()
        now = ports.clock()
        self._last_snapshot = ports.stopwatch()
        self._time = self._timekeeper(last_tick_at=0)
        self._append(EngineStarted(code_version=self._identity["release"], identity=self._identity), now)
        if recovered.last_alive is not None:
            start = min(recovered.last_alive, now)
            self._time.report_gap(MonitorGap(start=start, end=now, reason="Vigil was not running"))
            self._time.record_gaps(self.seq)
        self.configure(self._configuration)
        self._thread.start()

    def configure(self, configuration: Configuration) -> int | None:
        """Put a configuration into force from the journal's next seq on; None where it already is the newest.

        Raises:
            JournalUnavailable: it could not be recorded; the old one stays in force.
        """
        digest = configuration.digest()
        if digest == self._judging.engine.configuration_digest:
            return None
        return self._append(ConfigurationChanged(configuration=configuration, digest=digest), self._ports.clock())

    def report_gap(self, start: Instant, end: Instant, reason: str) -> None:
        """Tell from any thread that nobody could watch from `start` to `end`; the loop records it."""
        self._time.report_gap(MonitorGap(start=start, end=end, reason=reason))

    def stop(self, timeout: float = 10.0) -> None:
        """Judge what is stored already as far as time allows, keep a snapshot, and end.

        What is left is judged at the next start.
        """
        self._stop_by = time.monotonic() + timeout * SHARE_OF_STOP
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        self.state = LoopState.RUNNING
        try:
            while not self._stopping.is_set():
                self._round()
            self._judge_rest()
            self._take_snapshot()
            self.state = LoopState.STOPPED
        # supervision: on_fault is told, and /readyz turns to 503
        except Exception as error:
            self.state = LoopState.FAILED
            self._ports.on_fault("engine loop", f"{type(error).__name__}: {error}")

    def _round(self) -> None:
        """One slice of records, and where that reached the tail, what the clock has to say."""
        ports = self._ports
        limit = self._pace.records
        try:
            records = ports.journal.read(self.seq, limit)
        except JournalUnavailable as error:
            ports.on_fault("engine journal", str(error))
            self._stopping.wait(STORE_RETRY_SECONDS)
            return
        if records:
            self._judge(records)
        self._snapshot_when_due()
        if len(records) >= limit:
            self._time.busy()
            return
        self._stopping.wait(self._pace.rest(time.perf_counter()))
        try:
            self._time.keep(self.seq, self._judging.engine.next_deadline())
        except JournalUnavailable as error:
            ports.on_fault("engine clock", str(error))
            self._stopping.wait(STORE_RETRY_SECONDS)
        patience = self._time.patience(self._judging.engine.next_deadline())
        ports.journal.wait(self.seq, min(patience, ports.longest_wait))

    def _judge(self, records: Sequence[Record]) -> None:
        began, spent = time.perf_counter(), time.thread_time()
        self._judging.judge(records, self._commit, self._spread)
        took = time.perf_counter() - began
        self._pace.took(len(records), time.thread_time() - spent, began)
        self.figures.records += len(records)
        self.figures.slices += 1
        self.figures.busy_seconds += took

    def _commit(self, outcome: Outcome, first: int, last: int) -> None:
        """Store the consequences, waiting for the disk as long as it takes: nothing else may be judged before."""
        commit = Commit(
            epoch=self.epoch,
            seq_before=first - 1,
            seq_after=last,
            committed_at=self._ports.real_time(),
            effects=outcome.effects,
            outbox=announce(outcome.effects, self._ports.channels),
            resent=resent(outcome.effects),
        )
        while True:
            try:
                self._ports.store.commit(commit)
            except StoreUnavailable as error:
                self._ports.on_fault("state store", str(error))
                if self._stopping.wait(STORE_RETRY_SECONDS):
                    raise
            else:
                break
        if commit.outbox or commit.resent:
            self._ports.committed()

    def _spread(self, outcome: Outcome, first: int, last: int) -> None:
        """Hand on what is committed."""
        self._remember_readings(outcome, first, last)
        self.figures.effects += len(outcome.effects)
        self.figures.readings += 0 if outcome.readings is None else len(outcome.readings.at)

    def _remember_readings(self, outcome: Outcome, first: int, last: int) -> None:
        """Hand the readings on, with the seqs they cover; seqs without readings are covered by the next that have."""
        readings = outcome.readings
        self._told_from = min(self._told_from or first, first)
        if readings is None:
            return
        self._ports.historian.add(
            ReadingColumns(
                seq_first=self._told_from,
                seq_last=last,
                points=readings.points,
                seq=readings.seq,
                index=readings.index,
                at=readings.at,
                values=readings.values,
                quality=readings.quality,
                envelopes=readings.envelopes,
            )
        )
        self._told_from = last + 1

    def _timekeeper(self, *, last_tick_at: Instant) -> Timekeeper:
        ports = self._ports
        stopwatch, now = ports.stopwatch(), ports.clock()
        watch = Watch(
            last_round=stopwatch,
            last_round_at=now,
            last_tick=stopwatch,
            last_tick_at=last_tick_at,
            quiet_needed=ports.quiet_needed,
            speed=ports.speed,
            jumps_are_gaps=ports.jumps_are_gaps,
        )
        senses = Senses(
            clock=ports.clock,
            stopwatch=ports.stopwatch,
            listening=ports.listening,
            quiet_seconds=ports.quiet_seconds,
        )
        return Timekeeper(watch, senses, self._append, ports.on_fault)

    def _append(self, body: ClockNotice | EngineStarted | ConfigurationChanged, at: Instant) -> int:
        record = Record(seq=0, body=body, event_time=at, received_at=at, source=SOURCE, lane=self._lane)
        return self._ports.journal.append(record, Urgency.COMMAND)

    def _judge_rest(self) -> None:
        """Judge what is stored, until there is no more or the time to stop has come."""
        while time.monotonic() < self._stop_by and (records := self._ports.journal.read(self.seq, self._pace.records)):
            self._judge(records)

    def _snapshot_when_due(self) -> None:
        if self._ports.stopwatch() - self._last_snapshot >= SNAPSHOT_SECONDS and self.seq > self._snapshot_seq:
            self._take_snapshot()

    def _take_snapshot(self) -> None:
        """Keep the engine's state, after the historian has all readings up to here: it is re-read from here on."""
        ports = self._ports
        self._last_snapshot = ports.stopwatch()
        if self.seq == self._snapshot_seq:
            return
        if self._told_from is not None and self._told_from <= self.seq:
            ports.historian.add(no_readings(self._told_from, self.seq))
            self._told_from = self.seq + 1
        try:
            ports.historian.flush()
        except StoreUnavailable as error:
            ports.on_fault("historian", str(error))
            return
        snapshot = Snapshot(
            lane=self._lane,
            seq=self.seq,
            version=SNAPSHOT_VERSION,
            identity=identity_digest(self._identity),
            taken_at=ports.clock(),
            state=self._judging.engine.snapshot(),
        )
        try:
            ports.snapshots.save(snapshot)
        except StoreUnavailable as error:
            ports.on_fault("snapshot", str(error))
        else:
            self._snapshot_seq = self.seq
            self._judging.forget(self.seq)


def no_readings(first: int, last: int) -> ReadingColumns:
    """Columns without a row: they only say that the records from `first` to `last` brought no readings."""
    nothing = np.empty(0, dtype=np.int64)
    return ReadingColumns(
        seq_first=first,
        seq_last=last,
        points=(),
        seq=nothing,
        index=np.empty(0, dtype=np.int32),
        at=nothing,
        values=np.empty(0, dtype=np.float64),
        quality=np.empty(0, dtype=np.uint8),
    )
