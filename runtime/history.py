"""The journal together with telemetry: one history, in which readings that the journal has let go are there again.

Readings leave the journal long before everything else; telemetry keeps them, each record under its seq. Both are merged
by seq, as a stream, so that an engine reads what it read then, in the same order. What the journal has, it says itself.
What neither has is counted, and told where it was.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from domain.configuration import Configuration
from domain.identity import REAL_LANE
from domain.record import Believed, ConfigurationChanged, Record
from journal.ports import JournalReader, Retired
from runtime.history_tally import HistoryTally
from runtime.judging import SLICE
from runtime.stored_records import StoredRecord, stored_records
from stores.ports import ReadingHistory

UNKNOWN_SOURCE: Final = "unknown"
"""Who sent readings of points that no device is configured to report."""


class JoinedHistory:
    """Implements `journal.ports.JournalReader`. Belongs to one thread, and is read on from where it was read last."""

    def __init__(self, journal: JournalReader, telemetry: ReadingHistory, lane: str = REAL_LANE) -> None:
        """Put `telemetry`, which is of `lane`, where the journal's readings are gone. `tally` says what was found."""
        self._journal = journal
        self._telemetry = telemetry
        self._lane = lane
        self._stream: Iterator[Record] = iter(())
        self._read_to = -1
        self._heard: Record | None = None
        self._senders: dict[str, tuple[str, str | None]] = {}
        self.tally = HistoryTally()

    @property
    def last_seq(self) -> int:
        """The seq of the journal's newest record."""
        return self._journal.last_seq

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """Give up to `limit` records with seq greater than `after`, in order of seq.

        Raises:
            JournalUnavailable: the journal cannot be read.
            StoreUnavailable: telemetry cannot be read.
        """
        if after != self._read_to:
            self._stream, self._heard = self._records(after), None
        found = list(islice(self._stream, limit))
        self._read_to = found[-1].seq if found else after
        return found

    def record(self, seq: int) -> Record | None:
        """Give one record of the journal, or None where it never was or its retention is over."""
        return self._journal.record(seq)

    def kept_after(self, seq: int) -> bool:
        """Tell whether the journal still keeps every record after a seq."""
        return self._journal.kept_after(seq)

    def retired(self) -> Retired:
        """Tell what retention has taken from the journal."""
        return self._journal.retired()

    def wait(self, after: int, timeout: float) -> bool:
        """Wait as the journal does."""
        return self._journal.wait(after, timeout)

    def _records(self, after: int) -> Iterator[Record]:
        """All records after a seq; begun anew where retention takes more of the journal meanwhile."""
        while True:
            retired = self._journal.retired()
            after = max(after, retired.others)  # before that there is no configuration that readings were judged by
            try:
                for record in self._joined(after, retired):
                    self.tally.pass_by(record, after, retired.readings)
                    after = record.seq
                    yield record
            except _RetiredMeanwhile:
                continue
            self.tally.end(after, retired.readings)
            return

    def _joined(self, after: int, retired: Retired) -> Iterator[Record]:
        kept = self._kept(after, retired)
        head = next(kept, None)
        for stored in self._stored(after, retired.readings):
            while head is not None and head.seq < stored.seq:
                yield self._noted(head)
                head = next(kept, None)
            if head is None or head.seq != stored.seq:
                self.tally.take(stored)
                yield self._made(stored, head)
        while head is not None:
            yield self._noted(head)
            head = next(kept, None)

    def _kept(self, after: int, retired: Retired) -> Iterator[Record]:
        """The journal's own records."""
        while True:
            records = self._journal.read(after, SLICE)
            if self._journal.retired() != retired:
                raise _RetiredMeanwhile
            if not records:
                return
            yield from records
            after = records[-1].seq

    def _stored(self, after: int, until: int) -> Iterator[StoredRecord]:
        """What telemetry has of the records whose readings the journal has let go."""
        if after < until:
            for part in self._telemetry.readings(after, until):
                self.tally.answered(part)
                yield from stored_records(part, self._lane)

    def _noted(self, record: Record) -> Record:
        self._heard = record
        if isinstance(record.body, ConfigurationChanged):
            self._senders = _senders(record.body.configuration)
        return record

    def _made(self, stored: StoredRecord, following: Record | None) -> Record:
        """The record as it was; where nobody kept its envelope, as it most likely was.

        It came from the device that is configured for its points, when its newest reading was taken, but not before
        what the journal heard last nor after what it heard next.
        """
        if stored.record is not None:
            return stored.record
        taken = received = int(stored.body.times().max())
        if self._heard is not None:
            received = max(received, self._heard.received_at)
        if following is not None:
            received = min(received, following.received_at)
        points = (self._senders.get(point) for point in stored.body.point_ids())
        site, device = next((sender for sender in points if sender is not None), (None, None))
        return Record(
            seq=stored.seq,
            body=stored.body,
            event_time=taken,
            received_at=received,
            source=device or UNKNOWN_SOURCE,
            site=site,
            lane=self._lane,
            believed=Believed.RECEIVED,
        )


class _RetiredMeanwhile(Exception):
    """Retention has taken more of the journal since the stream began."""


def _senders(configuration: Configuration) -> dict[str, tuple[str, str | None]]:
    """The site and the device that report each point."""
    senders: dict[str, tuple[str, str | None]] = {}
    for site in configuration.sites:
        senders |= {point.id: (site.id, None) for point in site.points}
        senders |= {point: (site.id, device.id) for device in site.devices for point in device.points}
    return senders
