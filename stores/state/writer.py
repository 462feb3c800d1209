"""Writing what the engine decided: one guarded transaction per commit."""

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from domain.effects import PARKED_REASONS, QuarantineAdded
from domain.identity import REAL_LANE
from stores.database import Database
from stores.dialect import RowWriter, append, upsert, upsert_setting
from stores.ports import Commit, PartitionLost
from stores.schema import effect, effect_stream, partition, quarantine
from stores.state import projection
from stores.state.effect_log import EffectSignal, StoredEffects
from stores.state.outbox import enqueue, resend

_OWN: Final = partition.c.id == bindparam("lane")
_STATE: Final = select(partition.c.epoch, partition.c.last_seq).where(_OWN)
_CLAIM: Final = upsert_setting(partition, {"epoch": partition.c.epoch + 1}).returning(partition.c.epoch)
_ADVANCE: Final = (
    update(partition)
    .where(_OWN, partition.c.epoch == bindparam("expected_epoch"), partition.c.last_seq == bindparam("seq_before"))
    .values(last_seq=bindparam("seq_after"))
)
_TAKE_POSITIONS: Final = (
    update(effect_stream)
    .values(last_position=effect_stream.c.last_position + bindparam("count"))
    .returning(effect_stream.c.last_position)
)
_PARKED: Final = (
    select(quarantine.c.seq, quarantine.c.body)
    .where(
        quarantine.c.lane == bindparam("lane"),
        quarantine.c.reason.in_(PARKED_REASONS),
        quarantine.c.seq > bindparam("after"),
    )
    .order_by(quarantine.c.seq)
)
_quarantined = msgspec.msgpack.Decoder(QuarantineAdded).decode
_EFFECTS: Final = RowWriter(append(effect))
_MODELS: Final = {table: RowWriter(upsert(table)) for table in projection.READ_MODELS}


class StateWriter(StoredEffects):
    """`stores.ports.EngineStore`: what the engine of one lane commits. Safe from any thread; one commit at a time."""

    def __init__(self, database: Database, signal: EffectSignal, lane: str = REAL_LANE) -> None:
        """Write to `database` as the engine of `lane`; announce new effects to `signal`."""
        super().__init__(database, signal)
        self._lane = lane

    def claim(self) -> int:
        with self._database.transaction() as connection:
            first = {"id": self._lane, "epoch": 1, "last_seq": 0}
            epoch: int = connection.execute(_CLAIM, first).scalar_one()
        return epoch

    def last_seq(self) -> int:
        with self._database.reading() as connection:
            state = connection.execute(_STATE, {"lane": self._lane}).one_or_none()
        return 0 if state is None else state.last_seq

    def parked(self, after: int) -> Mapping[int, QuarantineAdded]:
        with self._database.reading() as connection:
            rows = connection.execute(_PARKED, {"lane": self._lane, "after": after}).all()
        return {row.seq: _quarantined(row.body) for row in rows}

    def commit(self, commit: Commit) -> int:
        """Store the consequences; see the port. Where there are no effects, gives the newest position known here.

        An effect or message whose id is already stored is a mistake in deriving ids, not a repeat (the guard refuses
        repeats): it surfaces as the database's integrity error, and nothing is stored.
        """
        # All encoding is done before the write lock is taken.
        rows = projection.effect_rows(commit.effects, commit.committed_at)
        models = list(projection.model_rows(commit.effects))
        position = self._signal.newest
        with self._database.transaction() as connection:
            self._advance(connection, commit)
            if rows:
                position = _append(connection, rows)
            for table, changed in models:
                _MODELS[table].write(connection, changed)
            if commit.outbox:
                enqueue(connection, self._lane, commit.outbox, commit.committed_at)
            if commit.resent:
                resend(connection, commit.resent, commit.committed_at)
        self._signal.announce(position)
        return position

    def _advance(self, connection: Connection, commit: Commit) -> None:
        """The guard: first statement of the transaction, so that a second owner waits for it or finds it done."""
        advanced = connection.execute(
            _ADVANCE,
            {
                "lane": self._lane,
                "expected_epoch": commit.epoch,
                "seq_before": commit.seq_before,
                "seq_after": commit.seq_after,
            },
        )
        if advanced.rowcount == 1:
            return
        state = connection.execute(_STATE, {"lane": self._lane}).one_or_none()
        found = "nobody has claimed it" if state is None else f"it is at seq {state.last_seq} under epoch {state.epoch}"
        raise PartitionLost(
            f"partition '{self._lane}' is not ours at seq {commit.seq_before} under epoch {commit.epoch}: {found}. "
            f"Stop this engine and start it again"
        )


def _append(connection: Connection, rows: list[projection.Row]) -> int:
    last: int = connection.execute(_TAKE_POSITIONS, {"count": len(rows)}).scalar_one()
    for position, row in enumerate(rows, start=last - len(rows) + 1):
        row["position"] = position
    _EFFECTS.write(connection, rows)
    return last
