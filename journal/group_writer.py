"""One thread that stores what many submit: group commit, the most urgent first.

While one group is being committed the next one gathers. Under load groups begin at a small distance, because a commit
costs as much as what is in it and its fsync holds up everybody else's on the same disk, the broker's above all. Who
comes after a pause waits for nothing, and neither does a command. A group is stored in at most two batches, because
readings have segments of their own: everything else first, then readings.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Condition, Event, Lock, Thread
from typing import Final, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from domain.readings import Readings
from domain.record import Record, Urgency
from journal.chain import SegmentKind
from journal.codec import UnstorableRecord, stored_form
from journal.ports import JournalUnavailable, Stored
from journal.tail import Tail

OnFault: TypeAlias = Callable[[Exception], None]
"""Told from the writer thread what could not be stored (`JournalUnavailable`) or answered (`CallbackFailed`). Must not
block."""

GROUP_RECORDS: Final = 512
"""Most records in a group: about 1.5 ms of work, so that a command never waits long behind readings."""

GROUP_BYTES: Final = 4 * 1024 * 1024
"""A group is closed once it holds this much."""

SPACING_SECONDS: Final = 0.005
"""From the beginning of one group to that of the next, where it is neither full nor holds a command. At 3,000 records a
second it spares a third of the writer's CPU; docs/performance.md has the figures."""


class CallbackFailed(VigilError):
    """A submitter's callback raised. Its record is stored, or refused, all the same."""


class Storage(Protocol):
    """What the writer thread stores with; called from that thread alone."""

    def store(self, kind: SegmentKind, parts: Sequence[bytes]) -> int:
        """Store encoded records durably, give them consecutive seqs and say the first.

        Raises:
            JournalUnavailable: nothing of it counts as stored.
        """

    def close(self) -> None:
        """Let go of everything. Called once, last."""


class _Submission(Struct, frozen=True, gc=False):
    stored: Stored
    kind: SegmentKind
    data: bytes
    record: Record


class _Refusal(Struct, frozen=True, gc=False):
    stored: Stored
    error: Exception


_Waiting: TypeAlias = _Submission | _Refusal


class GroupWriter:
    """The queues and the thread of a journal: its writing side (`journal.ports.JournalWriter`), and waiting for it."""

    def __init__(self, storage: Storage, tail: Tail, on_fault: OnFault | None = None) -> None:
        """Start the thread. `tail` learns of each batch before the callbacks do."""
        self._storage = storage
        self._tail = tail
        self._on_fault = on_fault
        self._queues: dict[Urgency, deque[_Waiting]] = {urgency: deque() for urgency in Urgency}
        self._in_hand: dict[Urgency, int] = dict.fromkeys(Urgency, 0)
        self._arrived = Condition(Lock())
        self._idle = False
        self._gathering = False
        self._next_at = 0.0
        self._closing = False
        self._abandoned = False
        self._trouble = ""
        self._refusals = (0, "")
        self._thread = Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        """Queue a record and return; after `close`, `stored` is refused at once, from this thread."""
        waiting: _Waiting
        try:
            data, readable = stored_form(record)
        except UnstorableRecord as error:
            waiting = _Refusal(stored, error)
        else:
            kind = SegmentKind.READINGS if isinstance(record.body, Readings) else SegmentKind.EVENTS
            waiting = _Submission(stored, kind, data, readable)
        with self._arrived:
            if not self._closing:
                self._queues[urgency].append(waiting)
                if self._idle or (self._gathering and not self._may_gather()):
                    self._arrived.notify()
                return
        stored(None, JournalUnavailable("the journal is closed: nothing is stored any more"))

    def append(self, record: Record, urgency: Urgency = Urgency.COMMAND, timeout: float = 10.0) -> int:
        """Store one record and wait for it. After a timeout it may still be stored later.

        Raises:
            JournalUnavailable: it was not stored, or not within `timeout` seconds.
            UnstorableRecord: it never can be.
        """
        receipt = _Receipt()
        self.submit(record, urgency, receipt)
        return receipt.wait(timeout)

    def waiting(self) -> Mapping[Urgency, int]:
        """How many submitted records of each urgency have no answer yet."""
        with self._arrived:
            return {urgency: len(queue) + self._in_hand[urgency] for urgency, queue in self._queues.items()}

    @property
    def trouble(self) -> str:
        """What the newest attempt to store failed with, empty where it did not."""
        return self._trouble

    @property
    def refusals(self) -> tuple[int, str]:
        """How many batches could not be stored so far, and what the newest of them failed with."""
        return self._refusals

    @property
    def last_seq(self) -> int:
        """The seq of the newest stored record, 0 in an empty journal."""
        return self._tail.last_seq

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until a record with seq greater than `after` is stored; False after `timeout` seconds without one."""
        return self._tail.wait(after, timeout)

    def close(self, timeout: float) -> bool:
        """Store what waits and end the thread; False where that took longer: then the rest is refused, not stored."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join(timeout)
        self._abandoned = True
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            self._settle(group)
        self._tail.close()
        self._storage.close()

    def _next_group(self) -> list[_Waiting] | None:
        """Take what waits, up to the bounds; None once the journal closes and nothing waits any more."""
        with self._arrived:
            self._in_hand = dict.fromkeys(Urgency, 0)
            while not any(self._queues.values()):
                if self._closing:
                    return None
                self._idle = True
                self._arrived.wait()
                self._idle = False
            self._gather()
            group: list[_Waiting] = []
            room = GROUP_BYTES
            for urgency, queue in self._queues.items():
                before = len(group)
                while queue and room > 0 and len(group) < GROUP_RECORDS:
                    waiting = queue.popleft()
                    group.append(waiting)
                    if isinstance(waiting, _Submission):
                        room -= len(waiting.data)
                self._in_hand[urgency] = len(group) - before
            return group

    def _gather(self) -> None:
        """Let more arrive until the next group may begin; the lock is held."""
        self._gathering = True
        while self._may_gather() and (left := self._next_at - time.monotonic()) > 0:
            self._arrived.wait(left)
        self._gathering = False
        self._next_at = time.monotonic() + SPACING_SECONDS

    def _may_gather(self) -> bool:
        """Tell whether what waits may wait a little longer; the lock is held."""
        waiting = sum(map(len, self._queues.values()))
        return not self._closing and not self._queues[Urgency.COMMAND] and waiting < GROUP_RECORDS

    def _settle(self, group: Sequence[_Waiting]) -> None:
        for waiting in group:
            if isinstance(waiting, _Refusal):
                self._answer(waiting.stored, None, waiting.error)
        for kind in SegmentKind:
            batch = [waiting for waiting in group if isinstance(waiting, _Submission) and waiting.kind is kind]
            if batch:
                self._store(kind, batch)

    def _store(self, kind: SegmentKind, batch: Sequence[_Submission]) -> None:
        if self._abandoned:
            self._refuse(batch, JournalUnavailable("the journal is closing: this was not stored in time"))
            return
        try:
            first = self._storage.store(kind, [submission.data for submission in batch])
        # supervision: on_fault and every submitter of the batch are told; the thread goes on
        except Exception as error:
            self._tail.forget()
            unavailable = error if isinstance(error, JournalUnavailable) else _unavailable(error)
            self._trouble = str(unavailable)
            self._refusals = (self._refusals[0] + 1, self._trouble)
            self._report(unavailable)
            self._refuse(batch, unavailable)
            return
        self._trouble = ""
        self._tail.publish(
            [msgspec.structs.replace(submission.record, seq=seq) for seq, submission in enumerate(batch, first)]
        )
        for seq, submission in enumerate(batch, first):
            self._answer(submission.stored, seq, None)

    def _refuse(self, batch: Sequence[_Submission], error: JournalUnavailable) -> None:
        for submission in batch:
            self._answer(submission.stored, None, error)

    def _answer(self, stored: Stored, seq: int | None, error: Exception | None) -> None:
        try:
            stored(seq, error)
        except Exception as fault:  # supervision: on_fault is told; the other submitters still get their answers
            what = f"of record {seq}" if seq is not None else "of a refused record"
            failed = CallbackFailed(f"the callback {what} raised {type(fault).__name__}: {fault}")
            failed.__cause__ = fault
            self._report(failed)

    def _report(self, error: Exception) -> None:
        if self._on_fault is None:
            return
        # supervision: nobody is left to be told of an error in the observer itself; the thread must outlive it.
        with suppress(Exception):
            self._on_fault(error)


class _Receipt:
    """A callback that can be waited for."""

    def __init__(self) -> None:
        self._answered = Event()
        self._seq: int | None = None
        self._error: Exception | None = None

    def __call__(self, seq: int | None, error: Exception | None) -> None:
        self._seq, self._error = seq, error
        self._answered.set()

    def wait(self, timeout: float) -> int:
        if not self._answered.wait(timeout):
            raise JournalUnavailable(f"no answer from the journal's writer within {timeout} s: its disk may be stuck")
        if self._seq is None:
            raise self._error or JournalUnavailable("not stored")
        return self._seq


def _unavailable(error: Exception) -> JournalUnavailable:
    unavailable = JournalUnavailable(f"the journal could not store: {error}")
    unavailable.__cause__ = error
    return unavailable
