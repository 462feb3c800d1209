"""Segment files: their names, which are the catalogue, and how they come, go and are found damaged.

    0000000000000001-0000000000345592.1762588800000000~1762675140000000.2236167-9f3a11c0.parquet
    first seq        last seq         oldest           newest reading   bytes   CRC-32

A segment holds every reading of the records first to last, in judging order. Instead of two times `none` says that
there was none: the range is accounted for (retention leaves such segments). A file gets this name only when it is
whole and on disk; until then it ends in `.partial`. Where one segment's range lies inside another's, the larger one
replaced it and the smaller one is left over; of equal ranges the one without readings holds: retention wrote it.
"""

import os
import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from domain.errors import VigilError
from domain.instant import Instant
from stores.historian_coverage import SeqRange

PARTIAL: Final = ".partial"
DAMAGED: Final = ".damaged"

_NAME: Final = re.compile(
    r"(?P<first>\d{16})-(?P<last>\d{16})\.(?:(?P<oldest>-?\d+)~(?P<newest>-?\d+)|none)"
    r"\.(?P<size>\d+)-(?P<crc>[0-9a-f]{8})\.parquet"
)
_READ_BYTES: Final = 1 << 20


class SegmentDamaged(VigilError):
    """A segment is not as it was written; it was set aside and the readings of its records `seqs` are not served."""

    def __init__(self, segment: "Segment", fate: str) -> None:
        """Name the file, what became of it, and how its readings come back."""
        self.seqs = segment.seqs
        super().__init__(
            f"segment {segment.name} was damaged and is {fate}: the readings of records {segment.seq_first} to "
            f"{segment.seq_last} are read again from the journal at the next start, where it still has them"
        )


class Segment(Struct, frozen=True, kw_only=True):
    """What a segment's name says. `oldest` and `newest` are None in a segment without readings."""

    seq_first: int
    seq_last: int
    oldest: Instant | None
    newest: Instant | None
    size: int
    crc: int

    @property
    def name(self) -> str:
        """The file's name."""
        times = "none" if self.newest is None else f"{self.oldest}~{self.newest}"
        return f"{self.seq_first:016d}-{self.seq_last:016d}.{times}.{self.size}-{self.crc:08x}.parquet"

    @property
    def seqs(self) -> SeqRange:
        """The range of records it answers for."""
        return (self.seq_first, self.seq_last)

    def overlaps(self, start: Instant, end: Instant) -> bool:
        """Whether it may hold readings with start <= at < end."""
        return self.oldest is not None and self.newest is not None and self.oldest < end and self.newest >= start


def parse_segment(name: str) -> Segment | None:
    """Read a file name; None where it is not a segment's."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    oldest, newest = match["oldest"], match["newest"]
    return Segment(
        seq_first=int(match["first"]),
        seq_last=int(match["last"]),
        oldest=None if oldest is None else int(oldest),
        newest=None if newest is None else int(newest),
        size=int(match["size"]),
        crc=int(match["crc"], 16),
    )


def hold_apart(found: Iterable[Segment]) -> tuple[list[Segment], list[Segment]]:
    """Sort segments into those that hold, by seq, and those that a larger one replaced."""
    holding: list[Segment] = []
    replaced: list[Segment] = []
    for segment in sorted(found, key=lambda s: (s.seq_first, -s.seq_last, s.newest is not None, s.name)):
        inside = holding and segment.seq_last <= holding[-1].seq_last
        (replaced if inside else holding).append(segment)
    return holding, replaced


class SegmentFolder:
    """The folder's files. Every change survives a power cut: file first, then name, then the folder's own entry."""

    def __init__(self, path: Path) -> None:
        """Look at `path`; it need not exist for `found` to say that there is nothing."""
        self.path = path

    def found(self) -> tuple[list[Segment], list[Segment]]:
        """List the segments that hold and those that were replaced."""
        return hold_apart(segment for name in self._names() if (segment := parse_segment(name)) is not None)

    def file(self, segment: Segment) -> Path:
        """Where the segment is."""
        return self.path / segment.name

    def partial(self, seqs: SeqRange) -> Path:
        """Where a segment is written before it gets its name."""
        return self.path / f"{seqs[0]:016d}-{seqs[1]:016d}{PARTIAL}"

    def clear_partial(self) -> None:
        """Remove what a killed process left half written."""
        for name in self._names():
            if name.endswith(PARTIAL):
                (self.path / name).unlink(missing_ok=True)

    def publish(self, partial: Path, seqs: SeqRange, times: tuple[Instant, Instant] | None) -> Segment:
        """Bring a written file to disk and give it its name."""
        segment = Segment(
            seq_first=seqs[0],
            seq_last=seqs[1],
            oldest=times[0] if times else None,
            newest=times[1] if times else None,
            size=partial.stat().st_size,
            crc=_checksum(partial),
        )
        _sync(partial)
        partial.rename(self.file(segment))
        _sync(self.path)
        return segment

    def intact(self, segment: Segment) -> bool:
        """Whether the file is, byte for byte, what was written.

        Raises:
            FileNotFoundError: it is not there any more.
        """
        path = self.file(segment)
        return path.stat().st_size == segment.size and _checksum(path) == segment.crc

    def same_size(self, segment: Segment) -> bool:
        """Whether the file has the size it was written with: a quick look for truncation."""
        return self.file(segment).stat().st_size == segment.size

    def set_aside(self, segment: Segment) -> Path:
        """Rename a damaged file, so that it is kept for people and never read again."""
        aside = self.path / f"{segment.name}{DAMAGED}"
        self.file(segment).rename(aside)
        _sync(self.path)
        return aside

    def remove(self, segments: Sequence[Segment]) -> None:
        """Delete segments."""
        for segment in segments:
            self.file(segment).unlink(missing_ok=True)
        if segments:
            _sync(self.path)

    def remove_damaged(self, before: Instant) -> None:
        """Delete set-aside files whose newest reading is older than `before`."""
        for name in self._names():
            segment = parse_segment(name.removesuffix(DAMAGED)) if name.endswith(DAMAGED) else None
            if segment is not None and (segment.newest is None or segment.newest < before):
                (self.path / name).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        try:
            return sorted(entry.name for entry in self.path.iterdir())
        except FileNotFoundError:
            return []


def _checksum(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            crc = zlib.crc32(block, crc)
    return crc


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
