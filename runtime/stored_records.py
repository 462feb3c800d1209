"""Telemetry's columns cut into reading records again."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from domain.readings import SEPARATOR, Readings
from domain.record import Record
from stores.ports import ReadingColumns


class StoredRecord(Struct, frozen=True, gc=False):
    """A reading record as telemetry has it; `record` is None where nobody kept its envelope."""

    seq: int
    body: Readings
    record: Record | None


def stored_records(part: ReadingColumns, lane: str) -> Iterator[StoredRecord]:
    """Give the records of a part, in order of seq."""
    if not len(part.seq):
        return
    begins = np.flatnonzero(np.diff(part.seq, prepend=part.seq[0] - 1))
    seqs = part.seq[begins]
    envelopes = part.envelopes
    places = np.searchsorted(envelopes.seq, seqs)
    at, values, quality = part.at.astype("<i8"), part.values.astype("<f8"), part.quality.astype(np.uint8)
    texts: dict[bytes, str] = {}
    begin = 0
    for seq, end, place in zip(seqs.tolist(), [*begins[1:].tolist(), len(part.seq)], places.tolist(), strict=True):
        rows = slice(begin, end)
        begin = end
        key = part.index[rows].tobytes()
        text = texts.get(key)
        if text is None:
            # A gateway's ever same list of points is one text, by which an engine knows it at once.
            text = texts[key] = SEPARATOR.join(part.points[point] for point in part.index[rows].tolist())
        body = Readings(
            points=text, at=at[rows].tobytes(), values=values[rows].tobytes(), quality=quality[rows].tobytes()
        )
        known = place < len(envelopes) and int(envelopes.seq[place]) == seq
        yield StoredRecord(seq, body, envelopes.record(place, body, lane) if known else None)
