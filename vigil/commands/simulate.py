"""`vigil simulate`: a site's devices, or any number of unknown ones, against any broker, until somebody stops them."""

import asyncio
import heapq
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console

from domain.broker_address import BrokerAddress
from domain.instant import to_iso
from runtime.clock import ScaledClock, wall_clock
from simulators.building import Building
from simulators.crowd import Crowd
from simulators.device import Message
from simulators.publishing import Ledger, Pace, publish
from vigil.broker_found import publishing_address
from vigil.commands.serve import once_on_signal
from vigil.configuration.loading import load_configuration
from vigil.example_sites import site_folder
from vigil.start_of_life import start_of_life

PROGRESS_SECONDS: Final = 5.0
_FIRST_WORD_SECONDS: Final = 0.5


class SimulateOptions(Struct, frozen=True, kw_only=True):
    """What the command line asked for; with `devices` there is no site."""

    site: str
    devices: int | None
    rate: float
    broker: str | None
    data: str | None
    seconds: float | None
    speed: float
    seed: int
    start: str
    as_json: bool


class Simulated(Struct, frozen=True, kw_only=True):
    """What `--json` prints. `numbers` is the last number that each device used under `boot`: so gaps can be seen."""

    broker: str
    boot: str
    seconds: float
    sent: int
    acknowledged: int
    mishaps: Mapping[str, int]
    numbers: Mapping[str, int]


class _Life:
    """What is simulated: its clock, its messages, and what goes wrong in it."""

    def __init__(self, options: SimulateOptions, boot: str) -> None:
        now = wall_clock()
        self.buildings: list[Building] = []
        if options.devices is not None:
            self.clock = ScaledClock(now, options.speed)
            self.messages: Iterator[Message] = Crowd(options.devices, options.rate, now, options.seed, boot).messages()
            return
        configuration = load_configuration(site_folder(options.site)).configuration
        start = start_of_life(configuration.sites[0], options.start, now)
        self.clock = ScaledClock(start, options.speed)
        self.buildings = [
            Building(site, start, options.seed, configuration.rules, boot=boot) for site in configuration.sites
        ]
        lives = [building.messages() for building in self.buildings]
        self.messages = heapq.merge(*lives, key=lambda message: message.at)

    def mishaps(self) -> Mapping[str, int]:
        """What went wrong on purpose, by kind."""
        return Counter(mishap.kind.value for building in self.buildings for mishap in building.mishaps)


def run(options: SimulateOptions) -> int:
    """Simulate until told to stop; gives the exit status: 1 where the broker did not acknowledge everything."""
    address = publishing_address(options.data, options.broker)
    boot = f"sim-{secrets.token_hex(4)}"
    life = _Life(options, boot)
    ledger = Ledger(remembers=False)
    began = time.monotonic()
    asyncio.run(_publish(life, options, address, ledger))
    simulated = Simulated(
        broker=address.masked_url,
        boot=boot,
        seconds=round(time.monotonic() - began, 1),
        sent=ledger.sent,
        acknowledged=ledger.acknowledged_count,
        mishaps=life.mishaps(),
        numbers=ledger.numbers,
    )
    if options.as_json:
        sys.stdout.write(msgspec.json.encode(simulated).decode() + "\n")
    else:
        Console(markup=False).print(_summary(simulated), soft_wrap=True, highlight=False)
    return 0 if ledger.sent == ledger.acknowledged_count else 1


async def _publish(life: _Life, options: SimulateOptions, address: BrokerAddress, ledger: Ledger) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    once_on_signal(lambda: loop.call_soon_threadsafe(stop.set))
    if options.seconds is not None:
        loop.call_later(options.seconds, stop.set)
    telling = asyncio.create_task(_tell(life, ledger, f"Simulating {_what(options)} at {address.masked_url}"))
    try:
        await publish(life.messages, address, Pace(life.clock, options.speed), ledger, stop)
    finally:
        telling.cancel()


async def _tell(life: _Life, ledger: Ledger, what: str) -> None:
    console = Console(stderr=True, highlight=False, markup=False)
    # At once, unless the broker refuses, which is said in its own sentence.
    await asyncio.sleep(_FIRST_WORD_SECONDS)
    console.print(f"{what}. Ctrl-C ends it.", soft_wrap=True)
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        wrong = sum(life.mishaps().values())
        said = f"{to_iso(life.clock())}  {ledger.sent} sent, {ledger.acknowledged_count} acknowledged, {wrong} mishaps"
        console.print(said, soft_wrap=True)


def _what(options: SimulateOptions) -> str:
    if options.devices is not None:
        return f"{options.devices} devices that send {options.rate:g} messages a second together"
    return f"'{options.site}', {options.speed:g} times as fast as life"


def _summary(simulated: Simulated) -> str:
    wrong = ", ".join(f"{kind} {count}" for kind, count in sorted(simulated.mishaps.items())) or "none"
    return (
        f"{simulated.sent} messages sent, {simulated.acknowledged} acknowledged by {simulated.broker} "
        f"in {simulated.seconds:g} s; {len(simulated.numbers)} devices numbered them under boot {simulated.boot}. "
        f"Mishaps: {wrong}."
    )
