"""Brings an engine back to where it stood: the newest usable snapshot, then the journal up to the last commit."""

from collections.abc import Mapping

from msgspec import Struct

from domain.effects import QuarantineAdded
from domain.errors import VigilError
from domain.instant import Instant
from journal.ports import JournalReader
from rules.engine import Engine, SnapshotUnreadable
from runtime.deliver import Fault
from runtime.judging import SLICE, Judging, Parking, Step
from stores.ports import EngineStore, SnapshotStore


class HistoryMismatch(VigilError):
    """State and journal are not of one history."""


class Recovered(Struct, frozen=True, kw_only=True):
    """An engine rebuilt without emitting; `last_alive` is when the journal last heard anything."""

    judging: Judging
    last_alive: Instant | None
    from_snapshot: int


def recover(
    journal: JournalReader,
    snapshots: SnapshotStore,
    store: EngineStore,
    told_seq: int,
    lane: str,
    retell: Step,
    *,
    on_fault: Fault | None = None,
) -> Recovered:
    """Rebuild the engine's state as it was after the last commit; its effects are already stored and are dropped.

    `retell` is handed each slice's outcome, for a store that resumes by seq itself (the historian), which has
    everything up to `told_seq`: no snapshot younger than that is used.

    Raises:
        HistoryMismatch: the state speaks of records that the journal does not have, or no longer has.
    """
    committed = store.last_seq()
    if committed > journal.last_seq:
        raise HistoryMismatch(
            f"the state is at seq {committed} and the journal ends at seq {journal.last_seq}: they are not of one "
            "history. Restore both from one backup"
        )

    def known_state(at_most: int) -> Engine:
        return _known_state(snapshots, at_most, lane, on_fault)

    engine = known_state(min(committed, told_seq))
    start = engine.last_seq
    if start < committed and not journal.kept_after(start):
        raise HistoryMismatch(
            f"the engine would have to be rebuilt from seq {start + 1}, and the journal no longer keeps all records "
            "from there: restore the folder from a backup that has its snapshots"
        )
    judging = Judging(journal, engine, known_state, parked=parkings(store.parked(start)), on_fault=on_fault)
    while judging.seq < committed:
        records = [record for record in journal.read(judging.seq, SLICE) if record.seq <= committed]
        if not records:
            break
        judging.judge(records, _is_stored, retell)
    judging.seq = committed
    newest = journal.record(journal.last_seq) if journal.last_seq else None
    last_alive = None if newest is None else newest.received_at
    return Recovered(judging=judging, last_alive=last_alive, from_snapshot=start)


def parkings(entries: Mapping[int, QuarantineAdded]) -> dict[int, Parking]:
    """The decisions that quarantine entries of parked records tell of."""
    return {seq: Parking(entry.reason, entry.detail) for seq, entry in entries.items()}


def _is_stored(_outcome: object, _first: int, _last: int) -> None:
    """What is judged again on the way was stored when it was judged first."""


def _known_state(snapshots: SnapshotStore, at_most: int, lane: str, on_fault: Fault | None) -> Engine:
    """The engine of the newest snapshot that can be used, or one that knows nothing yet.

    Snapshots are an abbreviation: one that cannot be used is told and passed over, the journal says it all again.
    """
    while (snapshot := snapshots.newest(lane, at_most)) is not None:
        try:
            return Engine.restore(snapshot.state)
        except SnapshotUnreadable as error:
            if on_fault is not None:
                on_fault("snapshot", f"the one of seq {snapshot.seq} is passed over: {error}")
        at_most = snapshot.seq - 1
    return Engine(lane)
