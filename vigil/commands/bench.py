"""`vigil bench`: measure this machine. `ingest` runs a load through the whole durable path of a Vigil of its own,
`broker` says what share of the broker's own limit that is, `rules` how fast readings are judged.
"""

import logging
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs
from rich.console import Console
from rich.table import Table

from domain.errors import VigilError
from vigil.benching.broker_limit import LimitResult, measure_limit
from vigil.benching.ingest import IngestResult, Latency, Plan, measure
from vigil.benching.rules_mix import measure_backfill, measure_mix, measure_small
from vigil.benching.workload import DESCRIBED, Payload
from vigil.commands.serve import log_to_stderr
from vigil.freed_memory import keep_freed_memory

FASTEST: Final = "max"


class BenchOptionInvalid(VigilError):
    """An option of `vigil bench` that cannot be used."""


class IngestOptions(Struct, frozen=True, kw_only=True):
    """What the command line asked for; `payload` and `rate` as they were written."""

    seconds: float
    broker: str
    payload: str
    rate: str
    data: str | None
    as_json: bool


def run_ingest(options: IngestOptions) -> int:
    """Measure; gives the exit status: 1 where a message was lost, left behind or quarantined.

    Raises:
        BenchOptionInvalid: an option cannot be used.
        VigilError: broker, service or load failed.
    """
    plan = _plan(options)
    log_to_stderr(logging.ERROR)
    if not options.as_json:
        speed = "as fast as it goes" if plan.rate is None else f"{plan.rate:g} messages/s"
        described = f"{DESCRIBED[plan.payload]}; {speed} for {plan.seconds:g} s"
        Console(stderr=True, markup=False).print(described, soft_wrap=True, highlight=False)
    # Beside the data it stands for: /tmp may be memory, whose fsync costs nothing.
    with tempfile.TemporaryDirectory(prefix="vigil-bench-", dir=options.data) as folder:
        result = measure(plan, Path(folder))
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    else:
        _show(result)
    return 1 if result.lost or result.unacknowledged or result.unjudged or result.quarantined else 0


def run_broker(options: IngestOptions, rounds: int) -> int:
    """Measure a plain consumer and Vigil at a broker in turns; gives the exit status: 1 where a message was lost.

    Raises:
        BenchOptionInvalid: an option cannot be used.
        VigilError: broker, service or load failed.
    """
    plan = _plan(options)
    log_to_stderr(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="vigil-bench-", dir=options.data) as folder:
        result = measure_limit(plan, Path(folder), rounds)
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    else:
        _show_limit(result)
    return 1 if result.lost else 0


def _show_limit(result: LimitResult) -> None:
    title = f"{result.payload} through {result.broker}, {result.seconds:g} s a turn"
    table = Table("turn", "plain consumer, messages/s", "Vigil, messages/s", title=title)
    for number, (plain, ours) in enumerate(zip(result.plain, result.vigil, strict=True), 1):
        table.add_row(str(number), f"{plain.messages_per_second:,.0f}", f"{ours.messages_per_second:,.0f}")
    console = Console(markup=False)
    console.print(table)
    console.print(
        f"Vigil takes {result.share:.0%} of what the broker gives (median); {result.lost} messages were lost."
    )


def _plan(options: IngestOptions) -> Plan:
    try:
        payload = Payload(options.payload)
    except ValueError:
        known = ", ".join(Payload)
        raise BenchOptionInvalid(f"--payload '{options.payload}' is not known: give one of {known}") from None
    rate: float | None = None
    if options.rate != FASTEST:
        try:
            rate = float(options.rate)
        except ValueError:
            rate = 0.0
        if not 0 < rate < float("inf"):
            message = f"--rate '{options.rate}' is no rate: give messages a second, or {FASTEST}"
            raise BenchOptionInvalid(message)
    if options.data is not None and not Path(options.data).is_dir():
        raise BenchOptionInvalid(f"--data '{options.data}' is not a folder: make it, or leave it out")
    return Plan(seconds=options.seconds, broker=options.broker, payload=payload, rate=rate)


def _show(result: IngestResult) -> None:
    table = Table("figure", "value", title=f"Ingest: {result.payload} through {result.broker}")
    rows = {
        "messages/s, judged and committed": f"{result.messages_per_second:,.0f}",
        "readings/s": f"{result.readings_per_second:,.0f}",
        "publish to stored, ms": _said(result.latency_stored_ms),
        "publish to judged, ms": _said(result.latency_judged_ms),
        "lost, by id": f"{result.lost} of {result.sent} sent",
        "left over": f"{result.unacknowledged} unacknowledged, {result.unjudged} unjudged, "
        f"{result.quarantined} quarantined, {result.repeated} repeated",
        **{f"CPU us a message, {stage}": f"{each:.1f}" for stage, each in result.cpu_us.items()},
        "CPU us a message, all of Vigil": f"{result.vigil_cpu_us:.1f}",
        "CPU us a message, broker": "not ours" if result.broker_cpu_us is None else f"{result.broker_cpu_us:.1f}",
        "CPU us a message, the load": f"{result.load_cpu_us:.1f}",
        "records in a slice of the engine": f"{result.records_per_slice:.0f}",
        "machine": f"{result.cpus} processors, load average {result.load_average}, Python {result.python}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console(markup=False).print(table)


def _said(latency: Latency) -> str:
    if latency.p50 is None:
        return "none came through while it was measured"
    return f"p50 {latency.p50}, p99 {latency.p99}, most {latency.most}"


def run_rules(mix: str, points: int, rounds: int, *, as_json: bool) -> int:
    """Measure a mix of rules over readings, a backfill of one point, a small message; gives the exit status."""
    # As `vigil judge` does: whether columns come from fresh pages depended on how large those before had been.
    keep_freed_memory()
    figure = measure_mix(mix, points, rounds)
    small = 1_000 * measure_small()
    backfill = 1_000 * measure_backfill(mix)[0]
    if as_json:
        told = {**structs.asdict(figure), "small_message_ms": round(small, 3), "backfill_ms": round(backfill, 3)}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return 0
    table = Table("figure", "value", title=f"Rules: {mix}")
    for name, value in {
        "evaluations/s": f"{figure.evaluations_per_second:,}",
        "readings, rules on each": f"{figure.readings:,}, {figure.rules_per_point}",
        "findings": f"{figure.findings:,}",
        "CPU s": f"{figure.seconds}",
        "configuring, CPU s": f"{figure.configure_seconds}",
        "rows (a level of a rule on a point)": f"{figure.rows:,}",
        "bytes of state a row, in memory / in a snapshot": f"{figure.bytes_per_row} / {figure.stored_bytes_per_row}",
        "50 readings under 20 rules, ms": f"{small:.2f}",
        "50,000 readings of one backfilling point, CPU ms": f"{backfill:.1f}",
    }.items():
        table.add_row(name, value)
    Console(markup=False).print(table)
    return 0
