"""One measurement of the whole durable path: MQTT, journal, PUBACK, engine, transaction, historian."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from domain.broker_address import BrokerAddress
from domain.errors import VigilError
from vigil.benching import cpu
from vigil.benching.generator import SETTLE_SECONDS, Order, Progress, Sent, read_result
from vigil.benching.local_mosquitto import local_mosquitto
from vigil.benching.watching import Found, Looks, Moment, Watcher, find_messages
from vigil.benching.workload import Payload, Workload
from vigil.configuration.loading import Loaded
from vigil.rehearsal import leaving_no_sessions
from vigil.service import Service
from vigil.settings import BUNDLED, Settings

MOSQUITTO: Final = "mosquitto"
INSTANCE: Final = "vigil-bench"
WARM_UP_SECONDS: Final = 2.0


class LoadFailed(VigilError):
    """The load generator ended with an error."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to measure: `seconds` after the warm-up, `rate` in messages a second or None for as many as go through."""

    seconds: float
    broker: str
    payload: Payload
    rate: float | None


class Latency(Struct, frozen=True, kw_only=True):
    """Milliseconds from when a message was due at its device; None where none came through while it was measured."""

    p50: float | None
    p99: float | None
    most: float | None


class IngestResult(Struct, frozen=True, kw_only=True):
    """What was measured. Messages and readings a second are those judged and committed while it was measured.

    `lost` were acknowledged by the broker and are not in the journal, `unacknowledged` never were; `unjudged` stand
    there and were not judged in time, `repeated` more than once (the engine counts them once). CPU is microseconds per
    message judged. `broker_cpu_us` is None for a broker that is not ours.
    """

    broker: str
    payload: Payload
    rate: float | None
    seconds: float
    messages_per_second: float
    readings_per_second: float
    stored_per_second: float
    latency_stored_ms: Latency
    latency_judged_ms: Latency
    sent: int
    unacknowledged: int
    lost: int
    unjudged: int
    repeated: int
    quarantined: int
    cpu_us: dict[str, float]
    vigil_cpu_us: float
    broker_cpu_us: float | None
    load_cpu_us: float
    records_per_slice: float
    cpus: int
    load_average: float
    python: str


def measure(plan: Plan, folder: Path) -> IngestResult:
    """Run a service and a load on it, in an empty folder.

    Raises:
        VigilError: the broker or the service could not be started, or the load failed.
    """
    workload = Workload(plan.payload)
    loaded = Loaded(configuration=workload.configuration(), people=(), files=())
    with _settings(plan, folder) as settings, leaving_no_sessions(settings), Service(settings, loaded) as service:
        started = service.start()
        return _measure(plan, folder, workload, service, started.devices)


@contextmanager
def _settings(plan: Plan, folder: Path) -> Iterator[Settings]:
    settings = Settings(data=str(folder / "data"), mqtt_port=0, port=0, instance=INSTANCE, channels=("mqtt",))
    if plan.broker == MOSQUITTO:
        with local_mosquitto(folder / "mosquitto") as address:
            yield msgspec.structs.replace(settings, broker=f"mqtt://{address.host}:{address.port}")
    else:
        yield msgspec.structs.replace(settings, broker=plan.broker)


def _measure(plan: Plan, folder: Path, workload: Workload, service: Service, devices: BrokerAddress) -> IngestResult:
    loop, journal = service.loop, service.journal
    progress = Progress(folder / "progress")
    watcher = Watcher(lambda: journal.last_seq, lambda: loop.seq, progress)
    if not watcher.watch_until(lambda: service.collector.connected() and loop.lag == 0, SETTLE_SECONDS):
        raise LoadFailed("the collector did not connect to the broker, or the engine did not settle")
    after = journal.last_seq
    with load(plan, folder, devices) as process:
        watcher.watch(WARM_UP_SECONDS)
        slices, begins = loop.figures.slices, watcher.moment()
        watcher.watch(plan.seconds)
        slices, ends = loop.figures.slices - slices, watcher.moment()
        watcher.watch_until(lambda: process.poll() is not None, 2 * SETTLE_SECONDS)
        complaint = process.communicate()[1]
    if process.returncode:
        raise LoadFailed(f"the load generator ended with {process.returncode}: {complaint.decode()[-2000:]}")
    watcher.watch_until(lambda: service.collector.idle_seconds() > 1.0 and loop.lag == 0, SETTLE_SECONDS)
    sent = read_result(folder / "sent.npz")
    found = find_messages(journal, after, workload, sent.due.size)
    return _result(plan, sent, found, watcher.looks, begins, ends, slices)


@contextmanager
def load(plan: Plan, folder: Path, devices: BrokerAddress) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the load; it is ended with the block."""
    order = Order(
        host=devices.host,
        port=devices.port,
        username=devices.username,
        password=devices.password,
        tls=devices.tls,
        payload=plan.payload,
        seconds=WARM_UP_SECONDS + plan.seconds,
        rate=plan.rate,
        progress=str(folder / "progress"),
        result=str(folder / "sent.npz"),
    )
    command = [sys.executable, "-m", "vigil.benching.generator"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdin is not None  # noqa: S101 - asked for above
            process.stdin.write(msgspec.json.encode(order))
            process.stdin.close()
            process.stdin = None
            yield process
        finally:
            process.kill()


def _result(
    plan: Plan, sent: Sent, found: Found, looks: Looks, begins: Moment, ends: Moment, slices: int
) -> IngestResult:
    stored = looks.first_reaching(looks.stored, found.seq)
    judged = looks.first_reaching(looks.judged, found.seq)
    was_sent, is_there = sent.due > 0, found.seq > 0
    is_over = is_there & (judged > 0)
    measured = is_over & (sent.due >= begins.at) & (sent.due < ends.at)
    counted = is_there & (judged >= begins.at) & (judged < ends.at)
    seconds = (ends.at - begins.at) / 1e6
    count = max(1, int(counted.sum()))
    spent = cpu.between(begins.stages, ends.stages)
    per_message = {stage: round(each / count * 1e6, 2) for stage, each in spent.items() if stage != cpu.MEASURING}
    broker = None if begins.broker is None or ends.broker is None else ends.broker - begins.broker
    return IngestResult(
        broker=plan.broker if plan.broker in (BUNDLED, MOSQUITTO) else "url",
        payload=plan.payload,
        rate=plan.rate,
        seconds=round(seconds, 1),
        messages_per_second=round(int(counted.sum()) / seconds, 1),
        readings_per_second=round(int(found.readings[counted].sum()) / seconds, 1),
        stored_per_second=round(int((is_there & (stored >= begins.at) & (stored < ends.at)).sum()) / seconds, 1),
        latency_stored_ms=_latency(stored[measured] - sent.due[measured]),
        latency_judged_ms=_latency(judged[measured] - sent.due[measured]),
        sent=int(was_sent.sum()),
        unacknowledged=int((was_sent & (sent.acknowledged == 0)).sum()),
        lost=int(((sent.acknowledged > 0) & ~is_there).sum()),
        unjudged=int((is_there & ~is_over).sum()),
        repeated=found.repeated,
        quarantined=found.quarantined,
        cpu_us=per_message,
        vigil_cpu_us=round(sum(per_message.values()), 2),
        broker_cpu_us=None if broker is None else round(broker / count * 1e6, 2),
        load_cpu_us=round(sent.cpu_seconds / max(1, int(was_sent.sum())) * 1e6, 2),
        records_per_slice=round(count / max(1, slices), 1),
        cpus=os.cpu_count() or 0,
        load_average=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
    )


def _latency(microseconds: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Latency:
    if not microseconds.size:
        return Latency(p50=None, p99=None, most=None)
    p50, p99 = np.percentile(microseconds, [50, 99])
    return Latency(
        p50=round(float(p50) / 1000, 1),
        p99=round(float(p99) / 1000, 1),
        most=round(float(microseconds.max()) / 1000, 1),
    )
