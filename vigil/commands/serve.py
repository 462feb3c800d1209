"""`vigil serve`: run until told to stop."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec
import structlog
from rich.console import Console
from rich.table import Table

from domain.errors import VigilError
from vigil.configuration.loading import load_configuration
from vigil.service import Service, Started
from vigil.settings import SECRET, Settings, Sourced

LOOK_SECONDS: Final = 1.0
"""How often `serve` looks whether the engine still runs: a service manager can only restart what has ended."""


class EngineFailed(VigilError):
    """The engine ended while the rest still ran."""


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        EngineFailed: the engine has stopped for good; everything else was stopped in order.
    """
    log_to_stderr()
    loaded = load_configuration(Path(settings.config))
    stop = threading.Event()
    # Before anything starts: what was started must be stopped, the broker's process too.
    once_on_signal(stop.set)
    with Service(settings, loaded) as service:
        announce_start(service.start(), Console(stderr=True, markup=False), settings)
        while not stop.wait(timeout=LOOK_SECONDS):
            if service.failed:
                raise EngineFailed("the engine has stopped, see the fault above: mend its cause and start Vigil again")


def once_on_signal(act: Callable[[], object]) -> None:
    """Act when the process is told to stop (SIGINT, SIGTERM); a second signal is left to the system."""

    def told(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        act()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)


def announce_start(started: Started, console: Console, settings: Settings) -> None:
    """Say where Vigil is, and on the first start the token that is shown only now."""
    say = console.print
    say(
        f"Vigil is running: {started.api_url}  (API: {started.api_url}/api/v1/openapi.json)",
        soft_wrap=True,
    )
    say(f"Log a browser in, once, with this link: {started.login_url}", soft_wrap=True)
    if started.token is not None:
        say(f"API token, shown only this once: {started.token}", soft_wrap=True, highlight=False)
    if settings.broker == "bundled":
        place = f"{'mqtts' if started.devices.tls else 'mqtt'}://{started.devices.host}:{started.devices.port}"
        say(f"Devices publish to {place}, each as itself: vigil device add SITE DEVICE", soft_wrap=True)
    if started.devices.username is not None and settings.broker == "bundled":
        say(
            f"Without a credential of their own they share '{started.devices.username}'; "
            f"its password is in {settings.data}/broker/passwords.json",
            soft_wrap=True,
        )


def print_sources(sourced: Sourced) -> None:
    """Show each setting, its value and where that came from; passwords stay hidden."""
    table = Table("setting", "value", "from")
    for name, value in msgspec.structs.asdict(sourced.settings).items():
        shown = "(set)" if name in SECRET and value not in {None, "bundled"} else str(value)
        table.add_row(name.replace("_", "-"), shown, sourced.sources[name])
    Console(markup=False).print(table)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send structured log lines to stderr, so that stdout carries only what was asked for.

    Tracebacks are plain: structlog's own show local variables, among them credential numbers and names (privacy law).
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
