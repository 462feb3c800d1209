"""What a history that was joined of journal and telemetry was made of, and what neither of the two had."""

from collections.abc import Sequence

from msgspec import Struct

from domain.instant import Instant
from domain.readings import Readings
from domain.record import Record
from runtime.stored_records import StoredRecord
from stores.ports import ReadingColumns


class HistoryGap(Struct, kw_only=True):
    """Reading records that neither journal nor telemetry has any more.

    They lie between the seqs `first` and `last` and the instants `start` and `end`, when something was received that is
    there; `records` counts them.
    """

    first: int
    last: int
    start: Instant
    end: Instant
    records: int


class HistoryTally:
    """Counts records as they pass, each once, though some may be read again.

    `stored` records were taken from telemetry, `guessed` of them without their envelopes. `left_nothing` are those that
    telemetry answers for without having a reading of them: messages that came again, or of another lane. `gaps` are in
    order.
    """

    def __init__(self) -> None:
        """Nothing has passed."""
        self.stored = 0
        self.guessed = 0
        self.left_nothing = 0
        self.gaps: list[HistoryGap] = []
        self._passed = 0
        self._passed_at: Instant = 0
        self._is_open = False
        self._answered: list[tuple[int, int]] = []
        self._answered_to = 0

    def answered(self, part: ReadingColumns) -> None:
        """Telemetry answers for a range of seqs. Where it has no reading there, nobody knows whether it had."""
        first = max(part.seq_first, self._answered_to + 1)  # it may be read again
        if len(part.seq) and first <= part.seq_last:
            self._answered.append((first, part.seq_last))
            self._answered_to = part.seq_last

    def take(self, stored: StoredRecord) -> None:
        """A record comes from telemetry."""
        if stored.seq > self._passed:
            self.stored += 1
            self.guessed += stored.record is None

    def pass_by(self, record: Record, after: int, retired: int) -> None:
        """A record passes, the next one after the seq `after`; readings up to `retired` are gone from the journal."""
        if record.seq <= self._passed:
            return
        if not self._passed:
            self._passed_at = record.received_at
        if after + 1 < record.seq:
            self._miss(after + 1, min(record.seq - 1, retired))
        if self._is_open:
            self.gaps[-1].end = record.received_at
            self._is_open = not isinstance(record.body, Readings)
        self._passed, self._passed_at = record.seq, record.received_at

    def end(self, after: int, retired: int) -> None:
        """Nothing comes after the seq `after`."""
        if after >= self._passed:
            self._miss(after + 1, retired)

    def _miss(self, first: int, last: int) -> None:
        """Nothing bears the seqs from `first` to `last`."""
        self._answered = [each for each in self._answered if each[1] >= first]
        for begin, end in _outside(first, last, self._answered):
            if not self._is_open:
                at = self._passed_at
                self.gaps.append(HistoryGap(first=begin, last=end, start=at, end=at, records=0))
                self._is_open = True
            gap = self.gaps[-1]
            gap.last = end
            gap.records += end - begin + 1
        self.left_nothing += sum(max(0, min(last, end) - max(first, begin) + 1) for begin, end in self._answered)


def _outside(first: int, last: int, answered: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of a range that no answered one (ascending and apart) covers."""
    left = []
    for begin, end in answered:
        if begin > last:
            break
        if first < begin:
            left.append((first, begin - 1))
        first = max(first, end + 1)
    if first <= last:
        left.append((first, last))
    return left
