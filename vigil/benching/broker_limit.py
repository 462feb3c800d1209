"""What a broker gives at best, and what share of it Vigil takes: a consumer that does nothing, and Vigil, in turns.

Both get the same load through sessions of the same kind, for the same time, one after the other: a figure of one broker
on one machine and its disk says little, the ratio of two from the same minutes says more.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Self

import msgspec
from msgspec import Struct

from collector.ingest import URGENCIES, prepare_sessions, session_layout
from collector.link import Link
from collector.session import ProtocolChoice, link_plan
from collector.settings import SessionSettings
from collector.stream_client import Publication
from domain.broker_address import BrokerAddress
from vigil.benching import cpu
from vigil.benching.generator import SETTLE_SECONDS, Progress
from vigil.benching.ingest import INSTANCE, MOSQUITTO, WARM_UP_SECONDS, LoadFailed, Plan, load, measure
from vigil.benching.local_mosquitto import local_mosquitto
from vigil.benching.watching import LOOK_SECONDS
from vigil.benching.workload import Payload
from vigil.broker import BundledBroker
from vigil.broker_choice import named_broker, session_settings
from vigil.rehearsal import leaving_no_sessions
from vigil.settings import BUNDLED, Settings


class Taken(Struct, frozen=True, kw_only=True):
    """What one turn took: messages a second, and CPU microseconds of the broker for each; None where it is not ours."""

    messages_per_second: float
    broker_cpu_us: float | None


class LimitResult(Struct, frozen=True, kw_only=True):
    """The turns, and the median of Vigil's share of the plain consumer's turn just before it."""

    broker: str
    payload: Payload
    seconds: float
    plain: Sequence[Taken]
    vigil: Sequence[Taken]
    share: float
    lost: int


class PlainConsumer:
    """Takes what the collector would, acknowledges at once, and keeps nothing. A context manager."""

    def __init__(self, address: BrokerAddress, settings: SessionSettings) -> None:
        """Nothing is connected yet."""
        self.taken = 0
        self._counting = threading.Lock()
        self._ready = threading.Semaphore(0)
        protocol = ProtocolChoice(settings.protocol).current
        self._links = [
            Link(link_plan(urgency, address, settings, protocol, must_subscribe=True), self._take, self._became_ready)
            for urgency in URGENCIES
        ]
        self._threads = [threading.Thread(target=link.serve, daemon=True) for link in self._links]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        for _ in self._threads:
            if not self._ready.acquire(timeout=SETTLE_SECONDS):
                raise LoadFailed("the consumer did not connect to the broker")
        return self

    def __exit__(self, *_: object) -> None:
        for link in self._links:
            link.drop("the measurement is over")
        for thread in self._threads:
            thread.join(SETTLE_SECONDS)

    def _take(self, link: Link, message: Publication) -> None:
        if message.qos:
            link.acknowledge(message.mid)
        with self._counting:
            self.taken += 1

    def _became_ready(self, _link: Link) -> None:
        self._ready.release()


def measure_limit(plan: Plan, folder: Path, rounds: int) -> LimitResult:
    """Let the plain consumer and Vigil take turns, each on an empty folder.

    Raises:
        VigilError: the broker or the service could not be started, or the load failed.
    """
    plain: list[Taken] = []
    vigil: list[Taken] = []
    lost = 0
    for turn in range(rounds):
        plain.append(_plain_turn(plan, _made(folder / f"plain-{turn}")))
        result = measure(plan, _made(folder / f"vigil-{turn}"))
        vigil.append(Taken(messages_per_second=result.messages_per_second, broker_cpu_us=result.broker_cpu_us))
        lost += result.lost
    shares = [ours.messages_per_second / theirs.messages_per_second for theirs, ours in zip(plain, vigil, strict=True)]
    return LimitResult(
        broker=plan.broker,
        payload=plan.payload,
        seconds=plan.seconds,
        plain=plain,
        vigil=vigil,
        share=round(median(shares), 3),
        lost=lost,
    )


def _plain_turn(plan: Plan, folder: Path) -> Taken:
    progress = Progress(folder / "progress")
    with (
        _broker(plan, folder) as (consumer_address, devices, settings),
        PlainConsumer(consumer_address, settings) as consumer,
        load(plan, folder, devices) as process,
    ):

        def go_on(seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until and process.poll() is None and not is_over():
                progress.judged = consumer.taken
                time.sleep(LOOK_SECONDS)

        go_on(SETTLE_SECONDS, lambda: consumer.taken > 0)
        go_on(WARM_UP_SECONDS)
        taken, spent, began = consumer.taken, cpu.broker_seconds(), time.monotonic()
        go_on(plan.seconds)
        taken, seconds = consumer.taken - taken, time.monotonic() - began
        broker = cpu.broker_seconds()
        go_on(2 * SETTLE_SECONDS)
        if process.poll() != 0 or not taken:
            raise LoadFailed(f"the plain consumer took {taken} messages, and the load ended with {process.poll()}")
    return Taken(
        messages_per_second=round(taken / seconds, 1),
        broker_cpu_us=None if broker is None or spent is None else round((broker - spent) / max(1, taken) * 1e6, 2),
    )


@contextmanager
def _broker(plan: Plan, folder: Path) -> Iterator[tuple[BrokerAddress, BrokerAddress, SessionSettings]]:
    """Give the consumer's and the devices' address of a broker without Vigil, and how the consumer's sessions are."""
    if plan.broker == BUNDLED:
        broker = BundledBroker(folder / "broker")
        secret = broker.claim().sessions
        settings = msgspec.structs.replace(session_settings(Settings(instance=INSTANCE)), secret=secret)
        try:
            address = broker.start(lambda at: prepare_sessions(at, settings), sessions=session_layout(settings))
            yield address, broker.device_address, settings
        finally:
            broker.stop()
    elif plan.broker == MOSQUITTO:
        with local_mosquitto(folder / "mosquitto") as address:
            yield address, address, SessionSettings(instance=INSTANCE)
    else:
        named = Settings(broker=plan.broker, instance=INSTANCE)
        with leaving_no_sessions(named):
            address = named_broker(named)
            yield address, address, session_settings(named)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
