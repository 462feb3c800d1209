"""DuckDB at the historian's service: segments are written from numpy and queried as Parquet files.

The database itself lives in memory and is empty: it is a query engine over files, so there is nothing to lock and
nothing to lose. In Parquet a NaN is NULL.
"""

import glob
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from domain.instant import Duration, Instant
from domain.reading_envelopes import ABSENT
from domain.readings import Times, Values
from stores.historian_envelopes import as_columns, from_columns
from stores.historian_newest import NewestReading
from stores.historian_recent import Block
from stores.historian_series import Buckets, Rows
from stores.ports import ReadingColumns, StoreUnavailable

MEMORY_LIMIT: Final = "128MB"
"""Design.md section 4. A query that needs more spills to disk beside the segments."""

_THREADS: Final = 1
"""The other core belongs to the engine. With one thread rows also keep the order of files and of rows in them."""

_WRITE: Final = """
    SELECT seq::BIGINT AS seq, point::VARCHAR AS point, "at"::BIGINT AS "at", value::DOUBLE AS value,
        quality::UTINYINT AS quality, NULLIF(received_at, $absent)::BIGINT AS received_at,
        NULLIF(event_shift, $absent)::BIGINT AS event_shift, NULLIF(device_shift, $absent)::BIGINT AS device_shift,
        NULLIF(number, $absent)::BIGINT AS number, boot::VARCHAR AS boot, origin::VARCHAR AS origin
    FROM incoming
"""
# By name: a segment of version 1 has no envelopes, and NULL says so of its rows in a merged one.
_MERGE: Final = "SELECT * FROM read_parquet($files, union_by_name = true)"
_COUNT: Final = "SELECT count(*) FROM read_parquet($files)"
_GROUPS: Final = """
    SELECT stats_max_value::BIGINT FROM parquet_metadata($file) WHERE path_in_schema = 'seq' ORDER BY row_group_id
"""
_READINGS: Final = "SELECT * FROM read_parquet($files) WHERE seq > $after AND seq <= $until"
_ROWS: Final = """
    SELECT seq, "at", value, quality FROM read_parquet($files)
    WHERE point = $point AND "at" >= $start AND "at" < $end
"""
_BUCKETS: Final = """
    SELECT "at" // $span AS bucket, count(*) AS total, count(*) FILTER (quality = 0) AS good,
        min(value) FILTER (quality = 0) AS minimum, max(value) FILTER (quality = 0) AS maximum,
        fsum(value) FILTER (quality = 0) AS sum
    FROM read_parquet($files)
    WHERE point = $point AND "at" >= $start AND "at" < $end
    GROUP BY bucket
"""
_NEWEST: Final = """
    SELECT point, newest."at" AS "at", newest.seq AS seq, newest.value AS value, newest.quality AS quality
    FROM (
        SELECT point, arg_max(
            {'at': "at", 'seq': seq, 'value': value, 'quality': quality}, ("at", seq, file_row_number)
        ) AS newest
        FROM read_parquet($files, file_row_number = true)
        WHERE list_contains($points, point)
        GROUP BY point
    )
"""

_Columns = Mapping[str, npt.NDArray[Any]]


class SegmentDatabase:
    """Writes and queries segment files. Safe to call from any thread."""

    def __init__(self, spill: Path) -> None:
        """Open the engine; what does not fit its memory goes to the folder `spill`."""
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": _THREADS,
                "temp_directory": str(spill),
                "preserve_insertion_order": True,
                # Nothing is ever fetched from outside; Parquet is built in.
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )

    def close(self) -> None:
        """Let go of memory and threads."""
        self._connection.close()

    def write(self, path: Path, block: Block, points: Sequence[str]) -> None:
        """Write rows in their order to a Parquet file. `points` are the ids of the block's point numbers.

        Raises:
            StoreUnavailable: the file could not be written.
        """
        names = np.array([*points, ""], dtype=object)[:-1]  # the extra one keeps numpy from making it two-dimensional
        incoming = {
            "seq": block.seq,
            "point": names[block.point],
            "at": block.at,
            "value": block.values,
            "quality": block.quality,
            **as_columns(block.envelopes, block.seq, block.at),
        }
        with self._cursor() as cursor:
            cursor.register("incoming", incoming)
            cursor.sql(_WRITE, params={"absent": ABSENT}).write_parquet(str(path), compression="zstd")

    def merge(self, files: Sequence[Path], path: Path) -> None:
        """Write the rows of several files, in that order, to one.

        Raises:
            StoreUnavailable: it could not be read or written, or rows would have been lost.
        """
        with self._cursor() as cursor:
            cursor.sql(_MERGE, params={"files": _literal(files)}).write_parquet(str(path), compression="zstd")
            before, after = (
                cursor.execute(_COUNT, {"files": _literal(names)}).fetchall()[0][0] for names in (files, [path])
            )
        if before != after:
            raise StoreUnavailable(f"merging {len(files)} segments gave {after} of {before} rows: kept as they were")

    def parts(self, file: Path, after: int, until: int) -> Iterator[ReadingColumns]:
        """Give the rows of a segment with after < seq <= until, in their order, in parts of one row group or so.

        A part holds whole records; its bounds follow upon those of the part before.

        Raises:
            StoreUnavailable: the file could not be read.
        """
        with self._cursor() as cursor:
            lasts = [int(last) for (last,) in cursor.execute(_GROUPS, {"file": glob.escape(str(file))}).fetchall()]
        for last in (*(last for last in lasts[:-1] if after < last < until), until):
            if last > after:
                found = self._fetch(_READINGS, {"files": _literal([file]), "after": after, "until": last})
                yield _reading_columns(found, after + 1, last)
                after = last

    def rows(self, files: Sequence[Path], point: str, start: Instant, end: Instant) -> Rows:
        """Give one point's rows with start <= at < end, in judging order where the files are."""
        given = {"files": _literal(files), "point": point, "start": start, "end": end}
        found = self._fetch(_ROWS, given)
        return Rows(seq=found["seq"], at=found["at"], values=_numbers(found["value"]), quality=found["quality"])

    def buckets(self, files: Sequence[Path], point: str, start: Instant, end: Instant, span: Duration) -> Buckets:
        """Reduce one point's rows with start <= at < end to buckets of `span`, in no order."""
        given = {"files": _literal(files), "point": point, "start": start, "end": end, "span": span}
        found = self._fetch(_BUCKETS, given)
        return Buckets(
            bucket=_whole(found["bucket"]),
            rows=_whole(found["total"]),
            good=_whole(found["good"]),
            minimum=_numbers(found["minimum"]),
            maximum=_numbers(found["maximum"]),
            total=np.nan_to_num(_numbers(found["sum"]), nan=0.0, posinf=np.inf, neginf=-np.inf),
        )

    def newest(self, files: Sequence[Path], points: Sequence[str]) -> dict[str, NewestReading]:
        """Give the newest reading in these files of each point that has one there."""
        found = self._fetch(_NEWEST, {"files": _literal(files), "points": list(points)})
        columns = zip(
            found["point"], found["at"], found["seq"], _numbers(found["value"]), found["quality"], strict=True
        )
        return {
            str(point): NewestReading(at=int(at), seq=int(seq), value=float(value), quality=int(quality))
            for point, at, seq, value, quality in columns
        }

    def _fetch(self, query: str, given: Mapping[str, object]) -> _Columns:
        with self._cursor() as cursor:
            found: _Columns = cursor.execute(query, given).fetchnumpy()
        return found

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except (duckdb.Error, OSError) as error:
            raise StoreUnavailable(f"the historian's segments cannot be read or written: {error}") from error


def _reading_columns(found: _Columns, first: int, last: int) -> ReadingColumns:
    seq, at = _whole(found["seq"]), _whole(found["at"])
    places: dict[str, int] = {}
    index = [places.setdefault(point, len(places)) for point in found["point"].tolist()]
    return ReadingColumns(
        seq_first=first,
        seq_last=last,
        points=tuple(places),
        seq=seq,
        index=np.array(index, np.int32),
        at=at,
        values=_numbers(found["value"]),
        quality=np.asarray(found["quality"], np.uint8),
        envelopes=from_columns(found, seq, at),
    )


def _literal(files: Sequence[Path]) -> list[str]:
    """Names as DuckDB takes them: it reads `*`, `?` and `[` as patterns."""
    return [glob.escape(str(file)) for file in files]


def _numbers(column: npt.NDArray[Any]) -> Values:
    """Values with NaN where the column has NULL, which numpy gets as a mask."""
    return np.ma.filled(column.astype(np.float64), np.nan)


def _whole(column: npt.NDArray[Any]) -> Times:
    return column.astype(np.int64)
