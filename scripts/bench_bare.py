"""Measure Vigil against the barest durable path on the same machine, in turns: paho, decode, SQLite FULL, acknowledge.

    .venv/bin/python scripts/bench_bare.py [PAYLOAD [ROUNDS [SECONDS]]]

PAYLOAD is one of `vigil bench ingest` (mixed unless given), through a Mosquitto of its own. The bare path decodes the
JSON, stores each message as one row, commits in groups as they come, and acknowledges after the commit: what no
program on these libraries can do without. It judges nothing. How fast the machine is cancels out in the ratio.
"""

import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median
from sys import path
from typing import Self

path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from domain.broker_address import BrokerAddress
from simulators.device import TOPIC_ROOT
from vigil.benching.generator import SETTLE_SECONDS, Progress
from vigil.benching.ingest import MOSQUITTO, WARM_UP_SECONDS, Plan, load, measure
from vigil.benching.local_mosquitto import local_mosquitto
from vigil.benching.workload import Payload

GROUP = 1024
"""Most messages of one commit."""


class BarePath:
    """One persistent session, one table. A context manager."""

    def __init__(self, address: BrokerAddress, database: Path) -> None:
        self.stored = 0
        self._arrived: SimpleQueue[mqtt.MQTTMessage] = SimpleQueue()
        self._over = threading.Event()
        self._ready = threading.Event()
        self._database = database
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id="bare", clean_session=False, manual_ack=True, protocol=mqtt.MQTTv311
        )
        self._client.max_inflight_messages_set(GROUP)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{TOPIC_ROOT}/#", 1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _client, _data, message: self._arrived.put(message)
        self._client.connect(address.host, address.port)
        self._writer = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._writer.start()
        if not self._ready.wait(SETTLE_SECONDS):
            sys.exit("the bare path did not connect to the broker")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._writer.join(SETTLE_SECONDS)
        self._client.disconnect()
        self._client.loop_stop()

    def _write(self) -> None:
        connection = sqlite3.connect(self._database)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE messages (topic TEXT, device TEXT, body BLOB)")
        while not self._over.is_set():
            group = self._next_group()
            decoded = [(message, msgspec.json.decode(message.payload)) for message in group]
            connection.executemany(
                "INSERT INTO messages VALUES (?, ?, ?)",
                [(message.topic, body["device"], message.payload) for message, body in decoded],
            )
            connection.commit()
            for message in group:
                self._client.ack(message.mid, message.qos)
            self.stored += len(group)
        connection.close()

    def _next_group(self) -> list[mqtt.MQTTMessage]:
        """What has arrived, after at most a fifth of a second."""
        group: list[mqtt.MQTTMessage] = []
        with suppress(Empty):
            group.append(self._arrived.get(timeout=0.2))
            while len(group) < GROUP:
                group.append(self._arrived.get_nowait())
        return group


def bare_turn(plan: Plan, folder: Path) -> tuple[float, float]:
    """Messages a second, and microseconds of processor time for each."""
    folder.mkdir()
    progress = Progress(folder / "progress")
    with (
        local_mosquitto(folder / "mosquitto") as address,
        BarePath(address, folder / "bare.db") as bare,
        load(plan, folder, address) as process,
    ):

        def go_on(seconds: float) -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                progress.judged = bare.stored
                time.sleep(0.01)

        while not bare.stored:
            go_on(0.05)
        go_on(WARM_UP_SECONDS)
        stored, spent, began = bare.stored, time.process_time(), time.monotonic()
        go_on(plan.seconds)
        stored, spent, seconds = bare.stored - stored, time.process_time() - spent, time.monotonic() - began
        while process.poll() is None:
            go_on(0.1)
    return stored / seconds, spent / stored * 1e6


def main() -> None:
    """Take turns and print the figures and their ratios."""
    given = sys.argv[1:]
    payload = Payload(given[0]) if given else Payload.MIXED
    rounds = int(given[1]) if len(given) > 1 else 3
    plan = Plan(seconds=float(given[2]) if len(given) > 2 else 8.0, broker=MOSQUITTO, payload=payload, rate=None)  # noqa: PLR2004
    shares, costs = [], []
    for turn in range(rounds):
        with tempfile.TemporaryDirectory() as made:
            bare_rate, bare_cpu = bare_turn(plan, Path(made) / "bare")
            folder = Path(made) / "vigil"
            folder.mkdir()
            ours = measure(plan, folder)
        shares.append(ours.messages_per_second / bare_rate)
        costs.append(ours.vigil_cpu_us / bare_cpu)
        print(f"turn {turn + 1}: bare {bare_rate:,.0f} messages/s, {bare_cpu:.1f} us of processor time each", end="; ")
        print(f"Vigil {ours.messages_per_second:,.0f} messages/s, {ours.vigil_cpu_us:.1f} us, lost {ours.lost}")
    print(
        f"{payload}: Vigil does {median(shares):.2f} of the bare path's messages/s for {median(costs):.2f} of its time"
    )


if __name__ == "__main__":
    main()
