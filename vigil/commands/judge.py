"""`vigil judge`: run the configured rules over recorded CSV columns and print what they would have raised."""

import resource
import sys
import time
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from domain.instant import to_iso, to_seconds
from simulators.recording_map import RecordingRefused
from vigil.commands.judge_console import JudgeConsole
from vigil.configuration.loading import load_configuration
from vigil.freed_memory import keep_freed_memory
from vigil.judging.occurrences import Judge, NotOfTheSite, Raised
from vigil.judging.recorded_columns import Flaw, Gap, RecordedColumns
from vigil.judging.summary import JudgeSummary
from vigil.recorded_map import load_placed_map

FOUND_PROBLEMS = 1


class JudgeOptions(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    files: tuple[Path, ...]
    mapping: Path
    config: Path
    rules: tuple[str, ...]
    as_json: bool
    language: str = "en"


def run(options: JudgeOptions) -> int:
    """Judge the files one after the other; gives the exit status: 1 where something in them could not be used."""
    mapping, line = load_placed_map(options.mapping)
    configuration = load_configuration(options.config).configuration
    points = [] if mapping.readings is None else list(mapping.readings.points)
    try:
        judge = Judge(configuration, mapping.site, points, options.rules)
    except NotOfTheSite as error:
        raise RecordingRefused(f"{options.mapping}:{line(error.place)}: {error}") from error
    flaws: list[Flaw] = []
    gaps: list[Gap] = []
    keep_freed_memory()
    begun, spent, readings = time.perf_counter(), time.process_time(), 0
    console = Console(stderr=True, markup=False)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        for path in options.files:
            columns = RecordedColumns(path, mapping, judge.holds)
            task = progress.add_task(escape(path.name), total=columns.bytes)
            for part in columns.parts():
                judge.judge(part)
                readings += part.at.size
                progress.update(task, completed=min(part.ends_at_byte, columns.bytes))
            progress.update(task, completed=columns.bytes)
            flaws += [*columns.flaws, *_of_clock(path, judge)]
            gaps += [] if columns.gap is None else [columns.gap]
    took, spent = time.perf_counter() - begun, time.process_time() - spent
    raised = sorted(judge.raised, key=lambda each: each.raised_at)
    summary = JudgeSummary(
        files=tuple(map(str, options.files)),
        rules=tuple(judge.rules),
        readings=readings,
        late=judge.late,
        flaws=tuple(flaws),
        gaps=tuple(map(_written_gap, gaps)),
        unjudged=judge.unjudged,
        occurrences=tuple(map(_written, raised)),
        timezone=judge.timezone,
        seconds=round(took, 3),
        cpu_seconds=round(spent, 3),
        readings_per_second=round(readings / max(took, 1e-9)),
        readings_per_cpu_second=round(readings / max(spent, 1e-9)),
        peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        JudgeConsole(options.language).show(summary, raised, gaps)
    return FOUND_PROBLEMS if flaws else 0


def _of_clock(path: Path, judge: Judge) -> list[Flaw]:
    """What came too late in this file; the judge counts from the next one on anew."""
    first, times = judge.first_late, judge.late_in_file
    judge.first_late, judge.late_in_file = None, 0
    if first is None:
        return []
    what = (
        f"a reading of {to_iso(first.at)}, where its point was at {to_iso(first.newest)} before"
        " (the recorder's clock went back?): what is older than that is not judged"
    )
    return [Flaw(file=str(path), line=first.line, what=what, times=times)]


def _written(raised: Raised) -> dict[str, str | float | None]:
    ended = raised.ended
    return {
        "rule": raised.rule,
        "point": raised.point,
        "raised_at": to_iso(raised.raised_at),
        "cleared_at": None if raised.cleared_at is None else to_iso(raised.cleared_at),
        "seconds": None if raised.cleared_at is None else to_seconds(raised.cleared_at - raised.raised_at),
        "level": raised.level,
        "priority": raised.priority.value,
        "name": raised.name.en,
        "seen": raised.seen.en,
        "ended": None if ended is None else ended.en,
        "name_zh": raised.name.zh,
        "seen_zh": raised.seen.zh,
        "ended_zh": None if ended is None else ended.zh,
    }


def _written_gap(gap: Gap) -> dict[str, str | int]:
    return {
        "file": gap.file,
        "line": gap.line,
        "since": to_iso(gap.since),
        "until": to_iso(gap.until),
        "times": gap.times,
    }
