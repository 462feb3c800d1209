"""`vigil demo`: a building that lives, watched by a real Vigil over a real broker."""

import logging
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from runtime.clock import ScaledClock, wall_clock
from runtime.replay import compare
from simulators.building import Building
from simulators.site_time import SiteTime
from stores.ports import OrderFilter, Page
from vigil.commands.demo_console import DemoConsole
from vigil.commands.serve import log_to_stderr, once_on_signal
from vigil.configuration.loading import Loaded, load_configuration
from vigil.demo_checks import NEED_TIME, judge
from vigil.demo_folder import demo_folder
from vigil.example_sites import site_folder
from vigil.rehearsal import Rehearsal, leaving_no_sessions
from vigil.service import Service
from vigil.settings import Settings
from vigil.start_of_life import start_of_life
from vigil.tallying import Tally

ANSWER_SECONDS: Final = 5.0

REPLAYED_AFTER_CTRL_C: Final = 5_000
"""Records that an ended demo judges again before it says goodbye; whoever pressed Ctrl-C wants to be out at once."""


class DemoOptions(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    site: str
    start: str
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
    """Run the demo; gives the exit status: 1 where a check failed. One without an end may be ended at any time."""
    loaded = load_configuration(site_folder(options.site))
    log_to_stderr(logging.WARNING)
    with demo_folder(options.data) as folder:
        tally, api_url, checks = _rehearse(folder, options, loaded)
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(_result(tally, api_url, checks)).decode() + "\n")
    else:
        DemoConsole(options.language).show(tally, checks, is_open_ended=options.seconds is None)
    excused = NEED_TIME if options.seconds is None else frozenset()
    return 0 if all(held for name, held in checks.items() if name not in excused) else 1


def _rehearse(folder: Path, options: DemoOptions, loaded: Loaded) -> tuple[Tally, str, Mapping[str, bool]]:
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
    configuration = loaded.configuration
    site = configuration.sites[0]
    clock = ScaledClock(start_of_life(site, options.start, wall_clock()), options.speed)
    with leaving_no_sessions(settings), Service(settings, loaded, clock=clock) as service:
        rehearsal = Rehearsal(service, clock)
        once_on_signal(rehearsal.stop_publishing)
        started = rehearsal.start()
        building = Building(site, clock(), options.seed, configuration.rules)
        if not options.as_json:
            local = SiteTime(site).local(clock())
            DemoConsole(options.language).say_where(started, site, local, options.speed, options.seconds)
        rehearsal.publish(building.messages(), started, options.seconds)
        ended_at = rehearsal.silent_from or clock()
        tally = rehearsal.tally()
        orders, _ = service.state.reader.orders(OrderFilter(), Page(limit=500))
        checks = judge(tally, rehearsal.told, orders, building.mishaps, ended_at, configuration)
        checks["api_is_ready"] = _answers(f"{started.api_url}/readyz")
        if options.seconds is not None or service.journal.last_seq <= REPLAYED_AFTER_CTRL_C:
            checks["replay_equals_live"] = _says_the_same_again(service)
        return tally, started.api_url, checks


def _says_the_same_again(service: Service) -> bool:
    report = compare(service.journal, service.state.reader, service.state.writer.last_seq())
    return not report.differences and report.effects > 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own http URL
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (urllib.error.URLError, TimeoutError):
        return False


def _result(tally: Tally, api_url: str, checks: Mapping[str, bool]) -> DemoResult:
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
        api_url=api_url,
        checks=checks,
    )
