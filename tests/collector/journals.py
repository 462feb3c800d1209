"""A journal for tests of acknowledgement: it commits only when told to, or fails as told."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from domain.identity import MessageIdentity
from domain.observations import Quarantined
from domain.record import Record, Urgency
from journal.ports import JournalUnavailable, Stored
from tests.brokers import PATIENCE_SECONDS


class SteeredJournal:
    """Implements `journal.ports.JournalWriter`. Answers from a thread of its own, as a real one does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[tuple[Record, Stored]] = []
        self._held = False
        self._error: Exception | None = None
        self._refused_types: tuple[type, ...] = ()
        self._closed = False
        self.stored: list[Record] = []
        self.submitted = 0
        self._thread = threading.Thread(target=self._run, name="steered-journal", daemon=True)
        self._thread.start()

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        with self._changed:
            self.submitted += 1
            self._queue.append((record, stored))
            self._changed.notify_all()

    def append(self, record: Record, urgency: Urgency = Urgency.COMMAND, timeout: float = 10.0) -> int:
        raise NotImplementedError

    def waiting(self) -> Mapping[Urgency, int]:
        with self._changed:
            return dict.fromkeys(Urgency, len(self._queue))

    def hold(self) -> None:
        """Take records, commit none."""
        with self._changed:
            self._held = True

    def fail(self, error: Exception | None = None) -> None:
        """Refuse every record from now on, those that are held included."""
        self.go_on(error or JournalUnavailable("disk full"))

    def refuse_for_good(self, *types: type) -> None:
        """Be unable to hold bodies of these types."""
        with self._changed:
            self._refused_types = types

    def go_on(self, error: Exception | None = None) -> None:
        """Commit again what waits and what comes."""
        with self._changed:
            self._held, self._error = False, error
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(PATIENCE_SECONDS)

    def identities(self) -> Counter[MessageIdentity]:
        with self._changed:
            return Counter(record.identity for record in self.stored if record.identity is not None)

    def seqs(self) -> set[int]:
        return {identity.seq for identity in self.identities()}

    def reasons(self) -> list[str]:
        with self._changed:
            return [record.body.reason for record in self.stored if isinstance(record.body, Quarantined)]

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or (self._queue and not self._held))
                if self._closed:
                    return
                batch, self._queue = self._queue, []
                error = self._error
            self._answer(batch, error)

    def _answer(self, batch: Sequence[tuple[Record, Stored]], error: Exception | None) -> None:
        for record, stored in batch:
            refused = error or self._refusal(record)
            if refused is not None:
                stored(None, refused)
                continue
            with self._changed:
                self.stored.append(record)
                seq = len(self.stored)
            stored(seq, None)

    def _refusal(self, record: Record) -> Exception | None:
        if isinstance(record.body, self._refused_types):
            return ValueError(f"{type(record.body).__name__} has no encoding")
        return None
