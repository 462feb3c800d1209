"""The engine: records in, effects out, and nothing else.

One engine serves one lane. It takes records in the order of their seq, cut into calls in any way, and gives for each
its effects and the readings to store. Consecutive readings are judged as columns, everything else one by one; time
passes only through records.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.effects import Effect
from domain.identity import REAL_LANE
from domain.instant import Instant
from domain.readings import Readings
from domain.record import BacklogDrained, ConfigurationChanged, MonitorGap, Record, Tick
from rules.catalog import CATALOG, Catalog
from rules.engine_state import SNAPSHOT_VERSION, EngineState, SnapshotUnreadable, decode_state, encode_state
from rules.judgement import Judgement
from rules.reading_intake import AcceptedReadings, ReadingIntake
from rules.telling import Telling

__all__ = ["SNAPSHOT_VERSION", "AcceptedReadings", "Engine", "Outcome", "SnapshotUnreadable"]


_ONLY_TIME: Final = (Tick, BacklogDrained)
_LETS_TIME_PASS: Final = (*_ONLY_TIME, ConfigurationChanged)


class Outcome(Struct, frozen=True, kw_only=True):
    """What one call of the engine brought: effects in order, and the readings to store, if any."""

    effects: tuple[Effect, ...]
    readings: AcceptedReadings | None


class Engine:
    """Judges the records of one lane."""

    def __init__(self, lane: str = REAL_LANE, catalog: Catalog = CATALOG) -> None:
        """Know nothing yet: nothing is judged before the first configuration."""
        self.lane = lane
        self._last_seq = 0
        self._is_holding = False
        self._judgement = Judgement(lane, catalog)

    @property
    def last_seq(self) -> int:
        """The seq of the newest record handled, of whatever lane."""
        return self._last_seq

    @property
    def holding(self) -> bool:
        """Whether absence is held, because what waited during a monitor gap is still being read (gap law)."""
        return self._is_holding

    @property
    def configuration_digest(self) -> str:
        """The digest of the configuration that holds; empty before the first."""
        return self._judgement.digest

    def handle(self, records: Sequence[Record]) -> Outcome:
        """Judge records in ascending order of seq; those of other lanes are passed over.

        Raises:
            ValueError: a record comes again, or out of order.
        """
        telling = Telling(self.lane, self._judgement.hear)
        intake = ReadingIntake(self._judgement.points)
        readings: list[Record] = []
        for record in records:
            self._advance(record)
            if record.lane != self.lane:
                continue
            if isinstance(record.body, Readings):
                readings.append(record)
                continue
            if readings:
                self._judgement.judge_readings(readings, intake, telling)
                readings = []
            telling.about(record.seq)
            self._judge(record, telling)
        if readings:
            self._judgement.judge_readings(readings, intake, telling)
        return Outcome(effects=tuple(telling.effects), readings=intake.accepted())

    def park(self, record: Record, reason: str, error: str) -> Outcome:
        """Pass over a record that `handle` fails on, from the state before it; `error` must be the same in every run.

        Raises:
            ValueError: the record comes again, or out of order.
        """
        self._advance(record)
        telling = Telling(self.lane, self._judgement.hear)
        if record.lane == self.lane:
            if isinstance(record.body, MonitorGap | BacklogDrained):
                # Nobody would say it a second time, and absence would be held for ever.
                self._is_holding = isinstance(record.body, MonitorGap)
            telling.about(record.seq)
            self._judgement.park(record, reason, error, telling)
        return Outcome(effects=tuple(telling.effects), readings=None)

    def let_pass(self, until: Instant) -> Outcome:
        """Fire what is due where no record says that time has passed, as if it came of the last one.

        For backtests, whose rules wait for other moments than those at which the journal has ticks.
        """
        telling = Telling(self.lane, self._judgement.hear)
        telling.about(self._last_seq)
        if not self._is_holding:
            tick = Record(seq=self._last_seq, body=Tick(), event_time=until, received_at=until, source="vigil")
            self._judgement.fire(until, tick, telling)
        return Outcome(effects=tuple(telling.effects), readings=None)

    def next_deadline(self) -> Instant | None:
        """When a Tick would next have something to fire; None where nothing runs, or absence is held."""
        return None if self._is_holding else self._judgement.next_deadline()

    def snapshot(self) -> bytes:
        """The whole state after `last_seq`, under `SNAPSHOT_VERSION`."""
        state = EngineState(
            version=SNAPSHOT_VERSION,
            lane=self.lane,
            last_seq=self._last_seq,
            is_holding=self._is_holding,
            judgement=self._judgement.state(),
        )
        return encode_state(state)

    @classmethod
    def restore(cls, content: bytes, catalog: Catalog = CATALOG) -> "Engine":
        """Make an engine that goes on exactly where the one that took the snapshot stood.

        Raises:
            SnapshotUnreadable: another version, or damaged.
        """
        state = decode_state(content)
        engine = cls(state.lane, catalog)
        engine._last_seq = state.last_seq
        engine._is_holding = state.is_holding
        engine._judgement.restore(state.judgement)
        return engine

    def _advance(self, record: Record) -> None:
        if record.seq <= self._last_seq:
            msg = f"record {record.seq} comes after {self._last_seq}: read the journal on from there"
            raise ValueError(msg)
        self._last_seq = record.seq

    def _judge(self, record: Record, telling: Telling) -> None:
        """Let time pass where the record says so, and judge it."""
        body = record.body
        if isinstance(body, MonitorGap):
            self._is_holding = True
            self._judgement.pause(body)
            return
        if isinstance(body, BacklogDrained):
            self._is_holding = False
        if isinstance(body, _LETS_TIME_PASS) and not self._is_holding:
            self._judgement.fire(record.event_time, record, telling)
        if not isinstance(body, _ONLY_TIME):
            self._judgement.judge(record, telling, is_holding=self._is_holding)
