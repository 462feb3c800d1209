"""Takes reading records in: sorts out what is late or unknown, and makes columns for the kinds and for the historian.

A reading is late when its point has been judged by a later one. It is stored and told as late, but not judged. Readings
of points that are not configured (any more) are stored and nothing else.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.effects import LateObservation, QuarantineAdded
from domain.reading_envelopes import Envelopes, envelopes_of
from domain.readings import Qualities, Readings, Times, Values
from domain.record import Record
from rules.conflicting_values import conflict_news, conflicting, worth_telling
from rules.lateness import Lateness, lateness
from rules.point_table import PointTable, Rows
from rules.rule import ReadingBatch

Indices: TypeAlias = npt.NDArray[np.int32]

_VALUE_BYTES: Final = 8


class AcceptedReadings(Struct, frozen=True, kw_only=True):
    """Readings for the historian, n of them in judging order, late ones included.

    `points` are the distinct point ids, `index` (int32) picks each reading's among them; `envelopes` are those of the
    records they came in.
    """

    points: tuple[str, ...]
    seq: Times
    index: Indices
    at: Times
    values: Values
    quality: Qualities
    envelopes: Envelopes


class Intake(Struct, frozen=True):
    """What became of a run of reading records: the batch to judge.

    By the seq of their record: `late` readings, and those in `conflict` with what another record said of their time.
    """

    batch: ReadingBatch
    late: dict[int, LateObservation]
    conflicts: dict[int, QuarantineAdded]


class _Columns(Struct, frozen=True):
    """All readings of a run of records; `index` is the place in the record, `record` the record's place in the run."""

    seq: Times
    index: Indices
    record: Indices
    row: Rows
    at: Times
    values: Values
    quality: Qualities


class _Part(Struct, frozen=True):
    """What one run of records brought, with the ids of the table it was taken under."""

    records: Sequence[Record]
    columns: _Columns
    ids: tuple[str, ...]


class ReadingIntake:
    """Collects the readings of one call of the engine."""

    def __init__(self, table: PointTable) -> None:
        """Begin with nothing accepted."""
        self._table = table
        self._accepted: list[_Part] = []

    def take(self, records: Sequence[Record]) -> Intake | None:
        """Take consecutive reading records; None where they carry no reading of a configured point.

        Moves the table's `judged_to` on. Columns must be of equal length (`is_well_formed`).
        """
        columns = _joined(records, self._table)
        if not columns.row.size:
            return None
        self._accepted.append(_Part(records, columns, self._table.ids))
        known = np.flatnonzero(columns.row >= 0)
        if not known.size:
            return None
        found = lateness(columns.row[known], columns.at[known], self._table.judged_to)
        conflicts: dict[int, QuarantineAdded] = {}
        late: dict[int, LateObservation] = {}
        judged = known
        if not found.is_newer:
            late_ones = found.late()
            conflicts = self._told_conflicts(records, columns, known, found)
            late = self._told_late(records, columns, known[late_ones])
            judged = known[~late_ones] if late else known
        whole = judged.size == columns.row.size
        batch = ReadingBatch(
            seq=columns.seq if whole else columns.seq[judged],
            index=columns.index if whole else columns.index[judged],
            point=columns.row if whole else columns.row[judged],
            at=columns.at if whole else columns.at[judged],
            values=columns.values if whole else columns.values[judged],
            quality=columns.quality if whole else columns.quality[judged],
        )
        self._table.note(batch.point, batch.at, batch.values, batch.known())
        return Intake(batch, late, conflicts)

    def accepted(self) -> AcceptedReadings | None:
        """Everything taken, for the historian; None where there was nothing."""
        if not self._accepted:
            return None
        columns = [part.columns for part in self._accepted]
        index, points = _named(self._accepted)
        return AcceptedReadings(
            points=points,
            seq=np.concatenate([each.seq for each in columns]),
            index=index,
            at=np.concatenate([each.at for each in columns]),
            values=np.concatenate([each.values for each in columns]),
            quality=np.concatenate([each.quality for each in columns]),
            envelopes=envelopes_of([record for part in self._accepted for record in _filled(part.records)]),
        )

    def _told_late(
        self, records: Sequence[Record], columns: _Columns, late: npt.NDArray[np.int64]
    ) -> dict[int, LateObservation]:
        return {
            record.seq: LateObservation(site=record.site or "", points=points, count=count)
            for record, points, count in self._by_record(records, columns, late)
        }

    def _told_conflicts(
        self, records: Sequence[Record], columns: _Columns, known: npt.NDArray[np.int64], found: Lateness
    ) -> dict[int, QuarantineAdded]:
        """`found` is of the `known` readings, which the table has not noted yet."""
        row, values, record = columns.row[known], columns.values[known], columns.record[known]
        places = known[conflicting(found, row, values, record, self._table)]
        places = places[worth_telling(columns.row[places], columns.at[places], self._table)]
        return {
            record.seq: conflict_news(record, points) for record, points, _ in self._by_record(records, columns, places)
        }

    def _by_record(
        self, records: Sequence[Record], columns: _Columns, places: npt.NDArray[np.int64]
    ) -> Iterator[tuple[Record, tuple[str, ...], int]]:
        """Each record that has readings at these places, their points, and how many they are."""
        ids = self._table.ids
        for place in np.unique(columns.record[places]).tolist():
            of_record = places[columns.record[places] == place]
            points = tuple(dict.fromkeys(ids[row] for row in columns.row[of_record].tolist()))
            yield records[place], points, int(of_record.size)


def _filled(records: Sequence[Record]) -> Sequence[Record]:
    """Those that carry a reading."""
    return [record for record in records if isinstance(record.body, Readings) and len(record.body)]


def is_well_formed(readings: Readings) -> bool:
    """Tell whether the columns are of one length, as the decoder makes them."""
    count = len(readings)
    listed = readings.points.count("\n") + 1 if readings.points else 0
    return len(readings.at) == len(readings.values) == _VALUE_BYTES * count and listed == count


def _joined(records: Sequence[Record], table: PointTable) -> _Columns:
    bodies = [record.body for record in records if isinstance(record.body, Readings)]
    counts = np.array([len(body) for body in bodies], dtype=np.int64)
    record = np.repeat(np.arange(len(bodies), dtype=np.int32), counts)
    starts = np.cumsum(counts) - counts
    single = len(bodies) == 1
    return _Columns(
        seq=np.array([record.seq for record in records], dtype=np.int64)[record],
        index=(np.arange(record.size) - starts[record]).astype(np.int32),
        record=record,
        row=table.rows(bodies[0]) if single else np.concatenate([table.rows(body) for body in bodies]),
        at=bodies[0].times() if single else np.concatenate([body.times() for body in bodies]),
        values=bodies[0].numbers() if single else np.concatenate([body.numbers() for body in bodies]),
        quality=bodies[0].qualities() if single else np.concatenate([body.qualities() for body in bodies]),
    )


def _named(parts: Sequence[_Part]) -> tuple[Indices, tuple[str, ...]]:
    """Each reading's place among the distinct point ids, and these."""
    ids = parts[0].ids
    row = np.concatenate([part.columns.row for part in parts])
    if bool((row < 0).any()) or any(part.ids is not ids for part in parts):
        return _named_one_by_one(parts)
    used = np.flatnonzero(np.bincount(row))
    number = np.zeros(len(ids), dtype=np.int32)
    number[used] = np.arange(used.size, dtype=np.int32)
    return number[row], tuple(ids[place] for place in used.tolist())


def _named_one_by_one(parts: Sequence[_Part]) -> tuple[Indices, tuple[str, ...]]:
    """The same where some points are not configured, or the configuration changed between the parts."""
    place: dict[str, int] = {}
    index = [
        place.setdefault(name, len(place))
        for part in parts
        for record in part.records
        if isinstance(record.body, Readings)
        for name in record.body.point_ids()
    ]
    return np.array(index, dtype=np.int32), tuple(place)
