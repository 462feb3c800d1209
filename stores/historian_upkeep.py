"""Which segments to merge and which to retire: decided from their names alone."""

from collections.abc import Iterator, Sequence
from typing import Final

from domain.instant import DAY, Instant
from stores.historian_segments import Segment

MERGED_BYTES: Final = 256 << 20
"""Where a merged segment stops growing: at 2 to 4 bytes a reading (docs/decisions/0007-historian.md) about 100 million,
which one thread merges in about 12 s."""


def segments_to_merge(segments: Sequence[Segment], before: Instant) -> Iterator[Sequence[Segment]]:
    """Give runs of two and more segments that follow upon each other and whose newest readings are of one UTC day.

    Only segments with nothing as young as `before`; those without readings go with their neighbours.
    """
    run: list[Segment] = []
    for segment in segments:
        if segment.newest is not None and segment.newest >= before:
            yield from _worth_merging(run)
            run = []
        elif run and _belongs(run, segment):
            run.append(segment)
        else:
            yield from _worth_merging(run)
            run = [segment]
    yield from _worth_merging(run)


def segments_to_retire(segments: Sequence[Segment], before: Instant) -> Iterator[Sequence[Segment]]:
    """Give runs of segments that follow upon each other and have no reading at or after `before`.

    Each run has at least one segment with readings: an empty segment alone is what retirement leaves behind.
    """
    run: list[Segment] = []
    for segment in segments:
        old = segment.newest is None or segment.newest < before
        if old and (not run or segment.seq_first == run[-1].seq_last + 1):
            run.append(segment)
            continue
        yield from _worth_retiring(run)
        run = [segment] if old else []
    yield from _worth_retiring(run)


def _belongs(run: Sequence[Segment], segment: Segment) -> bool:
    day = next((other.newest // DAY for other in run if other.newest is not None), None)
    return (
        segment.seq_first == run[-1].seq_last + 1
        and (day is None or segment.newest is None or segment.newest // DAY == day)
        and sum(other.size for other in run) + segment.size <= MERGED_BYTES
    )


def _worth_merging(run: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    if len(run) > 1:
        yield run


def _worth_retiring(run: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    if any(segment.newest is not None for segment in run):
        yield run
