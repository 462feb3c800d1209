"""The load as a process of its own: `python -m vigil.benching.generator`, its order on standard input as JSON.

It never runs further ahead of Vigil than `AHEAD` messages, of which Vigil tells through a small shared file: so a load
"as fast as possible" settles at what Vigil sustains, instead of filling the broker.
"""

import mmap
import select
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.broker_address import BrokerAddress
from simulators.raw_mqtt import RawPublisher, publish_head
from vigil.benching.workload import FIRST_SEQ, Payload, Sender, Workload

AHEAD: Final = 4096
"""Messages that may be published and not yet judged, at most: half a second at 8,000 messages a second."""

WINDOW: Final = 1024
"""Messages of one connection that may wait for their PUBACK."""

MOST_AT_ONCE: Final = 128
LINKS: Final = 4
SETTLE_SECONDS: Final = 30.0
PROGRESS_BYTES: Final = 8
_THIRTEEN_DIGITS: Final = 10**12
"""As many as milliseconds since 1970 have from 2001 to 2286."""
_SHORTEST_WAIT: Final = 1
"""Milliseconds that poll waits while there is nothing to send."""


class Order(Struct, frozen=True, kw_only=True):
    """What to publish. `rate` in messages a second, None as many as Vigil takes; `progress` and `result` are files."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    payload: Payload
    seconds: float
    rate: float | None
    progress: str
    result: str
    links: int = LINKS


class Sent(Struct, frozen=True, kw_only=True):
    """What was sent, by message number, in microseconds of the wall clock; 0 where it was not.

    `due` is when the message should have gone out: at a rate by its schedule, so that a stall of the sender counts as
    delay, else when it went. `acknowledged` is when its PUBACK came.
    """

    due: npt.NDArray[np.int64]
    acknowledged: npt.NDArray[np.int64]
    cpu_seconds: float


class Stream:
    """The part of the load that one connection carries: every `links`-th sender, so each device keeps its order."""

    def __init__(self, order: Order, workload: Workload, link: int) -> None:
        """Connect."""
        address = BrokerAddress(order.host, order.port, order.username, order.password, order.tls)
        self.publisher = RawPublisher(address, f"vigil-load-{link}", WINDOW)
        self._packets = [_packets(sender) for sender in workload.senders[link :: order.links]]
        self._first = link
        self._links = order.links
        self._all = len(workload.senders)
        self._rate = None if order.rate is None else order.rate / order.links
        self.count = 0
        self._due: list[npt.NDArray[np.int64]] = []
        self._acknowledged: list[tuple[npt.NDArray[np.int64], int]] = []

    def wanted(self, began: int, now: int) -> int:
        """How many messages should go out now."""
        if self._rate is None:
            return MOST_AT_ONCE
        return min(MOST_AT_ONCE, int((now - began) / 1e6 * self._rate) + 1 - self.count)

    def send(self, count: int, began: int, now: int) -> None:
        """Publish the next `count` messages."""
        places = np.arange(self.count, self.count + count)
        self.count += count
        milliseconds = now // 1000
        packets = self._packets
        size = len(packets)
        messages: list[tuple[bytes, bytes]] = []
        for index in places.tolist():
            turn, place = divmod(index, size)
            ours = packets[place]
            head, body = ours[turn % len(ours)]
            messages.append((head, body % (FIRST_SEQ + turn, milliseconds)))
        due = np.full(count, now) if self._rate is None else began + (places * (1e6 / self._rate)).astype(np.int64)
        self._due.append(due)
        self.publisher.publish(messages, places)

    def take_acknowledgements(self) -> None:
        """Read the PUBACKs that have come."""
        numbers = self.publisher.acknowledged()
        if numbers.size:
            self._acknowledged.append((numbers, time.time_ns() // 1000))

    def report(self, due: npt.NDArray[np.int64], acknowledged: npt.NDArray[np.int64]) -> None:
        """Enter this stream's messages in the columns of all."""
        if self._due:
            due[self._numbers(np.arange(self.count))] = np.concatenate(self._due)
        for numbers, at in self._acknowledged:
            acknowledged[self._numbers(numbers)] = at

    @property
    def highest(self) -> int:
        """The highest message number sent, -1 for none."""
        return int(self._numbers(np.array([self.count - 1]))[0]) if self.count else -1

    def _numbers(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Message numbers of this stream's messages."""
        turn, place = np.divmod(indices, len(self._packets))
        numbers: npt.NDArray[np.int64] = turn * self._all + place * self._links + self._first
        return numbers


class Progress:
    """How many messages Vigil has judged, in a file that both processes map."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it where there is none."""
        if not path.exists():
            path.write_bytes(bytes(PROGRESS_BYTES))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), PROGRESS_BYTES)
        self._view = np.frombuffer(self._map, dtype=np.int64)

    @property
    def judged(self) -> int:
        """How many so far."""
        return int(self._view[0])

    @judged.setter
    def judged(self, count: int) -> None:
        self._view[0] = count


def publish(order: Order) -> Sent:
    """Publish for `order.seconds`, then wait for what is not acknowledged yet.

    Raises:
        LinkBroken: the broker ended a connection, or acknowledged what was not sent.
    """
    workload = Workload(order.payload)
    progress = Progress(Path(order.progress))
    streams = [Stream(order, workload, link) for link in range(order.links)]
    poll = select.poll()
    by_descriptor = {stream.publisher.fileno(): stream for stream in streams}
    began = time.time_ns() // 1000
    ends = began + round(order.seconds * 1e6)
    gives_up = ends + round(SETTLE_SECONDS * 1e6)
    while True:
        now = time.time_ns() // 1000
        is_sending = now < ends
        busy = is_sending and _send_all(streams, progress, began, now)
        if now > gives_up or not (is_sending or any(stream.publisher.outstanding for stream in streams)):
            break
        for descriptor, stream in by_descriptor.items():
            poll.register(descriptor, stream.publisher.events())
        for descriptor, event in poll.poll(0 if busy else _SHORTEST_WAIT):
            stream = by_descriptor[descriptor]
            if event & select.POLLOUT:
                stream.publisher.flush()
            if event & ~select.POLLOUT:
                stream.take_acknowledgements()
    for stream in streams:
        stream.publisher.close()
    return _sent(streams)


def _send_all(streams: Sequence[Stream], progress: Progress, began: int, now: int) -> bool:
    """Let each stream send what it may; tells whether any of them did."""
    room = AHEAD + progress.judged - sum(stream.count for stream in streams)
    busy = False
    for stream in streams:
        count = min(stream.wanted(began, now), stream.publisher.room, room)
        if count > 0:
            stream.send(count, began, now)
            room -= count
            busy = True
    return busy


def _sent(streams: Sequence[Stream]) -> Sent:
    size = max(stream.highest for stream in streams) + 1
    due, acknowledged = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for stream in streams:
        stream.report(due, acknowledged)
    return Sent(due=due, acknowledged=acknowledged, cpu_seconds=time.process_time())


def _packets(sender: Sender) -> list[tuple[bytes, bytes]]:
    """Head and body of each message the device sends in turn."""
    return [(publish_head(sender.topic, len(body % (FIRST_SEQ, _THIRTEEN_DIGITS))), body) for body in sender.bodies]


def read_result(path: Path) -> Sent:
    """Read what a generator left."""
    with closing(np.load(path)) as columns:
        return Sent(due=columns["due"], acknowledged=columns["acknowledged"], cpu_seconds=float(columns["cpu_seconds"]))


def main() -> None:
    """Carry out the order on standard input."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sent = publish(order)
    np.savez(order.result, due=sent.due, acknowledged=sent.acknowledged, cpu_seconds=np.array(sent.cpu_seconds))


if __name__ == "__main__":
    main()
