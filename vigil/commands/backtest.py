"""`vigil backtest`: what other rules would have raised over the stored history, against what was raised."""

import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.progress import Progress

from domain.errors import VigilError
from domain.instant import SECOND, Instant, from_iso, to_iso
from journal.chain import load_or_create_key
from journal.sqlite_archive import SqliteArchive
from runtime.backtest import BacktestReport, Comparison, Raising, Span, Verdict, backtest
from runtime.history_tally import HistoryGap
from stores.historian_reader import ParquetHistoryReader
from stores.state.opening import open_state_store
from vigil.commands.backtest_console import BacktestConsole
from vigil.commands.backtest_summary import Compared, Lost, Summary, Telemetry, Written
from vigil.commands.replay import lived_folder
from vigil.configuration.loading import load_configuration

FOUND_DIFFERENCES = 1
_LATEST: Instant = 2**62
"""After everything: no end was asked for."""


class EmptySpan(VigilError):
    """The span that was asked for holds no time."""


class BacktestOptions(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    rules: Path
    data: str | None
    start: str | None
    end: str | None
    as_json: bool
    language: str = "en"


def run(options: BacktestOptions) -> int:
    """Judge the stored journal by the rules on trial; gives the exit status: 1 where anything would be different."""
    span = Span(
        start=0 if options.start is None else from_iso(options.start),
        end=_LATEST if options.end is None else from_iso(options.end),
    )
    if span.end <= span.start:
        raise EmptySpan("--to must be after --from: there is nothing between them")
    configuration = load_configuration(options.rules).configuration
    damaged: list[str] = []
    folder = lived_folder(options.data)
    journal = SqliteArchive(folder.journal, load_or_create_key(folder.journal_key))
    telemetry = ParquetHistoryReader(folder.telemetry, on_fault=lambda fault: damaged.append(str(fault)))
    begun = time.perf_counter()
    try:
        console = Console(stderr=True, markup=False)
        bar = Progress(console=console, disable=not console.is_terminal)
        with open_state_store(folder.state) as state, bar as progress:
            until = state.writer.last_seq()
            task = progress.add_task("records", total=until)
            report = backtest(
                journal,
                telemetry,
                state.reader,
                configuration,
                until,
                span,
                lambda seq: progress.update(task, completed=seq),
            )
            progress.update(task, completed=until)
    finally:
        telemetry.close()
        journal.close()
    for fault in damaged:
        sys.stderr.write(fault + "\n")
    summary = _summary(report, time.perf_counter() - begun)
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        BacktestConsole(options.language).show(summary)
    return 0 if summary.equal else FOUND_DIFFERENCES


def _summary(report: BacktestReport, took: float) -> Summary:
    verdicts: dict[str, Counter[str]] = {}
    orders: dict[str, Counter[str]] = {}
    for each in report.comparisons:
        verdicts.setdefault(each.rule, Counter())[each.verdict] += 1
        made = orders.setdefault(each.rule, Counter(was=0, would=0))
        made["was"] += each.was is not None and each.was.has_order
        made["would"] += each.would is not None and each.would.has_order
    return Summary(
        records=report.records,
        telemetry=Telemetry(
            records=report.history.stored, guessed=report.history.guessed, left_nothing=report.history.left_nothing
        ),
        gaps=[_lost(gap) for gap in report.history.gaps],
        left_out=report.left_out,
        complete=report.is_complete,
        equal=all(each.verdict is Verdict.SAME for each in report.comparisons),
        verdicts={rule: {verdict: counted[verdict] for verdict in Verdict} for rule, counted in verdicts.items()},
        orders={rule: dict(counted) for rule, counted in orders.items()},
        occurrences=[_compared(each) for each in report.comparisons],
        seconds=round(took, 3),
    )


def _lost(gap: HistoryGap) -> Lost:
    return Lost(
        start=to_iso(gap.start), end=to_iso(gap.end), first_seq=gap.first, last_seq=gap.last, records=gap.records
    )


def _compared(each: Comparison) -> Compared:
    seconds = None
    if each.was is not None and each.would is not None:
        seconds = (each.would.raised_at - each.was.raised_at) / SECOND
    return Compared(
        rule=each.rule,
        subject=each.subject,
        verdict=each.verdict,
        seconds=seconds,
        was=_written(each.was),
        would=_written(each.would),
    )


def _written(raising: Raising | None) -> Written | None:
    if raising is None:
        return None
    cleared = None if raising.cleared_at is None else to_iso(raising.cleared_at)
    return Written(raised_at=to_iso(raising.raised_at), cleared_at=cleared, order=raising.has_order)
