"""`vigil judge`: run the configured rules over recorded CSV columns and print what they would have raised."""

import resource
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from rich.console import Console
from rich.progress import Progress

from domain.instant import to_iso
from simulators.recording_map import load_map
from vigil.configuration.loading import load_configuration
from vigil.judging.occurrences import Judge, Raised
from vigil.judging.recorded_columns import Flaw, RecordedColumns

FOUND_PROBLEMS = 1
LARGEST_KEPT: Final = 31 * 2**20
"""Just below the 32 MiB from which glibc gives everything back at once."""


class JudgeOptions(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    files: tuple[Path, ...]
    mapping: Path
    config: Path
    rules: tuple[str, ...]
    as_json: bool


class JudgeSummary(Struct, frozen=True, kw_only=True):
    """What was judged, what came of it, and what it took."""

    files: tuple[str, ...]
    rules: tuple[str, ...]
    readings: int
    late: int
    flaws: tuple[Flaw, ...]
    occurrences: tuple[dict[str, str | None], ...]
    seconds: float
    cpu_seconds: float
    readings_per_second: int
    readings_per_cpu_second: int
    peak_megabytes: int


def run(options: JudgeOptions) -> int:
    """Judge the files one after the other; gives the exit status: 1 where something in them could not be used."""
    mapping = load_map(options.mapping)
    configuration = load_configuration(options.config).configuration
    points = [] if mapping.readings is None else list(mapping.readings.points)
    judge = Judge(configuration, mapping.site, points, options.rules)
    flaws: list[Flaw] = []
    keep_freed_memory()
    begun, spent, readings = time.perf_counter(), time.process_time(), 0
    with Progress(console=Console(stderr=True)) as progress:
        for path in options.files:
            columns = RecordedColumns(path, mapping)
            task = progress.add_task(path.name, total=columns.bytes)
            for part in columns.parts():
                judge.judge(part)
                readings += part.at.size
                progress.update(task, completed=min(part.ends_at_byte, columns.bytes))
            progress.update(task, completed=columns.bytes)
            flaws += columns.flaws
    took, spent = time.perf_counter() - begun, time.process_time() - spent
    if judge.late:
        what = "reading older than its point was judged by before (the recorder's clock went back?): not judged"
        flaws.append(Flaw(file=", ".join(map(str, options.files)), line=0, what=what, times=judge.late))
    summary = JudgeSummary(
        files=tuple(map(str, options.files)),
        rules=tuple(judge.rules),
        readings=readings,
        late=judge.late,
        flaws=tuple(flaws),
        occurrences=tuple(map(_written, judge.raised)),
        seconds=round(took, 3),
        cpu_seconds=round(spent, 3),
        readings_per_second=round(readings / max(took, 1e-9)),
        readings_per_cpu_second=round(readings / max(spent, 1e-9)),
        peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        _say(summary)
    return FOUND_PROBLEMS if flaws else 0


def keep_freed_memory() -> None:
    """Let the C library keep what is freed, instead of having each part's columns cleared by the system anew.

    glibc does so up to the size of the largest block that was ever given back; a third of the time goes without it.
    """
    np.empty(LARGEST_KEPT, dtype=np.uint8)


def _written(raised: Raised) -> dict[str, str | None]:
    return {
        "rule": raised.rule,
        "point": raised.point,
        "raised_at": to_iso(raised.raised_at),
        "cleared_at": None if raised.cleared_at is None else to_iso(raised.cleared_at),
        "level": raised.level,
        "name": raised.name,
        "seen": raised.seen,
    }


def _say(summary: JudgeSummary) -> None:
    console = Console(soft_wrap=True)
    for each in summary.occurrences:
        console.print(f"{each['raised_at']} to {each['cleared_at'] or 'the end'}  {each['rule']}: {each['seen']}")
    for flaw in summary.flaws:
        console.print(f"{flaw.file}:{flaw.line}: {flaw.what} ({flaw.times} times)", style="yellow")
    console.print(
        f"{len(summary.occurrences)} occurrences of {len(summary.rules)} rules in {summary.readings} readings, "
        f"{summary.seconds} s, {summary.readings_per_second} readings/s "
        f"({summary.readings_per_cpu_second} per second of processor time), {summary.peak_megabytes} MB"
    )
