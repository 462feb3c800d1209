"""The historian and kill -9, and another process that reads what this one writes."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from domain.instant import DAY
from stores.historian import HistorianPolicy, ParquetHistorian
from stores.historian_reader import ParquetHistoryReader
from stores.historian_segments import SegmentDamaged
from tests.stores.historian_columns import T0, columns, good, raw

ROOT = Path(__file__).parents[2]
ROWS_PER_RECORD = 40

WRITER = """
import sys
from pathlib import Path
from tests.stores.test_historian_processes import write_for_ever
write_for_ever(Path(sys.argv[1]), early=sys.argv[2] == "early")
"""

READER = """
import sys
from pathlib import Path
from tests.stores.test_historian_processes import read_until_told
read_until_told(Path(sys.argv[1]))
"""


def record(seq: int) -> list[tuple[int, str, int, float, int]]:
    return [good(seq, "p", T0 + seq * 1000 + row, seq + row / 100) for row in range(ROWS_PER_RECORD)]


def open_writer(folder: Path) -> ParquetHistorian:
    return ParquetHistorian(folder, clock=lambda: T0, on_fault=complain, policy=HistorianPolicy(rows=10**9))


def complain(fault: Exception) -> None:
    raise AssertionError(fault)


def write_for_ever(folder: Path, *, early: bool) -> None:
    """Feed 20 records, write them, say how far everything is stored; `early` says so before it is true."""
    historian = open_writer(folder)
    seq = historian.stored_seq()
    while True:
        for seq in range(seq + 1, seq + 21):  # noqa: B020 - goes on from where it was
            historian.add(columns(record(seq)))
        if early:
            say(seq)
            signal.pause()
        historian.flush()
        say(historian.stored_seq())
        if seq % 100 == 0:
            historian.compact(T0 + DAY)


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_after(folder: Path, lines: int, delay: float, mode: str = "honest") -> int:
    """Let a writer say `lines` times how far it is, wait `delay` seconds, kill it; gives the last it said."""
    with run(WRITER, str(folder), mode) as process:
        assert process.stdout is not None
        for _ in range(lines):
            said = int(process.stdout.readline())
        threading.Event().wait(delay)  # the moment of the kill is what varies here; nothing is waited for
        process.kill()
        rest = process.stdout.read().split("\n")[:-1]
    return int(rest[-1]) if rest else said


def lost_or_wrong(folder: Path, promised: int) -> list[str]:
    """What a killed writer broke: the promise, the rows, the folder."""
    historian = open_writer(folder)
    try:
        stored, found = historian.stored_seq(), raw(historian, "p")
    finally:
        historian.close()
    expected = [(row[2], row[3]) for seq in range(1, stored + 1) for row in record(seq)]
    faults = [f"stored up to {stored}, promised {promised}"] if stored < promised else []
    faults += [f"{len(found)} rows, not the {len(expected)} up to {stored}"] if found != expected else []
    return faults + [path.name for path in folder.iterdir() if path.suffix in {".partial", ".damaged"}]


def test_kill_9_loses_nothing_that_was_said_to_be_stored(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry"
    before = 0
    for lines, delay in ((1, 0.0), (4, 0.003), (6, 0.006), (3, 0.011), (5, 0.002)):
        promised = kill_after(folder, lines, delay)
        assert promised > before
        assert lost_or_wrong(folder, promised) == []
        before = promised


def test_the_oracle_sees_a_writer_that_promises_too_early(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry"
    promised = kill_after(folder, 1, 0.0, "early")
    assert lost_or_wrong(folder, promised) == ["stored up to 0, promised 20"]


def say(*numbers: int) -> None:
    sys.stdout.write(" ".join(map(str, numbers)) + "\n")
    sys.stdout.flush()


def wait_for_end(told: threading.Event) -> None:
    sys.stdin.read()
    told.set()


def read_until_told(folder: Path) -> None:
    """Read again and again until stdin closes; every answer must be a whole number of records from the first on."""
    reader = ParquetHistoryReader(folder, on_fault=complain)
    told = threading.Event()
    threading.Thread(target=wait_for_end, args=[told], daemon=True).start()
    answers = last = 0
    while True:
        stop = told.is_set()
        rows = reader.series("p", 0, 2**62, 10**9)
        seqs, rest = divmod(len(rows.at), ROWS_PER_RECORD)
        expected = [row[3] for seq in range(1, seqs + 1) for row in record(seq)]
        if rest or rows.mean.tolist() != expected or seqs < last:
            sys.exit(f"{seqs} records and {rest} rows after {last} records")
        last, answers = seqs, answers + 1
        if answers == 1 or stop:
            say(last, reader.stored_seq(), len(reader.latest(["p"])))
        if stop:
            return


def test_another_process_reads_while_this_one_writes_and_merges(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry"
    historian = open_writer(folder)
    with run(READER, str(folder)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0 0 0\n"
        for seq in range(1, 121):
            historian.add(columns(record(seq)))
            historian.flush()
            if seq % 7 == 0:
                historian.compact(T0 + DAY)
        out, _ = process.communicate(timeout=30)
    historian.close()
    assert out == "120 120 1\n"
    assert process.returncode == os.EX_OK


def test_a_reader_leaves_damage_where_it_is_and_out_of_its_answers(tmp_path: Path) -> None:
    historian = open_writer(tmp_path)
    for seq in (1, 2):
        historian.add(columns(record(seq)))
        historian.flush()
    historian.close()
    victim = min(tmp_path.glob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"?")

    faults: list[Exception] = []
    reader = ParquetHistoryReader(tmp_path, on_fault=faults.append)
    for _ in range(2):
        assert len(reader.series("p", 0, 2**62, 1000).at) == ROWS_PER_RECORD
    assert [type(fault) for fault in faults] == [SegmentDamaged]
    assert victim.exists()
    reader.close()
