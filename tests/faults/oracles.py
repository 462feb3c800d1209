"""What Vigil has in the end, held by event id against what the devices know and against the judge."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from domain.effects import AlarmChange, AlarmChanged, Effect, WorkOrderChange, WorkOrderChanged
from domain.identity import MessageIdentity
from domain.record import Record
from journal.chain import load_or_create_key
from journal.sqlite_archive import SqliteArchive
from runtime.replay import compare
from stores.state.opening import open_state_store
from tests.faults.judge import Expected, expected_of
from tests.faults.ledger import Ledger
from vigil.data_folder import DataFolder

PAGE: Final = 2000


class Evidence(Struct):
    """Everything a stopped Vigil has in its data folder, and what it said on its console."""

    records: dict[int, Record]
    effects: list[Effect]
    told: Counter[str]
    console: str
    replay_differences: int

    @property
    def identities(self) -> set[MessageIdentity]:
        return {record.identity for record in self.records.values() if record.identity is not None}

    def bodies(self, kind: type) -> list[object]:
        return [record.body for record in self.records.values() if isinstance(record.body, kind)]


def read_evidence(data: Path, console: str, *, replay: bool = True) -> Evidence:
    """Read what a stopped Vigil has stored."""
    folder = DataFolder(data)
    archive = SqliteArchive(folder.journal, load_or_create_key(folder.journal_key))
    with closing(archive), open_state_store(folder.state) as state:
        records = {record.seq: record for record in _records(archive)}
        effects: list[Effect] = []
        position = 0
        while batch := state.reader.effects_after(position, PAGE):
            effects += [stored.effect for stored in batch]
            position = batch[-1].position
        differences = compare(archive, state.reader, state.writer.last_seq()).differences if replay else ()
    return Evidence(
        records=records, effects=effects, told=_told(folder.state), console=console, replay_differences=len(differences)
    )


def complaints(ledger: Ledger, evidence: Evidence, *, effects: bool = True) -> list[str]:
    """Everything that is not as it must be, as sentences; an empty list is what a fault test wants."""
    found = list(_losses(ledger, evidence))
    if effects:
        expected = expected_of(ledger.messages())
        found += _of_doors(expected, evidence)
        found += _of_points(expected, evidence)
        found += _of_orders(expected, evidence)
        found += _of_notifications(evidence)
    if evidence.replay_differences:
        found.append(f"a replay differs from what was said in {evidence.replay_differences} effects")
    return found


def _losses(ledger: Ledger, evidence: Evidence) -> Iterable[str]:
    lost = set(ledger.acked) - evidence.identities
    if lost:
        some = ", ".join(f"{each.device}/{each.boot}/{each.seq}" for each in sorted(lost, key=str)[:5])
        yield f"{len(lost)} of {len(ledger.acked)} acknowledged messages are not stored: {some}"


def _of_doors(expected: Expected, evidence: Evidence) -> Iterable[str]:
    """Each forced opening has one occurrence, and no other opening has one that was not corrected."""
    corrected = _corrected(evidence)
    causes: Counter[MessageIdentity | None] = Counter()
    for effect, change in _changes(evidence):
        if change.change is AlarmChange.RAISED and change.alarm.rule == "forced":
            identity = evidence.records[effect.cause].identity
            causes[identity] += change.occurrence.id not in corrected
    wanted: Counter[MessageIdentity | None] = Counter(
        identity for openings in expected.forced.values() for identity in openings
    )
    if missing := wanted - causes:
        yield f"{missing.total()} of {wanted.total()} forced openings have no alarm: {_some(missing)}"
    if surplus := causes - wanted:
        yield f"{surplus.total()} alarms of doors too many: {_some(surplus)}"


def _of_points(expected: Expected, evidence: Evidence) -> Iterable[str]:
    raised = Counter(
        change.alarm.subject.id
        for _, change in _changes(evidence)
        if change.change is AlarmChange.RAISED and change.alarm.rule == "low"
    )
    for point in sorted({*raised, *expected.fallen}):
        if raised[point] != expected.fallen.get(point, 0):
            yield f"point {point} fell {expected.fallen.get(point, 0)} times and has {raised[point]} alarms"


def _of_orders(expected: Expected, evidence: Evidence) -> Iterable[str]:
    """Each asset that needs it has one order; one made for an alarm that was corrected later does not count."""
    corrected = _corrected(evidence)
    orders = {
        effect.body.order.id: effect.body.order
        for effect in evidence.effects
        if isinstance(effect.body, WorkOrderChanged)
    }
    standing = Counter(
        (order.asset, order.fault) for order in orders.values() if not corrected.issuperset(order.occurrences)
    )
    for asset, fault in sorted({*expected.orders, *standing}):
        if standing[asset, fault] != ((asset, fault) in expected.orders):
            yield f"asset {asset} has {standing[asset, fault]} orders for {fault}"
    created = Counter(
        effect.body.order.id
        for effect in evidence.effects
        if isinstance(effect.body, WorkOrderChanged) and effect.body.change is WorkOrderChange.CREATED
    )
    for order in orders.values():
        if created[order.id] != 1 or len(set(order.occurrences)) != len(order.occurrences):
            yield f"order {order.id} was made {created[order.id]} times and answers {order.occurrences}"


def _corrected(evidence: Evidence) -> set[str]:
    return {change.occurrence.id for _, change in _changes(evidence) if change.change is AlarmChange.CORRECTED}


def _of_notifications(evidence: Evidence) -> Iterable[str]:
    """Each raised alarm was put into the outbox once, and said at least once."""
    raised = [change for _, change in _changes(evidence) if change.change is AlarmChange.RAISED]
    wanted = Counter(change.alarm.id for change in raised)
    if evidence.told != wanted:
        yield f"{wanted.total()} alarms were raised and {evidence.told.total()} notifications made"
    said = evidence.console.count("alarm raised:")
    if said < len(raised):
        yield f"{len(raised)} alarms were raised and {said} said on the console"


def _changes(evidence: Evidence) -> Iterator[tuple[Effect, AlarmChanged]]:
    for effect in evidence.effects:
        if isinstance(effect.body, AlarmChanged):
            yield effect, effect.body


def _told(state: Path) -> Counter[str]:
    """How often the outbox says of each alarm that it was raised."""
    with closing(sqlite3.connect(state)) as connection:
        rows = connection.execute("SELECT payload FROM outbox WHERE channel = 'console'").fetchall()
    payloads = [msgspec.json.decode(payload) for (payload,) in rows]
    return Counter(said["alarm"] for said in payloads if said["what"] == "alarm" and said["change"] == "raised")


def _records(archive: SqliteArchive) -> Iterator[Record]:
    seq = 0
    while batch := archive.read(seq, PAGE):
        yield from batch
        seq = batch[-1].seq


def _some(identities: Counter[MessageIdentity | None]) -> str:
    return ", ".join("no message" if each is None else f"{each.device}/{each.seq}" for each in list(identities)[:5])
