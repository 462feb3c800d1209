"""Counts, while it runs, what came of the messages of a rehearsal: the devices' ledger against what Vigil stored.

A rehearsal may go on for days: nothing is kept of a message but a few bytes, and little is left to be read at its end.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from domain.effects import (
    AlarmChange,
    AlarmChanged,
    DuplicateIgnored,
    RuleFaulted,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.identity import MessageIdentity
from domain.observations import Quarantined
from domain.record import Record
from journal.ports import Journal
from simulators.noted_times import NotedTimes
from simulators.publishing import Ledger
from stores.ports import EffectLog, StoredEffect

PAGE: Final = 500


class Tally(Struct, frozen=True, kw_only=True):
    """What the devices sent against what Vigil has.

    `journalled` counts distinct messages of the ledger found in the journal, `lost` those acknowledged by the broker
    and not found. `alarms` counts occurrences by rule, `work_orders` orders created. Latencies are milliseconds from
    the first publish of the message that completed an alarm to the commit of that alarm.
    """

    sent: int
    acknowledged: int
    journalled: int
    quarantined: int
    duplicates: int
    lost: tuple[MessageIdentity, ...]
    alarms: Mapping[str, int]
    work_orders: int
    latency_ms: Mapping[str, float | None]


class Tallying:
    """A running count. `told` are the effects that speak of alarms and of rules that failed."""

    def __init__(self, journal: Journal, effects: EffectLog, ledger: Ledger) -> None:
        """Count from the beginning of journal and effects."""
        self._journal = journal
        self._effects = effects
        self._ledger = ledger
        self._seq = 0
        self._position = 0
        self._found = NotedTimes()
        self._quarantined = 0
        self._duplicates = 0
        self._orders = 0
        self._alarms: Counter[str] = Counter()
        self._latencies: list[float] = []
        self.told: list[StoredEffect] = []

    def catch_up(self) -> bool:
        """Read on a little; tells whether there was something."""
        records = self._journal.read(self._seq, PAGE)
        for record in records:
            self._note_record(record)
        effects = self._effects.effects_after(self._position, PAGE)
        for stored in effects:
            self._note_effect(stored)
        return bool(records or effects)

    def finish(self) -> Tally:
        """Read all there is, and give the count."""
        while self.catch_up():
            pass
        ledger = self._ledger
        lost = (identity for identity in ledger.acknowledged if identity not in self._found)
        return Tally(
            sent=ledger.sent,
            acknowledged=ledger.acknowledged_count,
            journalled=len(self._found),
            quarantined=self._quarantined,
            duplicates=self._duplicates,
            lost=tuple(sorted(lost, key=lambda identity: (identity.device, identity.seq))),
            alarms=dict(sorted(self._alarms.items())),
            work_orders=self._orders,
            latency_ms=_percentiles(self._latencies),
        )

    def _note_record(self, record: Record) -> None:
        self._seq = record.seq
        self._quarantined += isinstance(record.body, Quarantined)
        # Others may speak at the same broker.
        if record.identity is not None and record.identity in self._ledger.published:
            self._found.note(record.identity, record.seq)

    def _note_effect(self, stored: StoredEffect) -> None:
        self._position = stored.position
        body = stored.effect.body
        self._duplicates += isinstance(body, DuplicateIgnored)
        if isinstance(body, WorkOrderChanged):
            self._orders += body.change is WorkOrderChange.CREATED
        elif isinstance(body, AlarmChanged | RuleFaulted):
            self.told.append(stored)
            if isinstance(body, AlarmChanged) and body.change is AlarmChange.RAISED:
                self._alarms[body.alarm.rule] += 1
                self._note_latency(stored)

    def _note_latency(self, stored: StoredEffect) -> None:
        """Milliseconds from publish to commit, for alarms raised by a message (and not by the clock)."""
        cause = next(iter(self._journal.read(stored.effect.cause - 1, 1)), None)
        identity = None if cause is None else cause.identity
        published = None if identity is None else self._ledger.published.get(identity)
        if published is not None:
            self._latencies.append((stored.committed_at - published) / 1_000)


def _percentiles(latencies: Iterable[float]) -> dict[str, float | None]:
    found = list(latencies)
    if not found:
        return {"p50": None, "p95": None, "p99": None}
    p50, p95, p99 = np.percentile(found, [50, 95, 99])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "p99": round(float(p99), 1)}
