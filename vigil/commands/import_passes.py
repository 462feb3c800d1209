"""`vigil import passes`: judge a log of passes and say what was found."""

import sys
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console

from domain.instant import to_iso
from vigil.commands.quarantine import plain
from vigil.passes.pass_log import BadRow, read_pass_log
from vigil.passes.pass_map import load_pass_map
from vigil.passes.pass_rules import PassFinding, judge_passes

SHOWN_LINES: Final = 5


class PassReport(Struct, frozen=True, kw_only=True):
    """What a log came to: `rows` = `passes` + bad rows."""

    rows: int
    passes: int
    subjects: int
    bad_rows: tuple[BadRow, ...]
    findings: tuple[PassFinding, ...]


def run(file: Path, mapping: Path, language: str, *, as_json: bool) -> int:
    """Judge the log; gives the exit status: 1 where something was found, or a row could not be judged."""
    mapped = load_pass_map(mapping)
    log = read_pass_log(file, mapped.mapping)
    report = PassReport(
        rows=log.rows,
        passes=len(log.passes),
        subjects=len({each.who for each in log.passes}),
        bad_rows=log.bad_rows,
        findings=tuple(judge_passes(log.passes, mapped)),
    )
    if as_json:
        sys.stdout.write(msgspec.json.encode(_shown(report)).decode() + "\n")
    else:
        _say(report, language)
    return 1 if report.findings or report.bad_rows else 0


def _shown(report: PassReport) -> dict[str, object]:
    findings = [
        msgspec.to_builtins(each) | {"first_at": to_iso(each.first_at), "last_at": to_iso(each.last_at)}
        for each in report.findings
    ]
    shown: dict[str, object] = msgspec.to_builtins(report)
    return shown | {"findings": findings}


def _say(report: PassReport, language: str) -> None:
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for each in report.findings:
        detail = each.detail.spoken(language)
        lines = ", ".join(map(str, each.lines[:SHOWN_LINES])) + (", …" if each.count > SHOWN_LINES else "")
        kinds = f" ({'/'.join(each.kinds)})" if any(each.kinds) else ""
        at = to_iso(each.first_at)
        console.print(f"{each.rule}: {each.subject}{kinds} at {at}: {plain(detail.encode())} [line {lines}]")
    for row in report.bad_rows:
        console.print(f"line {row.line}: {plain(row.reason.encode())}")
    console.print(
        f"{report.rows} rows, {report.passes} passes of {report.subjects}: {len(report.findings)} findings, "
        f"{len(report.bad_rows)} rows not judged"
    )
