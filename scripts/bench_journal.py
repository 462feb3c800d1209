"""Measure what a record costs in the journal on this machine.

    .venv/bin/python scripts/bench_journal.py [FOLDER]

FOLDER (a temporary one beneath it is made and removed; the system's unless given) decides which disk is measured.
`live` is the whole way of a record: submit, group commit with fsync, callback, and one reader that follows the tail;
CPU of all threads together. `outstanding` is how many records are submitted ahead of the newest stored one.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from domain.identity import MessageIdentity
from domain.instant import EARLIEST, SECOND
from domain.observations import CheckpointScan, GeoPosition, ScanMethod
from domain.readings import Quality, readings_from
from domain.record import Believed, Body, Record, Urgency
from journal.codec import decode, encode, stored_form
from journal.sqlite_journal import TAIL_RECORDS, SqliteJournal

CODEC_ROUNDS = 20_000
LIVE_RECORDS = 20_000
READ_AT_ONCE = 1000
READINGS = 20


def a_record(body: Body, decoder: str = "native/1") -> Record:
    return Record(
        seq=0,
        body=body,
        event_time=EARLIEST,
        received_at=EARLIEST + SECOND,
        source="phone-12",
        site="tower",
        believed=Believed.DEVICE,
        device_time=EARLIEST,
        identity=MessageIdentity("phone-12", "boot-7", 123),
        decoder=decoder,
    )


def a_scan() -> Record:
    position = GeoPosition(latitude=31.2304, longitude=121.4737, accuracy_m=8.0)
    body = CheckpointScan(
        site="tower",
        officer="officer-12",
        checkpoint="stair-3",
        method=ScanMethod.NFC,
        position=position,
        battery=88.0,
        answers={"clean": True, "extinguishers": 3},
    )
    return a_record(body)


def some_readings() -> Record:
    points = [f"point-{number}" for number in range(READINGS)]
    return a_record(readings_from(points, [EARLIEST] * READINGS, [21.5] * READINGS, [Quality.GOOD] * READINGS))


def microseconds_each(call: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        for _ in range(rounds):
            call()
        best = min(best, time.perf_counter() - began)
    return best / rounds * 1e6


def measure_codec(name: str, record: Record) -> None:
    data = encode(record)
    figures = {
        "encode": microseconds_each(lambda: encode(record), CODEC_ROUNDS),
        "decode": microseconds_each(lambda: decode(1, data), CODEC_ROUNDS),
        "encode and prove readable": microseconds_each(lambda: stored_form(record), CODEC_ROUNDS),
    }
    print(f"codec  {name:9} {len(data):5} bytes  " + "  ".join(f"{what} {us:.2f} us" for what, us in figures.items()))


def measure_live(folder: Path, name: str, record: Record, urgency: Urgency, outstanding: int, tail: int) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        journal = SqliteJournal(Path(place), b"k" * 32, lambda: EARLIEST, tail_records=tail)
        answered = 0

        def stored(seq: int | None, _error: Exception | None) -> None:
            nonlocal answered
            answered += seq is not None

        cpu, wall = time.process_time(), time.perf_counter()
        count = LIVE_RECORDS if outstanding > 1 else LIVE_RECORDS // 20
        position = 0
        for number in range(count):
            journal.submit(record, urgency, stored)
            while position <= number - outstanding + 1:
                journal.wait(position, 10.0)
                position += len(journal.read(position, READ_AT_ONCE))
        while position < count:
            journal.wait(position, 10.0)
            position += len(journal.read(position, READ_AT_ONCE))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        journal.close()
        print(
            f"live   {name:9} {outstanding:5} outstanding, {'tail in memory' if tail else 'tail from disk'}: "
            f"{cpu / count * 1e6:6.1f} us CPU a record, {count / wall:7.0f} records/s, {answered} answered"
        )


def measure_reading(folder: Path, record: Record) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        journal = SqliteJournal(Path(place), b"k" * 32, lambda: EARLIEST, tail_records=0)
        for _ in range(LIVE_RECORDS):
            journal.submit(record, Urgency.EVENT, lambda _seq, _error: None)
        journal.append(record, Urgency.READING, timeout=60.0)
        began, position = time.perf_counter(), 0
        while found := journal.read(position, READ_AT_ONCE):
            position = found[-1].seq
        read = time.perf_counter() - began
        began = time.perf_counter()
        problems = journal.verify()
        verified = time.perf_counter() - began
        size = sum(path.stat().st_size for path in Path(place).iterdir())
        journal.close()
        print(
            f"replay scan: {read / position * 1e6:.2f} us a record from disk; "
            f"verify {verified / position * 1e6:.2f} us a record, {len(problems)} problems; "
            f"{size / position:.0f} bytes a record on disk, write-ahead log included"
        )


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.gettempdir())
    scan, readings = a_scan(), some_readings()
    measure_codec("scan", scan)
    measure_codec("readings", readings)
    for outstanding in (1, 20, 200, 1000):
        measure_live(folder, "scan", scan, Urgency.EVENT, outstanding, TAIL_RECORDS)
    measure_live(folder, "scan", scan, Urgency.EVENT, 200, 0)
    measure_live(folder, "readings", readings, Urgency.READING, 200, TAIL_RECORDS)
    measure_live(folder, "readings", readings, Urgency.READING, 200, 0)
    measure_reading(folder, scan)


if __name__ == "__main__":
    main()
