"""`vigil play`: publish recordings over MQTT as the devices would have.

Without --keep-time the first row happens now, at the broker of a Vigil that runs somewhere. With it the recorded times
are kept, which needs a clock that stands in the past: then a Vigil of its own runs for as long as the recording.
"""

import asyncio
import logging
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console

from domain.instant import SECOND, Instant, to_iso
from runtime.clock import ScaledClock, wall_clock
from simulators.device import Message
from simulators.publishing import Ledger, Pace, publish
from simulators.recording import Problem, Recording, read_recording
from vigil.broker_found import publishing_address
from vigil.commands.serve import log_to_stderr, once_on_signal
from vigil.configuration.loading import load_configuration
from vigil.recorded_map import load_map
from vigil.rehearsal import Rehearsal, leaving_no_sessions
from vigil.service import Service
from vigil.settings import Settings, read_settings
from vigil.tallying import Tally

BETWEEN_FILES: Final = 5 * SECOND
"""Between the last row of a file and the first of the next."""

SHOWN_PROBLEMS: Final = 10


class PlayOptions(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    files: tuple[Path, ...]
    mapping: Path
    speed: float
    broker: str | None
    data: str | None
    config: str | None
    keep_time: bool
    limit: int | None
    as_json: bool


def run(options: PlayOptions) -> int:
    """Play the files; gives the exit status: 1 where rows had to be left out."""
    log_to_stderr(logging.WARNING)
    problems: list[Problem] = []
    mapping = load_map(options.mapping)
    recordings = [read_recording(file, mapping, problems.append) for file in options.files]
    play = _play_in_the_past if options.keep_time else _play_now
    summary = play(recordings, options)
    _say(summary, problems, as_json=options.as_json)
    return 1 if problems else 0


def _play_now(recordings: Sequence[Recording], options: PlayOptions) -> Mapping[str, object]:
    address = publishing_address(options.data, options.broker)
    ledger = Ledger()
    messages = _limited(_one_after_the_other(recordings, wall_clock(), options.speed), options.limit)

    async def go() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        once_on_signal(lambda: loop.call_soon_threadsafe(stop.set))
        # It names Ctrl-C, which from here on ends it with a summary.
        _say_what(recordings, options)
        await publish(messages, address, Pace(wall_clock, 1.0), ledger, stop)

    asyncio.run(go())
    return {"sent": ledger.sent, "acknowledged": ledger.acknowledged_count, "broker": address.masked_url}


def _play_in_the_past(recordings: Sequence[Recording], options: PlayOptions) -> Mapping[str, object]:
    given = read_settings({"config": options.config, "broker": options.broker}).settings
    loaded = load_configuration(Path(given.config))
    folder = Path(options.data) if options.data is not None else Path(tempfile.mkdtemp(prefix="vigil-play-"))
    settings = Settings(
        data=str(folder),
        broker=given.broker,
        mqtt_username=given.mqtt_username,
        mqtt_password=given.mqtt_password,
        mqtt_ca=given.mqtt_ca,
        mqtt_client_cert=given.mqtt_client_cert,
        mqtt_client_key=given.mqtt_client_key,
        mqtt_port=0,
        port=0,
        instance="vigil-play",
        channels=() if options.as_json else ("console",),
        language=given.language,
    )
    clock = ScaledClock(recordings[0].first - SECOND, options.speed)
    try:
        with leaving_no_sessions(settings), Service(settings, loaded, clock=clock) as service:
            rehearsal = Rehearsal(service, clock)
            once_on_signal(rehearsal.stop_publishing)
            started = rehearsal.start()
            _say_what(recordings, options)
            rehearsal.publish(_limited(_as_recorded(recordings), options.limit), started, None)
            return _summary(rehearsal.tally())
    finally:
        if options.data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _one_after_the_other(recordings: Sequence[Recording], start: Instant, speed: float) -> Iterator[Message]:
    for recording in recordings:
        yield from recording.messages(_boot(), start, speed)
        start += round((recording.last - recording.first) / speed) + BETWEEN_FILES


def _as_recorded(recordings: Sequence[Recording]) -> Iterator[Message]:
    for recording in recordings:
        yield from recording.messages(_boot())


def _boot() -> str:
    """A new run of the devices' counters: the same file played twice is two recordings, not one repeated."""
    return f"play-{secrets.token_hex(6)}"


def _limited(messages: Iterator[Message], limit: int | None) -> Iterator[Message]:
    for count, message in enumerate(messages):
        if limit is not None and count >= limit:
            return
        yield message


def _summary(tally: Tally) -> Mapping[str, object]:
    return msgspec.structs.asdict(tally) | {"lost": len(tally.lost)}


def _say_what(recordings: Sequence[Recording], options: PlayOptions) -> None:
    if options.as_json:
        return
    console = Console(stderr=True, markup=False)
    for file, recording in zip(options.files, recordings, strict=True):
        span = f"{to_iso(recording.first)} to {to_iso(recording.last)}"
        console.print(f"Playing {len(recording.rows)} rows of {file}: {span}. Ctrl-C ends it.", soft_wrap=True)


def _say(summary: Mapping[str, object], problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        whole = {**summary, "problems": [str(problem) for problem in problems]}
        sys.stdout.write(msgspec.json.encode(whole).decode() + "\n")
        return
    console = Console(markup=False)
    for name, value in summary.items():
        console.print(f"{name.replace('_', ' ')}: {value}", soft_wrap=True)
    for problem in problems[:SHOWN_PROBLEMS]:
        console.print(str(problem), style="yellow", soft_wrap=True)
    if len(problems) > SHOWN_PROBLEMS:
        console.print(f"... and {len(problems) - SHOWN_PROBLEMS} more rows that could not be used; --json lists all")
