"""`vigil demo`: a small building that lives, watched by a real Vigil over a real broker."""

import logging
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from runtime.clock import ScaledClock, wall_clock
from runtime.replay import compare
from simulators.building import Building
from stores.ports import OrderFilter, Page
from vigil.commands.serve import announce_start, log_to_stderr, once_on_signal
from vigil.configuration.loading import Loaded, load_configuration
from vigil.demo_checks import judge
from vigil.rehearsal import Rehearsal, Tally, leaving_no_sessions
from vigil.service import Service, Started
from vigil.settings import Settings

SITE: Final = Path(__file__).resolve().parents[2] / "simulators" / "site"
ANSWER_SECONDS: Final = 5.0


class DemoOptions(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    seconds: float | None
    speed: float
    seed: int
    broker: str
    port: int
    data: str | None
    language: str
    as_json: bool


class DemoResult(Struct, frozen=True, kw_only=True):
    """What `--json` prints. Counts are messages, latencies milliseconds from publish to alarm committed."""

    sent: int
    acknowledged: int
    journalled: int
    quarantined: int
    duplicates: int
    lost: int
    alarms: Mapping[str, int]
    work_orders: int
    latency_ms: Mapping[str, float | None]
    api_url: str
    checks: Mapping[str, bool]


def run(options: DemoOptions) -> int:
    """Run the demo; gives the exit status: 1 where a check failed."""
    loaded = load_configuration(SITE)
    log_to_stderr(logging.WARNING)
    folder = Path(options.data) if options.data is not None else Path(tempfile.mkdtemp(prefix="vigil-demo-"))
    try:
        result = _rehearse(folder, options, loaded)
    finally:
        if options.data is None:
            shutil.rmtree(folder, ignore_errors=True)
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    else:
        _show(result)
    return 0 if all(result.checks.values()) else 1


def _rehearse(folder: Path, options: DemoOptions, loaded: Loaded) -> DemoResult:
    settings = Settings(
        data=str(folder),
        broker=options.broker,
        mqtt_port=0,
        port=options.port,
        instance="vigil-demo",
        language=options.language,
        channels=("mqtt",) if options.as_json else ("console", "mqtt"),
    )
    settings.check()
    clock = ScaledClock(wall_clock(), options.speed)
    with leaving_no_sessions(settings), Service(settings, loaded, clock=clock) as service:
        rehearsal = Rehearsal(service, clock)
        once_on_signal(rehearsal.stop_publishing)
        started = rehearsal.start()
        building = Building(loaded.configuration.sites[0], clock(), options.seed)
        if not options.as_json:
            _say_where(started, settings, options)
        rehearsal.publish(building.messages(), started, options.seconds)
        ended_at = rehearsal.silent_from or clock()
        tally = rehearsal.tally()
        orders, _ = service.state.reader.orders(OrderFilter(), Page(limit=500))
        checks = judge(tally, rehearsal.effects, orders, building.mishaps, ended_at)
        checks |= _check_service(service, started)
        return _result(tally, started, checks)


def _check_service(service: Service, started: Started) -> dict[str, bool]:
    """The service itself: does it say it is ready, and does a replay of its journal say the same again."""
    report = compare(service.journal, service.state.reader, service.state.writer.last_seq())
    return {
        "api_is_ready": _answers(f"{started.api_url}/readyz"),
        "replay_equals_live": not report.differences and report.effects > 0,
    }


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own http URL
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (urllib.error.URLError, TimeoutError):
        return False


def _result(tally: Tally, started: Started, checks: Mapping[str, bool]) -> DemoResult:
    return DemoResult(
        sent=tally.sent,
        acknowledged=tally.acknowledged,
        journalled=tally.journalled,
        quarantined=tally.quarantined,
        duplicates=tally.duplicates,
        lost=len(tally.lost),
        alarms=tally.alarms,
        work_orders=tally.work_orders,
        latency_ms=tally.latency_ms,
        api_url=started.api_url,
        checks=checks,
    )


def _say_where(started: Started, settings: Settings, options: DemoOptions) -> None:
    console = Console(stderr=True)
    announce_start(started, console, settings)
    lasts = "until Ctrl-C" if options.seconds is None else f"for {options.seconds:g} s"
    console.print(
        f"Riverside House lives {lasts}, {options.speed:g} times as fast as life. Alarms and orders appear below; "
        f"try: curl -H 'Authorization: Bearer TOKEN' {started.api_url}/api/v1/sites/riverside/live",
        soft_wrap=True,
    )


def _show(result: DemoResult) -> None:
    console = Console()
    table = Table(title="What happened", show_header=False)
    rows: Sequence[tuple[str, object]] = (
        ("messages sent and acknowledged", f"{result.sent} / {result.acknowledged}"),
        ("journalled, quarantined, duplicates", f"{result.journalled}, {result.quarantined}, {result.duplicates}"),
        ("acknowledged and lost", result.lost),
        ("alarms raised", ", ".join(f"{rule} {count}" for rule, count in result.alarms.items()) or "none"),
        ("work orders", result.work_orders),
        ("publish to alarm, ms", ", ".join(f"{name} {value}" for name, value in result.latency_ms.items())),
    )
    for name, value in rows:
        table.add_row(name, str(value))
    for name, held in result.checks.items():
        table.add_row(name.replace("_", " "), "[green]yes[/green]" if held else "[red]NO[/red]")
    console.print(table)
