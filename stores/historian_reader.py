"""Reading a historian's folder while another process writes it. Nothing is locked and nothing is changed there.

What the writer still has in memory is not seen: at most the newest segment's span. The writer may merge or retire files
between our look at the folder and the query; then the query is made again with a new look.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

from domain.instant import Instant
from stores.historian_coverage import stored_until
from stores.historian_duckdb import SegmentDatabase
from stores.historian_queries import SegmentReader
from stores.historian_recent import without_rows
from stores.historian_segments import Segment, SegmentDamaged, SegmentFolder
from stores.historian_series import NO_ROWS, require_window
from stores.historian_store import ReportFault
from stores.ports import LatestReading, ReadingColumns, Series, StoreUnavailable

_LOOKS: Final = 5
"""The writer changes the folder about once an hour; meeting it five times in a row is a fault of another kind."""

_Answer = TypeVar("_Answer")


class ParquetHistoryReader:
    """The reading half of `stores.ports.Historian`, and `ReadingHistory`, for another process than the writer's."""

    def __init__(self, folder: Path, *, on_fault: ReportFault) -> None:
        """Read `folder`, which need not exist yet."""
        self._folder = SegmentFolder(folder)
        # Beside other temporary files, not in the folder: a reader may have no right to write there.
        self._database = SegmentDatabase(Path(tempfile.gettempdir()) / f"vigil-historian-{uuid4().hex}")
        self._reader = SegmentReader(self._folder, self._database)
        self._on_fault = on_fault
        self._checked: dict[Segment, bool] = {}

    def stored_seq(self) -> int:
        """Everything up to this seq is in segments."""
        holding, _ = self._folder.found()
        return stored_until(segment.seqs for segment in holding)

    def series(self, point: str, start: Instant, end: Instant, max_points: int) -> Series:
        """Readings with start <= at < end; where more than `max_points`, reduced to min/mean/max per bucket.

        Raises:
            StoreUnavailable: a segment could not be read.
        """
        require_window(max_points)

        def answer(segments: Sequence[Segment]) -> Series:
            within = self._intact([segment for segment in segments if segment.overlaps(start, end)])
            return self._reader.series(within, NO_ROWS, point, start, end, max_points)

        return self._look(answer)

    def latest(self, points: Sequence[str]) -> Mapping[str, LatestReading]:
        """The newest stored value of each point that has one.

        Raises:
            StoreUnavailable: a segment could not be read.
        """
        found = self._look(lambda segments: self._reader.newest(self._intact(segments), points))
        return {
            point: LatestReading(point=point, at=reading.at, value=reading.value, quality=reading.quality)
            for point, reading in found.items()
        }

    def readings(self, after: int, until: int) -> Iterator[ReadingColumns]:
        """Give the readings of all records with after < seq <= until, in judging order, in parts of bounded size.

        A damaged segment is reported and held no more.

        Raises:
            StoreUnavailable: a segment could not be read.
        """
        while after < until:
            segments, _replaced = self._folder.found()
            try:
                for segment in segments:
                    if segment.seq_last > after and segment.seq_first <= until:
                        for part in self._parts(segment, max(after, segment.seq_first - 1), until):
                            yield part
                            after = part.seq_last
            except (FileNotFoundError, StoreUnavailable):
                if self._folder.found()[0] == segments:
                    raise  # as in `_look`
            else:
                return

    def close(self) -> None:
        """Let go of memory and threads."""
        self._database.close()

    def _look(self, answer: Callable[[Sequence[Segment]], _Answer]) -> _Answer:
        for _ in range(_LOOKS - 1):
            segments, _replaced = self._folder.found()
            try:
                return answer(segments)
            except (FileNotFoundError, StoreUnavailable):
                if self._folder.found()[0] == segments:
                    raise  # the folder is as it was, so looking again would not help
        return answer(self._folder.found()[0])

    def _parts(self, segment: Segment, after: int, until: int) -> Iterator[ReadingColumns]:
        last = min(until, segment.seq_last)
        if segment.newest is None:
            yield without_rows(after + 1, last)
        elif self._intact([segment]):
            yield from self._database.parts(self._folder.file(segment), after, last)

    def _intact(self, segments: Sequence[Segment]) -> list[Segment]:
        for segment in segments:
            if segment not in self._checked:
                self._checked[segment] = self._folder.intact(segment)
                if not self._checked[segment]:
                    self._on_fault(SegmentDamaged(segment, "left out; the writing process sets it aside"))
        return [segment for segment in segments if self._checked[segment]]
