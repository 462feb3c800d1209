"""A journal in memory, for notebooks and tests: the same promises but durability."""

from collections.abc import Sequence

from domain.record import Record
from journal.chain import SegmentKind
from journal.group_writer import GroupWriter, OnFault
from journal.ports import Retired
from journal.tail import Tail


class MemoryJournal(GroupWriter):
    """Implements `journal.ports.Journal`. What goes in passes the codec, so it is what a stored journal would give."""

    def __init__(self, *, on_fault: OnFault | None = None) -> None:
        """Begin empty."""
        self._tail = Tail(0, keep=None)
        super().__init__(_Counter(), self._tail, on_fault)

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """Give up to `limit` records with seq greater than `after`, in order of seq."""
        return self._tail.read(after, limit) or []

    def record(self, seq: int) -> Record | None:
        """Give one record, or None where it never was."""
        found = self.read(seq - 1, 1)
        return found[0] if found and found[0].seq == seq else None

    def kept_after(self, seq: int) -> bool:  # noqa: ARG002 - nothing is ever retired
        """Everything is kept."""
        return True

    def retired(self) -> Retired:
        """Nothing was taken."""
        return Retired()

    def close(self, timeout: float = 10.0) -> bool:
        """Take what waits, then end the writer thread. What is there can still be read."""
        return super().close(timeout)


class _Counter:
    """Gives seqs; the records themselves are in the tail, which keeps all."""

    def __init__(self) -> None:
        self._last = 0

    def store(self, kind: SegmentKind, parts: Sequence[bytes]) -> int:  # noqa: ARG002 - kinds differ in retention only
        first = self._last + 1
        self._last += len(parts)
        return first

    def close(self) -> None:
        """Nothing to let go of."""
