"""Judges a journal again from its beginning and compares with what was said then (identity law)."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from domain.effects import STORE_FAULT, Effect, QuarantineAdded
from domain.identity import REAL_LANE
from domain.record import EngineStarted
from journal.ports import JournalReader
from rules.engine import Engine, Outcome
from runtime.judging import SLICE, Judging, Parking
from stores.ports import EffectLog


class Difference(Struct, frozen=True, kw_only=True):
    """One place where the replay and the stored effects are not the same; None where one side has nothing."""

    cause: int
    n: int
    stored: Effect | None
    replayed: Effect | None


class ReplayReport(Struct, frozen=True, kw_only=True):
    """What a replay found. `identities` are the engines that judged the journal, in order of appearance."""

    records: int
    effects: int
    stored_effects: int
    differences: Sequence[Difference]
    identities: Sequence[dict[str, str]]


def replay(
    journal: JournalReader,
    until: int,
    see: Callable[[Sequence[Effect]], None],
    lane: str = REAL_LANE,
    *,
    parked: Mapping[int, Parking] | None = None,
) -> tuple[int, list[dict[str, str]]]:
    """Judge all records up to `until` with a new engine, handing each slice's effects to `see`.

    Records that the engine fails on are passed over as they were live; `parked` are those that the store refused, which
    nobody could know from the journal. Gives the number of records and the engine identities met.
    """
    judging = Judging(journal, Engine(lane), lambda _: Engine(lane), parked=parked)
    count = 0
    identities: list[dict[str, str]] = []
    while judging.seq < until:
        records = [record for record in journal.read(judging.seq, SLICE) if record.seq <= until]
        if not records:
            break
        for record in records:
            if isinstance(record.body, EngineStarted) and record.body.identity not in identities:
                identities.append(record.body.identity)
        judging.judge(records, kept_nowhere, lambda outcome, _first, _last: see(outcome.effects))
        count += len(records)
    return count, identities


def compare(journal: JournalReader, log: EffectLog, until: int, most: int = 100, lane: str = REAL_LANE) -> ReplayReport:
    """Replay up to `until` and hold each effect against the stored one, byte for byte; keeps `most` differences."""
    encode = msgspec.msgpack.Encoder(order="deterministic").encode
    stored = stored_effects(log, until)
    differences: list[Difference] = []
    counts = {"replayed": 0, "stored": 0}

    def see(effects: Sequence[Effect]) -> None:
        for effect in effects:
            counts["replayed"] += 1
            kept = next(stored, None)
            counts["stored"] += kept is not None
            if (kept is None or encode(kept) != encode(effect)) and len(differences) < most:
                differences.append(Difference(cause=effect.cause, n=effect.n, stored=kept, replayed=effect))

    records, identities = replay(journal, until, see, lane, parked=refused_by_the_store(log, until))
    for left in stored:
        counts["stored"] += 1
        if len(differences) < most:
            differences.append(Difference(cause=left.cause, n=left.n, stored=left, replayed=None))
    return ReplayReport(
        records=records,
        effects=counts["replayed"],
        stored_effects=counts["stored"],
        differences=tuple(differences),
        identities=tuple(identities),
    )


def kept_nowhere(_outcome: Outcome, _first: int, _last: int) -> None:
    """Stand in for a store: a replay changes nothing."""


def refused_by_the_store(log: EffectLog, until: int) -> dict[int, Parking]:
    """Records up to `until` that were passed over because the store did not take what followed from them."""
    found: dict[int, Parking] = {}
    for effect in stored_effects(log, until):
        body = effect.body
        if isinstance(body, QuarantineAdded) and body.reason == STORE_FAULT:
            found[effect.cause] = Parking(body.reason, body.detail)
    return found


def stored_effects(log: EffectLog, until: int) -> Iterator[Effect]:
    """What was said, in order, of the records up to `until`."""
    position = 0
    while batch := log.effects_after(position, SLICE):
        for entry in batch:
            if entry.effect.cause <= until:
                yield entry.effect
        position = batch[-1].position
