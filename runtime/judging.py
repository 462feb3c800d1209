"""Judges slices of records and stores what follows, so that no single record can stop the engine for ever.

While nothing goes wrong this costs nothing. An error that no rule's supervision has caught may leave the engine half
way through a record. Then it is thrown away and rebuilt from the newest state that is known, and the slice is taken
record by record; whatever fails once more alone is passed over (`rules.engine.Engine.park`) from the state before it.
The same journal therefore gives the same effects however it was cut into slices, and a replay passes over the same
records.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from domain.effects import ENGINE_FAULT, STORE_FAULT
from domain.errors import VigilError
from domain.record import Record
from journal.ports import JournalReader, JournalUnavailable
from rules.engine import Engine, Outcome
from rules.supervision import described
from runtime.deliver import Fault
from stores.ports import PartitionLost, StoreUnavailable

SLICE: Final = 1024

Step = Callable[[Outcome, int, int], None]
"""What is done with an outcome; the records it came from reach from a first seq to a last."""

_NO_RECORDS_FAULT: Final = (StoreUnavailable, PartitionLost, JournalUnavailable, MemoryError)
"""These say nothing about a record: the next one would meet them too, or the same one not again."""


class Parking(Struct, frozen=True):
    """Why a record is passed over: one of `domain.effects.PARKED_REASONS`, and the error, the same in every run."""

    reason: str
    error: str


class Judging:
    """An engine, and how to get it back when a record breaks it. Belongs to one thread.

    `engine` stands after the records up to `seq`, all of which are stored.
    """

    def __init__(
        self,
        journal: JournalReader,
        engine: Engine,
        known_state: Callable[[int], Engine],
        *,
        parked: Mapping[int, Parking] | None = None,
        on_fault: Fault | None = None,
    ) -> None:
        """Go on from where `engine` stands; `known_state` makes an engine of the newest known state not beyond a seq.

        `parked` are decisions of an earlier run, by seq: they hold, whatever the engine would do today.
        """
        self._journal = journal
        self._known_state = known_state
        self._parked = dict(parked or {})
        self._on_fault = on_fault
        self._checkpoint: bytes | None = None
        self.engine = engine
        self.seq = engine.last_seq

    def judge(self, records: Sequence[Record], store: Step, then: Step) -> None:
        """Judge records that follow upon `seq`, `store` what follows from them, and hand it on to `then`.

        Where an error shows up, both are called for each record alone. An error of `store` that is none of the record's
        own (the disk refuses, another owner) and any of `then` pass through.
        """
        for run in self._runs(records):
            if self._attempt(run, store, then) is None:
                continue
            self._restore()
            for record in run:
                self._judge_alone(record, store, then)

    def forget(self, seq: int) -> None:
        """A state as of `seq` is known from now on: what was kept in order to get there can go."""
        self._checkpoint = None
        self._parked = {parked: why for parked, why in self._parked.items() if parked > seq}

    def _runs(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Records without those decided before, which stand alone."""
        if not self._parked or not any(record.seq in self._parked for record in records):
            yield records
            return
        start = 0
        for place, record in enumerate(records):
            if record.seq in self._parked:
                yield from filter(None, (records[start:place], records[place : place + 1]))
                start = place + 1
        yield from filter(None, (records[start:],))

    def _attempt(self, records: Sequence[Record], store: Step, then: Step) -> Parking | None:
        """Judge and store, giving what went wrong as a value."""
        try:
            outcome = self._outcome(records)
        except _NO_RECORDS_FAULT:
            raise
        except Exception as error:  # supervision: on_fault, the read models and an alarm tell the record that is parked
            return Parking(ENGINE_FAULT, described(error))
        first = self.seq + 1
        try:
            store(outcome, first, records[-1].seq)
        except _NO_RECORDS_FAULT:
            raise
        except Exception as error:  # supervision: as above
            return Parking(STORE_FAULT, described(error).splitlines()[0])
        self.seq = records[-1].seq
        then(outcome, first, self.seq)
        return None

    def _judge_alone(self, record: Record, store: Step, then: Step) -> None:
        fault = self._attempt((record,), store, then)
        if fault is None:
            return
        self._restore()
        if record.seq in self._parked:
            raise NotEvenParked(record, fault)
        self._parked[record.seq] = fault
        if self._on_fault is not None:
            told = f"record {record.seq} ({record.type} from {record.source}) is passed over: {fault.error}"
            self._on_fault("engine", told)
        fault = self._attempt((record,), store, then)
        if fault is not None:
            raise NotEvenParked(record, fault)
        self._checkpoint = self.engine.snapshot()

    def _outcome(self, records: Sequence[Record]) -> Outcome:
        decided = self._parked.get(records[0].seq)
        if decided is None:
            return self.engine.handle(records)
        return self.engine.park(records[0], decided.reason, decided.error)

    def _restore(self) -> None:
        """Rebuild the engine as it was after `seq`; what it says on the way has been stored."""
        engine = self._known_state(self.seq) if self._checkpoint is None else Engine.restore(self._checkpoint)
        self.engine = engine
        while engine.last_seq < self.seq:
            records = [record for record in self._journal.read(engine.last_seq, SLICE) if record.seq <= self.seq]
            if not records:
                break
            for run in self._runs(records):
                self._outcome(run)
        self._checkpoint = engine.snapshot()


class NotEvenParked(VigilError):
    """A record can neither be judged nor passed over: a defect of Vigil, at which the engine stops."""

    def __init__(self, record: Record, fault: Parking) -> None:
        """Name the record and what went wrong last."""
        super().__init__(f"record {record.seq} ({record.type}) can neither be judged nor passed over: {fault.error}")
